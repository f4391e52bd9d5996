import Media

/// JPEG: a walk over the segments up to the first scan.
enum JPEGProbe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    try probe(reader, base: 0)
  }

  /// Probes a JPEG that begins at `base`: a file, or the preview inside a RAW file.
  static func probe(_ reader: MediaReader, base: Int) throws(MediaFailure) -> Probe {
    var frame: Frame?
    var metadata = EmbeddedMetadata()
    var pictureCount = 1
    var offset = base + 2
    for _ in 0..<ProbeLimits.stepCount {
      let marker = try nextMarker(reader, &offset)
      if marker == 0xDA || marker == 0xD9 {
        guard let frame else {
          throw reader.corrupt("the picture data comes before its dimensions")
        }
        guard marker == 0xDA else { throw reader.corrupt("it ends without picture data") }
        var probe = try finish(reader, frame, metadata)
        probe.frameCount = UInt32(clamping: pictureCount)
        return probe
      }
      // Restart markers, TEM and a second SOI have no length.
      if marker == 0x01 || (0xD0...0xD8).contains(marker) { continue }
      let length = try reader.u16be(offset)
      guard length >= 2 else { throw reader.corrupt("a segment is \(length) bytes long") }
      let body = offset + 2
      let end = offset + length
      switch marker {
      case 0xC4, 0xC8, 0xCC: break  // Huffman tables, an extension, arithmetic conditioning
      case 0xC0...0xCF where frame == nil: frame = try Frame(reader, at: body, marker: marker)
      case 0xE1:
        if metadata.exif == nil, try reader.matches("Exif\0", at: body) {
          metadata.exif = try EXIF(reader, base: body, end: end)
        } else if metadata.xmpRange == nil,
          try reader.matches("http://ns.adobe.com/xap/1.0/\0", at: body)
        {
          metadata.xmpRange = (body + 29)..<max(body + 29, end)
        }
      case 0xE2:
        if pictureCount == 1, try reader.matches("MPF\0", at: body) {
          pictureCount = try Self.pictureCount(reader, index: body + 4, end: end)
        }
      default: break
      }
      offset = end
    }
    throw reader.corrupt("it has more than \(ProbeLimits.stepCount) segments")
  }

  /// How many views of one scene (a stereo pair, a panorama) a multi-picture file holds; CIPA DC-007.
  /// Previews and gain maps, which the same index lists, are no frames. A damaged index says nothing.
  private static func pictureCount(
    _ reader: MediaReader, index: Int, end: Int
  ) throws(MediaFailure) -> Int {
    var count = 0
    do throws(MediaFailure) {
      guard let structure = try TIFFStructure(reader, base: index, end: end) else { return 1 }
      _ = try structure.forEachEntry(at: structure.firstDirectory) { entry throws(MediaFailure) in
        guard entry.tag == 0xB002, entry.type == 7 else { return }
        for picture in 0..<(entry.count / 16) {
          let attributes = try structure.u32(entry.place + 16 * picture)
          if attributes >> 16 & 0xFF == 2 { count += 1 }
        }
      }
    } catch {
      if error.kind == .unreadable { throw error }
    }
    return max(1, count)
  }

  /// What a start-of-frame segment says.
  private struct Frame {
    let width: Int
    let height: Int
    let bits: Int
    let channels: Int
    let isProgressive: Bool

    init(_ reader: MediaReader, at body: Int, marker: Int) throws(MediaFailure) {
      bits = try reader.u8(body)
      height = try reader.u16be(body + 1)
      width = try reader.u16be(body + 3)
      channels = try reader.u8(body + 5)
      isProgressive = marker & 3 == 2
    }
  }

  private static func finish(
    _ reader: MediaReader, _ frame: Frame, _ metadata: EmbeddedMetadata
  ) throws(MediaFailure) -> Probe {
    var probe = try reader.makeProbe(.jpeg, width: frame.width, height: frame.height)
    guard (1...4).contains(frame.channels) else {
      throw reader.corrupt("it says the picture has \(frame.channels) channels")
    }
    probe.bitsPerChannel = UInt8(frame.bits)
    probe.channelCount = UInt8(frame.channels)
    probe.isProgressive = frame.isProgressive
    try probe.take(metadata, reader)
    return probe
  }

  /// The next marker byte; `offset` is behind it afterwards. Skips fill bytes, and the stray bytes
  /// some cameras leave between segments.
  private static func nextMarker(
    _ reader: MediaReader, _ offset: inout Int
  ) throws(MediaFailure) -> Int {
    let limit = offset + 65_536
    while offset < limit {
      guard try reader.u8(offset) == 0xFF else {
        offset += 1
        continue
      }
      let marker = try reader.u8(offset + 1)
      if marker == 0xFF {
        offset += 1
      } else if marker == 0 {
        offset += 2
      } else {
        offset += 2
        return marker
      }
    }
    throw reader.corrupt("no segment follows at byte \(offset)")
  }
}
