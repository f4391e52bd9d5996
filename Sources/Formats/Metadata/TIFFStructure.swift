import Media

/// The directories of a TIFF structure: a TIFF file, most camera RAW files, and every EXIF block.
///
/// Offsets inside are relative to `base`; nothing outside `base ..< end` is read.
struct TIFFStructure {
  let reader: MediaReader
  let base: Int
  let end: Int
  let isBigEndian: Bool
  /// BigTIFF: 64-bit offsets and counts.
  let isBig: Bool
  let firstDirectory: Int

  /// One entry of a directory.
  struct Entry {
    let tag: Int
    let type: Int
    let count: Int
    /// Where the value is, relative to the structure's base; inside it.
    let place: Int
  }

  /// Reads the eight (or sixteen) bytes in front; nil when they are no TIFF header.
  init?(_ reader: MediaReader, base: Int, end: Int) throws(MediaFailure) {
    let end = min(end, reader.byteCount)
    guard base >= 0, end - base >= 8 else { return nil }
    let order = try reader.u16be(base)
    guard order == 0x4949 || order == 0x4D4D else { return nil }
    self.reader = reader
    self.base = base
    self.end = end
    isBigEndian = order == 0x4D4D
    let magic = isBigEndian ? try reader.u16be(base + 2) : try reader.u16le(base + 2)
    switch magic {
    case 42, 0x55, 0x4F52, 0x5352:  // TIFF, Panasonic RW2, Olympus ORF (two spellings)
      isBig = false
      firstDirectory = isBigEndian ? try reader.u32be(base + 4) : try reader.u32le(base + 4)
    case 43:
      guard end - base >= 16 else { return nil }
      isBig = true
      firstDirectory = isBigEndian ? try reader.u64be(base + 8) : try reader.u64le(base + 8)
    default: return nil
    }
  }

  @inline(__always)
  func u16(_ offset: Int) throws(MediaFailure) -> Int {
    guard offset >= 0, offset <= end - base - 2 else { throw reader.truncated }
    return isBigEndian ? try reader.u16be(base + offset) : try reader.u16le(base + offset)
  }

  @inline(__always)
  func u32(_ offset: Int) throws(MediaFailure) -> Int {
    guard offset >= 0, offset <= end - base - 4 else { throw reader.truncated }
    return isBigEndian ? try reader.u32be(base + offset) : try reader.u32le(base + offset)
  }

  func u64(_ offset: Int) throws(MediaFailure) -> Int {
    guard offset >= 0, offset <= end - base - 8 else { throw reader.truncated }
    return isBigEndian ? try reader.u64be(base + offset) : try reader.u64le(base + offset)
  }

  private static let typeByteCounts: [Int] = [
    0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8,
  ]

  /// Calls `body` with each sound entry of a directory and returns where the next one is, or 0.
  ///
  /// Entries whose value lies outside are left out: one bad entry must not hide the others.
  func forEachEntry(
    at directory: Int, _ body: (Entry) throws(MediaFailure) -> Void
  ) throws(MediaFailure) -> Int {
    let declared = isBig ? try u64(directory) : try u16(directory)
    let entryByteCount = isBig ? 20 : 12
    let inline = isBig ? 8 : 4
    let first = directory + (isBig ? 8 : 2)
    for index in 0..<min(declared, ProbeLimits.directoryEntryCount) {
      let at = first + index * entryByteCount
      let type = try u16(at + 2)
      guard type < Self.typeByteCounts.count, Self.typeByteCounts[type] > 0 else { continue }
      let count = isBig ? try u64(at + 4) : try u32(at + 4)
      let (byteCount, overflowed) = count.multipliedReportingOverflow(
        by: Self.typeByteCounts[type])
      guard !overflowed, byteCount <= end - base else { continue }
      var place = at + 4 + inline
      if !isBig { place = at + 8 }
      if byteCount > inline { place = isBig ? try u64(place) : try u32(place) }
      guard place <= end - base - byteCount else { continue }
      try body(Entry(tag: try u16(at), type: type, count: count, place: place))
    }
    guard declared <= ProbeLimits.directoryEntryCount else { return 0 }
    let next = first + declared * entryByteCount
    guard next <= end - base - inline else { return 0 }
    return isBig ? try u64(next) : try u32(next)
  }

  /// The `index`-th number of an entry of integers (or a rational rounded down); nil when absent.
  func integer(_ entry: Entry, _ index: Int = 0) throws(MediaFailure) -> Int? {
    guard index >= 0, index < entry.count else { return nil }
    let at = entry.place + index * Self.typeByteCounts[entry.type]
    switch entry.type {
    case 1, 2, 7: return try reader.u8(base + at)
    case 3: return try u16(at)
    case 4, 13: return try u32(at)
    case 6: return Int(Int8(truncatingIfNeeded: try reader.u8(base + at)))
    case 8: return Int(Int16(truncatingIfNeeded: try u16(at)))
    case 9: return Int(Int32(truncatingIfNeeded: try u32(at)))
    case 5, 10:
      guard let value = try real(entry, index), value.magnitude < 1e15 else { return nil }
      return Int(value)
    case 16, 17, 18: return try u64(at)
    default: return nil
    }
  }

  /// The `index`-th number of an entry; nil when absent or not a number (a rational of n/0).
  func real(_ entry: Entry, _ index: Int = 0) throws(MediaFailure) -> Double? {
    guard index >= 0, index < entry.count else { return nil }
    let at = entry.place + index * Self.typeByteCounts[entry.type]
    switch entry.type {
    case 5:
      let denominator = try u32(at + 4)
      return denominator == 0 ? nil : Double(try u32(at)) / Double(denominator)
    case 10:
      let denominator = Int32(truncatingIfNeeded: try u32(at + 4))
      let numerator = Int32(truncatingIfNeeded: try u32(at))
      return denominator == 0 ? nil : Double(numerator) / Double(denominator)
    case 11:
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: try u32(at)))
      return value.isFinite ? Double(value) : nil
    case 12: return nil
    default: return try integer(entry, index).map { Double($0) }
    }
  }

  /// The bytes of an entry of text, at most `ProbeLimits.textByteCount`.
  func text(_ entry: Entry) throws(MediaFailure) -> [UInt8] {
    guard entry.type == 2 || entry.type == 1 || entry.type == 7 else { return [] }
    return try reader.bytes(
      at: base + entry.place, count: min(entry.count, ProbeLimits.textByteCount))
  }
}
