/// Reads JSON (RFC 8259) piece by piece: the caller walks through objects and lists, and takes only
/// small values whole, so that a document of any size needs the memory of its largest value.
///
/// Depth, text lengths and the number of values taken at once are bounded. One thread at a time.
package struct JSONReader {
  /// Lists and objects inside of each other.
  package static let maximumDepth = 32
  /// Bytes of one text.
  package static let maximumTextByteCount = 256 << 10
  /// Values that one `value()` may hold.
  package static let maximumValueCount = 100_000
  /// Bytes of all texts that one `value()` may hold.
  package static let maximumValueByteCount = 4 << 20

  private var feed: ByteFeed
  // For each list and object that is open, whether an element was met.
  private var hasElement: [Bool] = []

  package init(_ feed: ByteFeed) { self.feed = feed }

  /// The line of what comes next.
  package var line: Int { feed.line }

  /// An error at this place.
  package func error(_ reason: String) -> ExchangeError {
    ExchangeError(feed.path, line: feed.line, reason)
  }

  /// The first byte of the next value, without taking it; nil at the end.
  package mutating func peek() throws(ExchangeError) -> UInt8? {
    while let byte = try feed.peek() {
      guard Self.isBlank(byte) else { return byte }
      _ = try feed.next()
    }
    return nil
  }

  /// Goes into an object: `nextMember` walks through it.
  package mutating func openObject() throws(ExchangeError) { try open("{") }

  /// The name of the next member, whose value must be taken then; nil at the end of the object, which is
  /// left.
  package mutating func nextMember() throws(ExchangeError) -> String? {
    guard try goesOn(until: "}") else { return nil }
    guard try peek() == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
    let name = try text()
    try expect(":")
    return name
  }

  /// Goes into a list: `nextElement` walks through it.
  package mutating func openList() throws(ExchangeError) { try open("[") }

  /// Whether there is another element, which must be taken then; at the end the list is left.
  package mutating func nextElement() throws(ExchangeError) -> Bool { try goesOn(until: "]") }

  /// Takes the next value whole.
  package mutating func value() throws(ExchangeError) -> JSONNode {
    var room = Room()
    return try value(&room)
  }

  /// Takes the next value without keeping it.
  package mutating func skip() throws(ExchangeError) {
    switch try peek() {
    case UInt8(ascii: "{")?:
      try openObject()
      while try nextMember() != nil { try skip() }
    case UInt8(ascii: "[")?:
      try openList()
      while try nextElement() { try skip() }
    case UInt8(ascii: "\"")?: try skipText()
    default: _ = try plainValue()
    }
  }

  /// Makes sure that nothing but blanks is left.
  package mutating func finish() throws(ExchangeError) {
    guard try peek() == nil else { throw unexpected("the end of the file") }
  }

  // MARK: Values

  private struct Room {
    var valueCount = JSONReader.maximumValueCount
    var byteCount = JSONReader.maximumValueByteCount
  }

  private mutating func value(_ room: inout Room) throws(ExchangeError) -> JSONNode {
    room.valueCount -= 1
    guard room.valueCount >= 0, room.byteCount >= 0 else {
      throw error("one entry holds more than is read at once; split it.")
    }
    switch try peek() {
    case UInt8(ascii: "{")?:
      var members: [JSONNode.Member] = []
      try openObject()
      while let name = try nextMember() {
        room.byteCount -= name.utf8.count
        members.append(JSONNode.Member(name: name, value: try value(&room)))
      }
      return .object(members)
    case UInt8(ascii: "[")?:
      var elements: [JSONNode] = []
      try openList()
      while try nextElement() { elements.append(try value(&room)) }
      return .array(elements)
    case UInt8(ascii: "\"")?:
      let text = try text()
      room.byteCount -= text.utf8.count
      return .string(text)
    default: return try plainValue()
    }
  }

  private mutating func plainValue() throws(ExchangeError) -> JSONNode {
    var word: [UInt8] = []
    while let byte = try feed.peek(), Self.isWordByte(byte) {
      guard word.count < 64 else { throw error("a number has more than 64 digits.") }
      word.append(byte)
      _ = try feed.next()
    }
    switch String(decoding: word, as: UTF8.self) {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    case let digits:
      guard let first = word.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
        let number = Double(digits), number.isFinite
      else { throw unexpected("a value") }
      return .number(number)
    }
  }

  // MARK: Texts

  private mutating func skipText() throws(ExchangeError) {
    _ = try feed.next()
    while let byte = try feed.next() {
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { _ = try feed.next() }
    }
    throw error("a text in quotes has no end.")
  }

  private mutating func text() throws(ExchangeError) -> String {
    _ = try feed.next()
    var bytes: [UInt8] = []
    while let byte = try feed.next() {
      guard bytes.count < Self.maximumTextByteCount else {
        throw error("a text has more than \(Self.maximumTextByteCount) bytes.")
      }
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw error("a text is not UTF-8, which JSON is always in; save the file as UTF-8.")
        }
        return text
      case UInt8(ascii: "\\"): try appendEscape(to: &bytes)
      case 0..<0x20: throw error("a text has a control character or a line end in it.")
      default: bytes.append(byte)
      }
    }
    throw error("a text in quotes has no end.")
  }

  private mutating func appendEscape(to bytes: inout [UInt8]) throws(ExchangeError) {
    switch try feed.next() {
    case UInt8(ascii: "\"")?: bytes.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\")?: bytes.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "/")?: bytes.append(UInt8(ascii: "/"))
    case UInt8(ascii: "b")?: bytes.append(0x08)
    case UInt8(ascii: "f")?: bytes.append(0x0C)
    case UInt8(ascii: "n")?: bytes.append(0x0A)
    case UInt8(ascii: "r")?: bytes.append(0x0D)
    case UInt8(ascii: "t")?: bytes.append(0x09)
    case UInt8(ascii: "u")?:
      var unit = try fourDigits()
      // Two halves of one character; a half alone is no character and becomes U+FFFD.
      if (0xD800..<0xDC00).contains(unit), try feed.peek() == UInt8(ascii: "\\") {
        _ = try feed.next()
        guard try feed.peek() == UInt8(ascii: "u") else {
          bytes.append(contentsOf: "\u{FFFD}".utf8)
          return try appendEscape(to: &bytes)
        }
        _ = try feed.next()
        let second = try fourDigits()
        if (0xDC00..<0xE000).contains(second) {
          unit = 0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00)
        } else {
          bytes.append(contentsOf: "\u{FFFD}".utf8)
          unit = second
        }
      }
      let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
      bytes.append(contentsOf: String(Character(scalar)).utf8)
    default: throw error("there is no such escape in a text of JSON.")
    }
  }

  private mutating func fourDigits() throws(ExchangeError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = try feed.next(),
        let digit = Character(Unicode.Scalar(byte)).hexDigitValue
      else { throw error("\\u needs four hexadecimal digits.") }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  // MARK: Punctuation

  private mutating func open(_ bracket: Unicode.Scalar) throws(ExchangeError) {
    guard hasElement.count < Self.maximumDepth else {
      throw error("more than \(Self.maximumDepth) lists and objects are inside of each other.")
    }
    try expect(bracket)
    hasElement.append(false)
  }

  /// Whether something follows in the innermost list or object, which is left at its end.
  private mutating func goesOn(until bracket: Unicode.Scalar) throws(ExchangeError) -> Bool {
    guard let isLater = hasElement.last else { preconditionFailure("walks through what is open") }
    if try peek() == UInt8(ascii: bracket) {
      _ = try feed.next()
      hasElement.removeLast()
      return false
    }
    if isLater { try expect(",") }
    hasElement[hasElement.count - 1] = true
    return true
  }

  private mutating func expect(_ sign: Unicode.Scalar) throws(ExchangeError) {
    guard try peek() == UInt8(ascii: sign) else { throw unexpected("\"\(sign)\"") }
    _ = try feed.next()
  }

  private mutating func unexpected(_ wanted: String) -> ExchangeError {
    let found: UInt8?
    do throws(ExchangeError) { found = try feed.peek() } catch { return error }
    guard let found else { return error("the file ends where \(wanted) should be.") }
    let sign =
      (0x21..<0x7F).contains(found) ? "\"\(Unicode.Scalar(found))\"" : "the byte \(found)"
    return error("it is not JSON: \(sign) stands where \(wanted) should be.")
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}
