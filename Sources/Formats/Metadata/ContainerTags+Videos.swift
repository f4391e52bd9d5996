import Media

extension ContainerTags {
  // MARK: MP4 and QuickTime

  /// User data, item lists, Apple's keys and XMP of a movie.
  mutating func collectMovie(_ reader: MediaReader) throws(MediaFailure) {
    var tags = self
    defer { self = tags }
    try ISOBoxes.forEach(reader, from: 0, to: reader.byteCount) { box throws(MediaFailure) in
      if box.type == code("uuid") {
        // The name XMP has in this format: BE7ACFCB-97A9-42E8-9C71-999491E3AFAC.
        if try reader.u32be(box.body) == 0xBE7A_CFCB {
          try tags.addPacket(reader, from: box.body + 16, to: box.end)
        }
      } else if box.type == code("moov") {
        try ISOBoxes.forEach(reader, from: box.body, to: box.end) { child throws(MediaFailure) in
          switch child.type {
          case code("udta"): try tags.collectUserData(reader, child)
          case code("meta"): try tags.collectItems(reader, child)
          default: break
          }
          return true
        }
      }
      return true
    }
  }

  private mutating func collectUserData(
    _ reader: MediaReader, _ box: ISOBoxes.Box
  ) throws(MediaFailure) {
    var tags = self
    defer { self = tags }
    try ISOBoxes.forEach(reader, from: box.body, to: box.end) { item throws(MediaFailure) in
      switch item.type {
      case code("meta"): try tags.collectItems(reader, item)
      case code("XMP_"): try tags.addPacket(reader, from: item.body, to: item.end)
      case let type where type >> 24 == 0xA9:
        // International text: its length, its language, itself.
        let length = try reader.u16be(item.body)
        tags.add(
          "QuickTime." + Self.name(type),
          try reader.bytes(
            from: item.body + 4, to: min(item.end, item.body + 4 + length), limit: 4096))
      default: break
      }
      return true
    }
  }

  /// A list of items, named by codes or by the keys beside it.
  private mutating func collectItems(
    _ reader: MediaReader, _ box: ISOBoxes.Box
  ) throws(MediaFailure) {
    // A full box in MP4 files, a plain one in QuickTime files.
    let start = box.body + (try reader.u32be(box.body) == 0 ? 4 : 0)
    var names: [String] = []
    if let keys = try ISOBoxes.first(code("keys"), reader, from: start, to: box.end) {
      try ISOBoxes.forEach(reader, from: keys.body + 8, to: keys.end) { key throws(MediaFailure) in
        names.append(
          String(
            decoding: try reader.bytes(from: key.body, to: key.end, limit: 128), as: UTF8.self))
        return names.count < 256
      }
    }
    guard let list = try ISOBoxes.first(code("ilst"), reader, from: start, to: box.end) else {
      return
    }
    var tags = self
    defer { self = tags }
    try ISOBoxes.forEach(reader, from: list.body, to: list.end) { item throws(MediaFailure) in
      guard let data = try ISOBoxes.first(code("data"), reader, from: item.body, to: item.end)
      else { return true }
      let isNamed = item.type >= 1 && item.type <= names.count
      let key = "QuickTime." + (isNamed ? names[item.type - 1] : Self.name(item.type))
      // Type 1 is UTF-8; numbers, covers and the like are not for reading.
      if try reader.u32be(data.body) == 1 {
        tags.add(key, try reader.bytes(from: data.body + 8, to: data.end, limit: 4096))
      }
      return true
    }
  }

  /// The four characters of a code, in the Latin-1 they are written in.
  private static func name(_ type: Int) -> String {
    var text = ""
    for shift in [24, 16, 8, 0] {
      text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: type >> shift)))
    }
    return text
  }

  // MARK: Matroska and WebM

  /// Title, programs and tags, which may stand behind all the pictures.
  mutating func collectMatroska(_ reader: MediaReader) throws(MediaFailure) {
    var steps = 65_536
    try collectMatroska(reader, from: 0, to: reader.byteCount, depth: 0, &steps)
  }

  private mutating func collectMatroska(
    _ reader: MediaReader, from start: Int, to end: Int, depth: Int, _ steps: inout Int
  ) throws(MediaFailure) {
    var offset = start
    var name = ""
    while offset < end, steps > 0 {
      steps -= 1
      let element = try EBML.element(reader, at: offset)
      let bodyEnd = min(element.byteCount.map { reader.sum(element.body, $0) } ?? end, end)
      func text() throws(MediaFailure) -> [UInt8] {
        try reader.bytes(from: element.body, to: bodyEnd, limit: 4096)
      }
      switch element.id {
      // Segment, Info, Tags, Tag, SimpleTag
      case 0x1853_8067, 0x1549_A966, 0x1254_C367, 0x7373, 0x67C8:
        guard depth < 8 else { break }
        try collectMatroska(reader, from: element.body, to: bodyEnd, depth: depth + 1, &steps)
      case 0x7BA9: add("Matroska.Title", try text())
      case 0x4D80: add("Matroska.MuxingApp", try text())
      case 0x5741: add("Matroska.WritingApp", try text())
      case 0x45A3: name = String(decoding: try text(), as: UTF8.self)
      case 0x4487: if !name.isEmpty { add("Matroska." + name.uppercased(), try text()) }
      default: break
      }
      guard bodyEnd > offset else { throw reader.corrupt("an element does not end") }
      offset = bodyEnd
    }
  }

  // MARK: AVI

  /// The list of information and the XMP chunk, wherever among the chunks they stand.
  mutating func collectAVI(_ reader: MediaReader) throws(MediaFailure) {
    var offset = 12
    var steps = 0
    while offset <= reader.byteCount - 8, steps < ProbeLimits.stepCount {
      steps += 1
      let type = try reader.u32be(offset)
      let length = try reader.u32le(offset + 4)
      let body = offset + 8
      if type == code("LIST"), try reader.u32be(body) == code("INFO") {
        offset = body + 4
        continue
      }
      if type == code("_PMX") {
        try addPacket(reader, from: body, to: body + length)
      } else if type >> 24 == UInt8(ascii: "I"), type != code("IDIT"), type != code("ISMP") {
        add("Avi." + Self.name(type), try reader.bytes(from: body, to: body + length, limit: 4096))
      }
      offset = body + ((length + 1) & ~1)
    }
  }
}
