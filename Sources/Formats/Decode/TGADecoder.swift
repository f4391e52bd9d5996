import Media
import Pixels

/// Truevision TGA: colour-mapped, true colour and grey, plain and run-length encoded.
enum TGADecoder {
  static func decode(
    _ source: some ByteSource, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var cursor = SourceCursor(source, format: .tga)
    let header = try cursor.bytes(18)
    let type = header[2]
    let isRunLength = type & 8 != 0
    let mapCount = Int(header[5]) | Int(header[6]) << 8
    let mapFirst = Int(header[3]) | Int(header[4]) << 8
    let mapBits = Int(header[7])
    let width = Int(header[12]) | Int(header[13]) << 8
    let height = Int(header[14]) | Int(header[15]) << 8
    let bits = Int(header[16])
    let alphaBits = Int(header[17] & 15)
    _ = try cursor.bytes(Int(header[0]))
    var map: [SIMD4<UInt8>] = []
    if header[1] == 1 {
      guard let size = pixelSize(bits: mapBits) else { throw unsupported }
      for _ in 0..<mapCount {
        map.append(colour(try cursor.bytes(size), bits: mapBits, hasAlpha: mapBits == 32))
      }
    }
    let kind = type & ~8
    guard (1...3).contains(kind), let size = pixelSize(bits: bits),
      kind != 3 || bits == 8 || bits == 16, kind != 1 || (bits <= 16 && !map.isEmpty),
      kind != 2 || bits > 8
    else { throw unsupported }
    var reducer = try SmallDecoder.reducer(
      width: width, height: height, target: target, format: .tga)
    func pixel(_ cursor: inout SourceCursor<some ByteSource>) throws(MediaFailure)
      -> SIMD4<UInt8>
    {
      let bytes = try cursor.bytes(size)
      switch kind {
      case 1:
        let index = (size == 2 ? Int(bytes[0]) | Int(bytes[1]) << 8 : Int(bytes[0])) - mapFirst
        return map.indices.contains(index) ? map[index] : SIMD4(0, 0, 0, 255)
      case 3: return SIMD4(bytes[0], bytes[0], bytes[0], size == 2 ? bytes[1] : 255)
      default: return colour(bytes, bits: bits, hasAlpha: alphaBits > 0)
      }
    }
    let isTopDown = header[17] & 0x20 != 0
    let isRightToLeft = header[17] & 0x10 != 0
    var row = [UInt8](repeating: 0, count: width * 4)
    var repeated: SIMD4<UInt8>?
    var left = 0
    for line in 0..<height {
      for step in 0..<width {
        if isRunLength, left == 0 {
          let packet = try cursor.byte()
          left = Int(packet & 0x7F) + 1
          repeated = packet & 0x80 != 0 ? try pixel(&cursor) : nil
        }
        let value = if let repeated { repeated } else { try pixel(&cursor) }
        left -= 1
        let at = (isRightToLeft ? width - 1 - step : step) * 4
        row[at] = value.x
        row[at + 1] = value.y
        row[at + 2] = value.z
        row[at + 3] = value.w
      }
      reducer.addRow(row.span, y: isTopDown ? line : height - 1 - line)
    }
    return SmallDecoder.picture(reducer)
  }

  private static var unsupported: MediaFailure {
    MediaFailure(.unsupported, "This kind of TGA file cannot be decoded here.")
  }

  private static func pixelSize(bits: Int) -> Int? {
    switch bits {
    case 8: 1
    case 15, 16: 2
    case 24: 3
    case 32: 4
    default: nil
    }
  }

  /// Stored as blue, green, red (and alpha), or 5 bits each in two bytes.
  private static func colour(_ bytes: [UInt8], bits: Int, hasAlpha: Bool) -> SIMD4<UInt8> {
    switch bytes.count {
    case 1: return SIMD4(bytes[0], bytes[0], bytes[0], 255)
    case 2:
      let word = Int(bytes[0]) | Int(bytes[1]) << 8
      func five(_ shift: Int) -> UInt8 { UInt8((word >> shift & 31) * 255 / 31) }
      return SIMD4(five(10), five(5), five(0), 255)
    case 3: return SIMD4(bytes[2], bytes[1], bytes[0], 255)
    default: return SIMD4(bytes[2], bytes[1], bytes[0], hasAlpha ? bytes[3] : 255)
    }
  }
}
