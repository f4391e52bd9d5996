/// Writes plain values one after the other, little-endian, strings with a 16-bit length.
public struct WireWriter: Sendable {
  /// What has been written.
  public private(set) var bytes: [UInt8]

  /// An empty writer with room for `byteCount` bytes.
  public init(reserving byteCount: Int = 256) {
    bytes = []
    bytes.reserveCapacity(byteCount)
  }

  /// Writes an integer.
  @inlinable public mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    var rest = Value.Magnitude(truncatingIfNeeded: value)
    for _ in 0..<(Value.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: rest))
      rest = Value.bitWidth > 8 ? rest >> 8 : 0
    }
  }

  @usableFromInline mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Writes a truth value as one byte.
  public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

  /// Writes a number bit by bit.
  public mutating func write(_ value: Double) { write(value.bitPattern) }

  /// Writes text, cut at a character's border when its UTF-8 is longer than `limit`.
  public mutating func write(_ text: String, limit: Int) {
    let cut = Self.cut(text, to: limit)
    write(UInt16(cut.utf8.count))
    bytes.append(contentsOf: cut.utf8)
  }

  /// Writes bytes with a 32-bit length.
  public mutating func write(_ value: [UInt8]) {
    write(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  /// Writes whether there is a value, and then the value.
  public mutating func write<Value>(
    _ value: Value?, _ body: (inout WireWriter, Value) -> Void
  ) {
    write(value != nil)
    if let value { body(&self, value) }
  }

  /// The longest prefix of whole Unicode scalars that fits into `limit` bytes.
  private static func cut(_ text: String, to limit: Int) -> Substring {
    guard text.utf8.count > limit else { return text[...] }
    var end = text.utf8.index(text.startIndex, offsetBy: limit)
    // Not in the middle of a scalar: continuation bytes are 10xxxxxx.
    while end > text.startIndex, text.utf8[end] & 0xc0 == 0x80 {
      end = text.utf8.index(before: end)
    }
    return text[..<end]
  }
}
