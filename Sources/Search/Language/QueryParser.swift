/// Reads a query by recursive descent; its grammar stands in `docs/search.md`.
///
/// Linear in the text. It calls itself at parentheses only, at most `QueryLimits.depth` deep.
struct QueryParser {
  let text: QueryBytes
  let clock: QueryClock
  private var lexer: QueryLexer
  private var token = QueryToken(kind: .end, range: 0..<0)
  private var termCount = 0
  private var depth = 0
  /// What the text says about the result as a whole, and where, so that it is said once.
  private var order: (value: Query.Order, range: Range<Int>)?
  private var limit: (value: Int, range: Range<Int>)?

  init(_ text: QueryBytes, clock: QueryClock) {
    self.text = text
    self.clock = clock
    lexer = QueryLexer(text)
  }

  mutating func parse() throws(QueryError) -> Query {
    try advance()
    let expression = try alternatives() ?? .everything
    if token.kind == .close {
      throw QueryError(
        "There is no ( for this ); for the character itself write \\).", at: token.range,
        suggestions: ["\\)"])
    }
    return Query(expression, order: order?.value, limit: limit?.value)
  }

  private mutating func advance() throws(QueryError) {
    token = lexer.next()
    if let problem = lexer.problem { throw problem }
  }

  /// `a b or c d`; nil when there is nothing but perhaps an order.
  private mutating func alternatives() throws(QueryError) -> Expression? {
    var found: [Expression] = []
    var operatorRange: Range<Int>?
    while true {
      let sequence = try sequence()
      if let sequence {
        found.append(sequence)
      } else if token.kind == .or || operatorRange != nil {
        throw missingOperand(of: operatorRange ?? token.range)
      }
      guard token.kind == .or else { break }
      operatorRange = token.range
      try advance()
    }
    return found.isEmpty ? nil : .any(found)
  }

  private func missingOperand(of range: Range<Int>) -> QueryError {
    let word = text.text(range)
    return QueryError(
      "\(word) stands between two terms; for a tag of that name write \\\(word).", at: range,
      suggestions: ["\\" + word])
  }

  /// `a b ~c ~d`: all of a and b, and one of c and d.
  private mutating func sequence() throws(QueryError) -> Expression? {
    var required: [Expression] = []
    var optional: [Expression] = []
    var operatorRange: Range<Int>?
    while true {
      if token.kind == .and {
        if operatorRange != nil || required.isEmpty && optional.isEmpty {
          throw missingOperand(of: token.range)
        }
        operatorRange = token.range
        try advance()
        continue
      }
      guard startsTerm(token.kind) else { break }
      let isOptional = token.kind == .tilde
      if let term = try prefixedTerm() {
        if isOptional { optional.append(term) } else { required.append(term) }
        operatorRange = nil
      }
    }
    if let operatorRange { throw missingOperand(of: operatorRange) }
    if required.isEmpty && optional.isEmpty { return nil }
    if !optional.isEmpty { required.append(.any(optional)) }
    return .all(required)
  }

  private func startsTerm(_ kind: QueryToken.Kind) -> Bool {
    switch kind {
    case .open, .minus, .tilde, .quoted, .word, .any: true
    case .end, .close, .or, .and: false
    }
  }

  /// A term with the signs before it; nil for what says something about the result as a whole.
  private mutating func prefixedTerm() throws(QueryError) -> Expression? {
    var isNegated = false
    var signs: Range<Int>?
    while token.kind == .minus || token.kind == .tilde {
      if token.kind == .tilde, signs != nil {
        throw QueryError("~ comes first, and once: ~-a.", at: token.range)
      }
      if token.kind == .minus { isNegated.toggle() }
      signs = (signs?.lowerBound ?? token.range.lowerBound)..<token.range.upperBound
      try advance()
    }
    guard startsTerm(token.kind) else {
      let range = (signs?.lowerBound ?? token.range.lowerBound)..<token.range.upperBound
      throw QueryError(
        "A term must follow here; for a tag named \(text.text(token.range)) write "
          + "\\\(text.text(token.range)).",
        at: range)
    }
    guard let term = try term(signs: signs) else { return nil }
    return isNegated ? term.inverted : term
  }

  private mutating func term(signs: Range<Int>?) throws(QueryError) -> Expression? {
    let range = token.range
    switch token.kind {
    case .open:
      return try nested(range) { parser throws(QueryError) in
        try parser.alternatives() ?? .everything
      }
    case .any: return try atLeast(range)
    case .quoted:
      try countTerm(range)
      try advance()
      let content = text.quoted(range).map(text.unescaped) ?? []
      return content.isEmpty ? .everything : .text(String(decoding: content, as: UTF8.self))
    default:
      let expression = try word(range, signs: signs)
      try advance()
      return expression
    }
  }

  /// What stands in parentheses, of which the open one is the token at hand.
  private mutating func nested(
    _ open: Range<Int>, _ content: (inout QueryParser) throws(QueryError) -> Expression
  ) throws(QueryError) -> Expression {
    guard depth < QueryLimits.depth else {
      throw QueryError(
        "Parentheses go \(QueryLimits.depth) deep at most.", at: open)
    }
    depth += 1
    try advance()
    let expression = try content(&self)
    guard token.kind == .close else {
      throw QueryError(
        "This ( is never closed; for the character itself write \\(.",
        at: open.upperBound - 1..<open.upperBound, suggestions: ["\\("])
    }
    depth -= 1
    try advance()
    return expression
  }

  /// `any:2(a b c)`.
  private mutating func atLeast(_ open: Range<Int>) throws(QueryError) -> Expression {
    let digits = open.lowerBound + 4..<open.upperBound - 1
    let count = digits.isEmpty ? 1 : Int(text.text(digits)) ?? Int.max
    return try nested(open) { parser throws(QueryError) in
      var members: [Expression] = []
      while parser.startsTerm(parser.token.kind) {
        if parser.token.kind == .tilde {
          throw QueryError(
            "In any:( ) every term is optional: leave out ~.", at: parser.token.range)
        }
        if let term = try parser.prefixedTerm() { members.append(term) }
      }
      if parser.token.kind == .or || parser.token.kind == .and {
        throw QueryError(
          "In any:( ) terms follow each other; put what belongs together into parentheses.",
          at: parser.token.range)
      }
      guard (1...max(1, members.count)).contains(count), !members.isEmpty else {
        throw QueryError(
          "any: wants a number from 1 to that of its terms, of which there "
            + (members.count == 1 ? "is 1." : "are \(members.count)."), at: open)
      }
      return .atLeast(count, members)
    }
  }

  /// A tag or a field; nil for what says something about the result as a whole.
  private mutating func word(
    _ range: Range<Int>, signs: Range<Int>?
  ) throws(QueryError) -> Expression? {
    guard let colon = text.firstColon(in: range),
      !text.hasEscape(in: range.lowerBound..<colon),
      let field = QueryField.named(text.lowercased(range.lowerBound..<colon))
    else {
      try countTerm(range)
      return try WordReader(text).tag(range)
    }
    let reader = FieldReader(text: text, clock: clock, field: field, word: range, colon: colon)
    switch field.kind {
    case .order:
      try checkIsSaidOnce(field, range, signs, before: order?.range)
      order = (try reader.order(), range)
      return nil
    case .limit:
      try checkIsSaidOnce(field, range, signs, before: limit?.range)
      limit = (try reader.limit(), range)
      return nil
    default:
      for item in text.items(in: colon + 1..<range.upperBound) { try countTerm(item) }
      return try reader.expression()
    }
  }

  private func checkIsSaidOnce(
    _ field: QueryField, _ range: Range<Int>, _ signs: Range<Int>?, before: Range<Int>?
  ) throws(QueryError) {
    if let signs {
      throw QueryError("\(field.name): takes no \(text.text(signs)) before it.", at: signs)
    }
    if depth > 0 {
      throw QueryError(
        "\(field.name): is about the whole result and stands outside of parentheses.", at: range)
    }
    if before != nil { throw QueryError("\(field.name): can be said once.", at: range) }
  }

  private mutating func countTerm(_ range: Range<Int>) throws(QueryError) {
    termCount += 1
    if termCount > QueryLimits.termCount {
      throw QueryError("A query has \(QueryLimits.termCount) terms at most.", at: range)
    }
  }
}
