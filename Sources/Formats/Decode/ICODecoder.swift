import Media
import Pixels

/// Windows icons and cursors: the entry with the most pixels, a bitmap or a PNG.
enum ICODecoder {
  static func decode(
    _ source: some ByteSource, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var cursor = SourceCursor(source, format: .ico)
    _ = try cursor.littleEndian16()
    _ = try cursor.littleEndian16()
    let count = try cursor.littleEndian16()
    var best: (area: Int, bits: Int, byteCount: Int, offset: Int64)?
    for _ in 0..<count {
      let entry = try cursor.bytes(16)
      let width = entry[0] == 0 ? 256 : Int(entry[0])
      let height = entry[1] == 0 ? 256 : Int(entry[1])
      let bits = Int(entry[6]) | Int(entry[7]) << 8
      func word(_ at: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(entry[at + $1]) << (8 * $1) }
      }
      let area = width * height
      if let best, (best.area, best.bits) >= (area, bits) { continue }
      best = (area, bits, word(8), Int64(word(12)))
    }
    guard let best else { throw MediaFailure(.corrupt, "The ICO file has no picture in it.") }
    guard best.offset < source.byteCount else {
      throw MediaFailure(.truncated, "The ICO file ends before its picture does.")
    }
    let start = try source.read(at: best.offset, count: 8)
    if start.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      // An icon's PNG is at most 256 × 256; 16 MiB is far beyond what that can take.
      let bytes = try source.read(at: best.offset, count: min(best.byteCount, 16 << 20))
      return try PNGDecoder.decode(bytes, format: .ico, target: target)
    }
    return try BMPDecoder.decodeIcon(source, at: best.offset, target: target)
  }
}
