import MemoryBudget

/// Why a search could not be done: one sentence with the way out.
public struct SearchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds a caller may want to tell apart.
  public enum Kind: Sendable, Equatable {
    /// The text cannot be read as a query.
    case query
    /// It asks for something nothing in the library can answer.
    case unanswerable
    /// A smart album is made of itself.
    case circular
    /// The index, or what a query finds, does not fit into the budget.
    case overBudget
    /// It took too long to look through all texts.
    case tooSlow
    /// The library is closing, or too many wait.
    case busy
  }

  /// What kind it is.
  public let kind: Kind
  public let description: String
  /// Where in the query's text the reason is, in bytes of UTF-8; 0 and 0 for the whole of it.
  public var offset = 0
  /// How many bytes from there on.
  public var length = 0
  /// What may have been meant instead, the likeliest first.
  public var suggestions: [String] = []

  /// An error from its parts.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// The index of a library of so many assets does not fit.
  static func indexTooLarge(_ byteCount: Int, limit: Int, assets: Int) -> SearchError {
    SearchError(
      .overBudget,
      "The search index of \(assets) pictures takes \(mebibytes(byteCount)) MiB, and at most "
        + "\(mebibytes(limit)) MiB of the budget can be given to it; raise --memory.")
  }

  private static func mebibytes(_ byteCount: Int) -> Int { (byteCount + (1 << 20) - 1) >> 20 }
}
