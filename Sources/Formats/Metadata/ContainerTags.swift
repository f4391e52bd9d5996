import Media

/// What containers say about themselves outside of EXIF, IPTC and XMP: the attributes of OpenEXR, the
/// tags of videos, the comments of GIF. gexiv2 reads none of these.
///
/// A damaged part ends the reading of its container; what was read before it counts.
package struct ContainerTags: Sendable {
  /// XMP packets found on the way, for gexiv2.
  private(set) var packets: [[UInt8]] = []
  /// Texts and numbers in the order of the file; keys begin with the container's name.
  package private(set) var fields: [DeepMetadata.Field] = []
  private var byteCount = 0

  /// Bytes of one value that are kept.
  private static let valueByteCount = 1000
  /// Bytes of all packets and values: beyond, nobody wrote them for people.
  private static let totalByteCount = 4 << 20

  /// Reads the tags of a container; nothing for formats without tags of their own.
  ///
  /// - Throws: what stands in the way of the rest.
  mutating func collect(_ reader: MediaReader, format: MediaFormat) throws(MediaFailure) {
    switch format {
    case .gif: try collectGIF(reader)
    case .openEXR: try collectOpenEXR(reader)
    case .radianceHDR: try collectRadiance(reader)
    case .mp4, .quickTime: try collectMovie(reader)
    case .matroska, .webm: try collectMatroska(reader)
    case .avi: try collectAVI(reader)
    default: break
    }
  }

  /// Adds a value that was read as bytes; empty ones and what is too much is left out.
  mutating func add(_ key: String, _ bytes: some Sequence<UInt8>) {
    let end = bytes.prefix(Self.valueByteCount).prefix { $0 != 0 }
    add(key, text: String(decoding: Array(end), as: UTF8.self))
  }

  /// Adds a value.
  mutating func add(_ key: String, text: String) {
    let value = CleanText.prefix(
      CleanText.withoutControls(text), byteCount: Self.valueByteCount)
    guard !value.isEmpty, fields.count < DeepMetadata.maximumFieldCount, hasRoom(value.utf8.count)
    else { return }
    let name = CleanText.prefix(CleanText.withoutControls(key), byteCount: 255)
    fields.append(DeepMetadata.Field(key: name, value: value))
  }

  /// Adds an XMP packet.
  mutating func addPacket(
    _ reader: MediaReader, from start: Int, to end: Int
  ) throws(MediaFailure) {
    let packet = try reader.bytes(from: start, to: end, limit: 1 << 20)
    guard !packet.isEmpty, packets.count < 4, hasRoom(packet.count) else { return }
    packets.append(packet)
  }

  /// Adds an XMP packet that was put together from parts.
  mutating func addPacket(_ packet: [UInt8]) {
    guard !packet.isEmpty, packets.count < 4, hasRoom(packet.count) else { return }
    packets.append(packet)
  }

  private mutating func hasRoom(_ more: Int) -> Bool {
    guard byteCount + more <= Self.totalByteCount else { return false }
    byteCount += more
    return true
  }

  /// The value of the first of these keys that is there.
  func first(_ keys: [String]) -> String? {
    for key in keys {
      if let field = fields.first(where: { $0.key == key }) { return field.value }
    }
    return nil
  }

  /// The first positive number among these keys.
  func firstNumber(_ keys: [String]) -> Double? {
    for key in keys {
      for field in fields where field.key == key {
        if let number = Double(field.value), number > 0, number.isFinite { return number }
      }
    }
    return nil
  }
}

extension DeepMetadata {
  /// Adds what a container says; what is known already stays.
  package mutating func take(_ tags: ContainerTags, addsKeywords: Bool) {
    lens = lens ?? tags.first(["Exr.lensModel"])
    exposureSeconds = exposureSeconds ?? tags.firstNumber(["Exr.expTime"])
    fNumber = fNumber ?? tags.firstNumber(["Exr.aperture", "Exr.tStop"])
    iso = iso ?? tags.firstNumber(["Exr.isoSpeed"]).flatMap { $0 < 1e9 ? Int($0) : nil }
    focalLengthMillimetres =
      focalLengthMillimetres
      ?? tags.firstNumber(["Exr.nominalFocalLength", "Exr.effectiveFocalLength"])
    title =
      title
      ?? tags.first([
        "QuickTime.©nam", "QuickTime.com.apple.quicktime.title",
        "QuickTime.com.apple.quicktime.displayname", "Matroska.Title", "Matroska.TITLE",
        "Avi.INAM",
      ])
    caption =
      caption
      ?? tags.first([
        "QuickTime.desc", "QuickTime.com.apple.quicktime.description", "QuickTime.©des",
        "QuickTime.©cmt", "QuickTime.com.apple.quicktime.comment", "Matroska.DESCRIPTION",
        "Matroska.COMMENT", "Avi.ICMT", "Exr.comments", "Gif.Comment",
      ])
    creator =
      creator
      ?? tags.first([
        "QuickTime.©ART", "QuickTime.com.apple.quicktime.author",
        "QuickTime.com.apple.quicktime.artist", "QuickTime.©aut", "Matroska.ARTIST",
        "Matroska.AUTHOR", "Avi.IART",
      ])
    copyright =
      copyright
      ?? tags.first([
        "QuickTime.©cpy", "QuickTime.cprt", "QuickTime.com.apple.quicktime.copyright",
        "Matroska.COPYRIGHT", "Avi.ICOP", "Exr.owner",
      ])
    if addsKeywords,
      let text = tags.first([
        "QuickTime.com.apple.quicktime.keywords", "QuickTime.keyw", "Matroska.KEYWORDS", "Avi.IKEY",
      ])
    {
      for part in text.split(whereSeparator: { $0 == "," || $0 == ";" }) {
        let keyword = CleanText.withoutControls(String(part))
        if !keyword.isEmpty, !keywords.contains(keyword) { keywords.append(keyword) }
      }
    }
    fields += tags.fields.prefix(Self.maximumFieldCount - fields.count)
  }
}
