import CAVPoster
import Formats
import Media
import PictureCodecs
import Pixels

/// The poster of a video: a frame near its beginning that shows something.
enum VideoDecoder {
  /// Frames of more pixels are refused (8K is 33 million).
  static let maximumPixelCount: Int64 = 1 << 26
  /// The worker's own limit is longer; this one still gives a sentence.
  private static let timeLimitMilliseconds: CInt = 7000

  static func decode(
    _ descriptor: CInt, byteCount: Int64, format: MediaFormat, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var poster = unsafe cavposter_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe cavposter_decode(
        descriptor, byteCount, CInt(target), maximumPixelCount, timeLimitMilliseconds, &poster,
        message, size)
    }
    defer { unsafe cavposter_free(&poster) }
    guard code == 0, let base = unsafe poster.pixels else {
      if text.contains("its time is over") {
        throw MediaFailure(.timedOut, "No frame of the video could be decoded in time.")
      }
      throw LibraryMessage.failure(format: format, text: text)
    }
    let width = unsafe Int(poster.width)
    let height = unsafe Int(poster.height)
    let bytes = unsafe Array(UnsafeBufferPointer(start: base, count: width * height * 3))
    let frame = PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes)
    let signal = unsafe VideoSignal(
      primaries: Int(poster.primaries), transfer: Int(poster.transfer))
    var picture = DecodedPicture(pixels: signal.toSRGB(frame))
    picture.fullWidth = unsafe Int(poster.full_width)
    picture.fullHeight = unsafe Int(poster.full_height)
    picture.orientation =
      switch unsafe poster.turn {
      case 90: .right
      case 180: .down
      case 270: .left
      default: .up
      }
    return picture
  }
}
