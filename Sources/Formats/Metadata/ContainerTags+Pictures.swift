import Media

extension ContainerTags {
  // MARK: GIF

  /// Comments and XMP of a GIF, between its blocks.
  mutating func collectGIF(_ reader: MediaReader) throws(MediaFailure) {
    reader.windowByteCount = 65_536
    var offset = 13 + Self.tableByteCount(try reader.u8(10))
    for _ in 0..<ProbeLimits.stepCount {
      switch try reader.u8(offset) {
      case 0x2C: offset += 11 + Self.tableByteCount(try reader.u8(offset + 9))
      case 0x21:
        let label = try reader.u8(offset + 1)
        if label == 0xFF, try reader.matches("\u{0B}XMP DataXMP", at: offset + 2) {
          addPacket(try Self.xmp(reader, at: offset + 14))
        } else if label == 0xFE {
          let count = try reader.u8(offset + 2)
          add("Gif.Comment", try reader.bytes(at: offset + 3, count: count))
        }
        offset += 2
      default: return
      }
      while true {
        let length = try reader.u8(offset)
        offset += 1 + length
        if length == 0 { break }
      }
    }
  }

  private static func tableByteCount(_ flags: Int) -> Int {
    flags & 0x80 == 0 ? 0 : 3 << ((flags & 7) + 1)
  }

  /// The packet lies there as it is; a tail that counts down from 255 leads readers of blocks to its
  /// end (Adobe's XMP specification, part 3).
  private static func xmp(_ reader: MediaReader, at start: Int) throws(MediaFailure) -> [UInt8] {
    let bytes = try reader.bytes(from: start, to: reader.byteCount, limit: 1 << 20)
    for index in bytes.indices.dropLast(2)
    where bytes[index] == 1 && bytes[index + 1] == 0xFF && bytes[index + 2] == 0xFE {
      return Array(bytes[..<index])
    }
    return []
  }

  // MARK: OpenEXR

  /// The attributes of the first part's header that are text or numbers.
  mutating func collectOpenEXR(_ reader: MediaReader) throws(MediaFailure) {
    var offset = 8
    for _ in 0..<4096 {
      let name = try Self.name(reader, &offset)
      if name.isEmpty { return }
      let type = try Self.name(reader, &offset)
      let size = try reader.i32le(offset)
      let place = offset + 4
      guard size >= 0 else { throw reader.corrupt("an attribute has a negative size") }
      offset = place + size
      let key = "Exr." + name
      switch type {
      case "string": add(key, try reader.bytes(from: place, to: offset, limit: 4096))
      case "int": addNumbers(key, try Self.integers(reader, place, 1, of: size))
      case "v2i": addNumbers(key, try Self.integers(reader, place, 2, of: size))
      case "v3i": addNumbers(key, try Self.integers(reader, place, 3, of: size))
      case "box2i": addNumbers(key, try Self.integers(reader, place, 4, of: size))
      case "float": addNumbers(key, try Self.reals(reader, place, 1, of: size))
      case "v2f": addNumbers(key, try Self.reals(reader, place, 2, of: size))
      case "v3f": addNumbers(key, try Self.reals(reader, place, 3, of: size))
      case "box2f": addNumbers(key, try Self.reals(reader, place, 4, of: size))
      case "chromaticities": addNumbers(key, try Self.reals(reader, place, 8, of: size))
      case "rational" where size >= 8:
        add(key, text: "\(try reader.i32le(place))/\(try reader.u32le(place + 4))")
      default: break
      }
    }
  }

  private mutating func addNumbers(_ key: String, _ numbers: [String]) {
    add(key, text: numbers.joined(separator: " "))
  }

  /// Numbers of an attribute; none when it is smaller than they are.
  private static func integers(
    _ reader: MediaReader, _ place: Int, _ count: Int, of byteCount: Int
  ) throws(MediaFailure) -> [String] {
    guard byteCount >= 4 * count else { return [] }
    var numbers: [String] = []
    for index in 0..<count { numbers.append(String(try reader.i32le(place + 4 * index))) }
    return numbers
  }

  private static func reals(
    _ reader: MediaReader, _ place: Int, _ count: Int, of byteCount: Int
  ) throws(MediaFailure) -> [String] {
    guard byteCount >= 4 * count else { return [] }
    var numbers: [String] = []
    for index in 0..<count {
      let number = try reader.float32le(place + 4 * index)
      guard number.isFinite else { return [] }
      numbers.append("\(number)")
    }
    return numbers
  }

  private static func name(
    _ reader: MediaReader, _ offset: inout Int
  ) throws(MediaFailure) -> String {
    var bytes: [UInt8] = []
    while bytes.count <= 255 {
      let byte = UInt8(try reader.u8(offset))
      offset += 1
      if byte == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    throw reader.corrupt("a name is longer than 255 bytes")
  }

  // MARK: Radiance

  /// The variables of the header's lines.
  mutating func collectRadiance(_ reader: MediaReader) throws(MediaFailure) {
    let text = try reader.bytes(from: 0, to: reader.byteCount, limit: 65_536)
    for line in text.split(separator: 0x0A, omittingEmptySubsequences: false).dropFirst() {
      if line.isEmpty || line.elementsEqual([0x0D]) { return }
      let halves = line.split(separator: UInt8(ascii: "="), maxSplits: 1)
      guard halves.count == 2, halves[0].count <= 64 else { continue }
      add("Radiance." + String(decoding: halves[0], as: UTF8.self), halves[1])
    }
  }
}
