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
    if let exif = walk.exif { probe.take(exif) }
    let lacksOrientation = walk.exif?.orientation == nil
    if let xmp = walk.xmp, probe.wantsXMP || lacksOrientation {
      let packet = try reader.bytes(
        from: xmp.lowerBound, to: xmp.upperBound, limit: ProbeLimits.xmpByteCount)
      probe.fillGaps(from: XMPScan(packet), takesOrientation: lacksOrientation)
    }
    return probe
  }

  private struct Walk {
    var hasData = false
    var hasTransparency = false
    var frameCount = 0
    var durationMilliseconds: Int64 = 0
    var exif: EXIF?
    var xmp: Range<Int>?

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
        case code("eXIf") where exif == nil:
          exif = try EXIF(reader, base: body, end: body + length)
        case code("iTXt") where xmp == nil:
          if try reader.matches("XML:com.adobe.xmp\0\0", at: body) {
            xmp = (body + 18)..<max(body + 18, body + length)
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
