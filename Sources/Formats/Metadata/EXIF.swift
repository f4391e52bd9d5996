import Media

/// What grid and search need from an EXIF block.
struct EXIF {
  var orientation: Orientation?
  var make: String?
  var model: String?
  var position: GeoPosition?
  /// PixelXDimension and PixelYDimension: what the camera meant the picture to be.
  var pixelWidth: Int?
  var pixelHeight: Int?

  private var original = Moment()
  private var digitized = Moment()
  private var modified = Moment()
  private var gps = GPS()

  /// One of the three times of EXIF, spread over three tags each.
  private struct Moment {
    var text: DateText?
    var milliseconds = 0
    var offset: Int16?

    var captureTime: CaptureTime? {
      guard var parts = text else { return nil }
      if milliseconds > 0 { parts.millisecond = milliseconds }
      if let offset { parts.offsetMinutes = offset }
      return parts.captureTime
    }
  }

  private struct GPS {
    var latitude: Double?
    var longitude: Double?
    var altitude: Double?
    var latitudeSign: Double?
    var longitudeSign: Double?
    var altitudeSign: Double = 1

    /// Nil unless both numbers are there with their hemisphere: a place on the wrong side of the
    /// earth is worse than none. Nil for 0, 0 as well: cameras without a fix write that, and the
    /// place is open sea.
    var position: GeoPosition? {
      guard let latitude, let longitude, let latitudeSign, let longitudeSign,
        latitude != 0 || longitude != 0
      else { return nil }
      return GeoPosition(
        latitude: latitude * latitudeSign, longitude: longitude * longitudeSign,
        altitudeMetres: altitude.map { $0 * altitudeSign })
    }
  }

  /// DateTimeOriginal, else DateTimeDigitized; each with its own fraction and offset.
  var captureTime: CaptureTime? { original.captureTime ?? digitized.captureTime }

  /// DateTime: when the file was last changed, which editors keep up to date. The last resort.
  var modificationTime: CaptureTime? { modified.captureTime }

  /// EXIF that says nothing.
  init() {}

  /// Reads a block at `base ..< end`, an `Exif\0\0` in front allowed. What is damaged is left out.
  ///
  /// - Throws: `.unreadable` only.
  init(_ reader: MediaReader, base: Int, end: Int) throws(MediaFailure) {
    do throws(MediaFailure) {
      let start = try reader.matches("Exif\0\0", at: base) ? base + 6 : base
      guard let structure = try TIFFStructure(reader, base: start, end: end) else { return }
      try add(structure)
    } catch {
      if error.kind == .unreadable { throw error }
    }
  }

  /// Reads a block of HEIF and JPEG XL: four bytes say how many more come before the EXIF header.
  ///
  /// - Throws: `.unreadable` only.
  init(_ reader: MediaReader, withOffsetAt range: Range<Int>) throws(MediaFailure) {
    guard range.count > 8, range.lowerBound <= reader.byteCount - 8 else {
      self.init()
      return
    }
    let start = reader.sum(range.lowerBound + 4, try reader.u32be(range.lowerBound))
    try self.init(reader, base: start, end: range.upperBound)
  }

  /// Reads the first directory of a structure and the EXIF and GPS directories below it.
  mutating func add(_ structure: TIFFStructure) throws(MediaFailure) {
    try addPartly(structure, directory: structure.firstDirectory, depth: 0)
    position = gps.position ?? position
  }

  /// Reads a directory that holds EXIF tags without a link from a first directory (Canon CR3).
  mutating func addDirectory(_ structure: TIFFStructure, isGPS: Bool) throws(MediaFailure) {
    let directory = structure.firstDirectory
    if isGPS {
      try addGPS(structure, directory: directory)
      position = gps.position ?? position
    } else {
      try addPartly(structure, directory: directory, depth: 1)
    }
  }

  /// Keeps what was read before the damage.
  private mutating func addPartly(
    _ structure: TIFFStructure, directory: Int, depth: Int
  ) throws(MediaFailure) {
    var links: (exif: Int?, gps: Int?) = (nil, nil)
    var found = self
    do throws(MediaFailure) {
      _ = try structure.forEachEntry(at: directory) { entry throws(MediaFailure) in
        switch entry.tag {
        case 0x8769 where depth == 0: links.exif = try structure.integer(entry)
        case 0x8825: links.gps = try structure.integer(entry)
        default: try found.take(entry, of: structure, depth: depth)
        }
      }
    } catch {
      if error.kind == .unreadable { throw error }
    }
    self = found
    if let link = links.exif, link > 0 {
      try addPartly(structure, directory: link, depth: depth + 1)
    }
    if let link = links.gps, link > 0 { try addGPS(structure, directory: link) }
  }

  private mutating func take(
    _ entry: TIFFStructure.Entry, of structure: TIFFStructure, depth: Int
  ) throws(MediaFailure) {
    switch entry.tag {
    case 0x0112 where depth == 0:
      orientation = try structure.integer(entry).flatMap(Orientation.init(exif:))
    case 0x010F: if make == nil { make = CleanText.from(try structure.text(entry)) }
    case 0x0110: if model == nil { model = CleanText.from(try structure.text(entry)) }
    case 0x0132: modified.text = DateText(try structure.text(entry))
    case 0x9003: original.text = DateText(try structure.text(entry))
    case 0x9004: digitized.text = DateText(try structure.text(entry))
    case 0x9010: modified.offset = DateText.offset(try structure.text(entry))
    case 0x9011: original.offset = DateText.offset(try structure.text(entry))
    case 0x9012: digitized.offset = DateText.offset(try structure.text(entry))
    case 0x9290: modified.milliseconds = DateText.milliseconds(try structure.text(entry))
    case 0x9291: original.milliseconds = DateText.milliseconds(try structure.text(entry))
    case 0x9292: digitized.milliseconds = DateText.milliseconds(try structure.text(entry))
    case 0xA002: pixelWidth = try structure.integer(entry)
    case 0xA003: pixelHeight = try structure.integer(entry)
    default: break
    }
  }

  private mutating func addGPS(
    _ structure: TIFFStructure, directory: Int
  ) throws(MediaFailure) {
    var found = gps
    do throws(MediaFailure) {
      _ = try structure.forEachEntry(at: directory) { entry throws(MediaFailure) in
        switch entry.tag {
        case 1: found.latitudeSign = Self.sign(try structure.text(entry), positive: "N", "S")
        case 2: found.latitude = try Self.degrees(entry, of: structure)
        case 3: found.longitudeSign = Self.sign(try structure.text(entry), positive: "E", "W")
        case 4: found.longitude = try Self.degrees(entry, of: structure)
        case 5: found.altitudeSign = try structure.integer(entry) == 1 ? -1 : 1
        case 6: found.altitude = try structure.real(entry)
        default: break
        }
      }
    } catch {
      if error.kind == .unreadable { throw error }
    }
    gps = found
  }

  private static func sign(
    _ text: [UInt8], positive: Unicode.Scalar, _ negative: Unicode.Scalar
  ) -> Double? {
    guard let letter = text.first(where: { $0 > 0x20 }) else { return nil }
    let upper = letter & ~0x20
    if upper == UInt8(ascii: positive) { return 1 }
    return upper == UInt8(ascii: negative) ? -1 : nil
  }

  /// Degrees, minutes and seconds; the last two may be missing or 0/0, the degrees may not.
  private static func degrees(
    _ entry: TIFFStructure.Entry, of structure: TIFFStructure
  ) throws(MediaFailure) -> Double? {
    guard let degrees = try structure.real(entry, 0) else { return nil }
    let minutes = try structure.real(entry, 1) ?? 0
    let seconds = try structure.real(entry, 2) ?? 0
    return degrees + minutes / 60 + seconds / 3600
  }
}

extension Orientation {
  /// The orientation of an EXIF value; nil outside 1…8.
  init?(exif value: Int) {
    guard let small = UInt8(exactly: value) else { return nil }
    self.init(rawValue: small)
  }
}
