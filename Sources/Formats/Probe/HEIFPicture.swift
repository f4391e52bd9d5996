import Media

/// What it takes to decode a picture of a HEIF or AVIF file: its coded parts, how they are put
/// together, and what is said about its colours.
///
/// Plain pictures and grids of HEVC and AV1 only; whatever else a file may hold (overlays, other
/// codecs, alpha planes, parts that are turned by themselves) is not described here.
package struct HEIFPicture {
  /// What decodes the parts.
  package enum Codec: Sendable { case hevc, av1 }

  package private(set) var codec: Codec
  /// HEVC: parameter sets, each with its length in four bytes before it. AV1: OBUs.
  package private(set) var parameters: [UInt8]
  /// HEVC: how many bytes the length before a NAL unit has.
  package private(set) var lengthByteCount: Int
  /// Where the parts are in the file, row by row.
  package private(set) var tiles: [[Range<Int>]]
  package private(set) var columnCount = 1
  /// The size of each part, and of the picture they make.
  package private(set) var tileWidth: Int
  package private(set) var tileHeight: Int
  package private(set) var width: Int
  package private(set) var height: Int
  /// The part of the picture that is to be seen, before it is turned.
  package private(set) var crop: (x: Int, y: Int, width: Int, height: Int)
  package private(set) var orientation: Orientation
  /// The ICC profile; empty without one.
  package private(set) var profile: [UInt8] = []
  /// The coded values of the colours (`nclx`); nil without them.
  package private(set) var signal: (primaries: Int, transfer: Int, matrix: Int, isFullRange: Bool)?

  private static let profileByteCount = 16 << 20
  private static let parameterByteCount = 1 << 20
  private static let tileCount = 4096

  /// The file's picture, or the smallest of its thumbnails that is as good; nil when it takes a more
  /// general decoder.
  ///
  /// A thumbnail is as good when its longer edge has `target` pixels, its shape is the picture's
  /// within a pixel, and it is turned alike, not cropped and coded in the same colours: what an
  /// editor forgot to make anew differs in one of these or cannot be told.
  package static func find(
    in source: any ByteSource, target: Int
  ) throws(MediaFailure) -> HEIFPicture? {
    let reader = try MediaReader(source)
    guard let meta = try ISOBoxes.first(code("meta"), reader, from: 0, to: reader.byteCount) else {
      return nil
    }
    let items = try HEIFItems(reader, meta)
    // An alpha plane changes the picture, and a sequence's still may be another picture.
    guard items.picturesArePresent, try !items.hasAlpha(), try !isSequence(reader),
      let main = try make(items, items.primary)
    else { return nil }
    var best = main
    for (type, from, to) in items.references where type == code("thmb") && to == items.primary {
      guard let thumbnail = try? make(items, from), main.isShown(by: thumbnail),
        max(thumbnail.width, thumbnail.height) >= target, thumbnail.width < best.width
      else { continue }
      best = thumbnail
      if best.profile.isEmpty { best.profile = main.profile }
      best.signal = best.signal ?? main.signal
    }
    return best
  }

  /// True when the major brand is an image sequence's.
  private static func isSequence(_ reader: MediaReader) throws(MediaFailure) -> Bool {
    let brand = try reader.u32be(8)
    return [code("avis"), code("hevc"), code("msf1")].contains(brand)
  }

  private func isShown(by thumbnail: HEIFPicture) -> Bool {
    let isWhole =
      crop == (0, 0, width, height)
      && thumbnail.crop == (0, 0, thumbnail.width, thumbnail.height)
    // Both shapes cross-multiplied: at most 2^64 with the sizes a header can have, so as floats.
    let expected = Double(thumbnail.width) * Double(height) / Double(width)
    let isAlike = abs(expected - Double(thumbnail.height)) <= 1
    let transfer = signal?.transfer
    return isWhole && isAlike && thumbnail.orientation == orientation
      && (thumbnail.signal == nil || thumbnail.signal?.transfer == transfer)
      && thumbnail.tiles.count == 1
  }

  /// The picture of an item; nil when it is none that is described here.
  private static func make(
    _ items: HEIFItems, _ item: Int
  ) throws(MediaFailure) -> HEIFPicture? {
    let properties = try items.properties(of: item)
    guard let type = items.types[item], let (width, height) = properties.size, width > 0,
      height > 0,
      var picture = type == code("grid")
        ? try grid(items, item, width: width, height: height)
        : try coded(items, item, type, width: width, height: height)
    else { return nil }
    picture.orientation = properties.turn.orientation
    if let wanted = properties.crop {
      guard let found = try crop(items, item, width: width, height: height),
        found.width == wanted.width, found.height == wanted.height
      else { return nil }
      picture.crop = found
    }
    try picture.takeColours(items, item)
    return picture
  }

  /// An item that is coded in one piece.
  private static func coded(
    _ items: HEIFItems, _ item: Int, _ type: Int, width: Int, height: Int
  ) throws(MediaFailure) -> HEIFPicture? {
    guard let codec = codec(type), let ranges = items.ranges(of: item),
      let coding = try coding(items, item, codec)
    else { return nil }
    return HEIFPicture(
      codec: codec, parameters: coding.parameters, lengthByteCount: coding.lengthByteCount,
      tiles: [ranges], tileWidth: width, tileHeight: height, width: width, height: height,
      crop: (0, 0, width, height), orientation: .up)
  }

  /// An item that is put together from parts of one size, all coded with the same properties.
  private static func grid(
    _ items: HEIFItems, _ item: Int, width: Int, height: Int
  ) throws(MediaFailure) -> HEIFPicture? {
    let parts = items.references.filter { $0.type == code("dimg") && $0.from == item }.map(\.to)
    guard let first = parts.first, parts.count <= tileCount, let type = items.types[first],
      type != code("grid"), let layout = try gridLayout(items, item), layout.width == width,
      layout.height == height, parts.count == layout.rowCount * layout.columnCount,
      var picture = try make(items, first), picture.orientation == .up,
      picture.crop == (0, 0, picture.width, picture.height),
      picture.width * layout.columnCount >= width, picture.height * layout.rowCount >= height
    else { return nil }
    (picture.width, picture.height, picture.crop) = (width, height, (0, 0, width, height))
    picture.columnCount = layout.columnCount
    picture.tiles = []
    let properties = items.boxes(of: first)
    for part in parts {
      guard items.types[part] == type, let ranges = items.ranges(of: part),
        items.boxes(of: part).elementsEqual(properties, by: { $0.body == $1.body })
      else { return nil }
      picture.tiles.append(ranges)
    }
    return picture
  }

  private static func codec(_ type: Int) -> Codec? {
    switch type {
    case code("hvc1"): .hevc
    case code("av01"): .av1
    default: nil
    }
  }

  /// The columns and rows of a grid and the size it makes: ImageGrid of 23008-12, 6.6.2.3.
  private static func gridLayout(
    _ items: HEIFItems, _ item: Int
  ) throws(MediaFailure) -> (columnCount: Int, rowCount: Int, width: Int, height: Int)? {
    guard let start = items.ranges(of: item)?.first?.lowerBound else { return nil }
    let reader = items.reader
    let isWide = try reader.u8(start + 1) & 1 == 1
    let rowCount = try reader.u8(start + 2) + 1
    let columnCount = try reader.u8(start + 3) + 1
    return isWide
      ? (columnCount, rowCount, try reader.u32be(start + 4), try reader.u32be(start + 8))
      : (columnCount, rowCount, try reader.u16be(start + 4), try reader.u16be(start + 6))
  }

  /// What a decoder must know before the first byte of a picture: `hvcC` or `av1C`.
  private static func coding(
    _ items: HEIFItems, _ item: Int, _ codec: Codec
  ) throws(MediaFailure) -> (parameters: [UInt8], lengthByteCount: Int)? {
    let reader = items.reader
    let name = codec == .hevc ? code("hvcC") : code("av1C")
    guard let box = items.boxes(of: item).first(where: { $0.type == name }),
      box.end - box.body <= parameterByteCount
    else { return nil }
    if codec == .av1 {
      return (try reader.bytes(from: box.body + 4, to: box.end, limit: parameterByteCount), 0)
    }
    var parameters: [UInt8] = []
    var at = box.body + 23
    for _ in 0..<(try reader.u8(box.body + 22)) {
      let count = try reader.u16be(at + 1)
      at += 3
      for _ in 0..<count {
        let byteCount = try reader.u16be(at)
        guard at + 2 + byteCount <= box.end else { return nil }
        parameters += [0, 0, UInt8(byteCount >> 8), UInt8(byteCount & 255)]
        parameters += try reader.bytes(at: at + 2, count: byteCount)
        at += 2 + byteCount
      }
    }
    return (parameters, (try reader.u8(box.body + 21) & 3) + 1)
  }

  /// The clean aperture in whole pixels (23008-12, 6.5.8 and 14496-12, 12.1.4); nil when it is not
  /// inside of the picture, or comes after a turn.
  private static func crop(
    _ items: HEIFItems, _ item: Int, width: Int, height: Int
  ) throws(MediaFailure) -> (x: Int, y: Int, width: Int, height: Int)? {
    let reader = items.reader
    let boxes = items.boxes(of: item)
    guard let place = boxes.firstIndex(where: { $0.type == code("clap") }),
      !boxes[..<place].contains(where: { $0.type == code("irot") || $0.type == code("imir") })
    else { return nil }
    var numbers: [Int] = []
    for index in 0..<8 { numbers.append(try reader.u32be(boxes[place].body + index * 4)) }
    /// Where a stretch of `size` begins in `whole`, its centre moved by a fraction.
    func start(_ whole: Int, _ size: Int, _ numerator: Int, _ denominator: Int) -> Int? {
      guard denominator > 0, size > 0, size <= whole else { return nil }
      let moved = Double(Int32(truncatingIfNeeded: numerator)) / Double(denominator)
      let first = (Double(whole - size) / 2 + moved).rounded(.down)
      return first >= 0 && first <= Double(whole - size) ? Int(first) : nil
    }
    guard numbers[1] > 0, numbers[3] > 0, numbers[0] % numbers[1] == 0,
      numbers[2] % numbers[3] == 0,
      let x = start(width, numbers[0] / numbers[1], numbers[4], numbers[5]),
      let y = start(height, numbers[2] / numbers[3], numbers[6], numbers[7])
    else { return nil }
    return (x, y, numbers[0] / numbers[1], numbers[2] / numbers[3])
  }

  private mutating func takeColours(_ items: HEIFItems, _ item: Int) throws(MediaFailure) {
    let reader = items.reader
    for box in items.boxes(of: item) where box.type == code("colr") {
      switch try reader.u32be(box.body) {
      case code("nclx"):
        signal = (
          try reader.u16be(box.body + 4), try reader.u16be(box.body + 6),
          try reader.u16be(box.body + 8), try reader.u8(box.body + 10) & 0x80 != 0
        )
      case code("prof"), code("rICC"):
        profile = try reader.bytes(
          from: box.body + 4, to: box.end, limit: Self.profileByteCount)
      default: break
      }
    }
  }
}
