import Media

/// Bounds-checked reads at any offset of a source, for the parsers of headers.
///
/// Offsets and sizes are `Int`. Numbers of 64 bits from a file are clamped to `largestOffset`, and
/// two untrusted numbers are added with `sum`, so that no arithmetic on them can overflow. Reads
/// inside the head cost a bounds check; others go through one small window.
final class MediaReader {
  /// The first bytes of the file.
  let head: [UInt8]
  /// How many bytes the file has.
  let byteCount: Int
  /// What the messages call the file, e.g. "JPEG"; set once its format is known.
  var formatName = "media"
  /// How many bytes a read outside the head fetches: small for headers that jump, larger for
  /// formats that are walked from end to end.
  var windowByteCount = 4096

  private let source: any ByteSource
  private var window: [UInt8] = []
  private var windowStart = 0
  private var windowBytesLeft = 256 << 20

  /// No offset in a file is larger: the sum of two such numbers and a small constant still fits.
  static let largestOffset = 1 << 61

  init(_ source: any ByteSource) throws(MediaFailure) {
    self.source = source
    head = try source.head()
    byteCount = Int(min(source.byteCount, Int64(Self.largestOffset)))
  }

  /// The sum of two untrusted numbers, at most `largestOffset`.
  @inline(__always)
  func sum(_ left: Int, _ right: Int) -> Int {
    let (total, overflowed) = left.addingReportingOverflow(right)
    return overflowed ? Self.largestOffset : min(total, Self.largestOffset)
  }

  /// The failure of a file that ends too early.
  var truncated: MediaFailure {
    MediaFailure(
      .truncated,
      "The \(formatName) file ends after \(byteCount) bytes, before its header is complete.")
  }

  /// The failure of a header that contradicts its format.
  func corrupt(_ what: String) -> MediaFailure {
    MediaFailure(.corrupt, "The \(formatName) header is damaged: \(what).")
  }

  // MARK: Numbers

  @inline(__always)
  func u8(_ offset: Int) throws(MediaFailure) -> Int {
    if offset >= 0, offset < head.count { return Int(head[offset]) }
    return Int(try bigEndian(at: offset, count: 1))
  }

  @inline(__always)
  func u16be(_ offset: Int) throws(MediaFailure) -> Int {
    if offset >= 0, offset <= head.count - 2 {
      return Int(head[offset]) << 8 | Int(head[offset + 1])
    }
    return Int(try bigEndian(at: offset, count: 2))
  }

  @inline(__always)
  func u16le(_ offset: Int) throws(MediaFailure) -> Int {
    if offset >= 0, offset <= head.count - 2 {
      return Int(head[offset + 1]) << 8 | Int(head[offset])
    }
    return Int(UInt16(truncatingIfNeeded: try bigEndian(at: offset, count: 2)).byteSwapped)
  }

  func u24be(_ offset: Int) throws(MediaFailure) -> Int {
    Int(try bigEndian(at: offset, count: 3))
  }

  func u24le(_ offset: Int) throws(MediaFailure) -> Int {
    try u16le(offset) | (try u8(offset + 2)) << 16
  }

  @inline(__always)
  func u32be(_ offset: Int) throws(MediaFailure) -> Int {
    if offset >= 0, offset <= head.count - 4 {
      return Int(head[offset]) << 24 | Int(head[offset + 1]) << 16 | Int(head[offset + 2]) << 8
        | Int(head[offset + 3])
    }
    return Int(try bigEndian(at: offset, count: 4))
  }

  @inline(__always)
  func u32le(_ offset: Int) throws(MediaFailure) -> Int {
    Int(UInt32(truncatingIfNeeded: try u32be(offset)).byteSwapped)
  }

  func i32le(_ offset: Int) throws(MediaFailure) -> Int {
    Int(Int32(truncatingIfNeeded: try u32le(offset)))
  }

  /// A 64-bit number as it is, for dates and floating point.
  func bits64be(_ offset: Int) throws(MediaFailure) -> UInt64 {
    try bigEndian(at: offset, count: 8)
  }

  /// A 64-bit offset or size, at most `largestOffset`.
  func u64be(_ offset: Int) throws(MediaFailure) -> Int {
    Int(min(try bigEndian(at: offset, count: 8), UInt64(Self.largestOffset)))
  }

  /// A 64-bit offset or size, at most `largestOffset`.
  func u64le(_ offset: Int) throws(MediaFailure) -> Int {
    Int(min(try bigEndian(at: offset, count: 8).byteSwapped, UInt64(Self.largestOffset)))
  }

  func float32le(_ offset: Int) throws(MediaFailure) -> Float {
    Float(bitPattern: UInt32(truncatingIfNeeded: try u32le(offset)))
  }

  /// A number of up to eight bytes.
  func bigEndian(at offset: Int, count: Int) throws(MediaFailure) -> UInt64 {
    guard offset >= 0, offset <= byteCount - count else { throw truncated }
    var value: UInt64 = 0
    if offset <= head.count - count {
      for index in offset..<(offset + count) { value = value << 8 | UInt64(head[index]) }
      return value
    }
    let start = try windowIndex(at: offset, count: count)
    for index in start..<(start + count) { value = value << 8 | UInt64(window[index]) }
    return value
  }

  // MARK: Bytes

  /// `count` bytes at `offset`.
  ///
  /// - Precondition: `count` is a bound of the parser, not a number from the file.
  func bytes(at offset: Int, count: Int) throws(MediaFailure) -> [UInt8] {
    guard count >= 0, offset >= 0, offset <= byteCount - count else { throw truncated }
    if offset <= head.count - count { return Array(head[offset..<(offset + count)]) }
    let bytes = try source.read(at: Int64(offset), count: count)
    guard bytes.count == count else { throw truncated }
    return bytes
  }

  /// The bytes from `offset` to `end`, but at most `limit` of them and none past the end of the file.
  func bytes(from offset: Int, to end: Int, limit: Int) throws(MediaFailure) -> [UInt8] {
    let end = min(end, byteCount)
    guard offset >= 0, offset < end else { return [] }
    return try bytes(at: offset, count: min(end - offset, limit))
  }

  /// True when the file has these bytes at `offset`; false also when it ends before.
  @inline(__always)
  func matches(_ text: StaticString, at offset: Int) throws(MediaFailure) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset >= 0, offset <= byteCount - count else { return false }
    for index in 0..<count {
      let expected = unsafe Int(text.utf8Start[index])
      if try u8(offset + index) != expected { return false }
    }
    return true
  }

  /// Makes the window hold `count` bytes at `offset` and returns where in it they begin.
  private func windowIndex(at offset: Int, count: Int) throws(MediaFailure) -> Int {
    if offset >= windowStart, offset - windowStart <= window.count - count {
      return offset - windowStart
    }
    guard windowBytesLeft > 0 else {
      throw corrupt("it goes on for more than \(256 << 20) bytes")
    }
    window = try source.read(at: Int64(offset), count: max(windowByteCount, count))
    windowStart = offset
    windowBytesLeft -= window.count
    guard window.count >= count else { throw truncated }
    return 0
  }
}

/// The four characters that name a box or chunk, as a number to compare and switch on.
@inline(__always)
func code(_ text: StaticString) -> Int {
  precondition(text.utf8CodeUnitCount == 4, "a code has four characters")
  return unsafe Int(text.utf8Start[0]) << 24 | Int(text.utf8Start[1]) << 16
    | Int(text.utf8Start[2]) << 8 | Int(text.utf8Start[3])
}
