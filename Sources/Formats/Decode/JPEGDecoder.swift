import CTurboJPEG
import Media
import Pixels

/// Baseline and progressive JPEG of one, three and four colours, reduced while decoding.
package enum JPEGDecoder {
  /// The picture at the smallest of 1/8, 1/4, 1/2 and 1 that is not below `target`.
  ///
  /// - Parameters:
  ///   - descriptor: the file; read with `pread` only.
  ///   - offset: where the JPEG starts in it.
  ///   - memoryLimit: bytes its coefficients may take; 0 for no limit.
  static func decode(
    _ descriptor: CInt, offset: Int64 = 0, target: Int, memoryLimit: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var picture = unsafe cturbojpeg_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe cturbojpeg_decode(
        descriptor, offset, CInt(target), memoryLimit, &picture, message, size)
    }
    return try unsafe take(&picture, code: code, text: text, memoryLimit: memoryLimit)
  }

  /// The same from bytes in memory (the preview of a camera RAW).
  package static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var picture = unsafe cturbojpeg_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe cturbojpeg_decode_bytes(
        bytes.baseAddress, bytes.count, CInt(target), &picture, message, size)
    }
    return try unsafe take(&picture, code: code, text: text, memoryLimit: 0)
  }

  /// The picture at 1/8 from its DC coefficients, in a few megabytes whatever its size; nil when it
  /// is a kind of JPEG that only a general decoder reads, or its data are suspicious.
  static func decodeEighth(
    _ source: DescriptorSource, probe: Probe
  ) throws(MediaFailure) -> DecodedPicture? {
    let pixels: PixelBuffer
    do {
      pixels = try EighthScaleJPEG.decode(source, byteLimit: 512 << 20)
    } catch let failure as MediaFailure {
      throw failure
    } catch {
      return nil
    }
    var decoded = DecodedPicture(pixels: pixels)
    decoded.averaged = 8
    decoded.fullWidth = max(1, Int(probe.storedWidth))
    decoded.fullHeight = max(1, Int(probe.storedHeight))
    decoded.extent = (
      min(Double(pixels.width), Double(decoded.fullWidth) / 8),
      min(Double(pixels.height), Double(decoded.fullHeight) / 8)
    )
    var picture = unsafe cturbojpeg_picture()
    defer { unsafe cturbojpeg_free(&picture) }
    if let descriptor = source.rawDescriptor,
      unsafe cturbojpeg_profile(descriptor, &picture) == 0, let profile = unsafe picture.profile
    {
      decoded.profile = unsafe Array(
        UnsafeBufferPointer(start: profile, count: picture.profile_size))
    }
    return decoded
  }

  private static func take(
    _ picture: inout cturbojpeg_picture, code: CInt, text: String, memoryLimit: Int
  ) throws(MediaFailure) -> DecodedPicture {
    defer { unsafe cturbojpeg_free(&picture) }
    let quoted = text.isEmpty ? "" : " (\(LibraryMessage.brief(text)))"
    switch Int(code) {
    case CTURBOJPEG_OK: break
    case CTURBOJPEG_TRUNCATED:
      throw MediaFailure(.truncated, "The JPEG file ends before its picture does\(quoted).")
    case CTURBOJPEG_UNSUPPORTED:
      throw MediaFailure(.unsupported, "This kind of JPEG cannot be decoded here\(quoted).")
    case CTURBOJPEG_NO_MEMORY:
      throw MediaFailure(
        .overBudget,
        "This JPEG needs more memory than the \(memoryLimit) bytes its decoding may use\(quoted).")
    default: throw MediaFailure(.corrupt, "The JPEG file is damaged\(quoted).")
    }
    let width = unsafe Int(picture.width)
    let height = unsafe Int(picture.height)
    guard let base = unsafe picture.pixels, width > 0, height > 0 else {
      throw MediaFailure(.corrupt, "The JPEG file has no picture.")
    }
    let channels = unsafe Int(picture.channels)
    var bytes = unsafe Array(
      UnsafeBufferPointer(start: base, count: width * height * channels))
    var profile: [UInt8] = []
    if let data = unsafe picture.profile {
      profile = unsafe Array(UnsafeBufferPointer(start: data, count: picture.profile_size))
    }
    if channels == 4 {
      bytes = ColourConversion.rgb(inks: bytes, count: width * height, profile: profile)
      profile = []
    }
    var decoded = DecodedPicture(
      pixels: PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes))
    decoded.profile = profile
    decoded.fullWidth = unsafe Int(picture.full_width)
    decoded.fullHeight = unsafe Int(picture.full_height)
    let denominator = unsafe Double(max(1, picture.denominator))
    decoded.extent = (
      Double(decoded.fullWidth) / denominator, Double(decoded.fullHeight) / denominator
    )
    return decoded
  }
}
