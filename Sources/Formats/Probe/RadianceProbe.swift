import Media

/// Radiance HDR: lines of text, then the resolution.
enum RadianceProbe {
  /// The header must end within this many bytes.
  private static let headerByteCount = 65_536

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let text = try reader.bytes(from: 0, to: reader.byteCount, limit: headerByteCount)
    var start = 0
    var captureTime: CaptureTime?
    while let end = text[start...].firstIndex(of: 0x0A) {
      let line = text[start..<end]
      start = end + 1
      if line.starts(with: Array("CAPDATE=".utf8)) {
        captureTime = DateText(line.dropFirst(8))?.captureTime
      }
      guard line.isEmpty || line.elementsEqual([0x0D]) else { continue }
      guard let stop = text[start...].firstIndex(of: 0x0A) else { throw reader.truncated }
      var probe = try resolution(reader, text[start..<stop])
      probe.captureTime = captureTime
      return probe
    }
    if text.count < headerByteCount { throw reader.truncated }
    throw reader.corrupt("it does not end within \(headerByteCount) bytes")
  }

  /// `-Y height +X width`, in either order and with any sign.
  private static func resolution(
    _ reader: MediaReader, _ line: ArraySlice<UInt8>
  ) throws(MediaFailure) -> Probe {
    let words = line.split { $0 <= 0x20 }
    guard words.count == 4,
      let first = Int(String(decoding: words[1], as: UTF8.self)),
      let second = Int(String(decoding: words[3], as: UTF8.self)),
      let axis = words[0].last, let other = words[2].last,
      Set([axis, other]) == Set("XY".utf8)
    else { throw reader.corrupt("its line of resolution cannot be read") }
    let isRowMajor = axis == UInt8(ascii: "Y")
    var probe = try reader.makeProbe(
      .radianceHDR, width: isRowMajor ? second : first, height: isRowMajor ? first : second)
    probe.bitsPerChannel = 32
    return probe
  }
}
