/// Writes names and patterns so that they are read as they are.
enum WordWriter {
  /// A tag, with its category if it has one.
  static func tag(_ pattern: NamePattern, category: String?) -> String {
    guard let category else {
      let word = escaped(pattern, escaping: [.colon])
      return isMoreThanWord(word) ? "\\" + word : word
    }
    let name = escaped(pattern, escaping: [])
    let isComparison = name.utf8.first == .less || name.utf8.first == .greater
    let word = prefix(category: category) + (isComparison ? "\\" : "") + name
    return isMoreThanWord(word) ? "\\" + word : word
  }

  /// A category and the colon behind it.
  static func prefix(category: String) -> String {
    let isField = QueryField.named(category.lowercasedASCII) != nil
    return (isField ? "\\" : "") + escaped(NamePattern(category), escaping: [.colon]) + ":"
  }

  /// Whether a word must begin with an escape to be one.
  private static func isMoreThanWord(_ word: String) -> Bool {
    switch word.lowercasedASCII {
    case "|", "||", "&", "&&", "or", "and": true
    default:
      // By bytes: a sign with a combining mark behind it is another character, but still the sign.
      switch word.utf8.first {
      case UInt8.minus?, UInt8.tilde?: true
      case UInt8.slash?: word.utf8.count > 1 && word.utf8.last == .slash
      default: false
      }
    }
  }

  /// One of a field's values: in quotes if that is easier to read than escapes.
  static func value(_ pattern: NamePattern) -> String {
    if let literal = pattern.literal, needsQuotes(literal) { return quoted(literal) }
    return escaped(pattern, escaping: [.comma])
  }

  /// A text in quotes.
  static func quoted(_ text: String) -> String {
    var quoted: [UInt8] = [.quote]
    for byte in text.utf8 {
      if byte == .quote || byte == .backslash { quoted.append(.backslash) }
      quoted.append(byte)
    }
    quoted.append(.quote)
    return String(decoding: quoted, as: UTF8.self)
  }

  private static func needsQuotes(_ literal: String) -> Bool {
    literal.unicodeScalars.contains { scalar in
      CharacterKind(scalar.value) != .other || "\"\\*,()".unicodeScalars.contains(scalar)
    }
  }

  /// A pattern with all that means something escaped, and these too. Parentheses that are balanced are
  /// letters as they are.
  private static func escaped(_ pattern: NamePattern, escaping others: [UInt8]) -> String {
    let keepsParentheses = hasBalancedParentheses(pattern)
    var word: [UInt8] = []
    for piece in pattern.pieces {
      guard case .literal(let literal) = piece else {
        word.append(.star)
        continue
      }
      for scalar in literal.unicodeScalars {
        let isSpecial =
          switch UInt8(exactly: scalar.value) {
          case .backslash?, .star?, .quote?: true
          case .openParenthesis?, .closeParenthesis?: !keepsParentheses
          case let byte?: others.contains(byte) || CharacterKind(scalar.value) != .other
          case nil: CharacterKind(scalar.value) != .other
          }
        if isSpecial { word.append(.backslash) }
        word.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
      }
    }
    return String(decoding: word, as: UTF8.self)
  }

  private static func hasBalancedParentheses(_ pattern: NamePattern) -> Bool {
    var depth = 0
    for (index, piece) in pattern.pieces.enumerated() {
      guard case .literal(let literal) = piece else { continue }
      if index == 0, literal.utf8.first == .openParenthesis { return false }
      for byte in literal.utf8 {
        if byte == .openParenthesis { depth += 1 }
        if byte == .closeParenthesis { depth -= 1 }
        if depth < 0 { return false }
      }
    }
    return depth == 0
  }
}

extension String {
  /// With A–Z made small and nothing else, as the language's own words are compared.
  var lowercasedASCII: String {
    String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
