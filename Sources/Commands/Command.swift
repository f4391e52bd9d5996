/// One command of `albumen`: how it is called, what it says about itself, and what it does.
struct Command: Sendable {
  /// What is typed.
  let name: String
  /// One line for the list of commands.
  let summary: String
  /// The operands as the help shows them, e.g. `FOLDER…`.
  let operands: String
  /// A paragraph or two for its own help.
  var discussion = ""
  /// Its options, in the order of the help; `--help` is added to all of them.
  let options: [Option]
  /// Command lines with a word on what they do.
  let examples: [(line: String, meaning: String)]
  /// Whether the shell completes operands with folders only.
  var takesFolders = true
  /// Does it.
  let run: @Sendable (Arguments, Console) async throws -> ExitCode

  /// Every option the parser accepts.
  var allOptions: [Option] { options + [.flag("help", short: "h", "show this help")] }
}

/// All commands, in the order of the help.
enum CommandList {
  static let all: [Command] = [
    .serve, .scan, .list, .search, .thumbs, .info, .thumbnail, .stats, .memory, .doctor,
    .completions,
  ]

  /// The command with this name, or what was probably meant.
  static func find(_ name: String) throws(UsageError) -> Command {
    if let command = all.first(where: { $0.name == name }) { return command }
    var message = "there is no command \"\(name)\""
    if let near = UsageError.nearest(to: name, in: all.map(\.name)) {
      message += "; did you mean \"\(near)\"?"
    } else {
      message += "; `albumen --help` lists them"
    }
    throw UsageError(message)
  }
}
