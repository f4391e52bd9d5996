import Media

/// GIF: the screen, then a walk over all blocks to count the frames.
enum GIFProbe {
  /// The walk ends here in larger files; the frames found so far are then the answer.
  private static let walkedByteCount = 64 << 20

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    reader.windowByteCount = 65_536
    var width = try reader.u16le(6)
    var height = try reader.u16le(8)
    let flags = try reader.u8(10)
    _ = try reader.u8(12)
    var walk = Walk(offset: 13 + tableByteCount(flags))
    do throws(MediaFailure) {
      try walk.run(reader)
    } catch {
      guard error.kind == .truncated, walk.frameCount > 0 else { throw error }
    }
    guard walk.frameCount > 0 else { throw reader.corrupt("it has no picture in it") }
    // A screen of zero means: as large as its first frame (old encoders).
    if width == 0 || height == 0 { (width, height) = walk.firstSize }
    var probe = try reader.makeProbe(.gif, width: width, height: height)
    probe.hasAlpha = walk.hasTransparency
    probe.isProgressive = walk.isInterlaced
    probe.channelCount = 1
    if walk.frameCount > 1 {
      probe.frameCount = UInt32(clamping: walk.frameCount)
      probe.durationMilliseconds = walk.durationMilliseconds
    }
    return probe
  }

  private static func tableByteCount(_ flags: Int) -> Int {
    flags & 0x80 == 0 ? 0 : 3 << ((flags & 7) + 1)
  }

  private struct Walk {
    var offset: Int
    var frameCount = 0
    var durationMilliseconds: Int64 = 0
    var hasTransparency = false
    var isInterlaced = false
    var firstSize = (0, 0)
    private var pendingDelay = 0

    init(offset: Int) { self.offset = offset }

    mutating func run(_ reader: MediaReader) throws(MediaFailure) {
      while offset < walkedByteCount {
        let kind = try reader.u8(offset)
        switch kind {
        case 0x2C:
          let flags = try reader.u8(offset + 9)
          let size = (try reader.u16le(offset + 5), try reader.u16le(offset + 7))
          // Some decoders allocate as far as a frame reaches, whatever the screen says.
          try reader.checkDimensions(
            width: max(1, try reader.u16le(offset + 1) + size.0),
            height: max(1, try reader.u16le(offset + 3) + size.1))
          if frameCount == 0 {
            firstSize = size
            isInterlaced = flags & 0x40 != 0
          }
          offset += 10 + tableByteCount(flags) + 1
          frameCount += 1
          // Browsers show a frame without a delay, or of 10 ms, for 100 ms.
          durationMilliseconds += Int64(pendingDelay <= 1 ? 100 : pendingDelay * 10)
          pendingDelay = 0
          try skipBlocks(reader)
        case 0x21:
          if try reader.u8(offset + 1) == 0xF9, try reader.u8(offset + 2) >= 4 {
            if try reader.u8(offset + 3) & 1 != 0 { hasTransparency = true }
            pendingDelay = try reader.u16le(offset + 4)
          }
          offset += 2
          try skipBlocks(reader)
        case 0x3B: return
        default:
          // Rubbish after the last frame is common; before the first one nothing can be shown.
          if frameCount > 0 { return }
          throw reader.corrupt("an unknown block \(kind) comes before the first picture")
        }
      }
    }

    private mutating func skipBlocks(_ reader: MediaReader) throws(MediaFailure) {
      while true {
        let length = try reader.u8(offset)
        offset += 1 + length
        if length == 0 { return }
      }
    }
  }
}
