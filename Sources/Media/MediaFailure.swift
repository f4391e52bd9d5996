/// Why a file could not be probed or decoded: data, not the end of the work.
public struct MediaFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong. The raw values are stored and sent: never renumber them.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// The file has no bytes.
    case empty = 1
    /// No known magic bytes.
    case unrecognised = 2
    /// The file ends too early.
    case truncated = 3
    /// The bytes contradict the format.
    case corrupt = 4
    /// A valid file that uses what no decoder here can do.
    case unsupported = 5
    /// Its dimensions or its decoded size pass the limits.
    case tooLarge = 6
    /// It could never fit into the budget.
    case overBudget = 7
    /// The decoder took longer than the wall-clock limit.
    case timedOut = 8
    /// The decoder died of it.
    case crashed = 9
    /// It killed a decoder twice and is left alone until it changes.
    case quarantined = 10
    /// The system would not let it be read (permissions, I/O error).
    case unreadable = 11
    /// The file was gone when it was wanted.
    case vanished = 12

    /// True when the same bytes may well work another time (a slow disk, a full budget): such a
    /// failure is worth a retry without a change of the file.
    public var isTransient: Bool {
      switch self {
      case .overBudget, .timedOut, .unreadable, .vanished: true
      default: false
      }
    }

    /// The short name used in the API.
    public var name: String {
      switch self {
      case .empty: "empty"
      case .unrecognised: "unrecognised"
      case .truncated: "truncated"
      case .corrupt: "corrupt"
      case .unsupported: "unsupported"
      case .tooLarge: "too-large"
      case .overBudget: "over-budget"
      case .timedOut: "timed-out"
      case .crashed: "crashed"
      case .quarantined: "quarantined"
      case .unreadable: "unreadable"
      case .vanished: "vanished"
      }
    }
  }

  /// What went wrong.
  public let kind: Kind
  /// One sentence for people, without the file's name (the caller knows it), at most 500 bytes.
  public let message: String
  /// What stands for the content of a file that was read but could not be probed: a broken file that
  /// is moved stays the same file. Nil from everything but a probe.
  public var fingerprint: Fingerprint?

  /// A failure; a longer message is cut to 500 bytes.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message =
      message.utf8.count <= 500
      ? message : String(decoding: message.utf8.prefix(497), as: UTF8.self) + "…"
  }

  public var description: String { message }
}
