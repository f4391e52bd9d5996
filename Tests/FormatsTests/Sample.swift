@testable import Formats

/// Minimal files of every format, built byte by byte, with the size and the metadata a test wants.
enum Sample {
  static func be(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func le(_ value: Int, _ count: Int) -> [UInt8] { be(value, count).reversed() }

  /// Long chains of `+` take the compiler minutes; this takes it nothing.
  static func join(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }

  static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  // MARK: EXIF

  /// One entry of a TIFF directory before its value finds a place.
  struct Tag {
    let tag: Int
    let type: Int
    let count: Int
    let value: [UInt8]
  }

  static func ascii(_ tag: Int, _ bytes: [UInt8]) -> Tag {
    Tag(tag: tag, type: 2, count: bytes.count + 1, value: bytes + [0])
  }

  static func ascii(_ tag: Int, _ string: String) -> Tag { ascii(tag, text(string)) }

  static func short(_ tag: Int, _ value: Int, bigEndian: Bool = false) -> Tag {
    Tag(tag: tag, type: 3, count: 1, value: bigEndian ? be(value, 2) : le(value, 2))
  }

  static func long(_ tag: Int, _ value: Int, bigEndian: Bool = false) -> Tag {
    Tag(tag: tag, type: 4, count: 1, value: bigEndian ? be(value, 4) : le(value, 4))
  }

  static func rationals(_ tag: Int, _ values: [(Int, Int)], bigEndian: Bool = false) -> Tag {
    let bytes = values.flatMap { value in
      bigEndian
        ? be(value.0, 4) + be(value.1, 4) : le(value.0, 4) + le(value.1, 4)
    }
    return Tag(tag: tag, type: 5, count: values.count, value: bytes)
  }

  /// A TIFF structure of a first directory with an EXIF and a GPS directory below it.
  static func tiff(
    _ first: [Tag], exif: [Tag] = [], gps: [Tag] = [], bigEndian: Bool = false, next: [[Tag]] = []
  ) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      bigEndian ? be(value, count) : le(value, count)
    }
    func directory(_ tags: [Tag], at start: Int, next: Int) -> [UInt8] {
      var values: [UInt8] = []
      var bytes = number(tags.count, 2)
      let valueStart = start + 2 + 12 * tags.count + 4
      for tag in tags.sorted(by: { $0.tag < $1.tag }) {
        bytes += join(number(tag.tag, 2), number(tag.type, 2), number(tag.count, 4))
        if tag.value.count <= 4 {
          bytes += tag.value + [UInt8](repeating: 0, count: 4 - tag.value.count)
        } else {
          bytes += number(valueStart + values.count, 4)
          values += tag.value + (tag.value.count % 2 == 1 ? [0] : [])
        }
      }
      return join(bytes, number(next, 4), values)
    }
    func size(_ tags: [Tag]) -> Int { directory(tags, at: 0, next: 0).count }
    var first = first
    if !exif.isEmpty { first.append(long(0x8769, 0, bigEndian: bigEndian)) }
    if !gps.isEmpty { first.append(long(0x8825, 0, bigEndian: bigEndian)) }
    let exifStart = 8 + size(first)
    let gpsStart = exifStart + (exif.isEmpty ? 0 : size(exif))
    var pageStart = gpsStart + (gps.isEmpty ? 0 : size(gps))
    first = first.map {
      switch $0.tag {
      case 0x8769: long(0x8769, exifStart, bigEndian: bigEndian)
      case 0x8825: long(0x8825, gpsStart, bigEndian: bigEndian)
      default: $0
      }
    }
    var bytes = text(bigEndian ? "MM" : "II") + number(42, 2) + number(8, 4)
    bytes += directory(first, at: 8, next: next.isEmpty ? 0 : pageStart)
    if !exif.isEmpty { bytes += directory(exif, at: exifStart, next: 0) }
    if !gps.isEmpty { bytes += directory(gps, at: gpsStart, next: 0) }
    for (index, page) in next.enumerated() {
      let following = pageStart + size(page)
      bytes += directory(page, at: pageStart, next: index + 1 < next.count ? following : 0)
      pageStart = following
    }
    return bytes
  }

  /// An EXIF block that says how to turn the picture.
  static func exif(orientation: Int, bigEndian: Bool = false) -> [UInt8] {
    tiff([short(0x0112, orientation, bigEndian: bigEndian)], bigEndian: bigEndian)
  }

  // MARK: JPEG, PNG, GIF, WebP

  static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
    [0xFF, marker] + be(body.count + 2, 2) + body
  }

  static func jpeg(
    width: Int = 64, height: Int = 48, frame: UInt8 = 0xC0, bits: Int = 8, channels: Int = 3,
    exif: [UInt8]? = nil, xmp: String? = nil, segments: [UInt8] = [], hasScan: Bool = true
  ) -> [UInt8] {
    var bytes: [UInt8] = [0xFF, 0xD8] + segments
    if let exif { bytes += segment(0xE1, text("Exif\0\0") + exif) }
    if let xmp { bytes += segment(0xE1, text("http://ns.adobe.com/xap/1.0/\0") + text(xmp)) }
    let components: [UInt8] = (0..<channels).flatMap { [UInt8($0 + 1), 0x11, 0] as [UInt8] }
    bytes += segment(
      frame, be(bits, 1) + be(height, 2) + be(width, 2) + be(channels, 1) + components)
    guard hasScan else { return bytes }
    return join(bytes, segment(0xDA, [1, 1, 0, 0, 63, 0]), [0x12, 0x34, 0xFF, 0xD9])
  }

  /// The index of a multi-picture file (CIPA DC-007), one entry for each picture's attributes.
  static func multiPicture(types: [Int]) -> [UInt8] {
    let entries = types.enumerated().flatMap { index, type in
      be(type, 4) + be(100, 4) + be(index * 100, 4) + be(0, 4)
    }
    let tags = [
      Tag(tag: 0xB000, type: 7, count: 4, value: text("0100")),
      long(0xB001, types.count, bigEndian: true),
      Tag(tag: 0xB002, type: 7, count: entries.count, value: entries),
    ]
    return segment(0xE2, text("MPF\0") + tiff(tags, bigEndian: true))
  }

  static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    // Probes do not check the checksum, decoders do.
    be(body.count, 4) + text(type) + body + [0, 0, 0, 0]
  }

  static func png(
    width: Int = 64, height: Int = 48, depth: Int = 8, colour: Int = 2, isInterlaced: Bool = false,
    before: [UInt8] = [], after: [UInt8] = []
  ) -> [UInt8] {
    [0x89] + text("PNG\r\n\u{1A}\n")
      + chunk(
        "IHDR",
        be(width, 4) + be(height, 4)
          + [UInt8(depth), UInt8(colour), 0, 0, isInterlaced ? 1 : 0])
      + before + chunk("IDAT", [1, 2, 3]) + after + chunk("IEND", [])
  }

  static func gif(
    width: Int = 64, height: Int = 48, delays: [Int] = [0], isInterlaced: Bool = false,
    isTransparent: Bool = false
  ) -> [UInt8] {
    var bytes = text("GIF89a") + le(width, 2) + le(height, 2) + [0x80, 0, 0, 0, 0, 0, 9, 9, 9]
    for delay in delays {
      bytes += join([0x21, 0xF9, 4, isTransparent ? 1 : 0], le(delay, 2), [0, 0])
      bytes += join([0x2C, 0, 0, 0, 0], le(width, 2), le(height, 2), [isInterlaced ? 0x40 : 0])
      bytes += [2, 2, 0x4C, 1, 0]
    }
    return bytes + [0x3B]
  }

  static func riff(_ form: String, _ chunks: [UInt8]) -> [UInt8] {
    text("RIFF") + le(chunks.count + 4, 4) + text(form) + chunks
  }

  static func riffChunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    text(type) + le(body.count, 4) + body + (body.count % 2 == 1 ? [0] : [])
  }

  static func webpLossy(width: Int, height: Int) -> [UInt8] {
    riffChunk("VP8 ", [0, 0, 0, 0x9D, 0x01, 0x2A] + le(width, 2) + le(height, 2) + [0, 0])
  }

  static func webpLossless(width: Int, height: Int, hasAlpha: Bool) -> [UInt8] {
    riffChunk(
      "VP8L", [0x2F] + le((width - 1) | (height - 1) << 14 | (hasAlpha ? 1 << 28 : 0), 4))
  }

  static func webpExtended(
    width: Int, height: Int, flags: Int, _ chunks: [UInt8]
  ) -> [UInt8] {
    riff(
      "WEBP",
      riffChunk("VP8X", le(flags, 4) + le(width - 1, 3) + le(height - 1, 3)) + chunks)
  }

  // MARK: Boxes

  static func box(_ type: String, _ body: [UInt8]) -> [UInt8] {
    be(body.count + 8, 4) + text(type) + body
  }

  static func fullBox(_ type: String, version: Int = 0, flags: Int = 0, _ body: [UInt8]) -> [UInt8]
  {
    box(type, be(version, 1) + be(flags, 3) + body)
  }

  /// A HEIF file of one item, its transformations in this order: `irot` angle or `imir` axis.
  static func heif(
    brand: String = "heic", width: Int = 64, height: Int = 48,
    transformations: [(String, Int)] = [], exif: [UInt8]? = nil
  ) -> [UInt8] {
    let properties =
      fullBox("ispe", be(width, 4) + be(height, 4))
      + transformations.flatMap { box($0.0, [UInt8($0.1)]) }
    let count = 1 + transformations.count
    let association = (1...count).map { UInt8($0 == 1 ? $0 : $0 | 0x80) }
    var items = fullBox("infe", version: 2, be(1, 2) + be(0, 2) + text("hvc1") + [0])
    if exif != nil {
      items += fullBox("infe", version: 2, be(2, 2) + be(0, 2) + text("Exif") + [0])
    }
    let exifBody = be(6, 4) + text("Exif\0\0") + (exif ?? [])
    func file(dataStart: Int) -> [UInt8] {
      var places = be(1, 2) + be(0, 2) + be(1, 2) + be(dataStart, 4) + be(4, 4)
      if exif != nil {
        places += join(be(2, 2), be(0, 2), be(1, 2), be(dataStart + 4, 4), be(exifBody.count, 4))
      }
      let itemCount = exif == nil ? 1 : 2
      let meta = fullBox(
        "meta",
        fullBox("hdlr", be(0, 4) + text("pict") + be(0, 13)) + fullBox("pitm", be(1, 2))
          + fullBox("iinf", be(itemCount, 2) + items)
          + fullBox("iloc", be(0x4400, 2) + be(itemCount, 2) + places)
          + box(
            "iprp",
            box("ipco", properties)
              + fullBox("ipma", be(1, 4) + be(1, 2) + be(count, 1) + association)))
      return join(
        box("ftyp", text(brand) + be(0, 4) + text("mif1") + text(brand)), meta,
        box("mdat", [1, 2, 3, 4] + (exif == nil ? [] : exifBody)))
    }
    let tail = 4 + (exif == nil ? 0 : exifBody.count)
    return file(dataStart: file(dataStart: 0).count - tail)
  }

  /// A movie with one video track; `matrix` is a, b, c, d of its track header.
  static func movie(
    brand: String? = "isom", width: Int = 64, height: Int = 48, matrix: [Int] = [1, 0, 0, 1],
    timescale: Int = 1000, duration: Int = 2500, created: Int = 0, handler: String = "vide",
    extra: [UInt8] = []
  ) -> [UInt8] {
    let fixed = matrix.map { be($0 << 16, 4) }
    let header = join(
      be(0, 4), be(0, 4), be(1, 4), be(0, 4), be(duration, 4), be(0, 8), be(0, 8), fixed[0],
      fixed[1], be(0, 4), fixed[2], fixed[3], be(0, 4), be(0, 8), be(1 << 30, 4),
      be(width << 16, 4), be(height << 16, 4))
    let track = box(
      "trak",
      fullBox("tkhd", header)
        + box("mdia", fullBox("hdlr", be(0, 4) + text(handler) + be(0, 13))))
    let movie = box(
      "moov",
      fullBox(
        "mvhd",
        join(be(created, 4), be(created, 4), be(timescale, 4), be(duration, 4), be(0, 80)))
        + track + extra)
    let front = brand.map { box("ftyp", text($0) + be(0, 4) + text($0)) } ?? box("wide", [])
    return join(front, box("mdat", [1, 2, 3]), movie)
  }

  // MARK: Others

  static func exr(
    data: (Int, Int, Int, Int), display: (Int, Int, Int, Int),
    channels: [String] = ["B", "G", "R"],
    pixelType: Int = 1, extra: [UInt8] = []
  ) -> [UInt8] {
    func attribute(_ name: String, _ type: String, _ value: [UInt8]) -> [UInt8] {
      join(text(name), [0], text(type), [0], le(value.count, 4), value)
    }
    func window(_ box: (Int, Int, Int, Int)) -> [UInt8] {
      join(le(box.0, 4), le(box.1, 4), le(box.2, 4), le(box.3, 4))
    }
    var list: [UInt8] = []
    for channel in channels {
      list += join(text(channel), [0], le(pixelType, 4), le(0, 4), le(1, 4), le(1, 4))
    }
    list.append(0)
    return join(
      [0x76, 0x2F, 0x31, 0x01], le(2, 4), attribute("channels", "chlist", list),
      attribute("dataWindow", "box2i", window(data)),
      attribute("displayWindow", "box2i", window(display)), extra, [0])
  }

  static func element(_ id: [UInt8], _ body: [UInt8]) -> [UInt8] {
    id + be(0x1000_0000 | body.count, 4) + body
  }

  static func matroska(
    type: String = "matroska", width: Int = 64, height: Int = 48, duration: Double = 2500,
    trackType: Int = 1
  ) -> [UInt8] {
    let video = element([0xE0], element([0xB0], be(width, 2)) + element([0xBA], be(height, 2)))
    let information = element(
      [0x15, 0x49, 0xA9, 0x66],
      element([0x2A, 0xD7, 0xB1], be(1_000_000, 4))
        + element([0x44, 0x89], be(Int(bitPattern: UInt(duration.bitPattern)), 8)))
    let tracks = element(
      [0x16, 0x54, 0xAE, 0x6B],
      element([0xAE], element([0x83], [UInt8(trackType)]) + video))
    return element([0x1A, 0x45, 0xDF, 0xA3], element([0x42, 0x82], text(type)))
      + element([0x18, 0x53, 0x80, 0x67], information + tracks)
  }

  static func avi(width: Int = 64, height: Int = 48, frames: Int = 50, rate: Int = 25) -> [UInt8] {
    let main = join(
      le(1_000_000 / rate, 4), le(0, 12), le(frames, 4), le(0, 4), le(1, 4), le(0, 4), le(width, 4),
      le(height, 4), le(0, 16))
    let stream = join(
      text("vids"), text("MJPG"), le(0, 12), le(1, 4), le(rate, 4), le(0, 4), le(frames, 4),
      le(0, 20))
    let format = join(le(40, 4), le(width, 4), le(height, 4), le(1, 2), le(24, 2), le(0, 24))
    let list = riffChunk(
      "LIST",
      text("hdrl") + riffChunk("avih", main)
        + riffChunk("LIST", text("strl") + riffChunk("strh", stream) + riffChunk("strf", format)))
    return riff("AVI ", list + riffChunk("LIST", text("movi")))
  }
}
