import Media

/// OpenEXR: the attributes of the first part's header.
///
/// The stored size is that of the display window: what people see. Pixels may cover more or less of
/// it (the data window); a decoder fills the rest with black and cuts what lies outside.
enum OpenEXRProbe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let version = try reader.u32le(4)
    guard version & 0xFF == 2 else {
      throw MediaFailure(
        .unsupported, "The OpenEXR file has version \(version & 0xFF); only 2 is known.")
    }
    var header = Header()
    try header.read(reader, hasLongNames: version & 0x400 != 0)
    guard let display = header.displayWindow, let data = header.dataWindow else {
      throw reader.corrupt("it does not say how large the picture is")
    }
    guard header.channelCount > 0 else { throw reader.corrupt("it has no channels") }
    // A decoder allocates for the data window, so this one must be sane as well.
    try reader.checkDimensions(width: data.width, height: data.height)
    var probe = try reader.makeProbe(.openEXR, width: display.width, height: display.height)
    probe.channelCount = UInt8(clamping: header.channelCount)
    probe.bitsPerChannel = header.bits
    probe.hasAlpha = header.hasAlpha
    probe.captureTime = header.captureTime
    probe.cameraMake = header.make
    probe.cameraModel = header.model
    if let latitude = header.latitude, let longitude = header.longitude {
      probe.position = GeoPosition(
        latitude: Double(latitude), longitude: Double(longitude),
        altitudeMetres: header.altitude.map(Double.init))
    }
    return probe
  }

  private struct Window {
    let width: Int
    let height: Int

    init(_ reader: MediaReader, at place: Int) throws(MediaFailure) {
      width = try reader.i32le(place + 8) - reader.i32le(place) + 1
      height = try reader.i32le(place + 12) - reader.i32le(place + 4) + 1
    }
  }

  private struct Header {
    var displayWindow: Window?
    var dataWindow: Window?
    var channelCount = 0
    var bits: UInt8 = 16
    var hasAlpha = false
    var make: String?
    var model: String?
    var latitude: Float?
    var longitude: Float?
    var altitude: Float?
    private var date: DateText?
    private var secondsToUTC: Float?

    /// `utcOffset` is what must be added to the local time to get UTC: west is positive.
    var captureTime: CaptureTime? {
      guard var parts = date else { return nil }
      if let secondsToUTC, secondsToUTC.magnitude <= 18 * 3600 {
        parts.offsetMinutes = Int16(-secondsToUTC / 60)
      }
      return parts.captureTime
    }

    /// Attributes of one header that are looked at; renderers write some hundred.
    private static let attributeCount = 4096

    mutating func read(_ reader: MediaReader, hasLongNames: Bool) throws(MediaFailure) {
      let nameLimit = hasLongNames ? 255 : 31
      var offset = 8
      for _ in 0..<Self.attributeCount {
        let name = try text(reader, &offset, limit: nameLimit)
        if name.isEmpty { return }
        let type = try text(reader, &offset, limit: nameLimit)
        let size = try reader.i32le(offset)
        let place = offset + 4
        guard size >= 0 else { throw reader.corrupt("the attribute “\(name)” has a negative size") }
        offset = place + size
        guard offset <= reader.byteCount else { throw reader.truncated }
        switch (name, type) {
        case ("dataWindow", "box2i"): dataWindow = try Window(reader, at: place)
        case ("displayWindow", "box2i"): displayWindow = try Window(reader, at: place)
        case ("channels", "chlist"): try readChannels(reader, place, end: offset)
        case ("capDate", "string"): date = DateText(try value(reader, place, size))
        case ("utcOffset", "float"): secondsToUTC = try number(reader, place)
        case ("cameraMake", "string"): make = CleanText.from(try value(reader, place, size))
        case ("cameraModel", "string"): model = CleanText.from(try value(reader, place, size))
        case ("latitude", "float"): latitude = try number(reader, place)
        case ("longitude", "float"): longitude = try number(reader, place)
        case ("altitude", "float"): altitude = try number(reader, place)
        default: break
        }
      }
      throw reader.corrupt("it has more than \(Self.attributeCount) attributes")
    }

    private func number(_ reader: MediaReader, _ place: Int) throws(MediaFailure) -> Float? {
      let value = try reader.float32le(place)
      return value.isFinite ? value : nil
    }

    private func value(
      _ reader: MediaReader, _ place: Int, _ size: Int
    ) throws(MediaFailure) -> [UInt8] {
      try reader.bytes(at: place, count: min(size, ProbeLimits.textByteCount))
    }

    private mutating func readChannels(
      _ reader: MediaReader, _ start: Int, end: Int
    ) throws(MediaFailure) {
      var offset = start
      while offset < end, channelCount < ProbeLimits.stepCount {
        let name = try text(reader, &offset, limit: 255)
        if name.isEmpty { return }
        let pixelType = try reader.u32le(offset)
        offset += 16
        guard pixelType <= 2 else {
          throw reader.corrupt("the channel “\(name)” has the unknown type \(pixelType)")
        }
        channelCount += 1
        bits = max(bits, pixelType == 1 ? 16 : 32)
        if name == "A" { hasAlpha = true }
      }
    }

    /// Text ended by a NUL, which is skipped.
    private func text(
      _ reader: MediaReader, _ offset: inout Int, limit: Int
    ) throws(MediaFailure) -> String {
      var bytes: [UInt8] = []
      while true {
        let byte = UInt8(try reader.u8(offset))
        offset += 1
        if byte == 0 { break }
        guard bytes.count < limit else {
          throw reader.corrupt("a name is longer than \(limit) bytes")
        }
        bytes.append(byte)
      }
      return CleanText.withoutControls(String(decoding: bytes, as: UTF8.self))
    }
  }
}
