import Formats
import Media
import Pixels
import Platform

/// What needs a library that decodes one format: HEIF, AVIF, JPEG XL, OpenEXR and camera RAW.
///
/// Apart from `Codecs` because these libraries load in some ten milliseconds and are small, where
/// the general ones behind `Codecs` bring a hundred others with them. They read no file and need no
/// preparation.
public enum PictureCodecs {
  /// Decodes a picture once and makes every size that was asked for.
  ///
  /// Uses only the descriptor, with `pread`; opens no files.
  ///
  /// - Parameters:
  ///   - descriptor: the file, open for reading, at any offset; borrowed.
  ///   - probe: what `probe` said about the same file.
  ///   - request: what to make of it.
  /// - Returns: nil when the file needs the general libraries (`Codecs`).
  /// - Throws: why there is no picture; the message is one sentence for people.
  public static func render(
    _ descriptor: borrowing FileDescriptor, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult? {
    try Formats.render(
      descriptor, probe: probe, request: request, libraries: PictureCodecs.self)
  }
}

extension PictureCodecs: LibraryDecoders {
  package static func decode(
    _ descriptor: CInt, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> DecodedPicture? {
    let target = request.largestPixelSize
    switch probe.format {
    case .heif, .avif:
      return try HEIFDecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .jpegXL:
      return try JPEGXLDecoder.decode(descriptor, probe: probe, target: target)
    case .openEXR:
      let byteCount = try DescriptorSource(borrowing: descriptor).byteCount
      let decoder = try EXRDecoder(
        descriptor, byteCount: byteCount, reservedByteCount: request.reservedByteCount)
      return try decoder.decode(probe: probe, target: target, background: request.background)
    case .cameraRaw:
      return try RawDecoder.decode(
        descriptor, byteCount: try DescriptorSource(borrowing: descriptor).byteCount,
        target: target, reservedByteCount: request.reservedByteCount)
    default:
      return nil
    }
  }
}
