import Media
import Pixels

/// Photoshop documents (PSD and PSB): the merged picture, raw or PackBits, 1, 8 and 16 bits; grey,
/// indexed, RGB, CMYK, Lab.
struct PSDDecoder<Source: ByteSource> {
  private let source: Source
  private var width = 0
  private var height = 0
  private var depth = 0
  private var mode = 0
  private var channelCount = 0
  private var palette: [UInt8] = []
  private var profile: [UInt8] = []
  /// Where the merged picture's compression is told.
  private var pictureOffset: Int64 = 0
  private var isLarge = false
  /// True when there is an alpha channel of the picture itself (not a saved selection).
  private var hasTransparency = false

  /// The most bytes a profile or a palette is read of.
  private var resourceLimit: Int { 8 << 20 }

  init(_ source: Source) throws(MediaFailure) {
    self.source = source
    var cursor = SourceCursor(source, format: .psd)
    let signature = try cursor.bytes(4)
    let version = try cursor.bigEndian16()
    guard signature == Array("8BPS".utf8), version == 1 || version == 2 else {
      throw MediaFailure(.corrupt, "The PSD file does not begin as one.")
    }
    isLarge = version == 2
    _ = try cursor.bytes(6)
    channelCount = try cursor.bigEndian16()
    height = Int(try cursor.bigEndian32())
    width = Int(try cursor.bigEndian32())
    depth = try cursor.bigEndian16()
    mode = try cursor.bigEndian16()
    let paletteByteCount = Int64(try cursor.bigEndian32())
    palette = try source.read(at: cursor.offset, count: Int(min(paletteByteCount, 768)))
    var offset = cursor.offset + paletteByteCount
    cursor = SourceCursor(source, at: offset, format: .psd)
    let resourcesByteCount = Int64(try cursor.bigEndian32())
    try readResources(at: cursor.offset, end: cursor.offset + resourcesByteCount)
    offset = cursor.offset + resourcesByteCount
    cursor = SourceCursor(source, at: offset, format: .psd)
    var layersByteCount = UInt64(try cursor.bigEndian32())
    if isLarge { layersByteCount = layersByteCount << 32 | UInt64(try cursor.bigEndian32()) }
    let (end, overflows) = cursor.offset.addingReportingOverflow(
      Int64(clamping: layersByteCount))
    guard !overflows, end <= source.byteCount else {
      throw MediaFailure(.truncated, "The PSD file ends before its picture does.")
    }
    // A negative count of layers says that the first extra channel is the transparency.
    let layers = try source.read(at: cursor.offset, count: isLarge ? 10 : 6)
    if layersByteCount >= 6, layers.count == (isLarge ? 10 : 6) {
      hasTransparency = layers[layers.count - 2] & 0x80 != 0
    }
    pictureOffset = end
  }

  private mutating func readResources(at start: Int64, end: Int64) throws(MediaFailure) {
    var offset = start
    // Every resource has at least 12 bytes, so this ends; damaged ones end it earlier.
    while offset + 12 <= min(end, source.byteCount) {
      let head = try source.read(at: offset, count: 7)
      guard head.count == 7, head.starts(with: Array("8BIM".utf8)) else { return }
      let identifier = Int(head[4]) << 8 | Int(head[5])
      // The name, a Pascal string, is padded to an even length.
      let nameByteCount = (Int64(head[6]) + 2) & ~1
      var cursor = SourceCursor(source, at: offset + 6 + nameByteCount, format: .psd)
      let byteCount = Int64(try cursor.bigEndian32())
      if identifier == 1039, byteCount <= resourceLimit {
        profile = try source.read(at: cursor.offset, count: Int(byteCount))
      }
      offset = cursor.offset + ((byteCount + 1) & ~1)
    }
  }

  func decode(target: Int) throws(MediaFailure) -> DecodedPicture {
    let colours: Int
    switch mode {
    case 0, 1, 2, 8: colours = 1
    case 3, 9: colours = 3
    case 4: colours = 4
    default: colours = 0
    }
    guard colours > 0, channelCount >= colours, channelCount <= 56,
      depth == 8 || depth == 16 || (depth == 1 && mode == 0)
    else {
      throw MediaFailure(
        .unsupported,
        "This kind of PSD (colour mode \(mode), \(depth) bits, \(channelCount) channels) "
          + "cannot be decoded here.")
    }
    var reducer = try SmallDecoder.reducer(
      width: width, height: height, target: target, format: .psd)
    let hasAlpha = hasTransparency && channelCount > colours && (mode == 1 || mode == 3)
    let planes = colours + (hasAlpha ? 1 : 0)
    let rowByteCount = depth == 1 ? (width + 7) / 8 : width * (depth / 8)
    var rows = try PSDRows(
      source: source, at: pictureOffset, rowByteCount: rowByteCount, height: height,
      channelCount: channelCount, isLarge: isLarge)
    var samples = [[UInt8]](repeating: [], count: planes)
    for y in 0..<height {
      for plane in 0..<planes { samples[plane] = narrowed(try rows.row(y, channel: plane)) }
      reducer.addRow(rgba(samples, colours: colours).span, y: y)
    }
    var picture = SmallDecoder.picture(reducer)
    // CMYK and Lab rows were converted by the profile on the way.
    if mode == 3 { picture.profile = profile }
    return picture
  }

  /// A row of one channel as 8-bit samples.
  private func narrowed(_ row: [UInt8]) -> [UInt8] {
    switch depth {
    case 16: return (0..<width).map { row[$0 * 2] }
    case 1: return (0..<width).map { row[$0 / 8] << UInt8($0 % 8) & 0x80 != 0 ? 0 : 255 }
    default: return row
    }
  }

  private func rgba(_ planes: [[UInt8]], colours: Int) -> [UInt8] {
    var row = [UInt8](repeating: 255, count: width * 4)
    switch mode {
    case 2:
      for x in 0..<width {
        let index = Int(planes[0][x])
        for channel in 0..<3 where palette.count > channel * 256 + index {
          row[x * 4 + channel] = palette[channel * 256 + index]
        }
      }
    case 4, 9:
      // Photoshop stores CMYK inverted: 255 is no ink. Lab as L, a + 128, b + 128.
      var mixed = [UInt8](repeating: 0, count: width * colours)
      for x in 0..<width {
        for plane in 0..<colours {
          mixed[x * colours + plane] = mode == 4 ? 255 - planes[plane][x] : planes[plane][x]
        }
      }
      let converted = ColourConversion.convert(
        mixed, count: width, channels: colours, hasAlpha: false, profile: profile)
      for x in 0..<width {
        let colour =
          if let converted {
            SIMD3(converted[x * 3], converted[x * 3 + 1], converted[x * 3 + 2])
          } else if mode == 4 {
            PlainColours.rgb(
              cyan: mixed[x * 4], magenta: mixed[x * 4 + 1], yellow: mixed[x * 4 + 2],
              black: mixed[x * 4 + 3])
          } else {
            PlainColours.rgb(lightness: mixed[x * 3], a: mixed[x * 3 + 1], b: mixed[x * 3 + 2])
          }
        row[x * 4] = colour.x
        row[x * 4 + 1] = colour.y
        row[x * 4 + 2] = colour.z
      }
    default:
      for x in 0..<width {
        for channel in 0..<3 { row[x * 4 + channel] = planes[min(channel, colours - 1)][x] }
      }
    }
    if planes.count > colours {
      for x in 0..<width { row[x * 4 + 3] = planes[colours][x] }
    }
    return row
  }
}
