import Media

/// The elements of Matroska and WebM (RFC 8794).
enum EBML {
  struct Element {
    let id: Int
    /// The first byte behind the element's header.
    let body: Int
    /// How many bytes it says it has; nil for "until the parent ends" (live recordings).
    let byteCount: Int?
  }

  /// The element at an offset.
  static func element(_ reader: MediaReader, at offset: Int) throws(MediaFailure) -> Element {
    let (id, idLength) = try identifier(reader, offset)
    let (size, sizeLength) = try length(reader, offset + idLength)
    return Element(id: id, body: offset + idLength + sizeLength, byteCount: size)
  }

  private static func identifier(
    _ reader: MediaReader, _ offset: Int
  ) throws(MediaFailure) -> (Int, Int) {
    let first = try reader.u8(offset)
    let count = UInt8(first).leadingZeroBitCount + 1
    guard count <= 4 else { throw reader.corrupt("there is no element at byte \(offset)") }
    return (Int(try reader.bigEndian(at: offset, count: count)), count)
  }

  private static func length(
    _ reader: MediaReader, _ offset: Int
  ) throws(MediaFailure) -> (Int?, Int) {
    let first = try reader.u8(offset)
    let count = UInt8(first).leadingZeroBitCount + 1
    guard count <= 8 else { throw reader.corrupt("there is no size at byte \(offset)") }
    let mask: UInt64 = (1 << UInt64(7 * count)) - 1
    let value = try reader.bigEndian(at: offset, count: count) & mask
    return (value == mask ? nil : Int(min(value, UInt64(MediaReader.largestOffset))), count)
  }
}
