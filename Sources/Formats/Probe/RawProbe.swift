import Media

/// Camera RAW: TIFF-based ones, Canon CR3 (boxes), Fujifilm RAF, Minolta MRW, Sigma X3F, Canon CRW.
///
/// The size is that of the developed picture as the file states it; a decoder may find a few rows
/// and columns more or fewer.
enum RawProbe {
  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    switch try reader.u32be(0) {
    case code("FUJI"): return try fujifilm(reader)
    case code("FOVb"): return try sigma(reader)
    case 0x004D_524D: return try minolta(reader)
    default: break
    }
    if try reader.u32be(4) == code("ftyp") { return try canonBoxes(reader) }
    if try reader.matches("HEAPCCDR", at: 6) { return try CanonHeap.probe(reader) }
    return try tiffBased(reader, base: 0)
  }

  // MARK: TIFF

  private static func tiffBased(_ reader: MediaReader, base: Int) throws(MediaFailure) -> Probe {
    guard let structure = try TIFFStructure(reader, base: base, end: reader.byteCount) else {
      throw reader.truncated
    }
    var exif = EXIF()
    try exif.add(structure)
    var sizes = RawSizes()
    try sizes.look(structure)
    if sizes.preview != nil, exif.captureTime == nil, let preview = sizes.preview {
      // Panasonic keeps most of EXIF in the preview.
      let inner = try? JPEGProbe.probe(reader, base: base + preview)
      if let inner { return try finish(reader, sizes.best(exif), exif, preview: inner) }
    }
    return try finish(reader, sizes.best(exif), exif, preview: nil)
  }

  private static func finish(
    _ reader: MediaReader, _ size: (width: Int, height: Int)?, _ exif: EXIF, preview: Probe?
  ) throws(MediaFailure) -> Probe {
    guard let size else { throw reader.corrupt("it does not say how large the picture is") }
    var probe = try reader.makeProbe(.cameraRaw, width: size.width, height: size.height)
    probe.bitsPerChannel = 16
    if let preview {
      probe.orientation = preview.orientation
      probe.captureTime = preview.captureTime
      probe.cameraMake = preview.cameraMake
      probe.cameraModel = preview.cameraModel
      probe.position = preview.position
    }
    var metadata = EmbeddedMetadata()
    metadata.exif = exif
    try probe.take(metadata, reader)
    return probe
  }

  /// The directories of a RAW file and which of them describes the picture.
  private struct RawSizes {
    var preview: Int?
    private var pages: [TIFFProbe.Page] = []
    private var sensor: (top: Int, left: Int, bottom: Int, right: Int)?

    mutating func look(_ structure: TIFFStructure) throws(MediaFailure) {
      do throws(MediaFailure) {
        try lookAtPanasonic(structure)
        var next = structure.firstDirectory
        for _ in 0..<8 where next > 0 {
          let page = try TIFFProbe.Page(structure, at: next)
          pages.append(page)
          for place in page.subdirectories {
            pages.append(try TIFFProbe.Page(structure, at: place))
          }
          next = page.next
        }
      } catch {
        if error.kind == .unreadable { throw error }
      }
    }

    /// RW2 uses tags of its own for the sensor's borders and the preview.
    private mutating func lookAtPanasonic(_ structure: TIFFStructure) throws(MediaFailure) {
      guard try structure.reader.u32be(structure.base) == 0x4949_5500 else { return }
      var borders: [Int: Int] = [:]
      var place: Int?
      _ = try structure.forEachEntry(at: structure.firstDirectory) { entry throws(MediaFailure) in
        switch entry.tag {
        case 4...7: borders[entry.tag] = try structure.integer(entry)
        case 0x2E: place = entry.place
        default: break
        }
      }
      preview = place
      if let top = borders[4], let left = borders[5], let bottom = borders[6],
        let right = borders[7], bottom > top, right > left
      {
        sensor = (top, left, bottom, right)
      }
    }

    /// DNG's crop, else the camera's own size where it is close to the sensor's, else the sensor's.
    func best(_ exif: EXIF) -> (width: Int, height: Int)? {
      if let sensor { return (sensor.right - sensor.left, sensor.bottom - sensor.top) }
      let full = pages.filter { $0.width > 0 && $0.height > 0 }
      let main = full.filter { $0.subfileType & 1 == 0 }
      guard
        let largest = (main.isEmpty ? full : main).max(by: {
          $0.width * $0.height < $1.width * $1.height
        }) ?? full.first
      else {
        guard let width = exif.pixelWidth, let height = exif.pixelHeight else { return nil }
        return (width, height)
      }
      if let crop = largest.crop, crop.width > 0, crop.height > 0, crop.width <= largest.width,
        crop.height <= largest.height
      {
        return crop
      }
      if let width = exif.pixelWidth, let height = exif.pixelHeight, width <= largest.width,
        height <= largest.height, width * 10 >= largest.width * 9,
        height * 10 >= largest.height * 9
      {
        return (width, height)
      }
      return (largest.width, largest.height)
    }
  }

  // MARK: Others

  /// CR3: TIFF structures in boxes named CMT1 (first directory), CMT2 (EXIF) and CMT4 (GPS).
  private static func canonBoxes(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    guard let movie = try ISOBoxes.first(code("moov"), reader, from: 0, to: reader.byteCount),
      let own = try ISOBoxes.first(code("uuid"), reader, from: movie.body, to: movie.end)
    else { throw reader.truncated }
    var exif = EXIF()
    var size: (Int, Int)?
    try ISOBoxes.forEach(reader, from: own.body + 16, to: own.end) { box throws(MediaFailure) in
      guard let structure = try TIFFStructure(reader, base: box.body, end: box.end) else {
        return true
      }
      switch box.type {
      case code("CMT1"):
        try exif.add(structure)
        let page = try TIFFProbe.Page(structure, at: structure.firstDirectory)
        size = (page.width, page.height)
      case code("CMT2"): try exif.addDirectory(structure, isGPS: false)
      case code("CMT4"): try exif.addDirectory(structure, isGPS: true)
      default: break
      }
      return true
    }
    return try finish(reader, size, exif, preview: nil)
  }

  /// RAF: a table of offsets, a JPEG with the EXIF, and a list of records with the size.
  private static func fujifilm(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let preview = try JPEGProbe.probe(reader, base: reader.u32be(84))
    let records = try reader.u32be(92)
    var size: (Int, Int)?
    var at = records + 4
    for _ in 0..<min(try reader.u32be(records), 256) {
      let tag = try reader.u16be(at)
      let length = try reader.u16be(at + 2)
      // The cropped size, height before width; the sensor's when there is none.
      if tag == 0x111 || tag == 0x100 && size == nil {
        size = (try reader.u16be(at + 6), try reader.u16be(at + 4))
      }
      at += 4 + length
    }
    let fallback = (Int(preview.storedWidth), Int(preview.storedHeight))
    return try finish(reader, size ?? fallback, EXIF(), preview: preview)
  }

  /// X3F: the size and the rotation are in the header, the EXIF in an embedded JPEG we do not seek.
  private static func sigma(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let size = (try reader.u32le(28), try reader.u32le(32))
    var probe = try finish(reader, size, EXIF(), preview: nil)
    switch try reader.u32le(36) {
    case 90: probe.orientation = .right
    case 180: probe.orientation = .down
    case 270: probe.orientation = .left
    default: break
    }
    probe.cameraMake = "SIGMA"
    return probe
  }

  /// MRW: blocks, of which PRD holds the size and TTW a TIFF structure.
  private static func minolta(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    let end = min(8 + (try reader.u32be(4)), reader.byteCount)
    var size: (Int, Int)?
    var exif = EXIF()
    var at = 8
    var stepsLeft = 64
    while at <= end - 8, stepsLeft > 0 {
      stepsLeft -= 1
      let length = try reader.u32be(at + 4)
      switch try reader.u32be(at) {
      case 0x0050_5244: size = (try reader.u16be(at + 22), try reader.u16be(at + 20))
      case 0x0054_5457: exif = try EXIF(reader, base: at + 8, end: at + 8 + length)
      default: break
      }
      at += 8 + length
    }
    return try finish(reader, size, exif, preview: nil)
  }
}
