import Media

/// The parts of a file that hold its metadata, cut out so that gexiv2 reads small buffers instead of
/// whole files. Each block is a small file of its own: a JPEG or PNG without its picture, a TIFF
/// structure, or an XMP packet.
enum MetadataBlocks {
  /// Bytes of one block. Extended XMP and maker notes with previews reach a few megabytes.
  static let blockByteCount = 16 << 20
  /// Bytes at the front of a RAW file that are read: directories and maker notes come first there.
  static let rawByteCount = 4 << 20
  /// The largest TIFF or CRW file whose directories may lie at its end.
  static let wholeByteCount = 32 << 20

  /// The blocks of a file, none when its format carries nothing gexiv2 could read.
  static func collect(
    _ reader: MediaReader, format: MediaFormat
  ) throws(MediaFailure) -> [[UInt8]] {
    switch format {
    case .jpeg: return [try jpeg(reader, base: 0)]
    case .png: return [try png(reader)]
    case .webp: return try webp(reader)
    case .heif, .avif: return try heif(reader)
    case .jpegXL, .jpeg2000: return try boxes(reader)
    case .psd: return [try photoshop(reader)]
    case .tiff: return [try tiff(reader, frontByteCount: wholeByteCount)]
    case .cameraRaw: return [try raw(reader)]
    default: return []
    }
  }

  // MARK: Files

  /// The segments with EXIF, XMP, IPTC and comments, between a start and an end marker.
  private static func jpeg(_ reader: MediaReader, base: Int) throws(MediaFailure) -> [UInt8] {
    var block: [UInt8] = [0xFF, 0xD8]
    var offset = base + 2
    for _ in 0..<ProbeLimits.stepCount {
      guard try reader.u8(offset) == 0xFF else {
        offset += 1
        continue
      }
      let marker = try reader.u8(offset + 1)
      if marker == 0xFF || marker == 0 || marker == 1 || (0xD0...0xD8).contains(marker) {
        offset += marker == 0xFF ? 1 : 2
        continue
      }
      if marker == 0xDA || marker == 0xD9 { break }
      let end = offset + 2 + max(2, try reader.u16be(offset + 2))
      // SOF gives the size that some maker notes are checked against.
      let isFrame = (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker)
      if marker == 0xE1 || marker == 0xED || marker == 0xFE || isFrame {
        guard block.count + end - offset < blockByteCount else { break }
        block += try reader.bytes(at: offset, count: end - offset)
      }
      offset = end
    }
    return block + [0xFF, 0xD9]
  }

  /// The chunks with text, EXIF and the header.
  private static func png(_ reader: MediaReader) throws(MediaFailure) -> [UInt8] {
    var block = try reader.bytes(at: 0, count: 8)
    var offset = 8
    var steps = 0
    while offset <= reader.byteCount - 12, steps < ProbeLimits.stepCount {
      steps += 1
      let length = try reader.u32be(offset)
      switch try reader.u32be(offset + 4) {
      case code("IHDR"), code("eXIf"), code("tEXt"), code("zTXt"), code("iTXt"), code("IEND"):
        guard block.count + length < blockByteCount else { break }
        block += try reader.bytes(at: offset, count: length + 12)
      default: break
      }
      offset += length + 12
    }
    return block
  }

  private static func webp(_ reader: MediaReader) throws(MediaFailure) -> [[UInt8]] {
    var blocks: [[UInt8]] = []
    var offset = 12
    var steps = 0
    while offset <= reader.byteCount - 8, steps < ProbeLimits.stepCount {
      steps += 1
      let length = try reader.u32le(offset + 4)
      let body = offset + 8
      switch try reader.u32be(offset) {
      case code("EXIF"): blocks += try exif(reader, from: body, to: body + length)
      case code("XMP "): blocks += try packet(reader, from: body, to: body + length)
      default: break
      }
      offset = body + ((length + 1) & ~1)
    }
    return blocks
  }

  private static func heif(_ reader: MediaReader) throws(MediaFailure) -> [[UInt8]] {
    guard let meta = try ISOBoxes.first(code("meta"), reader, from: 0, to: reader.byteCount) else {
      return []
    }
    let items = try HEIFItems(reader, meta)
    var blocks: [[UInt8]] = []
    if let range = items.range(ofType: code("Exif")) {
      blocks += try exif(reader, withOffsetAt: range.lowerBound, to: range.upperBound)
    }
    if let range = items.range(ofType: code("mime")) {
      blocks += try packet(reader, from: range.lowerBound, to: range.upperBound)
    }
    return blocks
  }

  /// JPEG XL and JPEG 2000.
  private static func boxes(_ reader: MediaReader) throws(MediaFailure) -> [[UInt8]] {
    guard try reader.u32be(0) == 12 else { return [] }
    var blocks: [[UInt8]] = []
    try ISOBoxes.forEach(reader, from: 0, to: reader.byteCount) { box throws(MediaFailure) in
      switch box.type {
      case code("Exif"): blocks += try exif(reader, withOffsetAt: box.body, to: box.end)
      case code("xml "): blocks += try packet(reader, from: box.body, to: box.end)
      case code("uuid"):
        if try reader.matches("JpgTiffExif->JP2", at: box.body) {
          blocks += try exif(reader, from: box.body + 16, to: box.end)
        } else if try reader.u32be(box.body) == 0xBE7A_CFCB {
          blocks += try packet(reader, from: box.body + 16, to: box.end)
        }
      default: break
      }
      return blocks.count < 8
    }
    return blocks
  }

  /// Everything before the layers: header, colours, image resources.
  private static func photoshop(_ reader: MediaReader) throws(MediaFailure) -> [UInt8] {
    let resources = reader.sum(30, try reader.u32be(26))
    let end = reader.sum(resources + 4, try reader.u32be(resources))
    let block = try reader.bytes(from: 0, to: end, limit: blockByteCount)
    return block + [0, 0, 0, 0]
  }

  // MARK: TIFF

  private static func tiff(
    _ reader: MediaReader, frontByteCount: Int
  ) throws(MediaFailure) -> [UInt8] {
    guard let structure = try TIFFStructure(reader, base: 0, end: reader.byteCount) else {
      return []
    }
    let isInFront = structure.firstDirectory < frontByteCount
    guard isInFront || reader.byteCount <= wholeByteCount else {
      throw MediaFailure(
        .tooLarge,
        "The metadata lies behind the first \(wholeByteCount) bytes of the \(reader.formatName) "
          + "file and is not read.")
    }
    return try reader.bytes(
      from: 0, to: reader.byteCount, limit: isInFront ? frontByteCount : wholeByteCount)
  }

  private static func raw(_ reader: MediaReader) throws(MediaFailure) -> [UInt8] {
    if try reader.matches("FUJIFILMCCD-RAW", at: 0) {
      return try jpeg(reader, base: reader.u32be(84))
    }
    if try reader.matches("HEAPCCDR", at: 6) {
      guard reader.byteCount <= wholeByteCount else { return [] }
      return try reader.bytes(from: 0, to: reader.byteCount, limit: wholeByteCount)
    }
    let isTIFF = try TIFFStructure(reader, base: 0, end: reader.byteCount) != nil
    return isTIFF
      ? try tiff(reader, frontByteCount: rawByteCount)
      : try reader.bytes(from: 0, to: reader.byteCount, limit: rawByteCount)
  }

  // MARK: Blocks

  private static func exif(
    _ reader: MediaReader, from start: Int, to end: Int
  ) throws(MediaFailure) -> [[UInt8]] {
    let start = try reader.matches("Exif\0\0", at: start) ? start + 6 : start
    let block = try reader.bytes(from: start, to: end, limit: blockByteCount)
    return block.count > 8 ? [block] : []
  }

  private static func exif(
    _ reader: MediaReader, withOffsetAt start: Int, to end: Int
  ) throws(MediaFailure) -> [[UInt8]] {
    try exif(reader, from: reader.sum(start + 4, try reader.u32be(start)), to: end)
  }

  private static func packet(
    _ reader: MediaReader, from start: Int, to end: Int
  ) throws(MediaFailure) -> [[UInt8]] {
    let block = try reader.bytes(from: start, to: end, limit: blockByteCount)
    return block.isEmpty ? [] : [block]
  }
}

extension Formats {
  /// Finds a file's format and cuts out the parts that hold its metadata, each a small file of its
  /// own for a library that reads tags.
  ///
  /// - Returns: the blocks, what the container says besides, and what is wrong with some of it.
  /// - Throws: what `probe` throws for a file of no known format; `.unreadable`.
  package static func metadataBlocks(
    _ source: some ByteSource, fileExtension: String
  ) throws(MediaFailure) -> (blocks: [[UInt8]], tags: ContainerTags, failure: MediaFailure?) {
    let (reader, format) = try recognised(source, fileExtension: fileExtension)
    var blocks: [[UInt8]] = []
    var tags = ContainerTags()
    var failure: MediaFailure?
    do throws(MediaFailure) {
      blocks = try MetadataBlocks.collect(reader, format: format)
      try tags.collect(reader, format: format)
    } catch {
      if error.kind == .unreadable { throw error }
      failure = error
    }
    return (blocks + tags.packets, tags, failure)
  }
}
