import Media

extension Formats {
  /// Says what a file is by its first bytes; nil when no known format begins like this.
  ///
  /// The extension, in lower case without its dot, only helps where magic bytes say nothing: TGA,
  /// and RAW files that are TIFF files in every tag looked at. A wrong one does no harm.
  public static func sniff(_ head: [UInt8], fileExtension: String = "") -> MediaFormat? {
    // A source of bytes cannot fail to be read, and a sniff takes no other failure for an answer.
    guard let reader = try? MediaReader(BytesSource(head)) else { return nil }
    return try? sniff(reader, fileExtension: fileExtension)
  }

  /// Says what a file is, reading beyond its first bytes where those do not decide (RAW or TIFF).
  ///
  /// - Throws: `.unreadable` only.
  public static func sniff(
    _ source: some ByteSource, fileExtension: String = ""
  ) throws(MediaFailure) -> MediaFormat? {
    try sniff(MediaReader(source), fileExtension: fileExtension)
  }

  static func sniff(
    _ reader: MediaReader, fileExtension: String
  ) throws(MediaFailure) -> MediaFormat? {
    do throws(MediaFailure) {
      if let format = try sniffMagic(reader, fileExtension: fileExtension) { return format }
    } catch {
      if error.kind == .unreadable { throw error }
    }
    return try TGAHeader.matches(reader, fileExtension: fileExtension) ? .tga : nil
  }

  private static func sniffMagic(
    _ reader: MediaReader, fileExtension: String
  ) throws(MediaFailure) -> MediaFormat? {
    guard reader.byteCount >= 4 else { return nil }
    let magic = try reader.u32be(0)
    switch magic {
    case 0xFFD8_FF00...0xFFD8_FFFF: return .jpeg
    case 0x8950_4E47: return try reader.matches("\r\n\u{1A}\n", at: 4) ? .png : nil
    case code("GIF8"):
      let version = try reader.u16be(4)
      return version == 0x3761 || version == 0x3961 ? .gif : nil
    case code("RIFF"):
      if try reader.matches("WEBP", at: 8) { return .webp }
      return try reader.matches("AVI ", at: 8) ? .avi : nil
    case 0x762F_3101: return .openEXR
    case 0x1A45_DFA3: return try sniffEBML(reader)
    case code("qoif"): return .qoi
    case code("8BPS"): return .psd
    case 0xFF4F_FF51: return .jpeg2000
    case 0x0000_000C:
      if try reader.matches("JXL \r\n", at: 4) { return .jpegXL }
      if try reader.matches("jP  \r\n", at: 4) { return .jpeg2000 }
    case 0x0000_0100: return try ICODirectory.matches(reader) ? .ico : nil
    case 0x4949_2A00, 0x4949_2B00, 0x4D4D_002A, 0x4D4D_002B:
      return try TIFFSniff.isRaw(reader, fileExtension: fileExtension) ? .cameraRaw : .tiff
    case 0x4949_5500, code("IIRO"), code("IIRS"), code("MMOR"), code("FOVb"), 0x004D_524D:
      return .cameraRaw  // Panasonic, three of Olympus, Sigma, Minolta
    case code("FUJI"): return try reader.matches("FUJIFILMCCD-RAW", at: 0) ? .cameraRaw : nil
    default: break
    }
    if magic >> 16 == 0xFF0A { return .jpegXL }
    if magic >> 16 == 0x424D { return try BMPHeader.matches(reader) ? .bmp : nil }
    if magic >> 16 == 0x4949, try reader.matches("HEAPCCDR", at: 6) { return .cameraRaw }
    if try reader.matches("#?RADIANCE", at: 0) { return .radianceHDR }
    if try reader.matches("#?RGBE", at: 0) { return .radianceHDR }
    if let format = try sniffBoxes(reader) { return format }
    if magic >> 8 == 0x1F8B08 {
      return SVGRoot.matches(SVGRoot.inflated(reader.head)) ? .svg : nil
    }
    return SVGRoot.matches(reader.head) ? .svg : nil
  }

  /// ISO base media files by their brands, older QuickTime files by their first box.
  private static func sniffBoxes(_ reader: MediaReader) throws(MediaFailure) -> MediaFormat? {
    guard reader.byteCount >= 12 else { return nil }
    let type = try reader.u32be(4)
    guard type == code("ftyp") else {
      let size = try reader.u32be(0)
      guard size == 1 || size >= 8 else { return nil }
      switch type {
      case code("moov"), code("wide"), code("pnot"): return .quickTime
      case code("mdat"), code("free"), code("skip"):
        return try ISOBoxes.holdsMovie(reader) ? .quickTime : nil
      default: return nil
      }
    }
    let end = min(try reader.u32be(0), 256)
    var isHEIF = false
    var isAVIF = false
    var index = 8
    while index + 4 <= end, index + 4 <= reader.byteCount {
      // The major brand is at 8, its version at 12, the compatible brands follow.
      let brand = index == 12 ? 0 : try reader.u32be(index)
      switch brand {
      case code("avif"), code("avis"): isAVIF = true
      case code("heic"), code("heix"), code("heim"), code("heis"), code("hevc"), code("hevx"),
        code("hevm"), code("hevs"), code("mif1"), code("msf1"), code("miaf"), code("mif2"):
        isHEIF = true
      case code("crx ") where index == 8: return .cameraRaw
      case code("qt  ") where index == 8: return .quickTime
      case code("jxl ") where index == 8: return .jpegXL
      case code("jp2 ") where index == 8, code("jpx ") where index == 8: return .jpeg2000
      default: break
      }
      index += 4
    }
    if isAVIF { return .avif }
    return isHEIF ? .heif : .mp4
  }

  private static func sniffEBML(_ reader: MediaReader) throws(MediaFailure) -> MediaFormat? {
    // The document type is one of the first elements of a header of some forty bytes: its name, a
    // length of one to eight bytes, the text.
    let header = try reader.bytes(from: 4, to: 80, limit: 76)
    for index in header.indices.dropLast(6) where header[index] == 0x42 && header[index + 1] == 0x82
    {
      let text = header[(index + 3)...].dropFirst(header[index + 2].leadingZeroBitCount)
      return text.starts(with: "webm".utf8) ? .webm : .matroska
    }
    return .matroska
  }
}
