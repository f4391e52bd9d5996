import Media

/// What grid and search need from an XMP packet, where EXIF does not say it.
///
/// Not an XML parser: it looks for the property names cameras and editors write, as attributes or
/// elements, with their usual prefixes. The deep metadata reads XMP properly.
struct XMPScan {
  var orientation: Orientation?
  var captureTime: CaptureTime?
  var make: String?
  var model: String?
  var position: GeoPosition?

  /// Scans a packet. Complexity: O(n), one pass.
  init(_ bytes: [UInt8]) {
    var dates: (original: DateText?, created: DateText?, written: DateText?)
    var latitude: Double?
    var longitude: Double?
    var altitude: Double?
    var isBelowSea = false
    for colon in bytes.indices where bytes[colon] == UInt8(ascii: ":") {
      guard colon >= 3, colon + 5 < bytes.count,
        let name = Name(bytes, colon: colon), let value = Self.value(bytes, after: name.end)
      else { continue }
      switch name.property {
      case .dateTimeOriginal: dates.original = dates.original ?? DateText(value)
      case .dateCreated: dates.created = dates.created ?? DateText(value)
      case .createDate: dates.written = dates.written ?? DateText(value)
      case .latitude: latitude = Self.degrees(value) ?? latitude
      case .longitude: longitude = Self.degrees(value) ?? longitude
      case .altitude: altitude = Self.rational(value) ?? altitude
      case .altitudeReference: isBelowSea = value.first == UInt8(ascii: "1")
      case .orientation:
        if value.count == 1, let digit = value.first, digit > 0x30 {
          orientation = Orientation(rawValue: digit - 0x30)
        }
      case .make: make = CleanText.from(Array(value))
      case .model: model = CleanText.from(Array(value))
      }
    }
    captureTime =
      dates.original?.captureTime ?? dates.created?.captureTime ?? dates.written?.captureTime
    if let latitude, let longitude, latitude != 0 || longitude != 0 {
      position = GeoPosition(
        latitude: latitude, longitude: longitude,
        altitudeMetres: altitude.map { isBelowSea ? -$0 : $0 })
    }
  }

  private enum Property {
    case dateTimeOriginal, dateCreated, createDate, latitude, longitude, altitude
    case altitudeReference, orientation, make, model
  }

  /// A property name around a colon.
  private struct Name {
    let property: Property
    /// Just behind the name.
    let end: Int

    init?(_ bytes: [UInt8], colon: Int) {
      // The first letter after the colon leaves few candidates; most colons of a packet fall here.
      let candidates: [(StaticString, StaticString, Property)]
      switch bytes[colon + 1] {
      case UInt8(ascii: "D"): candidates = Self.datesOfD
      case UInt8(ascii: "C"): candidates = Self.datesOfC
      case UInt8(ascii: "G"): candidates = Self.places
      case UInt8(ascii: "O"), UInt8(ascii: "M"): candidates = Self.camera
      default: return nil
      }
      for (prefix, local, property) in candidates {
        let start = colon - prefix.utf8CodeUnitCount
        let end = colon + 1 + local.utf8CodeUnitCount
        guard start > 0, end < bytes.count, Self.isText(prefix, in: bytes, at: start),
          Self.isText(local, in: bytes, at: colon + 1)
        else { continue }
        // `</exif:Name>` ends a value, and a longer name only begins like this one.
        let before = bytes[start - 1]
        let after = bytes[end]
        guard before == UInt8(ascii: "<") || before <= 0x20, !Self.isNameByte(after) else {
          continue
        }
        self.property = property
        self.end = end
        return
      }
      return nil
    }

    private static let datesOfD: [(StaticString, StaticString, Property)] = [
      ("exif", "DateTimeOriginal", .dateTimeOriginal), ("photoshop", "DateCreated", .dateCreated),
    ]
    private static let datesOfC: [(StaticString, StaticString, Property)] = [
      ("xmp", "CreateDate", .createDate), ("xap", "CreateDate", .createDate),
    ]
    private static let places: [(StaticString, StaticString, Property)] = [
      ("exif", "GPSLatitude", .latitude), ("exif", "GPSLongitude", .longitude),
      ("exif", "GPSAltitude", .altitude), ("exif", "GPSAltitudeRef", .altitudeReference),
    ]
    private static let camera: [(StaticString, StaticString, Property)] = [
      ("tiff", "Orientation", .orientation), ("tiff", "Make", .make), ("tiff", "Model", .model),
    ]

    private static func isText(_ text: StaticString, in bytes: [UInt8], at start: Int) -> Bool {
      for index in 0..<text.utf8CodeUnitCount
      where unsafe bytes[start + index] != text.utf8Start[index] { return false }
      return true
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
  }

  /// The value of `name="value"` or `<name>value</name>`.
  private static func value(_ bytes: [UInt8], after end: Int) -> ArraySlice<UInt8>? {
    var index = end
    while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
    guard index < bytes.count else { return nil }
    let terminator: UInt8
    if bytes[index] == UInt8(ascii: ">") {
      terminator = UInt8(ascii: "<")
    } else if bytes[index] == UInt8(ascii: "=") {
      index += 1
      while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
      guard index < bytes.count, bytes[index] == 0x22 || bytes[index] == 0x27 else { return nil }
      terminator = bytes[index]
    } else {
      return nil
    }
    let start = index + 1
    guard start < bytes.count else { return nil }
    let limit = min(bytes.count, start + ProbeLimits.textByteCount)
    guard let stop = bytes[start..<limit].firstIndex(of: terminator) else { return nil }
    return bytes[start..<stop]
  }

  /// `51,30.5N`, `51,30,12N` or `-0.25`.
  static func degrees(_ value: ArraySlice<UInt8>) -> Double? {
    guard let last = value.last else { return nil }
    var digits = value
    var sign = 1.0
    switch last & ~0x20 {
    case UInt8(ascii: "N"), UInt8(ascii: "E"): digits = value.dropLast()
    case UInt8(ascii: "S"), UInt8(ascii: "W"):
      digits = value.dropLast()
      sign = -1
    default: break
    }
    var total = 0.0
    var unit = 1.0
    for part in digits.split(separator: UInt8(ascii: ","), maxSplits: 3) {
      guard unit <= 3600, let number = Double(String(decoding: part, as: UTF8.self)),
        number.isFinite
      else { return nil }
      total += number / unit
      unit *= 60
    }
    return unit > 1 ? total * sign : nil
  }

  /// `1250/10` or `125.0`.
  private static func rational(_ value: ArraySlice<UInt8>) -> Double? {
    let parts = value.split(separator: UInt8(ascii: "/"), maxSplits: 1)
    let numbers = parts.compactMap { Double(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == parts.count, let first = numbers.first else { return nil }
    if numbers.count == 1 { return first }
    return numbers[1] == 0 ? nil : first / numbers[1]
  }
}
