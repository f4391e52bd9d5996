import Platform

/// How far a scan is. Counts are files since it began.
public struct ScanProgress: Sendable, Hashable {
  /// What it is doing.
  public enum State: String, Sendable { case idle, running, paused }

  /// What it is doing.
  public var state = State.idle
  /// Files with a known extension that were come across.
  public var discovered = 0
  /// Files that were opened and probed, whatever came of it.
  public var probed = 0
  /// Assets the library did not know.
  public var added = 0
  /// Assets whose files had changed.
  public var changed = 0
  /// Assets whose files were found at another path.
  public var moved = 0
  /// Assets whose files are gone.
  public var missing = 0
  /// Files that could not be probed.
  public var failed = 0
  /// Files that are as they were.
  public var unchanged = 0
  /// `discovered` by time, while running.
  public var filesPerSecond = 0.0
  /// Time since it began, without pauses, in milliseconds.
  public var elapsedMilliseconds: Int64 = 0
  /// The folder it came to last.
  public var current: FilePath?
  /// How many files there are, as soon as the walk has seen them all.
  public var total: Int?

  /// A scanner that has nothing to do.
  public init() {}
}

/// One thing that went wrong in a scan without ending it.
public struct ScanIssue: Sendable, Hashable {
  /// The file or folder.
  public let path: FilePath
  /// Why, as a sentence.
  public let reason: String
  /// The `errno` behind it; 0 when it is not about the system.
  public let systemCode: Int32
}

/// What a scan did.
public struct ScanSummary: Sendable, Hashable {
  /// Media files in the scanned folders now, good and broken ones.
  public var assets = 0
  /// Assets the library did not know.
  public var added = 0
  /// Assets whose files had changed.
  public var changed = 0
  /// Assets whose files were found at another path.
  public var moved = 0
  /// Assets whose files are gone.
  public var missing = 0
  /// Assets that were missing and are back.
  public var found = 0
  /// Files that are as they were.
  public var unchanged = 0
  /// Files that could not be probed.
  public var broken = 0
  /// Roots that could not be opened.
  public var offlineRoots: [FilePath] = []
  /// What went wrong: unreadable folders and files, broken files met in this scan. The first
  /// thousand.
  public var errors: [ScanIssue] = []
  /// How much went wrong, also beyond what `errors` holds.
  public var errorCount = 0
  /// True when it was cancelled before its end.
  public var wasCancelled = false
  /// Time without pauses.
  public var elapsed = Duration.zero

  /// Nothing done.
  public init() {}
}

/// Why a scan could not be done at all.
public enum ScanError: Error, Sendable, CustomStringConvertible {
  /// Another scan is running on this library.
  case busy

  public var description: String {
    switch self {
    case .busy:
      "A scan of this library is running already; wait for its end or cancel it."
    }
  }
}
