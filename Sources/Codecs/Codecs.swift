import CVips
import Formats
import Media
import PictureCodecs
import Pixels
import Platform

/// What the general libraries decode, beside the formats that `Formats` and `PictureCodecs` read.
///
/// Apart from `Formats` because loading these libraries takes a tenth of a second of processor time
/// and several megabytes, which a worker for headers or for one format must not pay.
public enum Codecs {
  /// Makes everything the decoders load later from files ready: call it once, in a worker, before
  /// file access is closed. Takes some ten milliseconds and 40 MB of mostly shared pages.
  ///
  /// - Throws: `.unsupported` when the library cannot start.
  public static func prepareDecoders() throws(MediaFailure) {
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe cvips_start(message, size)
    }
    guard code == 0 else {
      throw MediaFailure(.unsupported, "The image library could not start (\(text)).")
    }
  }

  /// Makes fontconfig read its files, by a drawing with text. After `prepareDecoders`.
  public static func prepareDrawings() {
    let drawing =
      #"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><text y="8">A</text></svg>"#
    _ = try? VipsDecoder.decode(Array(drawing.utf8), format: .svg, target: 8)
  }

  /// Decodes a picture (or the poster of a video) once and makes every size that was asked for.
  ///
  /// One thread at a time: libvips has one error text for the whole process. Uses only the
  /// descriptor, with `pread`; opens no files. Needs `prepareDecoders()` before.
  ///
  /// - Parameters:
  ///   - descriptor: the file, open for reading, at any offset; borrowed.
  ///   - probe: what `probe` said about the same file.
  ///   - request: what to make of it.
  /// - Throws: why there is no picture; the message is one sentence for people.
  public static func render(
    _ descriptor: borrowing FileDescriptor, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult {
    guard
      let result = try Formats.render(
        descriptor, probe: probe, request: request, libraries: Codecs.self)
    else { preconditionFailure("between them the decoders read every format") }
    return result
  }
}

extension Codecs: LibraryDecoders {
  package static func decode(
    _ descriptor: CInt, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> DecodedPicture? {
    if let picture = try PictureCodecs.decode(descriptor, probe: probe, request: request) {
      return picture
    }
    let target = request.largestPixelSize
    var picture: DecodedPicture
    switch probe.format {
    case .gif, .webp, .tiff:
      picture = try VipsDecoder.decode(descriptor, format: probe.format, target: target)
      picture.orientation = probe.orientation
    case .jpegXL, .jpeg2000, .svg:
      // Their decoders turn the picture by the container's own transformations.
      picture = try VipsDecoder.decode(descriptor, format: probe.format, target: target)
    case .heif, .avif:
      picture = try VipsHEIFDecoder.decode(
        DescriptorSource(borrowing: descriptor), descriptor, format: probe.format, target: target)
    case .radianceHDR:
      picture = try RadianceDecoder.decode(
        descriptor, target: target, background: request.background)
      picture.orientation = probe.orientation
    case .mp4, .quickTime, .matroska, .webm, .avi:
      picture = try VideoDecoder.decode(
        descriptor, byteCount: try DescriptorSource(borrowing: descriptor).byteCount,
        format: probe.format, target: target)
    case .jpeg, .png, .bmp, .qoi, .tga, .ico, .psd, .openEXR, .cameraRaw:
      preconditionFailure("\(probe.format.name) is read without a general library")
    }
    return picture
  }
}
