import Media

/// MP4 and QuickTime: the movie box, wherever in the file it is.
enum MovieProbe {
  static func probe(_ reader: MediaReader, format: MediaFormat) throws(MediaFailure) -> Probe {
    guard let box = try ISOBoxes.first(code("moov"), reader, from: 0, to: reader.byteCount) else {
      throw MediaFailure(
        .truncated,
        "The \(reader.formatName) file has no movie header; it was probably cut off while it was "
          + "written.")
    }
    let movie = try Movie(reader, box)
    guard movie.hasVideo else {
      throw MediaFailure(.unsupported, "The \(reader.formatName) file has no video track.")
    }
    var probe = try reader.makeProbe(format, width: movie.width, height: movie.height)
    probe.orientation = movie.orientation
    probe.durationMilliseconds = movie.durationMilliseconds
    probe.captureTime = movie.captureTime
    probe.cameraMake = movie.make
    probe.cameraModel = movie.model
    probe.position = movie.position
    return probe
  }
}

/// What a movie box says about its first video track and about where and when it was taken.
struct Movie {
  private(set) var hasVideo = false
  private(set) var width = 0
  private(set) var height = 0
  private(set) var orientation = Orientation.up
  /// Samples of the video track: frames.
  private(set) var sampleCount = 0
  private(set) var durationMilliseconds: Int64?
  private(set) var make: String?
  private(set) var model: String?
  private(set) var position: GeoPosition?

  private var reader: MediaReader
  private var created: CaptureTime?
  private var tagged: CaptureTime?

  /// Apple's creation date with its offset, else the movie header's (which is in UTC).
  var captureTime: CaptureTime? { tagged ?? created }

  init(_ reader: MediaReader, _ box: ISOBoxes.Box) throws(MediaFailure) {
    self.reader = reader
    var movie = self
    try ISOBoxes.forEach(reader, from: box.body, to: box.end) { child throws(MediaFailure) in
      switch child.type {
      case code("mvhd"): try movie.readHeader(child)
      case code("trak"): try movie.readTrack(child)
      case code("udta"): try movie.readUserData(child)
      case code("meta"): try movie.readKeys(child)
      case code("mvex"): try movie.readFragments(child)
      default: break
      }
      return true
    }
    self = movie
  }

  // MARK: Header

  private var timescale = 0

  private mutating func readHeader(_ box: ISOBoxes.Box) throws(MediaFailure) {
    let isLong = try reader.u8(box.body) == 1
    let creation = isLong ? try reader.u64be(box.body + 4) : try reader.u32be(box.body + 4)
    timescale = try reader.u32be(box.body + (isLong ? 20 : 12))
    let duration =
      isLong ? try reader.bits64be(box.body + 24) : UInt64(try reader.u32be(box.body + 16))
    setDuration(duration, unknown: isLong ? .max : 0xFFFF_FFFF)
    // Seconds since 1904; zero when the camera had no clock. Before 1970 it is no camera's.
    let since1970 = creation - 2_082_844_800
    if since1970 > 0, since1970 < 1 << 36 {
      created = CaptureTime(wallMilliseconds: Int64(since1970) * 1000, offsetMinutes: 0)
    }
  }

  private mutating func setDuration(_ units: UInt64, unknown: UInt64) {
    guard timescale > 0, units > 0, units != unknown else { return }
    let milliseconds = (Double(units) * 1000 / Double(timescale)).rounded()
    guard milliseconds < 1e15 else { return }
    durationMilliseconds = Int64(milliseconds)
  }

  /// A fragmented movie says its length here, if at all.
  private mutating func readFragments(_ box: ISOBoxes.Box) throws(MediaFailure) {
    guard durationMilliseconds == nil,
      let header = try ISOBoxes.first(code("mehd"), reader, from: box.body, to: box.end)
    else { return }
    let isLong = try reader.u8(header.body) == 1
    setDuration(
      isLong ? try reader.bits64be(header.body + 4) : UInt64(try reader.u32be(header.body + 4)),
      unknown: .max)
  }

  // MARK: Tracks

  private mutating func readTrack(_ box: ISOBoxes.Box) throws(MediaFailure) {
    guard !hasVideo, let media = try child(code("mdia"), of: box),
      let handler = try child(code("hdlr"), of: media)
    else { return }
    let kind = try reader.u32be(handler.body + 8)
    guard kind == code("vide") || kind == code("pict") else { return }
    hasVideo = true
    if let header = try child(code("tkhd"), of: box) {
      let matrix = header.body + (try reader.u8(header.body) == 1 ? 52 : 40)
      func element(_ index: Int) throws(MediaFailure) -> Int {
        Int(Int32(truncatingIfNeeded: try reader.u32be(matrix + 4 * index)))
      }
      let turn = Turn(
        movieA: try element(0), b: try element(1), c: try element(3), d: try element(4))
      orientation = turn?.orientation ?? .up
      width = try reader.u16be(matrix + 36)
      height = try reader.u16be(matrix + 40)
    }
    guard let information = try child(code("minf"), of: media),
      let table = try child(code("stbl"), of: information)
    else { return }
    if width == 0 || height == 0, let entries = try child(code("stsd"), of: table) {
      width = try reader.u16be(entries.body + 40)
      height = try reader.u16be(entries.body + 42)
    }
    if let sizes = try child(code("stsz"), of: table) {
      sampleCount = try reader.u32be(sizes.body + 8)
    }
  }

  private func child(_ type: Int, of box: ISOBoxes.Box) throws(MediaFailure) -> ISOBoxes.Box? {
    try ISOBoxes.first(type, reader, from: box.body, to: box.end)
  }

  // MARK: Tags

  /// QuickTime's user data: international text (`©xyz`), and 3GPP's and Apple's lists inside.
  private mutating func readUserData(_ box: ISOBoxes.Box) throws(MediaFailure) {
    var movie = self
    try tolerating {
      () throws(MediaFailure) in
      try ISOBoxes.forEach(reader, from: box.body, to: box.end) { item throws(MediaFailure) in
        switch item.type {
        case 0xA978_797A: movie.takePosition(try movie.international(item))  // ©xyz
        case 0xA96D_616B: movie.make = CleanText.from(try movie.international(item)) ?? movie.make
        case 0xA96D_6F64: movie.model = CleanText.from(try movie.international(item)) ?? movie.model
        case 0xA964_6179: movie.takeDate(try movie.international(item))  // ©day
        case code("meta"): try movie.readKeys(item)
        default: break
        }
        return true
      }
    }
    self = movie
  }

  private func international(_ item: ISOBoxes.Box) throws(MediaFailure) -> [UInt8] {
    let length = min(try reader.u16be(item.body), ProbeLimits.textByteCount)
    return try reader.bytes(
      from: item.body + 4, to: min(item.end, item.body + 4 + length), limit: length)
  }

  /// Apple's key-value metadata: names in `keys`, values by number in `ilst`.
  private mutating func readKeys(_ box: ISOBoxes.Box) throws(MediaFailure) {
    var movie = self
    try tolerating { () throws(MediaFailure) in
      // A full box in MP4 files, a plain one in QuickTime files.
      let isFull = try reader.u32be(box.body) == 0
      let start = box.body + (isFull ? 4 : 0)
      guard let keys = try ISOBoxes.first(code("keys"), reader, from: start, to: box.end),
        let list = try ISOBoxes.first(code("ilst"), reader, from: start, to: box.end)
      else { return }
      var names: [[UInt8]] = []
      try ISOBoxes.forEach(reader, from: keys.body + 8, to: keys.end) { key throws(MediaFailure) in
        names.append(try movie.reader.bytes(from: key.body, to: key.end, limit: 128))
        return names.count < 256
      }
      try ISOBoxes.forEach(reader, from: list.body, to: list.end) { item throws(MediaFailure) in
        guard item.type > 0, item.type <= names.count,
          let data = try ISOBoxes.first(code("data"), movie.reader, from: item.body, to: item.end)
        else { return true }
        let value = try movie.reader.bytes(
          from: data.body + 8, to: data.end, limit: ProbeLimits.textByteCount)
        switch String(decoding: names[item.type - 1], as: UTF8.self) {
        case "com.apple.quicktime.location.ISO6709": movie.takePosition(value)
        case "com.apple.quicktime.make": movie.make = CleanText.from(value) ?? movie.make
        case "com.apple.quicktime.model": movie.model = CleanText.from(value) ?? movie.model
        case "com.apple.quicktime.creationdate": movie.takeDate(value)
        default: break
        }
        return true
      }
    }
    self = movie
  }

  /// Damaged tags are left out; the movie can still be shown.
  private func tolerating(_ body: () throws(MediaFailure) -> Void) throws(MediaFailure) {
    do throws(MediaFailure) { try body() } catch {
      if error.kind == .unreadable { throw error }
    }
  }

  private mutating func takeDate(_ bytes: [UInt8]) {
    // A date with a time and its offset says more than the header does; a bare year says less.
    guard bytes.count >= 16, let time = DateText(bytes)?.captureTime else { return }
    tagged = time
  }

  /// ISO 6709: `+35.6580+139.7016+021.500/`.
  private mutating func takePosition(_ bytes: [UInt8]) {
    var numbers: [Double] = []
    var index = 0
    while index < bytes.count, numbers.count < 3,
      bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
    {
      let digits = bytes[(index + 1)...].prefix { (0x30...0x39).contains($0) || $0 == 0x2E }
      guard var number = Double(String(decoding: digits, as: UTF8.self)) else { break }
      // More than three digits before the point are degrees and minutes, more than five seconds too.
      let whole = digits.prefix { $0 != 0x2E }.count - (numbers.count == 1 ? 1 : 0)
      if numbers.count < 2, whole == 4 {
        number = (number / 100).rounded(.down) + number.truncatingRemainder(dividingBy: 100) / 60
      } else if numbers.count < 2, whole == 6 {
        let minutes = (number / 100).truncatingRemainder(dividingBy: 100).rounded(.down)
        number =
          (number / 10000).rounded(.down) + minutes / 60
          + number.truncatingRemainder(dividingBy: 100) / 3600
      }
      numbers.append(bytes[index] == UInt8(ascii: "-") ? -number : number)
      index = digits.endIndex
    }
    guard numbers.count >= 2 else { return }
    position =
      GeoPosition(
        latitude: numbers[0], longitude: numbers[1],
        altitudeMetres: numbers.count > 2 ? numbers[2] : nil) ?? position
  }
}
