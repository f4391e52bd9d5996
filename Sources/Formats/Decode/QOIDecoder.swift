import Media
import Pixels

/// The Quite OK Image format (qoiformat.org), row by row.
enum QOIDecoder {
  static func decode(
    _ source: some ByteSource, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var cursor = SourceCursor(source, format: .qoi)
    guard try cursor.bytes(4) == Array("qoif".utf8) else {
      throw MediaFailure(.corrupt, "The QOI file does not begin as one.")
    }
    let width = Int(try cursor.bigEndian32())
    let height = Int(try cursor.bigEndian32())
    // Channels and colour space only inform; the data is self-contained.
    _ = try cursor.bigEndian16()
    var reducer = try SmallDecoder.reducer(
      width: width, height: height, target: target, format: .qoi)
    var pixel = SIMD4<UInt8>(0, 0, 0, 255)
    var seen = [SIMD4<UInt8>](repeating: SIMD4(repeating: 0), count: 64)
    var run = 0
    var row = [UInt8](repeating: 0, count: width * 4)
    for y in 0..<height {
      for x in 0..<width {
        if run > 0 {
          run -= 1
        } else {
          let tag = try cursor.byte()
          switch (tag, tag >> 6) {
          case (0xFE, _), (0xFF, _):
            pixel.x = try cursor.byte()
            pixel.y = try cursor.byte()
            pixel.z = try cursor.byte()
            if tag == 0xFF { pixel.w = try cursor.byte() }
          case (_, 0): pixel = seen[Int(tag)]
          case (_, 1):
            pixel.x &+= (tag >> 4 & 3) &- 2
            pixel.y &+= (tag >> 2 & 3) &- 2
            pixel.z &+= (tag & 3) &- 2
          case (_, 2):
            let second = try cursor.byte()
            let green = (tag & 63) &- 32
            pixel.x &+= green &- 8 &+ (second >> 4)
            pixel.y &+= green
            pixel.z &+= green &- 8 &+ (second & 15)
          default: run = Int(tag & 63)
          }
          let hash =
            Int(pixel.x) * 3 + Int(pixel.y) * 5 + Int(pixel.z) * 7 + Int(pixel.w) * 11
          seen[hash & 63] = pixel
        }
        row[x * 4] = pixel.x
        row[x * 4 + 1] = pixel.y
        row[x * 4 + 2] = pixel.z
        row[x * 4 + 3] = pixel.w
      }
      reducer.addRow(row.span, y: y)
    }
    return SmallDecoder.picture(reducer)
  }
}
