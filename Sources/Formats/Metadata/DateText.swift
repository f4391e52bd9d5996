import Media

/// Reads the dates of EXIF (`2025:03:12 09:30:00`) and ISO 8601 (`2025-03-12T09:30:00.5+01:00`).
struct DateText {
  var year = 0
  var month = 0
  var day = 0
  var hour = 0
  var minute = 0
  var second = 0
  var millisecond = 0
  var offsetMinutes: Int16?

  /// Nil for anything that does not begin with a full calendar date: blanks, zeros, a bare year.
  init?(_ bytes: some RandomAccessCollection<UInt8>) {
    var cursor = Cursor(bytes)
    cursor.skipSpaces()
    guard let year = cursor.number(digits: 4...4), cursor.skip(":-/."),
      let month = cursor.number(digits: 1...2), cursor.skip(":-/."),
      let day = cursor.number(digits: 1...2)
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    guard cursor.skip(" T") else { return }
    cursor.skipSpaces()
    guard let hour = cursor.number(digits: 1...2), cursor.skip(":."),
      let minute = cursor.number(digits: 1...2)
    else { return }
    (self.hour, self.minute) = (hour, minute)
    if cursor.skip(":.") { second = cursor.number(digits: 1...2) ?? 0 }
    if cursor.skip(".,") { millisecond = cursor.milliseconds() }
    cursor.skipSpaces()
    offsetMinutes = cursor.offset()
  }

  /// The capture time, or nil when a part is out of range.
  var captureTime: CaptureTime? {
    CaptureTime(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second,
      millisecond: millisecond, offsetMinutes: offsetMinutes)
  }

  /// The offset of EXIF's OffsetTime tags: `+01:00`, `-0330`, `Z`; nil for anything else.
  static func offset(_ bytes: [UInt8]) -> Int16? {
    var cursor = Cursor(bytes)
    cursor.skipSpaces()
    return cursor.offset()
  }

  /// The digits of EXIF's SubSecTime tags as a fraction of a second.
  static func milliseconds(_ bytes: [UInt8]) -> Int {
    var cursor = Cursor(bytes)
    cursor.skipSpaces()
    return cursor.milliseconds()
  }

  private struct Cursor<Bytes: RandomAccessCollection<UInt8>> {
    let bytes: Bytes
    var index: Bytes.Index

    init(_ bytes: Bytes) {
      self.bytes = bytes
      index = bytes.startIndex
    }

    var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

    mutating func skipSpaces() { while next == 0x20 { bytes.formIndex(after: &index) } }

    mutating func skip(_ any: StaticString) -> Bool {
      guard let next else { return false }
      for place in 0..<any.utf8CodeUnitCount where unsafe any.utf8Start[place] == next {
        bytes.formIndex(after: &index)
        return true
      }
      return false
    }

    mutating func number(digits: ClosedRange<Int>) -> Int? {
      var value = 0
      var count = 0
      while count < digits.upperBound, let next, (0x30...0x39).contains(next) {
        value = value * 10 + Int(next - 0x30)
        count += 1
        bytes.formIndex(after: &index)
      }
      return count >= digits.lowerBound ? value : nil
    }

    mutating func milliseconds() -> Int {
      var value = 0
      var weight = 100
      while let next, (0x30...0x39).contains(next) {
        value += Int(next - 0x30) * weight
        weight /= 10
        bytes.formIndex(after: &index)
      }
      return value
    }

    mutating func offset() -> Int16? {
      if skip("Zz") { return 0 }
      guard let sign = next, skip("+-"), let hours = number(digits: 1...2) else { return nil }
      _ = skip(":")
      let minutes = number(digits: 2...2) ?? 0
      guard hours <= 18, minutes < 60 else { return nil }
      let total = Int16(hours * 60 + minutes)
      guard total <= 1080 else { return nil }
      return sign == UInt8(ascii: "-") ? -total : total
    }
  }
}
