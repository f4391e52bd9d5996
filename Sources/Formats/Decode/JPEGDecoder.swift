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
    try unsafe decode(
      cturbojpeg_input(bytes: nil, byte_count: 0, descriptor: descriptor, offset: offset),
      target: target, memoryLimit: memoryLimit)
  }

  /// The same from bytes in memory (the preview of a camera RAW).
  package static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    guard let base = bytes.baseAddress else {
      throw MediaFailure(.truncated, "The JPEG file ends before its picture does.")
    }
    return try unsafe decode(
      cturbojpeg_input(bytes: base, byte_count: bytes.count, descriptor: -1, offset: 0),
      target: target, memoryLimit: 0)
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
    decoded.profile = try JPEGProfile.read(source)
    return decoded
  }

  private static func decode(
    _ input: cturbojpeg_input, target: Int, memoryLimit: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var input = unsafe input
    var header = unsafe cturbojpeg_header()
    var decoder: OpaquePointer?
    let opened = unsafe LibraryMessage.collect { message, size in
      unsafe cturbojpeg_open(
        &input, CInt(clamping: target), memoryLimit, &header, &decoder, message, size)
    }
    try check(opened.value, opened.text, memoryLimit: memoryLimit)
    guard let decoder = unsafe decoder else { preconditionFailure("what was opened is there") }
    defer { unsafe cturbojpeg_close(decoder) }
    let (width, height) = unsafe (Int(header.width), Int(header.height))
    let channels = unsafe Int(header.channels)
    // At most 65,535 × 65,535 × 4: fits.
    let count = width * height * channels
    var read: (value: CInt, text: String) = (0, "")
    // Straight into the array: a copy of the picture would be the largest thing of the job.
    var bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      read = unsafe LibraryMessage.collect { message, size in
        unsafe cturbojpeg_read(decoder, buffer.baseAddress, message, size)
      }
      initializedCount = Int(read.value) == CTURBOJPEG_OK ? count : 0
    }
    try check(read.value, read.text, memoryLimit: memoryLimit)
    var profile: [UInt8] = []
    if let data = unsafe header.profile {
      profile = unsafe Array(UnsafeBufferPointer(start: data, count: header.profile_size))
    }
    if channels == 4 {
      bytes = ColourConversion.rgb(inks: bytes, count: width * height, profile: profile)
      profile = []
    }
    var decoded = DecodedPicture(
      pixels: PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes))
    decoded.profile = profile
    decoded.fullWidth = unsafe Int(header.full_width)
    decoded.fullHeight = unsafe Int(header.full_height)
    let denominator = unsafe Double(header.denominator)
    decoded.extent = (
      Double(decoded.fullWidth) / denominator, Double(decoded.fullHeight) / denominator
    )
    return decoded
  }

  private static func check(
    _ code: CInt, _ text: String, memoryLimit: Int
  ) throws(MediaFailure) {
    let quoted = text.isEmpty ? "" : " (\(text))"
    switch Int(code) {
    case CTURBOJPEG_OK: return
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
  }
}
