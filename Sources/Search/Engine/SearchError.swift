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
  /// Where in the query's text the reason is, in UTF-16 as browsers count; nil when it is not at one
  /// place.
  public private(set) var range: Range<Int>?
  /// What may have been meant instead, the likeliest first.
  public private(set) var suggestions: [String] = []

  /// An error from its parts.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// What another process found wrong with a query's text.
  public init(query message: String, range: Range<Int>, suggestions: [String]) {
    kind = .query
    description = message
    self.range = range
    self.suggestions = suggestions
  }

  /// What is wrong with a query's text.
  init(_ error: QueryError, in text: String) {
    kind = .query
    description = error.message
    var offsets = UTF16Offsets(text)
    let start = offsets.offset(ofByte: error.offset)
    range = start..<offsets.offset(ofByte: error.offset + error.length)
    suggestions = error.suggestions
  }
}
