import Media

/// QOI: fourteen bytes say everything.
enum QOIProbe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let channels = try reader.u8(12)
    guard channels == 3 || channels == 4 else {
      throw reader.corrupt("it says the picture has \(channels) channels")
    }
    var probe = try reader.makeProbe(.qoi, width: reader.u32be(4), height: reader.u32be(8))
    probe.channelCount = UInt8(channels)
    probe.hasAlpha = channels == 4
    return probe
  }
}

/// Icons: the largest picture of the directory.
enum ICODirectory {
  /// Six bytes that other files may have too, so the first entry must make sense as well.
  static func matches(_ reader: MediaReader) throws(MediaFailure) -> Bool {
    let count = try reader.u16le(4)
    guard (1...1024).contains(count), reader.byteCount >= 22 else { return false }
    let place = try reader.u32le(18)
    let length = try reader.u32le(14)
    let reserved = try reader.u8(9)
    return reserved == 0 && place >= 6 + 16 * count && place < 1 << 30 && length > 0
  }

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let count = min(try reader.u16le(4), 1024)
    var best = (width: 0, height: 0, bits: 0, place: 0)
    for index in 0..<count {
      let at = 6 + 16 * index
      // A byte cannot say 256; zero does.
      let width = (try reader.u8(at) + 255) & 255 + 1
      let height = (try reader.u8(at + 1) + 255) & 255 + 1
      let bits = try reader.u16le(at + 6)
      guard (width * height, bits) > (best.width * best.height, best.bits) else { continue }
      best = (width, height, bits, try reader.u32le(at + 12))
    }
    // A PNG inside knows its size better.
    if try reader.matches("PNG\r\n", at: best.place + 1) {
      best.width = try reader.u32be(best.place + 16)
      best.height = try reader.u32be(best.place + 20)
    } else {
      _ = try reader.u32le(best.place)
    }
    var probe = try reader.makeProbe(.ico, width: best.width, height: best.height)
    probe.channelCount = 4
    probe.hasAlpha = true
    return probe
  }
}

/// Photoshop documents: the header, and EXIF and XMP among the image resources.
enum PSDProbe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let version = try reader.u16be(4)
    guard version == 1 || version == 2 else {
      throw reader.corrupt("version \(version) does not exist")
    }
    let channels = try reader.u16be(12)
    let depth = try reader.u16be(22)
    guard (1...56).contains(channels), [1, 8, 16, 32].contains(depth) else {
      throw reader.corrupt("\(channels) channels of \(depth) bits do not exist")
    }
    var probe = try reader.makeProbe(.psd, width: reader.u32be(18), height: reader.u32be(14))
    let mode = try reader.u16be(24)
    probe.bitsPerChannel = UInt8(depth)
    probe.channelCount = UInt8(channels)
    // Bitmap, grey, indexed and duotone have one channel, CMYK four, RGB and Lab three.
    let colourChannels = [0, 1, 2, 8].contains(mode) ? 1 : mode == 4 ? 4 : 3
    probe.hasAlpha = channels > colourChannels && mode != 7
    var resource = reader.sum(30, try reader.u32be(26))
    let end = min(reader.sum(resource + 4, try reader.u32be(resource)), reader.byteCount)
    resource += 4
    var metadata = EmbeddedMetadata()
    var steps = 0
    while resource <= end - 12, steps < ProbeLimits.stepCount {
      steps += 1
      guard try reader.u32be(resource) == code("8BIM") else { break }
      let name = (try reader.u8(resource + 6) + 2) & ~1
      let length = try reader.u32be(resource + 6 + name)
      let body = resource + 10 + name
      switch try reader.u16be(resource + 4) {
      case 1058: metadata.exif = try EXIF(reader, base: body, end: min(end, body + length))
      case 1060: metadata.xmpRange = body..<max(body, min(end, body + length))
      default: break
      }
      resource = body + ((length + 1) & ~1)
    }
    // Photoshop turns the pixels and says "up" in what it writes, so this is rarely anything else.
    try probe.take(metadata, reader)
    return probe
  }
}
