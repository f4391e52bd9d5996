/// What stands at the cursor.
struct CompletionContext {
  enum Place {
    /// Inside of a free text, a number, or where nothing is known.
    case nothing
    /// The beginning of a word that may become a tag, a field or a category.
    case term(String)
    /// A tag's name: behind `tag:`, or in a word that is no field any more.
    case tagName(String)
    /// The name behind what is perhaps a category.
    case categorised(category: String, String)
    case value(QueryField, String)
  }

  let place: Place
  /// What a completion replaces, in bytes.
  let range: Range<Int>
  /// Whether a blank should follow it.
  let wantsBlank: Bool

  /// - Parameter cursor: in bytes, at most the text's number of them.
  init(_ text: QueryBytes, cursor: Int) {
    var lexer = QueryLexer(text)
    while true {
      let token = lexer.next()
      // Between tokens, or before the first character of one: something new.
      if token.kind == .end || token.range.lowerBound >= cursor {
        place = .term("")
        range = cursor..<cursor
        wantsBlank = Self.wantsBlank(text, cursor)
        return
      }
      guard token.range.upperBound >= cursor else { continue }
      switch token.kind {
      case .word, .or, .and:
        // A quote that is still open takes all that follows it, which nobody means.
        let end = lexer.problem == nil ? token.range.upperBound : cursor
        (place, range) = Self.word(text, token.range.lowerBound..<end, cursor)
        wantsBlank = range.upperBound == end && Self.wantsBlank(text, end)
        return
      case .quoted:
        place = .nothing
        range = cursor..<cursor
        wantsBlank = false
        return
      default:
        // Behind a sign or a parenthesis a term begins, unless the next token says more.
        guard token.range.upperBound > cursor else { continue }
        place = .nothing
        range = cursor..<cursor
        wantsBlank = false
        return
      }
    }
  }

  private static func wantsBlank(_ text: QueryBytes, _ end: Int) -> Bool {
    end == text.count || text[end] != .closeParenthesis && text.kind(at: end) != .blank
  }

  private static func word(
    _ text: QueryBytes, _ word: Range<Int>, _ cursor: Int
  ) -> (Place, Range<Int>) {
    let typed = word.lowerBound..<cursor
    guard let colon = text.firstColon(in: typed) else {
      // A star is a pattern already.
      guard let name = text.pattern(typed)?.literal else { return (.nothing, cursor..<cursor) }
      // The name of a field that has values already is all that is replaced.
      let end = text.firstColon(in: word).map { $0 + 1 } ?? word.upperBound
      return (.term(name), word.lowerBound..<end)
    }
    let prefix = word.lowerBound..<colon
    guard !text.hasEscape(in: prefix), let field = QueryField.named(text.lowercased(prefix)) else {
      let pattern = text.pattern(colon + 1..<cursor)
      guard let category = text.pattern(prefix)?.literal, pattern == nil || pattern?.literal != nil
      else { return (.nothing, cursor..<cursor) }
      return (.categorised(category: category, pattern?.literal ?? ""), word)
    }
    if field.kind == .tag {
      guard let name = literal(text, colon + 1..<cursor) else { return (.nothing, cursor..<cursor) }
      return (.tagName(name), word)
    }
    let values = colon + 1..<word.upperBound
    guard let item = text.items(in: values).first(where: { $0.upperBound >= cursor }),
      item.lowerBound <= cursor, let name = literal(text, item.lowerBound..<cursor)
    else { return (.nothing, cursor..<cursor) }
    return (.value(field, name), item)
  }

  /// What is typed of a name; nil for a pattern.
  private static func literal(_ text: QueryBytes, _ range: Range<Int>) -> String? {
    guard let pattern = text.pattern(range) else { return "" }
    return pattern.literal
  }
}
