/// A piece of a query's text.
struct QueryToken: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case end
    /// `(` and `)` that group; inside of words they are letters as long as they are balanced.
    case open, close
    /// `-` and `~` before a term.
    case minus, tilde
    case or, and
    /// `"free text"`, quotes included.
    case quoted
    /// A tag, or a field with its values.
    case word
    /// `any:2(`, the parenthesis included.
    case any
  }

  var kind: Kind
  /// Its bytes in the text.
  var range: Range<Int>
}

/// Cuts a query's text into tokens, from its beginning to its end, in linear time.
///
/// It always goes on: what is wrong with a token is told beside it, so that a text which does not parse
/// can still be coloured and completed.
struct QueryLexer: Sendable {
  let text: QueryBytes
  private var position = 0
  /// What is wrong with the token that was read last.
  private(set) var problem: QueryError?

  init(_ text: QueryBytes) { self.text = text }

  /// The next token; after the last one `end`, again and again.
  mutating func next() -> QueryToken {
    problem = nil
    skipBlanks()
    let start = position
    guard start < text.count else { return QueryToken(kind: .end, range: start..<start) }
    switch text[start] {
    case .openParenthesis: return single(.open)
    case .closeParenthesis: return single(.close)
    case .minus: return prefix(.minus, "-")
    case .tilde: return prefix(.tilde, "~")
    case .quote:
      readQuoted(from: start)
      if problem == nil, position < text.count, !endsWord(at: position) {
        problem = QueryError(
          "After the closing quote a blank is missing.", at: position..<position)
      }
      return QueryToken(kind: .quoted, range: start..<position)
    default: return word()
    }
  }

  private mutating func skipBlanks() {
    while position < text.count {
      let (value, byteCount) = text.scalar(at: position)
      switch CharacterKind(value) {
      case .blank, .invisible: position += byteCount
      case .control, .other: return
      }
    }
  }

  private mutating func single(_ kind: QueryToken.Kind) -> QueryToken {
    position += 1
    return QueryToken(kind: kind, range: position - 1..<position)
  }

  private mutating func prefix(_ kind: QueryToken.Kind, _ sign: String) -> QueryToken {
    let token = single(kind)
    while position < text.count, text.kind(at: position) == .invisible {
      position += text.scalar(at: position).byteCount
    }
    if position == text.count || endsWord(at: position) {
      problem = QueryError(
        "\(sign) must stand directly before a term; for a tag of that name write \\\(sign).",
        at: token.range, suggestions: ["\\" + sign])
    }
    return token
  }

  private mutating func word() -> QueryToken {
    let start = position
    var depth = 0
    var firstColon: Int?
    // Whether a quote here opens a value: `folder:"a b","c d"`.
    var isBeforeValue = false
    scan: while position < text.count {
      let (value, byteCount) = text.scalar(at: position)
      let wasBeforeValue = isBeforeValue
      isBeforeValue = false
      switch UInt8(exactly: value) {
      case .backslash?: escape()
      case .quote? where wasBeforeValue:
        readQuoted(from: position)
        if problem == nil, position < text.count, text[position] != .comma,
          !endsWord(at: position)
        {
          problem = QueryError(
            "After the closing quote a blank or a comma is missing.", at: position..<position)
        }
      case .openParenthesis?:
        if let firstColon, isAny(start..<position, colon: firstColon) {
          position += 1
          return QueryToken(kind: .any, range: start..<position)
        }
        depth += 1
        position += 1
      case .closeParenthesis?:
        if depth == 0 { break scan }
        depth -= 1
        position += 1
      case .colon? where firstColon == nil && position > start:
        firstColon = position
        isBeforeValue = true
        position += 1
      case .comma?:
        isBeforeValue = firstColon != nil
        position += 1
      default:
        switch CharacterKind(value) {
        case .blank: break scan
        case .control: refuseControl(value, byteCount)
        // A quote after such a mark opens a value as if the mark were not there.
        case .invisible: isBeforeValue = wasBeforeValue
        case .other: break
        }
        position += byteCount
      }
    }
    let range = start..<position
    let kind: QueryToken.Kind =
      switch range.count > 3 ? "" : text.lowercased(range) {
      case "or": .or
      case "and": .and
      default: .word
      }
    return QueryToken(kind: kind, range: range)
  }

  /// `any:` and digits, or none.
  private func isAny(_ range: Range<Int>, colon: Int) -> Bool {
    colon == range.lowerBound + 3 && text.lowercased(range.lowerBound..<colon) == "any"
      && text.bytes[colon + 1..<range.upperBound].allSatisfy(\.isDigit)
  }

  /// Steps over a backslash and what it makes an ordinary character.
  private mutating func escape() {
    guard position + 1 < text.count else {
      problem =
        problem
        ?? QueryError(
          "After \\ a character is missing; \\\\ is the character itself.",
          at: position..<position + 1, suggestions: ["\\\\"])
      position += 1
      return
    }
    let (value, byteCount) = text.scalar(at: position + 1)
    position += 1
    if CharacterKind(value) == .control { refuseControl(value, byteCount) }
    position += byteCount
  }

  /// Steps over a quoted text, to behind its closing quote or to the end.
  private mutating func readQuoted(from start: Int) {
    position = start + 1
    while position < text.count {
      let (value, byteCount) = text.scalar(at: position)
      switch UInt8(exactly: value) {
      case .quote?:
        position += 1
        return
      case .backslash?: escape()
      default:
        if CharacterKind(value) == .control { refuseControl(value, byteCount) }
        position += byteCount
      }
    }
    problem =
      problem
      ?? QueryError(
        "This quote is never closed; for the character itself write \\\".", at: start..<start + 1)
  }

  private mutating func refuseControl(_ value: UInt32, _ byteCount: Int) {
    guard problem == nil else { return }
    let digits = String(value, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: 4 - digits.count) + digits
    problem = QueryError(
      "The control character \(name) cannot be searched for; take it out.",
      at: position..<position + byteCount)
  }

  private func endsWord(at position: Int) -> Bool {
    text[position] == .closeParenthesis || text.kind(at: position) == .blank
  }
}
