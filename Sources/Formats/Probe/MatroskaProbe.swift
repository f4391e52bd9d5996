import Media

/// Matroska and WebM: segment information and the first video track (RFC 9559).
enum MatroskaProbe {
  static func probe(_ reader: MediaReader, format: MediaFormat) throws(MediaFailure) -> Probe {
    var walk = Walk(reader)
    do throws(MediaFailure) {
      try walk.run(from: 0, to: reader.byteCount)
    } catch {
      guard error.kind == .truncated, walk.hasVideo else { throw error }
    }
    guard walk.hasVideo else {
      if walk.hasTracks {
        throw MediaFailure(.unsupported, "The \(reader.formatName) file has no video track.")
      }
      throw reader.truncated
    }
    var probe = try reader.makeProbe(format, width: walk.width, height: walk.height)
    if walk.duration > 0, walk.duration.isFinite {
      let milliseconds = walk.duration * Double(walk.timestampScale) / 1e6
      if milliseconds < 1e15 { probe.durationMilliseconds = Int64(milliseconds.rounded()) }
    }
    if let date = walk.nanosecondsSince2001 {
      // 2001-01-01T00:00:00 UTC in milliseconds since 1970.
      probe.captureTime = CaptureTime(
        wallMilliseconds: 978_307_200_000 + date / 1_000_000, offsetMinutes: 0)
    }
    probe.orientation = walk.orientation
    probe.hasAlpha = walk.hasAlpha
    probe.channelCount = walk.hasAlpha ? 4 : 3
    return probe
  }

  private struct Walk {
    let reader: MediaReader
    var hasTracks = false
    var hasVideo = false
    var width = 0
    var height = 0
    var crop = (top: 0, bottom: 0, left: 0, right: 0)
    var timestampScale = 1_000_000
    var duration = 0.0
    var nanosecondsSince2001: Int64?
    var orientation = Orientation.up
    var hasAlpha = false
    private var stepsLeft = 4096
    private var hasInformation = false
    private var track = Track()

    private struct Track {
      var type = 0
      var width = 0
      var height = 0
      var roll = 0.0
      var hasAlpha = false
    }

    init(_ reader: MediaReader) { self.reader = reader }

    /// Walks the elements of one level; ends at the first cluster once all is known.
    mutating func run(from start: Int, to end: Int) throws(MediaFailure) {
      var offset = start
      while offset < end, stepsLeft > 0 {
        stepsLeft -= 1
        let element = try EBML.element(reader, at: offset)
        let (id, body, size) = (element.id, element.body, element.byteCount)
        // An unknown size (live recordings) means: until the parent ends.
        let bodyEnd = size.map { reader.sum(body, $0) } ?? end
        switch id {
        case 0x1853_8067:  // Segment
          try run(from: body, to: min(bodyEnd, reader.byteCount))
        case 0x1549_A966:  // Info
          hasInformation = true
          try run(from: body, to: bodyEnd)
        case 0x1654_AE6B:  // Tracks
          try run(from: body, to: bodyEnd)
          hasTracks = true
        case 0xAE:  // TrackEntry
          track = Track()
          try run(from: body, to: bodyEnd)
          takeTrack()
        case 0xE0, 0x7670: try run(from: body, to: bodyEnd)  // Video, Projection
        case 0x1F43_B675 where hasTracks && hasInformation: return  // Cluster
        default: try take(id, body, size ?? 0)
        }
        guard bodyEnd > offset else { throw reader.corrupt("an element does not end") }
        offset = bodyEnd
        if hasTracks, hasInformation { return }
      }
    }

    private mutating func take(_ id: Int, _ body: Int, _ size: Int) throws(MediaFailure) {
      switch id {
      case 0x2AD7B1: timestampScale = try unsigned(body, size)
      case 0x4489: duration = try real(body, size)
      case 0x4461 where size == 8:
        nanosecondsSince2001 = Int64(bitPattern: try reader.bits64be(body))
      case 0x83: track.type = try unsigned(body, size)
      case 0xB0: track.width = try unsigned(body, size)
      case 0xBA: track.height = try unsigned(body, size)
      case 0x53C0: track.hasAlpha = try unsigned(body, size) == 1
      case 0x7675: track.roll = try real(body, size)
      default: break
      }
    }

    private mutating func takeTrack() {
      guard track.type == 1, !hasVideo else { return }
      hasVideo = true
      width = track.width
      height = track.height
      hasAlpha = track.hasAlpha
      // The roll of the projection turns the picture anticlockwise, in degrees.
      guard track.roll.isFinite, track.roll.magnitude <= 360 else { return }
      let quarters = (track.roll / 90).rounded()
      guard abs(quarters * 90 - track.roll) < 0.01 else { return }
      var turn = Turn()
      turn.rotate(quarterTurnsAnticlockwise: Int(quarters))
      orientation = turn.orientation
    }

    private func unsigned(_ body: Int, _ size: Int) throws(MediaFailure) -> Int {
      guard (1...8).contains(size) else { return 0 }
      return Int(min(try reader.bigEndian(at: body, count: size), UInt64(1) << 60))
    }

    private func real(_ body: Int, _ size: Int) throws(MediaFailure) -> Double {
      switch size {
      case 4: Double(Float(bitPattern: UInt32(try reader.u32be(body))))
      case 8: Double(bitPattern: try reader.bits64be(body))
      default: 0
      }
    }
  }
}
