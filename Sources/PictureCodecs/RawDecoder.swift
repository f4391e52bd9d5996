import CLibRaw
import Formats
import Media
import Pixels

/// Camera RAW: the preview the camera left in the file when it is large enough and has the shape of
/// the picture, else the sensor's data developed at half size.
enum RawDecoder {
  /// Previews beyond this are not read: the largest cameras leave some 20 MB.
  private static let maximumPreviewByteCount = 64 << 20

  static func decode(
    _ descriptor: CInt, byteCount: Int64, target: Int, reservedByteCount: Int
  ) throws(MediaFailure) -> DecodedPicture {
    let limit = reservedByteCount > 0 ? max(16, reservedByteCount >> 20) : 2048
    let (opened, text) = unsafe LibraryMessage.collect { message, size in
      unsafe clibraw_open(descriptor, byteCount, UInt32(clamping: limit), message, size)
    }
    guard let file = unsafe opened else { throw failure(text) }
    defer { unsafe clibraw_close(file) }
    let orientation: Orientation =
      switch unsafe clibraw_turn(file) {
      case 90: .right
      case 180: .down
      case 270: .left
      default: .up
      }
    var (width, height): (CInt, CInt) = (0, 0)
    unsafe clibraw_size(file, &width, &height)
    let preview = try? unsafe Self.preview(file, target: target)
    if var preview, max(preview.fullWidth, preview.fullHeight) >= target,
      isShape(of: preview, width: Int(width), height: Int(height))
    {
      preview.orientation = orientation
      return preview
    }
    do throws(MediaFailure) {
      var picture = try unsafe develop(file)
      picture.orientation = orientation
      return picture
    } catch {
      // A camera LibRaw does not know yet: better a small picture than none. Damage is told.
      guard var preview, error.kind == .unsupported else { throw error }
      preview.orientation = orientation
      return preview
    }
  }

  /// True when a preview shows the whole picture: bars, or a part that the camera was told to keep,
  /// give it another shape. Margins of the sensor differ by less than a fiftieth.
  static func isShape(of preview: DecodedPicture, width: Int, height: Int) -> Bool {
    guard width > 0, height > 0 else { return true }
    let shape = Double(width) / Double(height)
    let shown = Double(preview.fullWidth) / Double(preview.fullHeight)
    return abs(shown / shape - 1) <= 0.02
  }

  private static func preview(
    _ file: OpaquePointer, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    var picture = unsafe clibraw_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe clibraw_preview(file, maximumPreviewByteCount, &picture, message, size)
    }
    defer { unsafe clibraw_free(&picture) }
    guard code == 0, let bytes = unsafe picture.bytes else { throw failure(text) }
    if unsafe Int(picture.kind) == CLIBRAW_JPEG {
      let buffer = unsafe UnsafeBufferPointer(start: bytes, count: picture.byte_count)
      return try unsafe JPEGDecoder.decode(buffer, target: target)
    }
    return try unsafe raster(picture)
  }

  private static func develop(_ file: OpaquePointer) throws(MediaFailure) -> DecodedPicture {
    var picture = unsafe clibraw_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe clibraw_develop(file, &picture, message, size)
    }
    defer { unsafe clibraw_free(&picture) }
    guard code == 0 else { throw failure(text) }
    return try unsafe raster(picture)
  }

  private static func raster(_ picture: clibraw_picture) throws(MediaFailure) -> DecodedPicture {
    let width = unsafe Int(picture.width)
    let height = unsafe Int(picture.height)
    guard let base = unsafe picture.bytes, width > 0, height > 0,
      unsafe picture.byte_count == width * height * 3
    else { throw failure("no picture came out") }
    let bytes = unsafe Array(UnsafeBufferPointer(start: base, count: width * height * 3))
    return DecodedPicture(
      pixels: PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes))
  }

  private static func failure(_ text: String) -> MediaFailure {
    let words = text.lowercased()
    // LibRaw has one message for data that is missing and data that is wrong.
    if words.contains("input/output") {
      return MediaFailure(.truncated, "The RAW file ends before its picture does (\(text)).")
    }
    return LibraryMessage.failure(format: .cameraRaw, text: text)
  }
}
