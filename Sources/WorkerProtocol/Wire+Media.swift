import Media
import Pixels

/// What one file's fast probe gave.
public struct ProbeReport: Sendable, Hashable {
  /// What the header says.
  public var probe: Probe
  /// What stands for the content.
  public var fingerprint: Fingerprint

  /// A report from its parts.
  public init(probe: Probe, fingerprint: Fingerprint) {
    self.probe = probe
    self.fingerprint = fingerprint
  }
}

extension WireWriter {
  /// Writes a probe; numbers outside the limits are brought back to "unknown".
  public mutating func write(_ probe: Probe) {
    write(probe.format.rawValue)
    write(min(probe.storedWidth, WireLimits.maximumEdge))
    write(min(probe.storedHeight, WireLimits.maximumEdge))
    write(probe.orientation.rawValue)
    let capture = probe.captureTime.flatMap { time in
      WireLimits.captureMilliseconds.contains(time.wallMilliseconds) ? time : nil
    }
    write(capture) { writer, time in
      writer.write(time.wallMilliseconds)
      writer.write(time.offsetMinutes.flatMap { WireLimits.offsetMinutes.contains($0) ? $0 : nil })
      { $0.write($1) }
    }
    write(probe.cameraMake) { $0.writeText($1, limit: WireLimits.cameraByteCount) }
    write(probe.cameraModel) { $0.writeText($1, limit: WireLimits.cameraByteCount) }
    write(probe.position) { writer, position in
      writer.write(position.latitude)
      writer.write(position.longitude)
      writer.write(position.altitudeMetres) { $0.write($1) }
    }
    write(max(1, probe.frameCount))
    let duration = probe.durationMilliseconds.flatMap {
      (0...WireLimits.maximumDurationMilliseconds).contains($0) ? $0 : nil
    }
    write(duration) { $0.write($1) }
    write(probe.bitsPerChannel)
    write(probe.channelCount)
    write(probe.hasAlpha)
    write(probe.isProgressive)
  }

  /// Writes a failure.
  public mutating func write(_ failure: MediaFailure) {
    write(failure.kind.rawValue)
    writeText(failure.message, limit: WireLimits.failureByteCount)
    write(failure.fingerprint) { $0.write($1) }
  }

  /// Writes a value or the failure in its place.
  mutating func write<Value>(
    _ result: Result<Value, MediaFailure>, _ body: (inout WireWriter, Value) -> Void
  ) {
    switch result {
    case .success(let value):
      write(true)
      body(&self, value)
    case .failure(let failure):
      write(false)
      write(failure)
    }
  }

  mutating func write(_ report: ProbeReport) {
    write(report.probe)
    write(report.fingerprint)
  }

  mutating func write(_ fingerprint: Fingerprint) {
    write(fingerprint.high)
    write(fingerprint.low)
  }

  mutating func write(_ request: RenderRequest) {
    write(UInt8(clamping: request.maxPixelSizes.count))
    for size in request.maxPixelSizes.prefix(255) { write(UInt32(clamping: size)) }
    write(UInt8(clamping: request.jpegQuality))
    write(request.background.red)
    write(request.background.green)
    write(request.background.blue)
    write(request.wantsPlaceholder)
    write(request.mayEnlargeSlightly)
    write(Int64(request.reservedByteCount))
  }

  /// Text from a file: without NUL, which the receiver would take for a lie.
  mutating func writeText(_ text: String, limit: Int) {
    let hasNUL = text.utf8.contains(0)
    write(hasNUL ? String(text.unicodeScalars.filter { $0 != "\0" }) : text, limit: limit)
  }
}

extension WireReader {
  /// Reads a probe and holds it against the limits.
  public mutating func readProbe() throws(WireError) -> Probe {
    let format = try read(case: MediaFormat.self)
    var probe = Probe(
      format: format,
      storedWidth: try read(in: 0...WireLimits.maximumEdge, "width"),
      storedHeight: try read(in: 0...WireLimits.maximumEdge, "height"))
    probe.orientation = try read(case: Orientation.self)
    probe.captureTime = try readOptional { reader throws(WireError) in
      CaptureTime(
        wallMilliseconds: try reader.read(in: WireLimits.captureMilliseconds, "capture time"),
        offsetMinutes: try reader.readOptional { reader throws(WireError) in
          try reader.read(in: WireLimits.offsetMinutes, "zone offset")
        })
    }
    probe.cameraMake = try readOptional { reader throws(WireError) in
      try reader.readString(limit: WireLimits.cameraByteCount)
    }
    probe.cameraModel = try readOptional { reader throws(WireError) in
      try reader.readString(limit: WireLimits.cameraByteCount)
    }
    probe.position = try readOptional { reader throws(WireError) in
      let latitude = try reader.readDouble()
      let longitude = try reader.readDouble()
      let altitude = try reader.readOptional { reader throws(WireError) in
        try reader.readDouble()
      }
      guard
        let position = GeoPosition(
          latitude: latitude, longitude: longitude, altitudeMetres: altitude)
      else { throw WireError("a position is not on the earth") }
      return position
    }
    probe.frameCount = try read(in: 1...UInt32.max, "frame count")
    probe.durationMilliseconds = try readOptional { reader throws(WireError) in
      try reader.read(in: 0...WireLimits.maximumDurationMilliseconds, "duration")
    }
    probe.bitsPerChannel = try read()
    probe.channelCount = try read()
    probe.hasAlpha = try readBool()
    probe.isProgressive = try readBool()
    return probe
  }

  /// Reads a failure.
  public mutating func readFailure() throws(WireError) -> MediaFailure {
    let kind = try read(case: MediaFailure.Kind.self)
    var failure = MediaFailure(kind, try readString(limit: WireLimits.failureByteCount))
    failure.fingerprint = try readOptional { reader throws(WireError) in
      try reader.readFingerprint()
    }
    return failure
  }

  mutating func readResult<Value>(
    _ body: (inout WireReader) throws(WireError) -> Value
  ) throws(WireError) -> Result<Value, MediaFailure> {
    try readBool() ? .success(try body(&self)) : .failure(try readFailure())
  }

  mutating func readReport() throws(WireError) -> ProbeReport {
    let probe = try readProbe()
    return ProbeReport(probe: probe, fingerprint: try readFingerprint())
  }

  mutating func readFingerprint() throws(WireError) -> Fingerprint {
    let high = try read(UInt64.self)
    return Fingerprint(high: high, low: try read())
  }

  mutating func readRenderRequest() throws(WireError) -> RenderRequest {
    let count = try read(in: 1...UInt8(RenderRequest.maximumSizeCount), "size count")
    var sizes: [Int] = []
    for _ in 0..<count {
      sizes.append(Int(try read(in: 1...UInt32(RenderRequest.maximumPixelSize), "pixel size")))
    }
    let quality = Int(try read(in: UInt8(1)...100, "quality"))
    let red = try read(UInt8.self)
    let green = try read(UInt8.self)
    let background = RGB(red: red, green: green, blue: try read())
    let wantsPlaceholder = try readBool()
    let mayEnlargeSlightly = try readBool()
    let reserved = try read(in: Int64(0)...Int64.max, "reserved bytes")
    return RenderRequest(
      maxPixelSizes: sizes, jpegQuality: quality, background: background,
      wantsPlaceholder: wantsPlaceholder, mayEnlargeSlightly: mayEnlargeSlightly,
      reservedByteCount: Int(reserved))
  }
}
