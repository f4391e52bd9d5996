import Media

/// HEIF and AVIF: the properties of the primary item.
///
/// The item's own rotation and mirroring say how to turn it. The EXIF orientation repeats them and
/// must be ignored (ISO/IEC 23008-12, 6.5.10).
enum HEIFProbe {
  static func probe(_ reader: MediaReader, format: MediaFormat) throws(MediaFailure) -> Probe {
    var meta: ISOBoxes.Box?
    var movie: ISOBoxes.Box?
    try ISOBoxes.forEach(reader, from: 0, to: reader.byteCount) { box throws(MediaFailure) in
      if box.type == code("meta"), meta == nil { meta = box }
      if box.type == code("moov"), movie == nil { movie = box }
      return true
    }
    let sequence = try movie.map { box throws(MediaFailure) in try Movie(reader, box) }
    guard let meta else {
      guard let sequence, sequence.width > 0 else { throw reader.truncated }
      return try sequenceProbe(reader, format, sequence)
    }
    let items = try HEIFItems(reader, meta)
    let primary = try items.properties(of: items.primary)
    guard let (width, height) = primary.size else {
      throw reader.corrupt("the primary picture has no size")
    }
    var probe = try reader.makeProbe(format, width: width, height: height)
    if let crop = primary.crop, crop.width > 0, crop.height > 0, crop.width <= width,
      crop.height <= height
    {
      probe.storedWidth = UInt32(crop.width)
      probe.storedHeight = UInt32(crop.height)
    }
    probe.orientation = primary.turn.orientation
    probe.hasAlpha = try items.hasAlpha()
    probe.bitsPerChannel = UInt8(clamping: primary.bits ?? 8)
    probe.channelCount = UInt8(clamping: (primary.channels ?? 3) + (probe.hasAlpha ? 1 : 0))
    if let sequence, sequence.sampleCount > 1 {
      probe.frameCount = UInt32(clamping: sequence.sampleCount)
      probe.durationMilliseconds = sequence.durationMilliseconds
    }
    guard items.picturesArePresent else { throw reader.truncated }
    try addMetadata(items, reader, &probe)
    probe.captureTime = probe.captureTime ?? sequence?.captureTime
    return probe
  }

  private static func addMetadata(
    _ items: HEIFItems, _ reader: MediaReader, _ probe: inout Probe
  ) throws(MediaFailure) {
    var metadata = EmbeddedMetadata()
    metadata.xmpRange = items.range(ofType: code("mime"))
    if let range = items.range(ofType: code("Exif")) {
      metadata.exif = try EXIF(reader, withOffsetAt: range)
    }
    try probe.take(metadata, reader, takesOrientation: false)
  }

  private static func sequenceProbe(
    _ reader: MediaReader, _ format: MediaFormat, _ movie: Movie
  ) throws(MediaFailure) -> Probe {
    var probe = try reader.makeProbe(format, width: movie.width, height: movie.height)
    probe.orientation = movie.orientation
    probe.frameCount = UInt32(clamping: max(1, movie.sampleCount))
    probe.durationMilliseconds = movie.durationMilliseconds
    probe.captureTime = movie.captureTime
    return probe
  }
}
