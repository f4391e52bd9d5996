import CGExiv2
import Formats
import Media

extension Codecs {
  /// Readies the metadata library: call it once in a worker, before its sandbox is applied.
  ///
  /// - Throws: `.unsupported` when the library cannot start; metadata is then not available.
  public static func prepareMetadata() throws(MediaFailure) {
    guard cgexiv2_start() == 0 else {
      throw MediaFailure(.unsupported, "The metadata library gexiv2 could not be started.")
    }
  }

  /// Reads everything a file says about itself, and its XMP sidecar when there is one.
  ///
  /// Keywords are `dc:subject`, IPTC's and those of Windows, then the hierarchical ones of Lightroom,
  /// digiKam, Microsoft and iView as paths (`People/Anna`), each once. A sidecar that has a rating or keywords replaces those of the file; its other
  /// values fill gaps. Its fields come first. Reads at most 32 MiB, usually some kilobytes.
  ///
  /// Call `prepareMetadata()` before. One thread at a time.
  ///
  /// - Throws: What `probe` throws for a file of no known format; `.corrupt` with gexiv2's words
  ///   when nothing of it can be read; `.unreadable`.
  public static func metadata(
    _ source: some ByteSource, sidecar: (any ByteSource)? = nil, fileExtension: String = ""
  ) throws(MediaFailure) -> DeepMetadata {
    let found = try Formats.metadataBlocks(source, fileExtension: fileExtension)
    var result = DeepMetadata()
    var failure = found.failure
    if let sidecar {
      do throws(MediaFailure) {
        let packet = try sidecarPacket(sidecar)
        result.take(try TagReader(packet), isSidecar: true)
      } catch {
        if error.kind == .unreadable { throw error }
        failure = error
      }
    }
    // The keywords of several blocks add up; those of a sidecar stand alone.
    let addsKeywords = result.keywords.isEmpty
    for block in found.blocks where !block.isEmpty {
      do throws(MediaFailure) {
        result.take(try TagReader(block), isSidecar: false, addsKeywords: addsKeywords)
      } catch {
        failure = error
      }
    }
    result.take(found.tags, addsKeywords: addsKeywords)
    if let failure, result.fields.isEmpty { throw failure }
    return result
  }

  /// Bytes of a sidecar that are read.
  private static let sidecarByteCount = 4 << 20

  private static func sidecarPacket(_ source: any ByteSource) throws(MediaFailure) -> [UInt8] {
    guard source.byteCount <= Int64(sidecarByteCount) else {
      throw MediaFailure(
        .tooLarge,
        "The XMP sidecar has \(source.byteCount) bytes; at most \(sidecarByteCount) are read.")
    }
    return try source.read(at: 0, count: sidecarByteCount)
  }
}

extension DeepMetadata {
  /// Adds what one block says; what is known already stays.
  mutating func take(
    _ tags: borrowing TagReader, isSidecar: Bool, addsKeywords: Bool = true
  ) {
    lens = lens ?? tags.firstText(Tags.lens)
    exposureSeconds =
      exposureSeconds ?? tags.firstNumber(["Exif.Photo.ExposureTime", "Xmp.exif.ExposureTime"])
    fNumber = fNumber ?? tags.firstNumber(["Exif.Photo.FNumber", "Xmp.exif.FNumber"])
    iso = iso ?? tags.firstNumber(Tags.iso).flatMap { $0 < 1e9 ? Int($0) : nil }
    focalLengthMillimetres =
      focalLengthMillimetres
      ?? tags.firstNumber(["Exif.Photo.FocalLength", "Xmp.exif.FocalLength"])
    rating = rating ?? tags.rating
    title = title ?? tags.firstText(Tags.title)
    caption = caption ?? tags.firstText(Tags.caption)
    creator = creator ?? tags.joinedText(Tags.creator)
    copyright = copyright ?? tags.firstText(Tags.copyright)
    if addsKeywords {
      for keyword in tags.keywords
      where !keywords.contains(keyword) && keywords.count < Self.maximumFieldCount {
        keywords.append(keyword)
      }
    }
    state = state ?? tags.state
    fields += tags.fields(limit: Self.maximumFieldCount - fields.count)
  }
}

/// Where the named values are looked for, the best place first.
private enum Tags {
  static let lens = [
    "Exif.Photo.LensModel", "Xmp.exifEX.LensModel", "Xmp.aux.Lens", "Exif.CanonCs.LensType",
    "Exif.NikonLd4.LensID", "Exif.NikonLd3.LensIDNumber", "Exif.Nikon3.Lens",
    "Exif.OlympusEq.LensType", "Exif.Pentax.LensType", "Exif.PentaxDng.LensType",
    "Exif.Panasonic.LensType", "Exif.Sony2.LensID", "Exif.Sony1.LensID", "Exif.Minolta.LensID",
    "Exif.Samsung2.LensType",
  ]
  static let iso = [
    "Exif.Photo.ISOSpeedRatings", "Exif.Photo.RecommendedExposureIndex", "Exif.Photo.ISOSpeed",
    "Exif.Image.ISOSpeedRatings", "Xmp.exifEX.PhotographicSensitivity",
    "Xmp.exif.ISOSpeedRatings",
  ]
  static let title = [
    "Xmp.dc.title", "Iptc.Application2.ObjectName", "Xmp.photoshop.Headline",
    "Iptc.Application2.Headline",
  ]
  static let caption = [
    "Xmp.dc.description", "Iptc.Application2.Caption", "Exif.Image.ImageDescription",
    "Exif.Photo.UserComment", "Xmp.exif.UserComment",
  ]
  static let creator = ["Xmp.dc.creator", "Iptc.Application2.Byline", "Exif.Image.Artist"]
  static let copyright = [
    "Xmp.dc.rights", "Iptc.Application2.Copyright", "Exif.Image.Copyright",
  ]
}

extension TagReader {
  /// The first of these tags that has a text.
  func firstText(_ tags: [String]) -> String? {
    for tag in tags {
      guard let value = interpreted(tag) else { continue }
      let text = Self.withoutQualifier(value)
      // exiv2 says so in words, or shows the number in brackets, when it does not know a value.
      if text.isEmpty || text == "n/a" || text == "Unknown" || text == "None" { continue }
      if text.hasPrefix("("), text.hasSuffix(")") { continue }
      if text == "0", tag.contains("Lens") { continue }
      return text
    }
    return nil
  }

  /// All texts of the first of these tags that has any.
  func joinedText(_ tags: [String]) -> String? {
    for tag in tags {
      let texts = values(tag).map(Self.withoutQualifier).filter { !$0.isEmpty }
      if !texts.isEmpty { return CleanText.prefix(texts.joined(separator: ", "), byteCount: 1000) }
    }
    return nil
  }

  /// The first of these tags that holds a positive number or fraction.
  func firstNumber(_ tags: [String]) -> Double? {
    for tag in tags {
      guard let value = values(tag).first else { continue }
      let parts = value.prefix { $0 != " " && $0 != "," }.split(separator: "/")
      let numbers = parts.compactMap { Double($0) }
      guard numbers.count == parts.count, let first = numbers.first, numbers.count <= 2 else {
        continue
      }
      let number = numbers.count == 2 ? first / numbers[1] : first
      // 65,535 stands for "more than fits"; the next tag holds the real sensitivity.
      if tag == "Exif.Photo.ISOSpeedRatings", number == 65535 { continue }
      if number.isFinite, number > 0 { return number }
    }
    return nil
  }

  /// Stars: XMP's, else those of Windows; nil outside -1…5.
  var rating: Int? {
    for tag in ["Xmp.xmp.Rating", "Exif.Image.Rating"] {
      guard let value = values(tag).first, let number = Double(value), (-1...5).contains(number)
      else { continue }
      return Int(number)
    }
    return nil
  }

  /// Plain keywords, then hierarchical ones with `/` between their levels.
  var keywords: [String] {
    var found: [String] = []
    func add(_ keyword: String) {
      let text = Self.withoutQualifier(keyword)
      if !text.isEmpty, !found.contains(text) {
        found.append(CleanText.prefix(text, byteCount: ProbeLimits.textByteCount))
      }
    }
    for tag in ["Xmp.dc.subject", "Iptc.Application2.Keywords"] { values(tag).forEach(add) }
    // What the properties of a file in Windows show: one text.
    interpreted("Exif.Image.XPKeywords")?.split(separator: ";").forEach { add(String($0)) }
    for tag in Self.hierarchies {
      for path in values(tag) {
        let levels = path.split(whereSeparator: { $0 == "|" || $0 == "/" }).map(Self.trimmed)
        add(levels.filter { !$0.isEmpty }.joined(separator: "/"))
      }
    }
    return found
  }

  /// Lightroom and iView separate levels by bars, digiKam and Microsoft by slashes.
  private static let hierarchies = [
    "Xmp.lr.hierarchicalSubject", "Xmp.digiKam.TagsList", "Xmp.MicrosoftPhoto.LastKeywordXMP",
    "Xmp.mediapro.CatalogSets",
  ]

  /// What Albumen wrote; nil when it never did.
  var state: SidecarState? {
    var state = SidecarState()
    state.tags = Array(values(OwnTags.tags).prefix(SidecarState.maximumTagCount))
    state.contentRating = values(OwnTags.contentRating).first
    state.isFavourite = values(OwnTags.favourite).first.map { $0 == "True" }
    state.note = longText(OwnTags.note, byteCount: SidecarState.maximumNoteByteCount)
    return state == SidecarState() ? nil : state
  }

  /// A value without exiv2's `lang="x-default"` or `charset=Ascii` in front, trimmed.
  private static func withoutQualifier(_ value: String) -> String {
    var text = Substring(value)
    if text.hasPrefix("lang=\"") || text.hasPrefix("charset=") {
      text = text.firstIndex(of: " ").map { text[text.index(after: $0)...] } ?? ""
    }
    return trimmed(text)
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
