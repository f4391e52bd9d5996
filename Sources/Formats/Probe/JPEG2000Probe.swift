import Media

/// JPEG 2000: the JP2 container or a bare codestream.
enum JPEG2000Probe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    if try reader.u32be(0) == 0xFF4F_FF51 { return try codestream(reader, at: 0) }
    var result: Probe?
    var header: ISOBoxes.Box?
    var metadata = EmbeddedMetadata()
    try ISOBoxes.forEach(reader, from: 0, to: reader.byteCount) { box throws(MediaFailure) in
      switch box.type {
      case code("jp2h"): header = box
      case code("jp2c") where result == nil: result = try codestream(reader, at: box.body)
      case code("uuid"):
        if try reader.matches("JpgTiffExif->JP2", at: box.body) {
          metadata.exif = try EXIF(reader, base: box.body + 16, end: box.end)
        } else if try reader.u32be(box.body) == 0xBE7A_CFCB {
          metadata.xmpRange = (box.body + 16)..<max(box.body + 16, box.end)
        }
      default: break
      }
      return true
    }
    guard var probe = result else { throw reader.truncated }
    if let header,
      let definition = try ISOBoxes.first(
        code("cdef"), reader, from: header.body, to: header.end)
    {
      for index in 0..<min(try reader.u16be(definition.body), 64) {
        let type = try reader.u16be(definition.body + 4 + 6 * index)
        if type == 1 || type == 2 { probe.hasAlpha = true }
      }
    }
    try probe.take(metadata, reader)
    return probe
  }

  /// The SIZ segment, which comes first.
  private static func codestream(
    _ reader: MediaReader, at start: Int
  ) throws(MediaFailure) -> Probe {
    guard try reader.u32be(start) == 0xFF4F_FF51 else {
      throw reader.corrupt("its codestream does not begin with its size")
    }
    let size = start + 8
    let right = try reader.u32be(size)
    let bottom = try reader.u32be(size + 4)
    let left = try reader.u32be(size + 8)
    let top = try reader.u32be(size + 12)
    var probe = try reader.makeProbe(
      .jpeg2000, width: max(0, right - left), height: max(0, bottom - top))
    probe.channelCount = UInt8(clamping: try reader.u16be(size + 32))
    probe.bitsPerChannel = UInt8((try reader.u8(size + 34) & 0x7F) + 1)
    return probe
  }
}
