import Media

/// Windows and OS/2 bitmaps.
enum BMPHeader {
  /// "BM" alone begins many files; a known size of the second header makes it a bitmap.
  static func matches(_ reader: MediaReader) throws(MediaFailure) -> Bool {
    guard reader.byteCount >= 18 else { return false }
    return [12, 16, 40, 52, 56, 64, 108, 124].contains(try reader.u32le(14))
  }

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let headerByteCount = try reader.u32le(14)
    let isCore = headerByteCount == 12
    let width = isCore ? try reader.u16le(18) : try reader.i32le(18)
    // A negative height means that the first row is the top one.
    let height = isCore ? try reader.u16le(20) : abs(try reader.i32le(22))
    let bits = try reader.u16le(isCore ? 24 : 28)
    guard [1, 2, 4, 8, 16, 24, 32].contains(bits) || bits == 0 else {
      throw reader.corrupt("\(bits) bits per pixel do not exist")
    }
    var probe = try reader.makeProbe(.bmp, width: max(0, width), height: height)
    probe.bitsPerChannel = bits <= 8 ? UInt8(bits) : bits == 16 ? 5 : 8
    probe.channelCount = bits <= 8 && bits > 0 ? 1 : 3
    if headerByteCount >= 56, bits == 32 || bits == 16, try reader.u32le(66) != 0 {
      probe.hasAlpha = true
      probe.channelCount = 4
    }
    return probe
  }
}
