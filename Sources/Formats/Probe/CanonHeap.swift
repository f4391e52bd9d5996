import Media

/// Canon CRW: a heap of records with its directory at its end (CIFF 1.0).
enum CanonHeap {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    var found = Found()
    try found.read(reader, from: reader.u32le(2), to: reader.byteCount, depth: 0)
    guard found.width > 0 else { throw reader.corrupt("it does not say how large the picture is") }
    var probe = try reader.makeProbe(.cameraRaw, width: found.width, height: found.height)
    probe.bitsPerChannel = 16
    probe.orientation = found.orientation
    probe.captureTime = found.captureTime
    probe.cameraMake = found.make
    probe.cameraModel = found.model
    return probe
  }

  private struct Found {
    var width = 0
    var height = 0
    var orientation = Orientation.up
    var captureTime: CaptureTime?
    var make: String?
    var model: String?

    mutating func read(
      _ reader: MediaReader, from start: Int, to end: Int, depth: Int
    ) throws(MediaFailure) {
      guard depth < 4, end - start >= 6 else { return }
      let directory = reader.sum(start, try reader.u32le(end - 4))
      for index in 0..<min(try reader.u16le(directory), 256) {
        let entry = directory + 2 + 10 * index
        let type = try reader.u16le(entry)
        // The top two bits say whether the value is in the heap or in the entry itself.
        guard type & 0xC000 == 0 else { continue }
        let length = try reader.u32le(entry + 2)
        let place = reader.sum(start, try reader.u32le(entry + 6))
        switch type & 0x3FFF {
        case 0x1810 where length >= 16:
          width = try reader.u32le(place)
          height = try reader.u32le(place + 4)
          switch try reader.i32le(place + 12) {
          case 90, -270: orientation = .right
          case 180, -180: orientation = .down
          case 270, -90: orientation = .left
          default: break
          }
        case 0x180E where length >= 4:
          let seconds = try reader.u32le(place)
          if seconds > 0 { captureTime = CaptureTime(wallMilliseconds: Int64(seconds) * 1000) }
        case 0x080A:
          let names = try reader.bytes(from: place, to: place + length, limit: 128)
          make = CleanText.from(names)
          model = CleanText.from(Array(names.drop { $0 != 0 }.dropFirst()))
        case 0x2800...0x30FF where type & 0x3800 >= 0x2800:
          try read(reader, from: place, to: reader.sum(place, length), depth: depth + 1)
        default: break
        }
      }
    }
  }
}
