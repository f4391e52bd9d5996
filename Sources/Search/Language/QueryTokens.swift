/// A query's text cut into chips: what a search bar shows in colours. It works on every text, also while
/// it is being typed and means nothing yet.
package struct QueryTokens: Sendable {
  /// A term, or a sign between terms.
  package struct Chip: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
      case tag, field, text
      /// Parentheses with what stands before them, `or`, `and`.
      case `operator`
    }

    package let kind: Kind
    /// Its bytes in the text, the signs before it included.
    package let utf8: Range<Int>
    /// The same in UTF-16, as browsers count.
    package let utf16: Range<Int>
    /// Whether an odd number of minuses stands before it.
    package let isNegated: Bool
    /// Whether `~` stands before it.
    package let isOptional: Bool
    /// A field's name in small letters, or what stands before a tag's first colon and is perhaps its
    /// category.
    package let prefix: String?
    /// A tag's name or pattern without its category; of other kinds nil.
    package let name: NamePattern?
  }

  /// In the order of the text; they do not overlap. At most `chipLimit`, the rest of a longer text has
  /// none.
  package let chips: [Chip]
  /// Why the text means nothing; nil when it is a query.
  package let error: QueryError?
  /// The place of the error in UTF-16.
  package let errorUTF16: Range<Int>?

  /// More than anybody can see at once.
  package static let chipLimit = 1024

  /// Cuts a text.
  ///
  /// - Complexity: O(length of the text); nothing for a text that is longer than a query may be.
  package init(_ text: String) {
    do throws(QueryError) {
      // What is wrong with a text does not hang on what the time is.
      _ = try Query(parsing: text, clock: QueryClock(utcMilliseconds: 0))
      error = nil
      errorUTF16 = nil
    } catch {
      self.error = error
      var offsets = UTF16Offsets(text)
      let start = offsets.offset(ofByte: error.offset)
      errorUTF16 = start..<offsets.offset(ofByte: error.offset + error.length)
    }
    guard text.utf8.count <= QueryLimits.byteCount else {
      chips = []
      return
    }
    var cutter = ChipCutter(text)
    cutter.run()
    chips = cutter.chips
  }
}

/// Makes chips of tokens.
private struct ChipCutter {
  private let text: QueryBytes
  private var lexer: QueryLexer
  private var offsets: UTF16Offsets
  private(set) var chips: [QueryTokens.Chip] = []

  init(_ text: String) {
    self.text = QueryBytes(text)
    lexer = QueryLexer(self.text)
    offsets = UTF16Offsets(text)
  }

  mutating func run() {
    var signs: Range<Int>?
    var isNegated = false
    var isOptional = false
    while chips.count < QueryTokens.chipLimit {
      let token = lexer.next()
      switch token.kind {
      case .minus, .tilde:
        isNegated = isNegated != (token.kind == .minus)
        isOptional = isOptional || token.kind == .tilde
        signs = (signs?.lowerBound ?? token.range.lowerBound)..<token.range.upperBound
        // A sign before nothing stands alone.
        if lexer.problem == nil { continue }
        append(.operator, signs ?? token.range, isNegated, isOptional)
      case .end:
        if let signs { append(.operator, signs, isNegated, isOptional) }
        return
      case .open, .close, .or, .and, .any:
        append(.operator, range(signs, token), isNegated, isOptional)
      case .quoted: append(.text, range(signs, token), isNegated, isOptional)
      case .word: append(word: token.range, range(signs, token), isNegated, isOptional)
      }
      signs = nil
      isNegated = false
      isOptional = false
    }
  }

  private func range(_ signs: Range<Int>?, _ token: QueryToken) -> Range<Int> {
    (signs?.lowerBound ?? token.range.lowerBound)..<token.range.upperBound
  }

  private mutating func append(
    word: Range<Int>, _ range: Range<Int>, _ isNegated: Bool, _ isOptional: Bool
  ) {
    guard let colon = text.firstColon(in: word) else {
      append(.tag, range, isNegated, isOptional, name: text.pattern(word))
      return
    }
    let prefix = word.lowerBound..<colon
    if !text.hasEscape(in: prefix), let field = QueryField.named(text.lowercased(prefix)) {
      let isTag = field.kind == .tag
      append(
        isTag ? .tag : .field, range, isNegated, isOptional, prefix: isTag ? nil : field.name,
        name: isTag ? text.pattern(colon + 1..<word.upperBound) : nil)
    } else if let category = text.pattern(prefix)?.literal,
      let name = text.pattern(colon + 1..<word.upperBound)
    {
      append(.tag, range, isNegated, isOptional, prefix: category, name: name)
    } else {
      append(.tag, range, isNegated, isOptional, name: text.pattern(word))
    }
  }

  private mutating func append(
    _ kind: QueryTokens.Chip.Kind, _ range: Range<Int>, _ isNegated: Bool, _ isOptional: Bool,
    prefix: String? = nil, name: NamePattern? = nil
  ) {
    let start = offsets.offset(ofByte: range.lowerBound)
    let end = offsets.offset(ofByte: range.upperBound)
    chips.append(
      QueryTokens.Chip(
        kind: kind, utf8: range, utf16: start..<end, isNegated: isNegated, isOptional: isOptional,
        prefix: prefix, name: name))
  }
}
