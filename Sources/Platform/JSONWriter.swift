/// Writes JSON (RFC 8259) into bytes, in one pass and without building a tree first.
///
/// Commas and nesting are kept by the writer, so a mistake is a trap rather than bad output. Strings
/// are escaped so that the result is also safe inside HTML and JavaScript (`<`, `>`, `&`, U+2028 and
/// U+2029 as \u escapes). Not thread-safe: one writer, one owner.
public struct JSONWriter: Sendable {
  /// What has been written so far.
  public private(set) var bytes: [UInt8] = []

  // True when the next value or key of the innermost container needs a comma before it.
  private var needsComma: [Bool] = [false]
  private var isAfterKey = false

  /// An empty writer.
  public init(reservingByteCount byteCount: Int = 0) {
    if byteCount > 0 { bytes.reserveCapacity(byteCount) }
  }

  /// The text so far; for one-line outputs and tests.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Writes an object whose members `members` writes with `member`.
  public mutating func object<Failure: Error>(
    _ members: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try container(open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), members)
  }

  /// Writes an array whose elements `elements` writes.
  public mutating func array<Failure: Error>(
    _ elements: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try container(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), elements)
  }

  /// Writes a member's name; the next call writes its value.
  public mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    isAfterKey = true
  }

  /// Writes a member's name that is only known at run time.
  public mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    isAfterKey = true
  }

  /// Writes a string.
  public mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { unsafe appendEscaped($0) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes an integer.
  public mutating func number(_ value: some BinaryInteger) {
    separate()
    var text = String(value)
    text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
  }

  /// Writes a number; NaN and infinities, which JSON does not have, become null.
  public mutating func number(_ value: Double) {
    guard value.isFinite else { return null() }
    separate()
    var text = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
  }

  /// Writes true or false.
  public mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: Array((value ? "true" : "false").utf8))
  }

  /// Writes null.
  public mutating func null() {
    separate()
    bytes.append(contentsOf: Array("null".utf8))
  }

  /// Writes JSON that was made before, as it is.
  public mutating func raw(_ json: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
  }

  /// Writes a member with a string, or null.
  public mutating func member(_ name: StaticString, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// Writes a member with an integer, or null.
  public mutating func member(_ name: StaticString, _ value: (some BinaryInteger)?) {
    key(name)
    if let value { number(value) } else { null() }
  }

  /// Writes a member with a number, or null.
  public mutating func member(_ name: StaticString, _ value: Double?) {
    key(name)
    if let value { number(value) } else { null() }
  }

  /// Writes a member with a truth value.
  public mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    bool(value)
  }

  /// Writes a member that is an object.
  public mutating func object<Failure: Error>(
    _ name: StaticString, _ members: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    key(name)
    try object(members)
  }

  /// Writes a member that is an array.
  public mutating func array<Failure: Error>(
    _ name: StaticString, _ elements: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    key(name)
    try array(elements)
  }

  private mutating func container<Failure: Error>(
    open: UInt8, close: UInt8, _ content: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    separate()
    bytes.append(open)
    needsComma.append(false)
    try content(&self)
    precondition(!isAfterKey, "a JSON key was written without a value")
    needsComma.removeLast()
    bytes.append(close)
  }

  private mutating func separate() {
    if isAfterKey {
      isAfterKey = false
      return
    }
    if needsComma[needsComma.count - 1] { bytes.append(UInt8(ascii: ",")) }
    // Only one value may stand outside of all containers.
    needsComma[needsComma.count - 1] = true
  }

  private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
    var index = 0
    while index < text.count {
      let byte = unsafe text[index]
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: [0x5C, 0x22])
      case UInt8(ascii: "\\"): bytes.append(contentsOf: [0x5C, 0x5C])
      case 0x0A: bytes.append(contentsOf: [0x5C, UInt8(ascii: "n")])
      case 0x09: bytes.append(contentsOf: [0x5C, UInt8(ascii: "t")])
      case 0x00..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), 0x7F:
        appendEscape(UInt16(byte))
      case 0xE2 where unsafe isLineSeparator(text, at: index):
        unsafe appendEscape(0x2000 | UInt16(text[index + 2] & 0x3F))
        index += 2
      default: bytes.append(byte)
      }
      index += 1
    }
  }

  // U+2028 and U+2029 are E2 80 A8 and E2 80 A9: line ends in older JavaScript strings.
  private func isLineSeparator(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    guard index + 2 < text.count else { return false }
    let (second, third) = unsafe (text[index + 1], text[index + 2])
    return second == 0x80 && (third == 0xA8 || third == 0xA9)
  }

  private mutating func appendEscape(_ unit: UInt16) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(contentsOf: [0x5C, UInt8(ascii: "u")])
    for shift in [12, 8, 4, 0] { bytes.append(digits[Int(unit >> UInt16(shift)) & 15]) }
  }
}
