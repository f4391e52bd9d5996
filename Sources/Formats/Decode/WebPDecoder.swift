import CWebP
import Media
import Pixels

/// WebP through libwebp, which reduces lossy pictures while it decodes them.
enum WebPDecoder {
  /// Larger profiles are taken for nonsense; those of printers have two megabytes.
  private static let profileByteLimit: Int64 = 8 << 20
  /// From this factor on what smooths the edges of blocks is left out: the means of as many pixels
  /// hardly change by it (49 dB against the whole decode), and it takes a fifth of the time.
  private static let coarseFactor = 4

  /// The picture, of an animation the first frame; nil when that covers only a part of it.
  static func decode(
    _ source: some ByteSource, probe: Probe, target: Int
  ) throws(MediaFailure) -> DecodedPicture? {
    let place = try WebPPicture(source)
    let (fullWidth, fullHeight) = (Int(probe.storedWidth), Int(probe.storedHeight))
    // What libwebp keeps of a lossless picture and its packed bytes are within the reservation.
    guard place.chunks.count <= DecodeCost.packedWebPByteCount(probe) else {
      throw MediaFailure(
        .overBudget,
        "The WEBP file has \(place.chunks.count) bytes for \(fullWidth)×\(fullHeight) pixels, "
          + "more than it can need.")
    }
    let bytes = try source.read(at: place.chunks.lowerBound, count: place.chunks.count)
    var header = cwebp_header()
    try unsafe check(
      unsafe bytes.withUnsafeBufferPointer {
        unsafe cwebp_read_header($0.baseAddress, $0.count, &header)
      })
    guard Int(header.width) == fullWidth, Int(header.height) == fullHeight else {
      if place.isFrame { return nil }
      throw LibraryMessage.failure(format: .webp, text: "two sizes")
    }
    // The reservation went by the probe.
    let layout: PixelBuffer.Layout = probe.hasAlpha && header.has_alpha != 0 ? .rgba : .rgb
    let factor = ByteReducer.factor(longestEdge: max(fullWidth, fullHeight), target: target)
    // libwebp would reduce the colours of a lossy picture without regard to their alpha.
    let isWhole = factor == 1 || (layout == .rgba && header.is_lossy != 0)
    let width = isWhole ? fullWidth : (fullWidth - 1) / factor + 1
    let height = isWhole ? fullHeight : (fullHeight - 1) / factor + 1
    // At most 16,384 on each edge: libwebp's own limit, checked with the header.
    var pixels = [UInt8](repeating: 0, count: width * height * layout.rawValue)
    try unsafe check(
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe pixels.withUnsafeMutableBufferPointer { pixels in
          unsafe cwebp_decode(
            bytes.baseAddress, bytes.count, CInt(width), CInt(height), layout == .rgba ? 1 : 0,
            factor >= coarseFactor ? 1 : 0, pixels.baseAddress)
        }
      })
    var picture: DecodedPicture
    if isWhole, factor > 1 {
      var reducer = try SmallDecoder.reducer(
        width: width, height: height, target: target, layout: layout, format: .webp)
      let rowByteCount = width * layout.rawValue
      for y in 0..<height {
        reducer.addRow(
          pixels.span.extracting((y * rowByteCount)..<((y + 1) * rowByteCount)), y: y)
      }
      picture = SmallDecoder.picture(reducer)
    } else {
      picture = DecodedPicture(
        pixels: PixelBuffer(width: width, height: height, layout: layout, bytes: pixels))
      picture.averaged = factor
      picture.fullWidth = fullWidth
      picture.fullHeight = fullHeight
    }
    if place.profile.count <= profileByteLimit {
      picture.profile = try source.read(
        at: place.profile.lowerBound, count: place.profile.count)
    }
    picture.orientation = probe.orientation
    return picture
  }

  private static func check(_ words: UnsafePointer<CChar>?) throws(MediaFailure) {
    guard let words = unsafe words else { return }
    throw LibraryMessage.failure(format: .webp, text: unsafe String(cString: words))
  }
}
