import Media
import Pixels
import Platform

/// The decoders of the libraries, which only some workers load.
package protocol LibraryDecoders {
  /// Decodes a file that `Formats` does not read by itself; nil when that takes other libraries.
  static func decode(
    _ descriptor: CInt, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> DecodedPicture?
}

extension Formats {
  /// Makes every size that was asked for from one decode, with the decoders of this module only.
  ///
  /// Uses only the descriptor, with `pread`; opens no files, needs no preparation.
  ///
  /// - Parameters:
  ///   - descriptor: the file, open for reading, at any offset; borrowed.
  ///   - probe: what `probe` said about the same file.
  ///   - request: what to make of it.
  /// - Returns: nil when the file needs a library (`PictureCodecs`, `Codecs`).
  /// - Throws: why there is no picture; the message is one sentence for people.
  public static func renderAlone(
    _ descriptor: borrowing FileDescriptor, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult? {
    try render(descriptor, probe: probe, request: request, libraries: nil)
  }

  /// The same, with the libraries' decoders for what this module does not read; nil when theirs do
  /// not read it either.
  package static func render(
    _ descriptor: borrowing FileDescriptor, probe: Probe, request: RenderRequest,
    libraries: (any LibraryDecoders.Type)?
  ) throws(MediaFailure) -> RenderResult? {
    guard !request.maxPixelSizes.isEmpty,
      request.maxPixelSizes.count <= RenderRequest.maximumSizeCount,
      request.maxPixelSizes.allSatisfy({ (1...RenderRequest.maximumPixelSize).contains($0) })
    else {
      throw MediaFailure(
        .unsupported,
        "A render makes 1 to \(RenderRequest.maximumSizeCount) sizes of 1 to "
          + "\(RenderRequest.maximumPixelSize) pixels.")
    }
    let raw = descriptor.rawValue
    var picture = try decode(raw, probe: probe, request: request)
    if picture == nil, let libraries {
      picture = try libraries.decode(raw, probe: probe, request: request)
    }
    return try picture?.finished(probe: probe, request: request)
  }

  /// What this module decodes by itself; nil for all else.
  private static func decode(
    _ descriptor: CInt, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> DecodedPicture? {
    let target = request.largestPixelSize
    switch probe.format {
    case .jpeg:
      var picture = try decodeJPEG(descriptor, probe: probe, request: request)
      picture?.orientation = probe.orientation
      return picture
    case .png:
      var picture = try PNGDecoder.decode(descriptor, target: target)
      picture.orientation = probe.orientation
      return picture
    case .webp:
      return try WebPDecoder.decode(
        DescriptorSource(borrowing: descriptor), probe: probe, target: target)
    case .tiff:
      return try TIFFDecoder.decode(
        descriptor, probe: probe, target: target, reservedByteCount: request.reservedByteCount)
    case .bmp:
      return try BMPDecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .qoi:
      return try QOIDecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .tga:
      return try TGADecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .ico:
      return try ICODecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .psd:
      return try PSDDecoder(DescriptorSource(borrowing: descriptor)).decode(target: target)
    case .gif, .jpegXL, .jpeg2000, .svg, .heif, .avif, .openEXR, .radianceHDR,
      .cameraRaw, .mp4, .quickTime, .matroska, .webm, .avi:
      return nil
    }
  }

  private static func decodeJPEG(
    _ descriptor: CInt, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> DecodedPicture? {
    let isTwelveBits = probe.bitsPerChannel == 12
    // Where 1/8 is enough, DC is: several times faster than libjpeg-turbo's 1/8, and a progressive
    // file's coefficients, which take as much memory as the picture at full size, are never kept.
    if isTwelveBits || DecodeCost.usesEighthScale(probe, request: request),
      let eighth = try JPEGDecoder.decodeEighth(
        DescriptorSource(borrowing: descriptor), probe: probe)
    {
      return eighth
    }
    return try JPEGDecoder.decode(
      descriptor, target: request.largestPixelSize, memoryLimit: request.reservedByteCount)
  }
}
