/// How a command ends, as scripts see it.
public enum ExitCode: Int32, Sendable, Comparable {
  /// All done.
  case success = 0
  /// Done, but some files failed; each was named.
  case someFailed = 1
  /// What was typed makes no sense.
  case usage = 2
  /// It could not be done.
  case fatal = 3
  /// Ended by Ctrl+C, as shells expect: 128 + SIGINT.
  case interrupted = 130

  public static func < (left: ExitCode, right: ExitCode) -> Bool { left.rawValue < right.rawValue }
}

/// A failure that ends a command: one sentence, and the exit code.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
  var exitCode = ExitCode.fatal

  init(_ description: String, exitCode: ExitCode = .fatal) {
    self.description = description
    self.exitCode = exitCode
  }
}
