import CVips
import Media
import Pixels
import Platform

extension Formats {
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
    guard !request.maxPixelSizes.isEmpty,
      request.maxPixelSizes.count <= RenderRequest.maximumSizeCount,
      request.maxPixelSizes.allSatisfy({ (1...RenderRequest.maximumPixelSize).contains($0) })
    else {
      throw MediaFailure(
        .unsupported,
        "A render makes 1 to \(RenderRequest.maximumSizeCount) sizes of 1 to "
          + "\(RenderRequest.maximumPixelSize) pixels.")
    }
    let picture = try decode(descriptor.rawValue, probe: probe, request: request)
    return try picture.finished(probe: probe, request: request)
  }

  private static func decode(
    _ descriptor: CInt, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> DecodedPicture {
    let target = request.largestPixelSize
    var picture: DecodedPicture
    switch probe.format {
    case .jpeg:
      picture = try decodeJPEG(descriptor, probe: probe, request: request)
      picture.orientation = probe.orientation
    case .png, .gif, .webp, .tiff:
      if probe.format == .png { try PNGCheck.findEnd(DescriptorSource(borrowing: descriptor)) }
      picture = try VipsDecoder.decode(descriptor, format: probe.format, target: target)
      picture.orientation = probe.orientation
    case .jpegXL, .jpeg2000, .svg:
      // Their decoders turn the picture by the container's own transformations.
      picture = try VipsDecoder.decode(descriptor, format: probe.format, target: target)
    case .heif, .avif:
      picture = try HEIFDecoder.decode(
        DescriptorSource(borrowing: descriptor), descriptor, format: probe.format, target: target)
    case .openEXR:
      let byteCount = try DescriptorSource(borrowing: descriptor).byteCount
      let decoder = try EXRDecoder(
        descriptor, byteCount: byteCount, reservedByteCount: request.reservedByteCount)
      picture = try decoder.decode(
        probe: probe, target: target, background: request.background)
    case .radianceHDR:
      picture = try RadianceDecoder.decode(
        descriptor, target: target, background: request.background)
      picture.orientation = probe.orientation
    case .bmp:
      picture = try BMPDecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .qoi:
      picture = try QOIDecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .tga:
      picture = try TGADecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .ico:
      picture = try ICODecoder.decode(DescriptorSource(borrowing: descriptor), target: target)
    case .psd:
      picture = try PSDDecoder(DescriptorSource(borrowing: descriptor)).decode(target: target)
    case .cameraRaw:
      picture = try RawDecoder.decode(
        descriptor, byteCount: try DescriptorSource(borrowing: descriptor).byteCount,
        target: target, reservedByteCount: request.reservedByteCount)
    case .mp4, .quickTime, .matroska, .webm, .avi:
      picture = try VideoDecoder.decode(
        descriptor, byteCount: try DescriptorSource(borrowing: descriptor).byteCount,
        format: probe.format, target: target)
    }
    return picture
  }

  private static func decodeJPEG(
    _ descriptor: CInt, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> DecodedPicture {
    let target = request.largestPixelSize
    let isTwelveBits = probe.bitsPerChannel == 12
    // A progressive file's coefficients are decoded only when 1/8 is not enough: they take as much
    // memory as the picture at full size.
    if isTwelveBits || DecodeCost.usesEighthScale(probe, maxPixelSize: target),
      let eighth = try JPEGDecoder.decodeEighth(
        DescriptorSource(borrowing: descriptor), probe: probe)
    {
      return eighth
    }
    if let decoded = try JPEGDecoder.decode(
      descriptor, target: target, memoryLimit: request.reservedByteCount)
    {
      return decoded
    }
    return try VipsDecoder.decode(descriptor, format: .jpeg, target: target)
  }
}
