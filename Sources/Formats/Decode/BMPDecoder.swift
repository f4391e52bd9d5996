import Media
import Pixels

/// Windows bitmaps: 1, 2, 4, 8, 16, 24 and 32 bits, RLE, bit fields, both row orders; and the
/// header-less ones inside of icons.
struct BMPDecoder {
  /// One colour of a 16- or 32-bit pixel.
  private struct Field {
    var shift = 0
    var maximum: UInt32 = 0

    init(mask: UInt32) {
      guard mask != 0 else { return }
      shift = mask.trailingZeroBitCount
      maximum = mask >> UInt32(shift)
    }

    func value(in word: UInt32) -> UInt8? {
      guard maximum != 0 else { return nil }
      // A mask with holes gives more than the maximum: clipped.
      let part = UInt64(word >> UInt32(shift) & maximum)
      return UInt8(min(255, (part * 255 + UInt64(maximum) / 2) / UInt64(maximum)))
    }
  }

  private var width = 0
  private var height = 0
  private var isTopDown = false
  private var bits = 0
  private var compression: UInt32 = 0
  private var palette: [SIMD4<UInt8>] = []
  private var fields: [Field] = []
  private var pixelOffset: Int64 = 0
  private let isIcon: Bool
  private let format: MediaFormat

  static func decode(
    _ source: some ByteSource, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var cursor = SourceCursor(source, format: .bmp)
    let head = try cursor.bytes(14)
    guard head[0] == 0x42, head[1] == 0x4D else {
      throw MediaFailure(.corrupt, "The BMP file does not begin as one.")
    }
    let pixels =
      Int64(head[10]) | Int64(head[11]) << 8 | Int64(head[12]) << 16 | Int64(head[13]) << 24
    let decoder = try BMPDecoder(source, at: 14, pixelOffset: pixels, isIcon: false)
    return try decoder.picture(source, target: target)
  }

  /// The bitmap of an icon: no file header, colours and mask above each other.
  static func decodeIcon(
    _ source: some ByteSource, at offset: Int64, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    try BMPDecoder(source, at: offset, pixelOffset: nil, isIcon: true)
      .picture(source, target: target)
  }

  private init(
    _ source: some ByteSource, at offset: Int64, pixelOffset: Int64?, isIcon: Bool
  ) throws(MediaFailure) {
    self.isIcon = isIcon
    format = isIcon ? .ico : .bmp
    var cursor = SourceCursor(source, at: offset, format: format)
    let headerByteCount = Int64(try cursor.littleEndian32())
    var colourCount = 0
    var masks: [UInt32] = []
    if headerByteCount == 12 {
      width = try cursor.littleEndian16()
      height = try cursor.littleEndian16()
      _ = try cursor.littleEndian16()
      bits = try cursor.littleEndian16()
    } else {
      guard (16...1024).contains(headerByteCount) else {
        throw MediaFailure(.corrupt, "The BMP header has an impossible size.")
      }
      width = Int(Int32(bitPattern: try cursor.littleEndian32()))
      let signed = Int(Int32(bitPattern: try cursor.littleEndian32()))
      isTopDown = signed < 0
      height = abs(signed)
      _ = try cursor.littleEndian16()
      bits = try cursor.littleEndian16()
      if headerByteCount >= 40 {
        compression = try cursor.littleEndian32()
        for _ in 0..<3 { _ = try cursor.littleEndian32() }
        colourCount = Int(try cursor.littleEndian32())
        _ = try cursor.littleEndian32()
      }
      // The masks follow a header of 40 bytes, and are part of the longer ones.
      if compression == 3 || compression == 6 {
        for _ in 0..<3 { masks.append(try cursor.littleEndian32()) }
        if compression == 6 || headerByteCount >= 56 { masks.append(try cursor.littleEndian32()) }
      }
    }
    if isIcon { height /= 2 }
    var paletteOffset = offset + headerByteCount
    if headerByteCount == 40 { paletteOffset += Int64(masks.count * 4) }
    if bits <= 8 {
      let most = 1 << max(0, bits)
      let count = colourCount == 0 ? most : min(colourCount, most)
      let entry = headerByteCount == 12 ? 3 : 4
      let bytes = try source.read(at: paletteOffset, count: count * entry)
      for index in 0..<(bytes.count / entry) {
        let at = index * entry
        palette.append(SIMD4(bytes[at + 2], bytes[at + 1], bytes[at], 255))
      }
      paletteOffset += Int64(count * entry)
    }
    self.pixelOffset = pixelOffset ?? paletteOffset
    if masks.isEmpty {
      masks =
        bits == 16
        ? [0x7C00, 0x3E0, 0x1F, 0] : [0xFF_0000, 0xFF00, 0xFF, isIcon ? 0xFF00_0000 : 0]
    }
    if masks.count == 3 { masks.append(0) }
    fields = masks.map(Field.init)
    guard [1, 2, 4, 8, 16, 24, 32].contains(bits), [0, 1, 2, 3, 6].contains(compression),
      compression != 1 || bits == 8, compression != 2 || bits == 4
    else {
      throw MediaFailure(
        .unsupported,
        "This kind of BMP (\(bits) bits, compression \(compression)) cannot be decoded here.")
    }
  }

  private func picture(
    _ source: some ByteSource, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var reducer = try SmallDecoder.reducer(
      width: width, height: height, target: target, format: format)
    if compression == 1 || compression == 2 {
      try readRunLength(source, into: &reducer)
    } else {
      try readRows(source, into: &reducer)
    }
    return SmallDecoder.picture(reducer)
  }

  private func readRows(
    _ source: some ByteSource, into reducer: inout ByteReducer
  ) throws(MediaFailure) {
    let stride = (width * bits + 31) / 32 * 4
    let needed = Int64(stride) * Int64(height)
    // Nothing is decoded of a file that cannot hold its rows (the last one may lack its padding).
    guard pixelOffset >= 0, pixelOffset <= source.byteCount,
      source.byteCount - pixelOffset >= needed - 3
    else {
      throw MediaFailure(
        .truncated, "The \(format.name.uppercased()) file ends before its picture does.")
    }
    let maskStride = (width + 31) / 32 * 4
    let maskOffset = pixelOffset + needed
    let hasOwnAlpha = isIcon && bits == 32
    var row = [UInt8](repeating: 255, count: width * 4)
    for line in 0..<height {
      var bytes = try source.read(at: pixelOffset + Int64(line) * Int64(stride), count: stride)
      bytes.append(contentsOf: repeatElement(0, count: stride - bytes.count))
      for x in 0..<width {
        let value = pixel(in: bytes, at: x)
        row[x * 4] = value.x
        row[x * 4 + 1] = value.y
        row[x * 4 + 2] = value.z
        row[x * 4 + 3] = value.w
      }
      if isIcon, !hasOwnAlpha {
        let mask = try source.read(
          at: maskOffset + Int64(line) * Int64(maskStride), count: maskStride)
        for x in 0..<width where x / 8 < mask.count {
          if mask[x / 8] << UInt8(x % 8) & 0x80 != 0 { row[x * 4 + 3] = 0 }
        }
      }
      reducer.addRow(row.span, y: isTopDown ? line : height - 1 - line)
    }
  }

  private func pixel(in bytes: [UInt8], at x: Int) -> SIMD4<UInt8> {
    switch bits {
    case 24: return SIMD4(bytes[x * 3 + 2], bytes[x * 3 + 1], bytes[x * 3], 255)
    case 16, 32:
      let size = bits / 8
      var word: UInt32 = 0
      for index in 0..<size { word |= UInt32(bytes[x * size + index]) << UInt32(8 * index) }
      return SIMD4(
        fields[0].value(in: word) ?? 0, fields[1].value(in: word) ?? 0,
        fields[2].value(in: word) ?? 0, fields[3].value(in: word) ?? 255)
    default:
      let bit = x * bits
      let index = Int(bytes[bit / 8] >> UInt8(8 - bits - bit % 8)) & (1 << bits - 1)
      return colour(index)
    }
  }

  private func colour(_ index: Int) -> SIMD4<UInt8> {
    index < palette.count ? palette[index] : SIMD4(0, 0, 0, 255)
  }

  /// RLE4 and RLE8: rows come in order, what is skipped stays transparent.
  private func readRunLength(
    _ source: some ByteSource, into reducer: inout ByteReducer
  ) throws(MediaFailure) {
    var cursor = SourceCursor(source, at: pixelOffset, format: format)
    let empty = [UInt8](repeating: 0, count: width * 4)
    var row = empty
    var x = 0
    var line = 0
    func put(_ index: Int) {
      guard x < width else { return }
      let value = colour(index)
      row[x * 4] = value.x
      row[x * 4 + 1] = value.y
      row[x * 4 + 2] = value.z
      row[x * 4 + 3] = 255
      x += 1
    }
    func endLine(_ reducer: inout ByteReducer) {
      reducer.addRow(row.span, y: isTopDown ? line : height - 1 - line)
      row = empty
      line += 1
    }
    while line < height {
      let count = Int(try cursor.byte())
      let value = try cursor.byte()
      if count > 0 {
        for step in 0..<count {
          put(bits == 8 ? Int(value) : Int(step % 2 == 0 ? value >> 4 : value & 15))
        }
        continue
      }
      switch value {
      case 0:
        endLine(&reducer)
        x = 0
      case 1:
        endLine(&reducer)
        return
      case 2:
        x = min(width, x + Int(try cursor.byte()))
        for _ in 0..<(try cursor.byte()) where line < height { endLine(&reducer) }
      default:
        let byteCount = bits == 8 ? Int(value) : (Int(value) + 1) / 2
        let bytes = try cursor.bytes(byteCount + byteCount % 2)
        for step in 0..<Int(value) {
          let byte = bytes[bits == 8 ? step : step / 2]
          put(bits == 8 ? Int(byte) : Int(step % 2 == 0 ? byte >> 4 : byte & 15))
        }
      }
    }
  }
}
