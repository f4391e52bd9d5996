/// Why a query's text means nothing, and where.
package struct QueryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A sentence for people: what is wrong, and the way out.
  package let message: String
  /// Where it is wrong, in bytes of UTF-8 from the beginning of the text.
  package let offset: Int
  /// How many bytes are meant; 0 for a place between two characters.
  package let length: Int
  /// What could stand in the place of those bytes, best first; perhaps nothing.
  package let suggestions: [String]

  package init(_ message: String, at range: Range<Int>, suggestions: [String] = []) {
    self.message = message
    self.offset = range.lowerBound
    self.length = range.count
    self.suggestions = suggestions
  }

  /// The message, the place, and what was perhaps meant.
  package var description: String {
    let hint =
      suggestions.isEmpty ? "" : " Did you mean \(suggestions.joined(separator: ", "))?"
    return "\(message) (at byte \(offset))\(hint)"
  }
}
