import Media

/// AVI: the main header and the header of the first video stream.
enum AVIProbe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    var width = 0
    var height = 0
    var bits = 24
    var headerMilliseconds: Int64 = 0
    var streamMilliseconds: Int64?
    var captureTime: CaptureTime?
    var isVideo = false
    var hasHeader = false
    var offset = 12
    var steps = 0
    walk: while offset <= reader.byteCount - 8, steps < ProbeLimits.stepCount {
      steps += 1
      let length = try reader.u32le(offset + 4)
      let body = offset + 8
      switch try reader.u32be(offset) {
      case code("LIST"):
        let list = try reader.u32be(body)
        if list == code("movi") { break walk }
        if list == code("hdrl") || list == code("strl") {
          offset = body + 4
          continue
        }
      case code("avih"):
        hasHeader = true
        // Two numbers below 2^32: their product may pass what an Int64 holds.
        let product = Double(try reader.u32le(body)) * Double(try reader.u32le(body + 16))
        headerMilliseconds = Int64(min(product / 1000, 1e15))
        width = try reader.u32le(body + 32)
        height = try reader.u32le(body + 36)
      case code("strh"):
        isVideo = try reader.u32be(body) == code("vids") && streamMilliseconds == nil
        if isVideo {
          let scale = try reader.u32le(body + 20)
          let rate = try reader.u32le(body + 24)
          // Both below 2^32: the product of two and a thousand needs floating point.
          let seconds =
            rate == 0 ? 0 : Double(try reader.u32le(body + 32)) * Double(scale) / Double(rate)
          streamMilliseconds = Int64(min(seconds * 1000, 1e15))
        }
      case code("strf") where isVideo:
        isVideo = false
        if length >= 40 {
          width = max(0, try reader.i32le(body + 4))
          height = abs(try reader.i32le(body + 8))
          bits = try reader.u16le(body + 14)
        }
      case code("IDIT"):
        captureTime = date(
          try reader.bytes(from: body, to: min(body + length, body + 40), limit: 40))
      default: break
      }
      offset = body + ((length + 1) & ~1)
    }
    guard hasHeader else { throw reader.truncated }
    guard streamMilliseconds != nil else {
      throw MediaFailure(.unsupported, "The AVI file has no video stream.")
    }
    var probe = try reader.makeProbe(.avi, width: width, height: height)
    let duration = streamMilliseconds.flatMap { $0 > 0 ? $0 : nil } ?? headerMilliseconds
    probe.durationMilliseconds = duration > 0 ? duration : nil
    probe.channelCount = bits == 32 ? 4 : 3
    probe.captureTime = captureTime
    return probe
  }

  /// `Mon Mar 10 15:04:43 2003` of the C library's `asctime`, or a date in EXIF's form.
  private static func date(_ bytes: [UInt8]) -> CaptureTime? {
    let words = bytes.prefix { $0 != 0 && $0 != 0x0A }.split { $0 <= 0x20 }
    guard words.count == 5, let year = Int(String(decoding: words[4], as: UTF8.self)),
      let day = Int(String(decoding: words[2], as: UTF8.self))
    else { return DateText(bytes)?.captureTime }
    let months = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    let time = words[3].split(separator: UInt8(ascii: ":"))
      .compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    let name = String(decoding: words[1], as: UTF8.self).lowercased()
    guard let month = months.firstIndex(of: name), time.count == 3 else { return nil }
    return CaptureTime(
      year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2])
  }
}
