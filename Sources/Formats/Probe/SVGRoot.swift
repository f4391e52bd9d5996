import Media

/// SVG, plain or gzip-compressed: the attributes of the root element.
enum SVGRoot {
  /// The root element must begin within this many bytes: licences and doctypes stand before it.
  private static let searchedByteCount = 65_536

  /// The first bytes of a compressed file, inflated; at most 64 KiB.
  static func inflated(_ head: [UInt8]) -> [UInt8] {
    Inflated.prefix(of: head[...], byteCount: searchedByteCount)
  }

  /// True when the first element is `svg`, with or without a prefix.
  static func matches(_ bytes: [UInt8]) -> Bool { tag(bytes) != nil }

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let isCompressed = try reader.u8(0) == 0x1F
    let bytes = isCompressed ? inflated(reader.head) : reader.head
    guard let attributes = tag(bytes) else { throw reader.truncated }
    let box = viewBox(attributes)
    let width = length(attributes, "width")
    let height = length(attributes, "height")
    // What is missing follows from the proportions of the view box.
    var size = (width: width ?? box?.width ?? 0, height: height ?? box?.height ?? 0)
    if let box, box.width > 0, box.height > 0 {
      if let width, height == nil { size.height = width * box.height / box.width }
      if let height, width == nil { size.width = height * box.width / box.height }
    }
    let rounded = (width: pixels(size.width), height: pixels(size.height))
    var probe = Probe(format: .svg, storedWidth: 0, storedHeight: 0)
    if rounded.width > 0, rounded.height > 0 {
      probe = try reader.makeProbe(.svg, width: rounded.width, height: rounded.height)
    }
    probe.channelCount = 4
    probe.hasAlpha = true
    return probe
  }

  private static func pixels(_ length: Double) -> Int {
    guard length.isFinite, length > 0 else { return 0 }
    return max(1, Int(min(length.rounded(), 1e9)))
  }

  /// The attributes of the root element, up to its `>`.
  private static func tag(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let end = min(bytes.count, searchedByteCount)
    while true {
      while index < end, bytes[index] <= 0x20 { index += 1 }
      guard index + 4 < end, bytes[index] == UInt8(ascii: "<") else { return nil }
      if bytes[index + 1] == UInt8(ascii: "?") {
        guard let next = skip(bytes, from: index, to: end, past: "?>") else { return nil }
        index = next
      } else if bytes[(index + 1)..<(index + 4)].elementsEqual("!--".utf8) {
        guard let next = skip(bytes, from: index + 4, to: end, past: "-->") else { return nil }
        index = next
      } else if bytes[index + 1] == UInt8(ascii: "!") {
        guard let next = skipDoctype(bytes, from: index, to: end) else { return nil }
        index = next
      } else {
        break
      }
    }
    let name = bytes[(index + 1)..<end].prefix { $0 > 0x20 && $0 != 0x3E && $0 != 0x2F }
    let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[($0 + 1)...] } ?? name
    guard local.elementsEqual("svg".utf8), name.count < 64 else { return nil }
    let rest = bytes[name.endIndex..<end]
    var quote: UInt8?
    for place in rest.indices {
      let byte = rest[place]
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == 0x3E {
        return rest[..<place]
      }
    }
    return nil
  }

  private static func skip(
    _ bytes: [UInt8], from start: Int, to end: Int, past mark: StaticString
  ) -> Int? {
    let count = mark.utf8CodeUnitCount
    var index = start
    search: while index <= end - count {
      for place in 0..<count where unsafe bytes[index + place] != mark.utf8Start[place] {
        index += 1
        continue search
      }
      return index + count
    }
    return nil
  }

  /// Behind the doctype, whose internal subset (entities, in brackets) may hold `>`.
  private static func skipDoctype(_ bytes: [UInt8], from start: Int, to end: Int) -> Int? {
    var depth = 0
    for index in start..<end {
      switch bytes[index] {
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ">") where depth <= 0: return index + 1
      default: break
      }
    }
    return nil
  }

  /// The text of an attribute of the root.
  private static func attribute(
    _ attributes: ArraySlice<UInt8>, _ name: String
  ) -> ArraySlice<UInt8>? {
    var rest = attributes
    while true {
      rest = rest.drop { $0 <= 0x20 || $0 == 0x2F }
      let key = rest.prefix { $0 > 0x20 && $0 != 0x3D }
      guard !key.isEmpty else { return nil }
      rest = rest[key.endIndex...].drop { $0 <= 0x20 }
      guard rest.first == 0x3D else { return nil }
      rest = rest.dropFirst().drop { $0 <= 0x20 }
      guard let quote = rest.first, quote == 0x22 || quote == 0x27,
        let stop = rest.dropFirst().firstIndex(of: quote)
      else { return nil }
      if key.elementsEqual(name.utf8) { return rest[(rest.startIndex + 1)..<stop] }
      rest = rest[(stop + 1)...]
    }
  }

  /// A length in CSS pixels (96 to the inch); nil when absent or relative to a page we do not have.
  private static func length(_ attributes: ArraySlice<UInt8>, _ name: String) -> Double? {
    guard let text = attribute(attributes, name) else { return nil }
    let trimmed = text.drop { $0 <= 0x20 }.prefix(64)
    let digits = trimmed.prefix { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2B }
    guard let number = Double(String(decoding: digits, as: UTF8.self)), number > 0 else {
      return nil
    }
    let unit = String(decoding: trimmed[digits.endIndex...].prefix { $0 > 0x20 }, as: UTF8.self)
    switch unit.lowercased() {
    case "", "px": return number
    case "pt": return number * 96 / 72
    case "pc": return number * 16
    case "mm": return number * 96 / 25.4
    case "cm": return number * 96 / 2.54
    case "in": return number * 96
    case "em", "rem": return number * 16
    case "ex", "ch": return number * 8
    default: return nil
    }
  }

  private static func viewBox(
    _ attributes: ArraySlice<UInt8>
  ) -> (width: Double, height: Double)? {
    guard let text = attribute(attributes, "viewBox") else { return nil }
    let numbers = text.prefix(256).split { $0 <= 0x20 || $0 == 0x2C }
      .compactMap { Double(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == 4, numbers[2] > 0, numbers[3] > 0 else { return nil }
    return (numbers[2], numbers[3])
  }
}
