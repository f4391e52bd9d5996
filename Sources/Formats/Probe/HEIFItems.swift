import Media

/// The `meta` box of a HEIF file: which items there are, where, and what is said about them.
struct HEIFItems {
  /// The item that is the picture.
  private(set) var primary = 0
  let reader: MediaReader
  private(set) var types: [Int: Int] = [:]
  private var locations: [Int: (method: Int, ranges: [Range<Int>])] = [:]
  private var properties: [ISOBoxes.Box] = []
  private var associations: [Int: [Int]] = [:]
  /// From an item to another: of `auxl` from the auxiliary item to what it belongs to, of `thmb` from
  /// the thumbnail, of `dimg` from the derived item to each of its parts in order.
  private(set) var references: [(type: Int, from: Int, to: Int)] = []
  private var dataBody = 0

  /// Items, properties and references looked at; a 100-megapixel grid has some 400 tiles.
  private static let itemCount = 4096
  /// Pieces of an item that are looked at.
  private static let extentCount = 64

  init(_ reader: MediaReader, _ meta: ISOBoxes.Box) throws(MediaFailure) {
    self.reader = reader
    // A full box: version and flags first. It must be complete, or nothing in it can be trusted.
    guard meta.end <= reader.byteCount else { throw reader.truncated }
    var boxes: [Int: ISOBoxes.Box] = [:]
    try ISOBoxes.forEach(reader, from: meta.body + 4, to: meta.end) { box throws(MediaFailure) in
      if boxes[box.type] == nil { boxes[box.type] = box }
      return boxes.count < 64
    }
    dataBody = boxes[code("idat")]?.body ?? 0
    if let box = boxes[code("pitm")] {
      let isWide = try reader.u8(box.body) > 0
      primary = isWide ? try reader.u32be(box.body + 4) : try reader.u16be(box.body + 4)
    }
    if let box = boxes[code("iinf")] { try readTypes(box) }
    if let box = boxes[code("iloc")] { try readLocations(box) }
    if let box = boxes[code("iprp")] { try readProperties(box) }
    if let box = boxes[code("iref")] { try readReferences(box) }
  }

  // MARK: Questions

  struct Properties {
    var size: (Int, Int)?
    var crop: (width: Int, height: Int)?
    var turn = Turn()
    var bits: Int?
    var channels: Int?
  }

  /// What is said about an item, its transformations in their order.
  func properties(of item: Int) throws(MediaFailure) -> Properties {
    var result = Properties()
    for box in boxes(of: item) {
      switch box.type {
      case code("ispe"):
        result.size = (try reader.u32be(box.body + 4), try reader.u32be(box.body + 8))
      case code("irot"):
        result.turn.rotate(quarterTurnsAnticlockwise: try reader.u8(box.body) & 3)
      case code("imir"):
        // 0: top and bottom change places, 1: left and right (23008-12:2022, 6.5.12).
        result.turn.mirror(exchangesTopAndBottom: try reader.u8(box.body) & 1 == 0)
      case code("clap"):
        let width = (try reader.u32be(box.body), try reader.u32be(box.body + 4))
        let height = (try reader.u32be(box.body + 8), try reader.u32be(box.body + 12))
        if width.1 > 0, height.1 > 0 {
          result.crop = (width.0 / width.1, height.0 / height.1)
        }
      case code("pixi"):
        result.channels = try reader.u8(box.body + 4)
        result.bits = try reader.u8(box.body + 5)
      case code("av1C") where result.bits == nil:
        let flags = try reader.u8(box.body + 2)
        result.bits = flags & 0x40 == 0 ? 8 : flags & 0x20 == 0 ? 10 : 12
        result.channels = flags & 0x10 == 0 ? 3 : 1
      case code("hvcC") where result.bits == nil:
        result.bits = (try reader.u8(box.body + 17) & 7) + 8
        result.channels = try reader.u8(box.body + 16) & 3 == 0 ? 1 : 3
      default: break
      }
    }
    return result
  }

  /// True when an auxiliary item of the primary one is its alpha plane.
  func hasAlpha() throws(MediaFailure) -> Bool {
    for (type, from, to) in references where type == code("auxl") && to == primary {
      for box in boxes(of: from) where box.type == code("auxC") {
        let urn = try reader.bytes(from: box.body + 4, to: box.end, limit: 64).prefix { $0 != 0 }
        if urn.elementsEqual("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha".utf8)
          || urn.elementsEqual("urn:mpeg:hevc:2015:auxid:1".utf8)
        {
          return true
        }
      }
    }
    return false
  }

  /// The boxes of an item's properties, in their order.
  func boxes(of item: Int) -> [ISOBoxes.Box] {
    (associations[item] ?? []).compactMap { index in
      index > 0 && index <= properties.count ? properties[index - 1] : nil
    }
  }

  /// Where the bytes of an item are in the file; nil when that is not said, or in more pieces or in
  /// ways that no camera uses.
  func ranges(of item: Int) -> [Range<Int>]? {
    guard let location = locations[item], !location.ranges.isEmpty else { return nil }
    switch location.method {
    case 0: return location.ranges
    case 1 where dataBody > 0:
      return location.ranges.map { range in
        let start = reader.sum(dataBody, range.lowerBound)
        return start..<reader.sum(start, range.count)
      }
    default: return nil
    }
  }

  /// Where the first item of a type is, when it lies in one piece.
  func range(ofType type: Int) -> Range<Int>? {
    for item in types.filter({ $0.value == type }).keys.sorted() {
      if let range = ranges(of: item)?.first { return range }
    }
    return nil
  }

  /// False when the bytes of a picture would lie behind the end of the file.
  var picturesArePresent: Bool {
    for (item, location) in locations where location.method == 0 {
      guard let type = types[item], type == code("hvc1") || type == code("av01") else { continue }
      for range in location.ranges where range.upperBound > reader.byteCount { return false }
    }
    return true
  }

  // MARK: Boxes

  private mutating func readTypes(_ box: ISOBoxes.Box) throws(MediaFailure) {
    let isWide = try reader.u8(box.body) > 0
    var found: [Int: Int] = [:]
    let reader = reader
    try ISOBoxes.forEach(reader, from: box.body + (isWide ? 8 : 6), to: box.end) {
      entry throws(MediaFailure) in
      guard entry.type == code("infe") else { return true }
      let version = try reader.u8(entry.body)
      if version == 2 { found[try reader.u16be(entry.body + 4)] = try reader.u32be(entry.body + 8) }
      if version == 3 {
        found[try reader.u32be(entry.body + 4)] = try reader.u32be(entry.body + 10)
      }
      return found.count < Self.itemCount
    }
    types = found
  }

  private mutating func readLocations(_ box: ISOBoxes.Box) throws(MediaFailure) {
    let version = try reader.u8(box.body)
    let sizes = try reader.u16be(box.body + 4)
    let offsetBytes = sizes >> 12
    let lengthBytes = sizes >> 8 & 15
    let baseBytes = sizes >> 4 & 15
    let indexBytes = version > 0 ? sizes & 15 : 0
    guard [offsetBytes, lengthBytes, baseBytes, indexBytes].allSatisfy({ [0, 4, 8].contains($0) })
    else { throw reader.corrupt("the places of its items cannot be read") }
    var at = box.body + 6
    let count = version < 2 ? try reader.u16be(at) : try reader.u32be(at)
    at += version < 2 ? 2 : 4
    for _ in 0..<min(count, Self.itemCount) {
      let item = version < 2 ? try reader.u16be(at) : try reader.u32be(at)
      at += version < 2 ? 2 : 4
      var method = 0
      if version > 0 {
        method = try reader.u16be(at) & 15
        at += 2
      }
      at += 2
      let base = try number(at, baseBytes)
      at += baseBytes
      let extents = try reader.u16be(at)
      at += 2
      var ranges: [Range<Int>] = []
      for index in 0..<extents {
        at += indexBytes
        let start = reader.sum(base, try number(at, offsetBytes))
        let length = try number(at + offsetBytes, lengthBytes)
        at += offsetBytes + lengthBytes
        // A length of zero means: all the rest.
        let end = length == 0 ? max(start, reader.byteCount) : reader.sum(start, length)
        if index < Self.extentCount { ranges.append(start..<end) }
        guard offsetBytes + lengthBytes + indexBytes > 0 else { break }
      }
      locations[item] = (method, ranges)
    }
  }

  private func number(_ at: Int, _ byteCount: Int) throws(MediaFailure) -> Int {
    switch byteCount {
    case 4: try reader.u32be(at)
    case 8: try reader.u64be(at)
    default: 0
    }
  }

  private mutating func readProperties(_ box: ISOBoxes.Box) throws(MediaFailure) {
    if let container = try ISOBoxes.first(code("ipco"), reader, from: box.body, to: box.end) {
      var found: [ISOBoxes.Box] = []
      try ISOBoxes.forEach(reader, from: container.body, to: container.end) {
        entry throws(MediaFailure) in
        found.append(entry)
        return found.count < Self.itemCount
      }
      properties = found
    }
    guard let list = try ISOBoxes.first(code("ipma"), reader, from: box.body, to: box.end) else {
      return
    }
    let version = try reader.u8(list.body)
    let isWide = try reader.u8(list.body + 3) & 1 == 1
    var at = list.body + 8
    for _ in 0..<min(try reader.u32be(list.body + 4), Self.itemCount) {
      let item = version == 0 ? try reader.u16be(at) : try reader.u32be(at)
      at += version == 0 ? 2 : 4
      let count = try reader.u8(at)
      at += 1
      var indices: [Int] = []
      for _ in 0..<count {
        indices.append(isWide ? try reader.u16be(at) & 0x7FFF : try reader.u8(at) & 0x7F)
        at += isWide ? 2 : 1
      }
      associations[item] = indices
    }
  }

  private mutating func readReferences(_ box: ISOBoxes.Box) throws(MediaFailure) {
    let isWide = try reader.u8(box.body) > 0
    let reader = reader
    var found: [(type: Int, from: Int, to: Int)] = []
    let wanted = [code("auxl"), code("thmb"), code("dimg")]
    try ISOBoxes.forEach(reader, from: box.body + 4, to: box.end) { entry throws(MediaFailure) in
      guard wanted.contains(entry.type) else { return true }
      let width = isWide ? 4 : 2
      let from = isWide ? try reader.u32be(entry.body) : try reader.u16be(entry.body)
      for index in 0..<min(try reader.u16be(entry.body + width), Self.itemCount) {
        let at = entry.body + width + 2 + index * width
        found.append((entry.type, from, isWide ? try reader.u32be(at) : try reader.u16be(at)))
      }
      return found.count < Self.itemCount
    }
    references = found
  }
}
