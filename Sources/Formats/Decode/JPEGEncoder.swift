import CTurboJPEG
import Media
import Pixels

/// Finished pictures as JPEG.
enum JPEGEncoder {
  /// A baseline 4:2:0 JPEG of an opaque RGB picture.
  ///
  /// - Throws: `.overBudget` when there is no memory for it.
  static func encode(_ picture: PixelBuffer, quality: Int) throws(MediaFailure) -> [UInt8] {
    precondition(picture.layout == .rgb, "flatten the picture before it is encoded")
    var jpeg: UnsafeMutablePointer<UInt8>?
    var byteCount = 0
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe picture.bytes.withUnsafeBufferPointer { pixels in
        unsafe cturbojpeg_encode(
          pixels.baseAddress, CInt(picture.width), CInt(picture.height),
          CInt(max(1, min(100, quality))), &jpeg, &byteCount, message, size)
      }
    }
    defer { unsafe cturbojpeg_free_bytes(jpeg) }
    guard code == 0, let jpeg = unsafe jpeg else {
      throw MediaFailure(.overBudget, "There is no memory to encode the thumbnail (\(text)).")
    }
    return unsafe Array(UnsafeBufferPointer(start: jpeg, count: byteCount))
  }
}
