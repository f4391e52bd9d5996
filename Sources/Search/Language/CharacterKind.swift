/// What a character is to the language, whatever else it is to people.
enum CharacterKind {
  /// Between words: the blanks of all scripts, tabs and line ends.
  case blank
  /// Refused wherever it stands: NUL and the other controls.
  case control
  /// Marks of direction and of byte order, zero-width blanks. They come along when text is copied and
  /// nobody sees them, so outside of quotes they count as not written, unless escaped.
  case invisible
  case other

  init(_ scalar: UInt32) {
    switch scalar {
    case 0x09, 0x0A, 0x0D, 0x20: self = .blank
    case 0x00..<0x20, 0x7F...0x9F: self = .control
    case 0x21..<0x7F: self = .other
    case 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: self = .blank
    case 0x061C, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF:
      self = .invisible
    default: self = .other
    }
  }
}

/// The text of a query as bytes of UTF-8, read character by character.
struct QueryBytes: Sendable {
  let bytes: [UInt8]

  /// The text must not be longer than `QueryLimits.byteCount`.
  init(_ text: String) { bytes = Array(text.utf8) }

  var count: Int { bytes.count }

  subscript(position: Int) -> UInt8 { bytes[position] }

  /// The character that begins at a position.
  func scalar(at position: Int) -> (value: UInt32, byteCount: Int) {
    let first = bytes[position]
    // A String is valid UTF-8, so the bytes that the first one announces are there.
    let byteCount =
      switch first {
      case ..<0x80: 1
      case ..<0xE0: 2
      case ..<0xF0: 3
      default: 4
      }
    if byteCount == 1 { return (UInt32(first), 1) }
    var value = UInt32(first) & (0x7F >> UInt32(byteCount))
    for offset in 1..<byteCount {
      value = value << 6 | UInt32(bytes[position + offset] & 0x3F)
    }
    return (value, byteCount)
  }

  func kind(at position: Int) -> CharacterKind { CharacterKind(scalar(at: position).value) }

  /// These bytes as they are written.
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// These bytes with A–Z made small, for words of the language itself, which are ASCII.
  func lowercased(_ range: Range<Int>) -> String {
    String(
      decoding: bytes[range].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}

/// The characters that mean something.
extension UInt8 {
  static var quote: UInt8 { 0x22 }
  static var openParenthesis: UInt8 { 0x28 }
  static var closeParenthesis: UInt8 { 0x29 }
  static var star: UInt8 { 0x2A }
  static var comma: UInt8 { 0x2C }
  static var minus: UInt8 { 0x2D }
  static var dot: UInt8 { 0x2E }
  static var slash: UInt8 { 0x2F }
  static var colon: UInt8 { 0x3A }
  static var less: UInt8 { 0x3C }
  static var equals: UInt8 { 0x3D }
  static var greater: UInt8 { 0x3E }
  static var backslash: UInt8 { 0x5C }
  static var tilde: UInt8 { 0x7E }

  var isDigit: Bool { (0x30...0x39).contains(self) }
}
