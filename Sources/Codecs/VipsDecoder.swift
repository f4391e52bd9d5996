import CVips
import Formats
import Media
import Pixels

/// Everything that libvips decodes.
enum VipsDecoder {
  /// The picture reduced to at most `target`, as stored (not turned), with its profile.
  static func decode(
    _ descriptor: CInt, format: MediaFormat, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var picture = unsafe cvips_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe cvips_thumbnail(
        descriptor, CInt(target), format == .svg ? 1 : 0, &picture, message, size)
    }
    defer { unsafe cvips_free(&picture) }
    guard code == 0 else { throw LibraryMessage.failure(format: format, text: text) }
    return try unsafe take(picture, format: format)
  }

  /// The same from bytes in memory.
  static func decode(
    _ bytes: [UInt8], format: MediaFormat, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var picture = unsafe cvips_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe cvips_thumbnail_bytes(
          bytes.baseAddress, bytes.count, CInt(target), format == .svg ? 1 : 0, &picture, message,
          size)
      }
    }
    defer { unsafe cvips_free(&picture) }
    guard code == 0 else { throw LibraryMessage.failure(format: format, text: text) }
    return try unsafe take(picture, format: format)
  }

  private static func take(
    _ picture: cvips_picture, format: MediaFormat
  ) throws(MediaFailure) -> DecodedPicture {
    let width = unsafe Int(picture.width)
    let height = unsafe Int(picture.height)
    let channels = unsafe Int(picture.channels)
    guard let base = unsafe picture.pixels, width > 0, height > 0,
      let layout = PixelBuffer.Layout(rawValue: channels)
    else { throw LibraryMessage.failure(format: format, text: "no picture came out") }
    let bytes = unsafe Array(
      UnsafeRawBufferPointer(start: base, count: width * height * channels))
    var profile: [UInt8] = []
    if let data = unsafe picture.profile {
      profile = unsafe Array(UnsafeRawBufferPointer(start: data, count: picture.profile_size))
    }
    if unsafe picture.is_cmyk != 0 {
      return DecodedPicture(
        pixels: PixelBuffer(
          width: width, height: height, layout: .rgb,
          bytes: ColourConversion.rgb(inks: bytes, count: width * height, profile: profile)))
    }
    var decoded = DecodedPicture(
      pixels: PixelBuffer(width: width, height: height, layout: layout, bytes: bytes))
    decoded.profile = profile
    return decoded
  }
}
