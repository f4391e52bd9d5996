import Formats
import Media
import PictureCodecs
import Pixels

/// What `PictureCodecs` leaves of HEIF and AVIF: stills through libvips (which turns, mirrors and crops
/// as the container says), sequences without a still through libav.
enum VipsHEIFDecoder {
  static func decode(
    _ source: DescriptorSource, _ descriptor: CInt, format: MediaFormat, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    let head = try source.head()
    if isBareSequence(head) {
      return try VideoDecoder.decode(
        descriptor, byteCount: source.byteCount, format: format, target: target)
    }
    var picture = try VipsDecoder.decode(descriptor, format: format, target: target)
    // libvips passes the values of a high-dynamic-range picture on as if they were sRGB.
    if let signal = codedSignal(head), signal.isHighDynamicRange {
      picture.pixels = signal.toSRGB(picture.pixels)
    }
    return picture
  }

  /// True when the file's major brand is an image sequence's: it may have no still at all.
  private static func isBareSequence(_ head: [UInt8]) -> Bool {
    guard head.count >= 12 else { return false }
    return ["avis", "hevc", "msf1"].contains(String(decoding: head[8..<12], as: UTF8.self))
  }

  /// The first `colr` box with coded values (`nclx`); nil when there is none in the header.
  private static func codedSignal(_ head: [UInt8]) -> VideoSignal? {
    let mark = Array("colrnclx".utf8)
    guard head.count >= mark.count + 7 else { return nil }
    for start in 0...(head.count - mark.count - 7) where head[start] == mark[0] {
      guard head[start..<(start + mark.count)].elementsEqual(mark) else { continue }
      let at = start + mark.count
      return VideoSignal(
        primaries: Int(head[at]) << 8 | Int(head[at + 1]),
        transfer: Int(head[at + 2]) << 8 | Int(head[at + 3]))
    }
    return nil
  }
}
