import Media

extension Formats {
  /// A reader over a file, and the format its bytes say.
  ///
  /// - Throws: `.empty`, `.unrecognised`, `.unreadable`.
  static func recognised(
    _ source: some ByteSource, fileExtension: String
  ) throws(MediaFailure) -> (reader: MediaReader, format: MediaFormat) {
    let reader = try MediaReader(source)
    guard reader.byteCount > 0, !reader.head.isEmpty else {
      throw MediaFailure(.empty, "The file is empty: it has no bytes.")
    }
    guard let format = try sniff(reader, fileExtension: fileExtension) else {
      throw unrecognised(reader)
    }
    reader.formatName = displayName(format)
    return (reader, format)
  }

  /// Learns from a file's header what grid and search need, without decoding its pixels.
  ///
  /// Reads the first 64 KiB once and little more. The extension (lower case, no dot) helps only
  /// where magic bytes say nothing (TGA).
  ///
  /// - Throws: `.empty`, `.unrecognised`, `.truncated`, `.corrupt`, `.tooLarge`, `.unsupported`,
  ///   or `.unreadable`.
  public static func probe(
    _ source: some ByteSource, fileExtension: String = ""
  ) throws(MediaFailure) -> Probe {
    let (reader, format) = try recognised(source, fileExtension: fileExtension)
    switch format {
    case .jpeg: return try JPEGProbe.probe(reader)
    case .png: return try PNGProbe.probe(reader)
    case .gif: return try GIFProbe.probe(reader)
    case .webp: return try WebPProbe.probe(reader)
    case .tiff: return try TIFFProbe.probe(reader)
    case .bmp: return try BMPHeader.probe(reader)
    case .heif, .avif: return try HEIFProbe.probe(reader, format: format)
    case .jpegXL: return try JPEGXLProbe.probe(reader)
    case .jpeg2000: return try JPEG2000Probe.probe(reader)
    case .svg: return try SVGRoot.probe(reader)
    case .radianceHDR: return try RadianceProbe.probe(reader)
    case .openEXR: return try OpenEXRProbe.probe(reader)
    case .cameraRaw: return try RawProbe.probe(reader)
    case .mp4, .quickTime: return try MovieProbe.probe(reader, format: format)
    case .matroska, .webm: return try MatroskaProbe.probe(reader, format: format)
    case .avi: return try AVIProbe.probe(reader)
    case .qoi: return try QOIProbe.probe(reader)
    case .tga: return try TGAHeader.probe(reader)
    case .ico: return try ICODirectory.probe(reader)
    case .psd: return try PSDProbe.probe(reader)
    }
  }

  static func unrecognised(_ reader: MediaReader) -> MediaFailure {
    let shown = reader.head.prefix(8).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.count < 2 ? "0" + digits : digits
    }
    return MediaFailure(
      .unrecognised,
      "No known picture or video format begins with the bytes "
        + "\(shown.joined(separator: " ")).")
  }

  /// What people call a format.
  static func displayName(_ format: MediaFormat) -> String {
    switch format {
    case .jpeg: "JPEG"
    case .png: "PNG"
    case .gif: "GIF"
    case .webp: "WebP"
    case .tiff: "TIFF"
    case .bmp: "BMP"
    case .heif: "HEIF"
    case .avif: "AVIF"
    case .jpegXL: "JPEG XL"
    case .jpeg2000: "JPEG 2000"
    case .svg: "SVG"
    case .radianceHDR: "Radiance HDR"
    case .openEXR: "OpenEXR"
    case .cameraRaw: "camera RAW"
    case .mp4: "MP4"
    case .quickTime: "QuickTime"
    case .matroska: "Matroska"
    case .webm: "WebM"
    case .avi: "AVI"
    case .qoi: "QOI"
    case .tga: "TGA"
    case .ico: "ICO"
    case .psd: "PSD"
    }
  }
}
