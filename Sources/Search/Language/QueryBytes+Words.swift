/// Words taken apart, and what their escapes, quotes and stars say.
extension QueryBytes {
  /// What stands before and behind a word's first colon; nil without one, and when it comes first.
  ///
  /// What is quoted begins after it, so only escapes have to be stepped over.
  func firstColon(in word: Range<Int>) -> Int? {
    var position = word.lowerBound
    while position < word.upperBound {
      switch bytes[position] {
      case .colon: return position == word.lowerBound ? nil : position
      case .backslash: position += 1
      default: break
      }
      position += 1
    }
    return nil
  }

  /// Whether an escape stands in it, which makes a field's name an ordinary word.
  func hasEscape(in range: Range<Int>) -> Bool { bytes[range].contains(.backslash) }

  /// The values of a list, divided by commas that are neither escaped nor quoted. At least one, of which
  /// each may be empty.
  func items(in list: Range<Int>) -> [Range<Int>] {
    var items: [Range<Int>] = []
    var start = list.lowerBound
    var position = start
    var isQuoted = false
    var isAtStart = true
    while position < list.upperBound {
      let wasAtStart = isAtStart
      isAtStart = false
      switch bytes[position] {
      case .backslash: position += 1
      case .quote where isQuoted: isQuoted = false
      case .quote where wasAtStart: isQuoted = true
      case .comma where !isQuoted:
        items.append(start..<position)
        start = position + 1
        isAtStart = true
      default:
        // A quote after a mark nobody sees opens a value all the same.
        if wasAtStart, kind(at: position) == .invisible {
          isAtStart = true
          position += scalar(at: position).byteCount - 1
        }
      }
      position += 1
    }
    items.append(start..<list.upperBound)
    return items
  }

  /// The name or pattern a word or a value says; nil when it says nothing. In quotes a star is a star.
  func pattern(_ range: Range<Int>) -> NamePattern? {
    var pieces: [NamePattern.Piece] = []
    var literal: [UInt8] = []
    func flush() {
      if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
      literal = []
    }
    if let content = quoted(range) {
      literal = unescaped(content)
    } else {
      var position = range.lowerBound
      while position < range.upperBound {
        let byte = bytes[position]
        if byte == .star {
          flush()
          pieces.append(.anything)
          position += 1
          continue
        }
        var isEscaped = false
        if byte == .backslash, position + 1 < range.upperBound {
          isEscaped = true
          position += 1
        }
        let (value, byteCount) = scalar(at: position)
        let kind = CharacterKind(value)
        if isEscaped || kind != .invisible { append(position, byteCount, kind, to: &literal) }
        position += byteCount
      }
    }
    flush()
    return pieces.isEmpty ? nil : NamePattern(pieces)
  }

  /// The bytes between the quotes that surround a range; nil when it is not quoted.
  func quoted(_ range: Range<Int>) -> Range<Int>? {
    var start = range.lowerBound
    while start < range.upperBound, bytes[start] != .quote, kind(at: start) == .invisible {
      start += scalar(at: start).byteCount
    }
    guard start < range.upperBound, bytes[start] == .quote else { return nil }
    // An unclosed quote reaches to the end; then the last byte is no quote, or an escaped one.
    var position = start + 1
    while position < range.upperBound {
      if bytes[position] == .quote { return start + 1..<position }
      position += bytes[position] == .backslash ? 2 : 1
    }
    return start + 1..<range.upperBound
  }

  /// What a quoted text says.
  func unescaped(_ content: Range<Int>) -> [UInt8] {
    var literal: [UInt8] = []
    var position = content.lowerBound
    while position < content.upperBound {
      if bytes[position] == .backslash, position + 1 < content.upperBound { position += 1 }
      let (value, byteCount) = scalar(at: position)
      append(position, byteCount, CharacterKind(value), to: &literal)
      position += byteCount
    }
    return literal
  }

  private func append(
    _ position: Int, _ byteCount: Int, _ kind: CharacterKind, to literal: inout [UInt8]
  ) {
    if kind == .blank, byteCount == 1 {
      // Tabs and line ends, which come along when text is pasted, are blanks.
      literal.append(UInt8(ascii: " "))
    } else if kind != .control {
      literal.append(contentsOf: bytes[position..<position + byteCount])
    }
  }
}
