import CHEIFCodecs
import Formats
import Media
import Pixels

/// HEIF and AVIF: the planes of each part are reduced as they are decoded, and only the reduced ones
/// become colours, so that a grid takes the memory of one of its parts.
enum HEIFDecoder {
  /// From this reduction on, what the decoder does to the finished picture is left out: it is a
  /// tenth of its time, and the average of 16 pixels hardly differs.
  private static let unfilteredFactor = 4

  /// The file's picture, or a thumbnail in it that is as good; nil for what only a more general
  /// decoder reads or may judge: unusual files and damaged ones.
  static func decode(
    _ source: any ByteSource, target: Int
  ) throws(MediaFailure) -> DecodedPicture? {
    do {
      guard let picture = try HEIFPicture.find(in: source, target: target) else { return nil }
      return try decode(picture, source, target: target)
    } catch {
      guard error.kind == .unreadable else { return nil }
      throw error
    }
  }

  private static func decode(
    _ picture: HEIFPicture, _ source: any ByteSource, target: Int
  ) throws(MediaFailure) -> DecodedPicture? {
    let crop = picture.crop
    let wanted = LinearReducer.factor(longestEdge: max(crop.width, crop.height), target: target)
    // Even, so that chroma of half the size is reduced to the same grid.
    let factor = wanted == 1 ? 1 : min(wanted, BlockReducer.largestFactor) & ~1
    var planes: YCbCrPlanes?
    for (index, tile) in picture.tiles.enumerated() {
      guard let data = try bytes(of: tile, picture, source) else { return nil }
      var frame = unsafe cheifcodecs_frame()
      let code = unsafe data.withUnsafeBufferPointer { data in
        unsafe picture.parameters.withUnsafeBufferPointer { parameters in
          var input = unsafe cheifcodecs_input(
            codec: CInt(picture.codec == .hevc ? CHEIFCODECS_HEVC : CHEIFCODECS_AV1),
            parameters: parameters.baseAddress, parameter_byte_count: parameters.count,
            data: data.baseAddress, byte_count: data.count,
            length_byte_count: CInt(picture.lengthByteCount),
            leaves_out_filters: factor >= unfilteredFactor ? 1 : 0)
          return unsafe cheifcodecs_decode(&input, &frame)
        }
      }
      defer { unsafe cheifcodecs_free(&frame) }
      guard code == 0 else { return nil }
      if planes == nil {
        planes = unsafe YCbCrPlanes(frame, crop: crop, factor: factor)
      }
      let column = index % picture.columnCount
      let row = index / picture.columnCount
      guard
        unsafe planes?.add(
          frame, x: column * picture.tileWidth - crop.x, y: row * picture.tileHeight - crop.y,
          width: picture.tileWidth, height: picture.tileHeight) == true
      else { return nil }
    }
    guard let planes, let colours = planes.colours(signal: picture.signal) else { return nil }
    var decoded = DecodedPicture(pixels: colours.pixels)
    if colours.signal.isHighDynamicRange {
      decoded.pixels = colours.signal.toSRGB(decoded.pixels)
    }
    decoded.fullWidth = crop.width
    decoded.fullHeight = crop.height
    decoded.extent = (
      Double(crop.width) / Double(factor), Double(crop.height) / Double(factor)
    )
    decoded.averaged = factor
    decoded.profile = picture.profile
    decoded.orientation = picture.orientation
    return decoded
  }

  /// The bytes of a part; nil when they are more than the picture could ever take, or missing.
  private static func bytes(
    of tile: [Range<Int>], _ picture: HEIFPicture, _ source: any ByteSource
  ) throws(MediaFailure) -> [UInt8]? {
    // Two bytes a sample, three samples a pixel: what is coded is never larger than what is not.
    let (pixels, overflows) = picture.tileWidth.multipliedReportingOverflow(by: picture.tileHeight)
    guard !overflows, pixels <= 1 << 30 else { return nil }
    var left = pixels * 6 + (64 << 10)
    var bytes: [UInt8] = []
    for range in tile {
      left -= range.count
      guard left >= 0 else { return nil }
      let piece = try source.read(at: Int64(range.lowerBound), count: range.count)
      guard piece.count == range.count else { return nil }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
    }
    return bytes.isEmpty ? nil : bytes
  }
}
