/// When a picture was taken: what the camera's clock showed, and its offset from UTC if it is known.
///
/// EXIF times are wall-clock times; most cameras do not say which zone they were in. Sorting uses
/// the wall clock (a day of pictures stays together wherever it was taken).
public struct CaptureTime: Sendable, Hashable {
  /// The wall clock as milliseconds since 1970-01-01T00:00:00, read as if it were UTC.
  public let wallMilliseconds: Int64
  /// Minutes east of UTC; nil when the file does not say.
  public let offsetMinutes: Int16?

  /// A capture time from its parts.
  public init(wallMilliseconds: Int64, offsetMinutes: Int16? = nil) {
    self.wallMilliseconds = wallMilliseconds
    self.offsetMinutes = offsetMinutes
  }

  /// A capture time from a calendar date; nil when a part is out of range (months 1–12, days as
  /// the month has, hours 0–23, minutes 0–59, seconds 0–60, offset within ±18 h).
  public init?(
    year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int,
    millisecond: Int = 0, offsetMinutes: Int16? = nil
  ) {
    guard (1...9999).contains(year), (1...12).contains(month), (0...23).contains(hour),
      (0...59).contains(minute), (0...60).contains(second), (0...999).contains(millisecond),
      offsetMinutes.map({ (-1080...1080).contains($0) }) ?? true
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...lengths[month - 1]).contains(day) else { return nil }
    let days = Self.daysSince1970(year: year, month: month, day: day)
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + min(second, 59)
    wallMilliseconds = Int64(seconds) * 1000 + Int64(millisecond)
    self.offsetMinutes = offsetMinutes
  }

  /// Calendar parts of the wall clock.
  public var calendar: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    let seconds = Int(wallMilliseconds >= 0 ? wallMilliseconds : wallMilliseconds - 999) / 1000
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let rest = seconds - days * 86_400
    let date = Self.date(daysSince1970: days)
    return (date.year, date.month, date.day, rest / 3600, rest / 60 % 60, rest % 60)
  }

  /// `2025-03-12T09:30:00+01:00`, or without an offset when none is known (RFC 3339).
  public var iso8601: String {
    let parts = calendar
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    var text = "\(padded(parts.year, 4))-\(padded(parts.month, 2))-\(padded(parts.day, 2))"
    text += "T\(padded(parts.hour, 2)):\(padded(parts.minute, 2)):\(padded(parts.second, 2))"
    if let offsetMinutes {
      let size = abs(Int(offsetMinutes))
      text += "\(offsetMinutes < 0 ? "-" : "+")\(padded(size / 60, 2)):\(padded(size % 60, 2))"
    }
    return text
  }

  // The civil-calendar arithmetic of Howard Hinnant, "chrono-compatible low-level date algorithms":
  // years begin in March so that the leap day is the last of the year, 400 years are one era.
  private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth + (marchMonth < 10 ? 3 : -9)
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
