import Media

/// WebP: simple lossy, simple lossless and extended files.
enum WebPProbe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    switch try reader.u32be(12) {
    case code("VP8 "): return try lossy(reader, body: 20)
    case code("VP8L"): return try lossless(reader, body: 20)
    case code("VP8X"): return try extended(reader)
    default: throw reader.corrupt("its first chunk is not one of VP8, VP8L and VP8X")
    }
  }

  private static func lossy(_ reader: MediaReader, body: Int) throws(MediaFailure) -> Probe {
    guard try reader.u24be(body + 3) == 0x9D012A else {
      throw reader.corrupt("the start code of its picture is missing")
    }
    return try reader.makeProbe(
      .webp, width: reader.u16le(body + 6) & 0x3FFF, height: reader.u16le(body + 8) & 0x3FFF)
  }

  private static func lossless(_ reader: MediaReader, body: Int) throws(MediaFailure) -> Probe {
    guard try reader.u8(body) == 0x2F else {
      throw reader.corrupt("the signature of its picture is missing")
    }
    let bits = try reader.u32le(body + 1)
    var probe = try reader.makeProbe(
      .webp, width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1)
    probe.hasAlpha = bits >> 28 & 1 == 1
    probe.channelCount = probe.hasAlpha ? 4 : 3
    return probe
  }

  private static func extended(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let flags = try reader.u8(20)
    var probe = try reader.makeProbe(
      .webp, width: reader.u24le(24) + 1, height: reader.u24le(27) + 1)
    probe.hasAlpha = flags & 0x10 != 0
    probe.channelCount = probe.hasAlpha ? 4 : 3
    let isAnimated = flags & 2 != 0
    var frames = 0
    var duration: Int64 = 0
    var hasPicture = false
    var metadata = EmbeddedMetadata()
    var offset = reader.sum(20, (try reader.u32le(16) + 1) & ~1)
    let end = min(reader.byteCount, try reader.u32le(4) + 8)
    var steps = 0
    while offset <= end - 8, steps < ProbeLimits.stepCount {
      steps += 1
      let length = try reader.u32le(offset + 4)
      let body = offset + 8
      switch try reader.u32be(offset) {
      case code("VP8 "), code("VP8L"): hasPicture = true
      case code("ANMF"):
        if length >= 16, body <= end - 16 {
          hasPicture = true
          frames += 1
          duration += Int64(try reader.u24le(body + 12))
        }
      case code("EXIF") where metadata.exif == nil:
        metadata.exif = try EXIF(reader, base: body, end: min(end, body + length))
      case code("XMP ") where metadata.xmpRange == nil:
        metadata.xmpRange = body..<max(body, min(end, body + length))
      default: break
      }
      offset = body + ((length + 1) & ~1)
    }
    guard hasPicture else { throw reader.truncated }
    if isAnimated, frames > 1 {
      probe.frameCount = UInt32(frames)
      probe.durationMilliseconds = duration
    }
    try probe.take(metadata, reader)
    return probe
  }
}
