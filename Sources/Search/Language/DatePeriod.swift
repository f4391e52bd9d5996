import Media

/// A stretch of the calendar as a date names it: a year, a month, a day, an hour, a minute, a second or a
/// millisecond. In milliseconds since 1970 of the wall clock.
struct DatePeriod: Hashable {
  let first: Int64
  let last: Int64

  static let secondMilliseconds: Int64 = 1000
  static let minuteMilliseconds: Int64 = 60_000
  static let hourMilliseconds: Int64 = 3_600_000
  static let dayMilliseconds: Int64 = 86_400_000

  /// The first and the last moment that can be named: year 1 to 9999.
  static let earliest: Int64 = -62_135_596_800_000
  static let latest: Int64 = 253_402_300_799_999

  /// The year, or the month of it, or the day of that; nil when there is no such one.
  init?(year: Int, month: Int? = nil, day: Int? = nil) {
    guard let first = Self.start(year, month ?? 1, day ?? 1) else { return nil }
    self.first = first
    if day != nil {
      last = first + Self.dayMilliseconds - 1
      return
    }
    let lastMonth = month ?? 12
    let lastDay = [31, 30, 29, 28].lazy.compactMap { Self.start(year, lastMonth, $0) }.first
    last = (lastDay ?? first) + Self.dayMilliseconds - 1
  }

  init(first: Int64, milliseconds duration: Int64) {
    self.first = first
    last = first + duration - 1
  }

  /// The day in which a moment lies.
  init(dayOf wall: Int64) {
    let rest = wall % Self.dayMilliseconds
    first = wall - (rest < 0 ? rest + Self.dayMilliseconds : rest)
    last = first + Self.dayMilliseconds - 1
  }

  private static func start(_ year: Int, _ month: Int, _ day: Int) -> Int64? {
    CaptureTime(year: year, month: month, day: day, hour: 0, minute: 0, second: 0)?.wallMilliseconds
  }

  /// The same time of day so many months earlier; on the last day of a month that is shorter. Not before
  /// year 1.
  static func moving(_ wall: Int64, backMonths count: Int) -> Int64 {
    let parts = CaptureTime(wallMilliseconds: wall).calendar
    let months = parts.year * 12 + parts.month - 1 - count
    let timeOfDay = wall - DatePeriod(dayOf: wall).first
    for day in stride(from: parts.day, through: 1, by: -1) {
      if months >= 12, let start = start(months / 12, months % 12 + 1, day) {
        return start + timeOfDay
      }
      if months < 12 { break }
    }
    return earliest
  }
}
