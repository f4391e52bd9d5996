import Media

/// PNG and APNG: the IHDR chunk, then a walk over the chunks.
enum PNGProbe {
  /// Chunks walked in a still picture. EXIF may follow the picture data, which comes in chunks of
  /// 8 KiB or more; a walk to the end of a large file would cost more than it finds.
  private static let stillChunkCount = 1024

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    guard try reader.u32be(12) == code("IHDR"), try reader.u32be(8) == 13 else {
      throw reader.corrupt("it does not begin with an IHDR chunk")
    }
    var probe = try reader.makeProbe(
      .png, width: reader.u32be(16), height: reader.u32be(20))
    let depth = try reader.u8(24)
    let colour = try reader.u8(25)
    guard [1, 2, 4, 8, 16].contains(depth), [0, 2, 3, 4, 6].contains(colour) else {
      throw reader.corrupt("colour type \(colour) with \(depth) bits does not exist")
    }
    probe.bitsPerChannel = UInt8(depth)
    probe.channelCount = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colour] ?? 3
    probe.hasAlpha = colour >= 4
    probe.isProgressive = try reader.u8(28) != 0
    var walk = Walk()
    do throws(MediaFailure) {
      try walk.run(reader)
    } catch {
      // Once there is picture data, a file that ends early still shows something.
      guard error.kind == .truncated, walk.hasData else { throw error }
    }
    guard walk.hasData else { throw reader.corrupt("it has no picture data") }
    probe.hasAlpha = probe.hasAlpha || walk.hasTransparency
    if walk.frameCount > 1 {
      probe.frameCount = UInt32(clamping: walk.frameCount)
      probe.durationMilliseconds = walk.durationMilliseconds
    }
    try probe.take(walk.metadata, reader)
    return probe
  }

  private struct Walk {
    var hasData = false
    var hasTransparency = false
    var frameCount = 0
    var durationMilliseconds: Int64 = 0
    var metadata = EmbeddedMetadata()

    mutating func run(_ reader: MediaReader) throws(MediaFailure) {
      var offset = 8
      var chunksLeft = stillChunkCount
      while chunksLeft > 0 {
        chunksLeft -= 1
        let length = try reader.u32be(offset)
        let type = try reader.u32be(offset + 4)
        let body = offset + 8
        switch type {
        case code("IDAT"): hasData = true
        case code("tRNS"): hasTransparency = true
        case code("acTL") where !hasData:
          frameCount = try reader.u32be(body)
          // The delay of each frame is in a chunk of its own, so these are all walked.
          chunksLeft = ProbeLimits.stepCount
        case code("fcTL"): durationMilliseconds += try frameDelay(reader, body)
        case code("eXIf"):
          metadata.exif = try EXIF(reader, base: body, end: body + length)
        case code("iTXt") where metadata.xmpRange == nil:
          if try reader.matches("XML:com.adobe.xmp\0\0", at: body) {
            metadata.xmpRange = (body + 18)..<max(body + 18, body + length)
          }
        case code("zTXt"), code("tEXt"):
          if try reader.matches("Raw profile type ", at: body) {
            try PNGRawProfile.read(reader, body: body, length: length, into: &metadata)
          }
        case code("IEND"): return
        default: break
        }
        offset = body + length + 4
      }
    }

    private func frameDelay(_ reader: MediaReader, _ body: Int) throws(MediaFailure) -> Int64 {
      let numerator = try reader.u16be(body + 20)
      let denominator = try reader.u16be(body + 22)
      return Int64(numerator * 1000 / (denominator == 0 ? 100 : denominator))
    }
  }
}

/// EXIF and XMP as ImageMagick writes them into PNG: hexadecimal digits in a text chunk.
enum PNGRawProfile {
  private static let textByteCount = 262_144

  static func read(
    _ reader: MediaReader, body: Int, length: Int, into metadata: inout EmbeddedMetadata
  ) throws(MediaFailure) {
    let isEXIF = try isNamed("exif", reader, body)
    let isAPP1 = try isNamed("APP1", reader, body)
    let isXMP = try isNamed("xmp", reader, body)
    guard isEXIF || isAPP1 || isXMP else { return }
    let start = body + 17 + (isXMP ? 3 : 4) + 1
    var text = try reader.bytes(from: start, to: body + length, limit: textByteCount)
    // A compressed chunk has a method, 0, before its data.
    if try reader.u32be(body - 4) == code("zTXt") {
      guard text.first == 0 else { return }
      text = Inflated.prefix(of: text[1...], byteCount: textByteCount)
    }
    let bytes = decode(text)
    guard bytes.count > 8 else { return }
    if isXMP || bytes.starts(with: Array("http://ns.adobe.com/xap/1.0/\0".utf8)) {
      metadata.xmpPacket = metadata.xmpPacket ?? bytes
    } else if metadata.exif == nil {
      let inner = try MediaReader(BytesSource(bytes))
      metadata.exif = try EXIF(inner, base: 0, end: bytes.count)
    }
  }

  private static func isNamed(
    _ name: StaticString, _ reader: MediaReader, _ body: Int
  ) throws(MediaFailure) -> Bool {
    guard try reader.matches(name, at: body + 17) else { return false }
    return try reader.u8(body + 17 + name.utf8CodeUnitCount) == 0
  }

  /// The bytes behind a line break, the profile's name, another, and the count of bytes.
  private static func decode(_ text: [UInt8]) -> [UInt8] {
    let lines = text.split(separator: 0x0A, maxSplits: 2)
    guard lines.count == 3 else { return [] }
    var bytes: [UInt8] = []
    var high: UInt8?
    for letter in lines[2] {
      let digit: UInt8
      switch letter {
      case 0x30...0x39: digit = letter - 0x30
      case 0x41...0x46: digit = letter - 0x37
      case 0x61...0x66: digit = letter - 0x57
      default: continue
      }
      if let upper = high {
        bytes.append(upper << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }
}
