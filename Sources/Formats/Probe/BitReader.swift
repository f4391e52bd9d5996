import Media

/// Bits from the least significant on, as JPEG XL packs them.
struct BitReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next bits as a number; nil at the end. At most 32.
  mutating func bits(_ count: Int) -> Int? {
    guard count <= bytes.count * 8 - position else { return nil }
    var value = 0
    for index in 0..<count {
      let at = position + index
      value |= Int(bytes[at >> 3] >> (at & 7) & 1) << index
    }
    position += count
    return value
  }

  mutating func flag() -> Bool? { bits(1).map { $0 == 1 } }

  /// JPEG XL's U32: two bits choose among four forms, each an offset and a count of bits behind it.
  mutating func choice(_ forms: [(offset: Int, bits: Int)]) -> Int? {
    guard let selector = bits(2), let value = bits(forms[selector].bits) else { return nil }
    return forms[selector].offset + value
  }

  /// JPEG XL's enumerations.
  mutating func enumeration() -> Int? { choice([(0, 0), (1, 0), (2, 4), (18, 6)]) }

  mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, count <= bytes.count * 8 - position else { return false }
    position += count
    return true
  }
}
