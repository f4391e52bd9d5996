/// Reads plain values one after the other from bytes that nobody vouches for.
///
/// Every count is checked against a limit and against the bytes that are left before anything is
/// allocated, so a message of n bytes never makes it allocate more than a small multiple of n.
public struct WireReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// A reader at the start of `bytes`.
  public init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// How many bytes have not been read.
  public var remainingByteCount: Int { bytes.endIndex - position }

  /// Reads an integer.
  public mutating func read<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(WireError) -> Value {
    let count = Value.bitWidth / 8
    guard remainingByteCount >= count else { throw WireError("the message ends too early") }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += count
    return Value(truncatingIfNeeded: value)
  }

  /// Reads an integer that must lie in `range`.
  public mutating func read<Value: FixedWidthInteger>(
    in range: ClosedRange<Value>, _ name: StaticString
  ) throws(WireError) -> Value {
    let value = try read(Value.self)
    guard range.contains(value) else { throw WireError("\(name) is \(value), not in \(range)") }
    return value
  }

  /// Reads a truth value; a byte that is neither 0 nor 1 is an error.
  public mutating func readBool() throws(WireError) -> Bool {
    switch try read(UInt8.self) {
    case 0: false
    case 1: true
    default: throw WireError("a truth value is neither 0 nor 1")
    }
  }

  /// Reads a number that must be finite.
  public mutating func readDouble() throws(WireError) -> Double {
    let value = Double(bitPattern: try read(UInt64.self))
    guard value.isFinite else { throw WireError("a number is not finite") }
    return value
  }

  /// Reads text of at most `limit` bytes, which must be UTF-8 without NUL.
  public mutating func readString(limit: Int) throws(WireError) -> String {
    let count = Int(try read(UInt16.self))
    guard count <= limit else { throw WireError("a text has \(count) bytes, more than \(limit)") }
    let part = try take(count)
    // Nearly all texts are ASCII, which needs no repair: the way that validates costs ten times as
    // much for the few bytes of a camera's name.
    if part.allSatisfy({ (1..<128).contains($0) }) { return String(decoding: part, as: UTF8.self) }
    guard !part.contains(0), let text = String(validating: part, as: UTF8.self) else {
      throw WireError("a text is not UTF-8")
    }
    return text
  }

  /// Reads bytes of a 32-bit length of at most `limit`.
  public mutating func readBytes(limit: Int) throws(WireError) -> [UInt8] {
    let count = Int(try read(UInt32.self))
    guard count <= limit else { throw WireError("\(count) bytes are more than \(limit)") }
    return Array(try take(count))
  }

  /// Reads an enumeration by its raw value.
  public mutating func read<Value: RawRepresentable>(
    case type: Value.Type
  ) throws(WireError) -> Value where Value.RawValue == UInt8 {
    let raw = try read(UInt8.self)
    guard let value = Value(rawValue: raw) else {
      throw WireError("\(raw) is no \(type)")
    }
    return value
  }

  /// Reads a value that may be absent.
  public mutating func readOptional<Value>(
    _ body: (inout WireReader) throws(WireError) -> Value
  ) throws(WireError) -> Value? {
    try readBool() ? try body(&self) : nil
  }

  /// Throws when bytes are left over.
  public func finish() throws(WireError) {
    guard remainingByteCount == 0 else {
      throw WireError("\(remainingByteCount) bytes are left over")
    }
  }

  private mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    guard remainingByteCount >= count else { throw WireError("the message ends too early") }
    defer { position += count }
    return bytes[position..<(position + count)]
  }
}
