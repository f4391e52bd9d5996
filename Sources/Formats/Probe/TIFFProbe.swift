import Media

/// TIFF and BigTIFF: the first directory, and a count of the pages.
enum TIFFProbe {
  /// What a directory says about the picture it describes.
  struct Page {
    var width = 0
    var height = 0
    var bits = 1
    var samples = 1
    var extraSample = 0
    var subfileType = 0
    var photometric = -1
    var subdirectories: [Int] = []
    var xmp: Range<Int>?
    /// Where the next directory is, or 0.
    var next = 0
    /// DNG: the part of the sensor that is the picture.
    var crop: (width: Int, height: Int)?

    init(_ structure: TIFFStructure, at directory: Int) throws(MediaFailure) {
      var page = Page()
      page.next = try structure.forEachEntry(at: directory) { entry throws(MediaFailure) in
        switch entry.tag {
        case 0x00FE: page.subfileType = try structure.integer(entry) ?? 0
        case 0x0100: page.width = try Page.side(structure, entry)
        case 0x0101: page.height = try Page.side(structure, entry)
        case 0x0102: page.bits = try structure.integer(entry) ?? 1
        case 0x0106: page.photometric = try structure.integer(entry) ?? -1
        case 0x0115: page.samples = try structure.integer(entry) ?? 1
        case 0x0152: page.extraSample = try structure.integer(entry) ?? 0
        case 0x014A:
          for index in 0..<min(entry.count, 8) {
            if let place = try structure.integer(entry, index) {
              page.subdirectories.append(place)
            }
          }
        case 0x02BC:
          let start = structure.base + entry.place
          page.xmp = start..<(start + entry.count)
        case 0xC620:
          if let width = try structure.integer(entry, 0),
            let height = try structure.integer(entry, 1)
          {
            page.crop = (width, height)
          }
        default: break
        }
      }
      self = page
    }

    private init() {}

    /// A side small enough that two of them can be multiplied; the limits are checked later.
    private static func side(
      _ structure: TIFFStructure, _ entry: TIFFStructure.Entry
    ) throws(MediaFailure) -> Int {
      min(max(0, try structure.integer(entry) ?? 0), 1 << 31)
    }
  }

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    guard let structure = try TIFFStructure(reader, base: 0, end: reader.byteCount) else {
      throw reader.truncated
    }
    let page = try Page(structure, at: structure.firstDirectory)
    var probe = try reader.makeProbe(.tiff, width: page.width, height: page.height)
    probe.bitsPerChannel = UInt8(clamping: page.bits)
    probe.channelCount = UInt8(clamping: page.samples)
    probe.hasAlpha = page.extraSample == 1 || page.extraSample == 2
    probe.frameCount = UInt32(clamping: try pageCount(structure, first: page))
    var exif = EXIF()
    try exif.add(structure)
    var metadata = EmbeddedMetadata()
    metadata.exif = exif
    metadata.xmpRange = page.xmp
    try probe.take(metadata, reader)
    return probe
  }

  /// How many full pages there are: smaller copies of a page and masks do not count.
  private static func pageCount(
    _ structure: TIFFStructure, first: Page
  ) throws(MediaFailure) -> Int {
    var count = 1
    var seen: Set<Int> = [structure.firstDirectory]
    var next = first.next
    while next > 0, seen.count < ProbeLimits.stepCount, seen.insert(next).inserted {
      do throws(MediaFailure) {
        let page = try Page(structure, at: next)
        if page.subfileType & 5 == 0, page.width > 0, page.height > 0 { count += 1 }
        next = page.next
      } catch {
        if error.kind == .unreadable { throw error }
        break
      }
    }
    return count
  }
}
