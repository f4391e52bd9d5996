extension Query {
  /// Reads a query's text. Nothing but blanks is everything.
  ///
  /// - Parameters:
  ///   - text: what somebody typed; `docs/search.md` says what it can be. At most
  ///     `QueryLimits.byteCount` bytes.
  ///   - clock: what `today` and `last:30d` mean. Who keeps a query to ask it again keeps its text, because
  ///     here they become dates.
  /// - Complexity: O(length of the text).
  package init(parsing text: String, clock: QueryClock) throws(QueryError) {
    let byteCount = text.utf8.count
    guard byteCount <= QueryLimits.byteCount else {
      throw QueryError(
        "A query has \(QueryLimits.byteCount) bytes at most, this one \(byteCount).",
        at: QueryLimits.byteCount..<byteCount)
    }
    var parser = QueryParser(QueryBytes(text), clock: clock)
    self = try parser.parse()
  }

  /// The same with its expression in the form the parser gives.
  package var canonical: Query { Query(expression.canonical, order: order, limit: limit) }
}
