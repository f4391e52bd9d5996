/// How dates are written: `2024`, `2024-05`, `2024-05-17`, `2024-05-17T10:30`, `today`, `last:30d`.
struct DateSyntax {
  let clock: QueryClock
  /// Whether the column counts in UTC and not in local time of the camera.
  let isUTC: Bool

  init(field: NumberField, clock: QueryClock) {
    self.clock = clock
    isUTC = field == .added
  }

  /// Reads a date that fills all of `bytes`; nil when it is none.
  func value(_ bytes: ArraySlice<UInt8>) -> NumberValue? {
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
    let today = DatePeriod(dayOf: clock.wallMilliseconds)
    switch text {
    case "today": return value(today, isWall: true)
    case "yesterday": return value(DatePeriod(dayOf: today.first - 1), isWall: true)
    default: break
    }
    var reader = DigitReader(bytes)
    guard let period = period(&reader) else { return nil }
    // Only a time in UTC can say that it is one.
    let saysUTC = isUTC && reader.take(UInt8(ascii: "z"))
    return reader.isAtEnd ? value(period, isWall: !saysUTC) : nil
  }

  /// When `last:30d` begins. It has no end: a camera's clock may be ahead of ours.
  ///
  /// - Parameter bytes: what follows `last:`.
  func lastBegin(_ bytes: ArraySlice<UInt8>) -> Int64? {
    var reader = DigitReader(bytes)
    guard let count = reader.number(1...6) else { return nil }
    let now = clock.wallMilliseconds
    let wall: Int64
    switch String(decoding: reader.rest, as: UTF8.self).lowercased() {
    case "s": wall = now - Int64(count) * DatePeriod.secondMilliseconds
    case "min": wall = now - Int64(count) * DatePeriod.minuteMilliseconds
    case "h": wall = now - Int64(count) * DatePeriod.hourMilliseconds
    case "d": wall = now - Int64(count) * DatePeriod.dayMilliseconds
    case "w": wall = now - Int64(count) * 7 * DatePeriod.dayMilliseconds
    case "mo": wall = DatePeriod.moving(now, backMonths: count)
    case "y": wall = DatePeriod.moving(now, backMonths: count * 12)
    default: return nil
    }
    return moment(max(wall, DatePeriod.earliest), isWall: true)
  }

  private func value(_ period: DatePeriod, isWall: Bool) -> NumberValue {
    let first = moment(period.first, isWall: isWall)
    // The next period's begin, not this one's end: clocks may have been set in between.
    let last = max(first, moment(period.last + 1, isWall: isWall) - 1)
    return NumberValue(span: first...last, exact: first...last)
  }

  private func moment(_ wall: Int64, isWall: Bool) -> Int64 {
    isUTC && isWall ? clock.utcMilliseconds(ofWall: wall) : wall
  }

  private func period(_ reader: inout DigitReader) -> DatePeriod? {
    guard let year = reader.number(4...4) else { return nil }
    guard reader.take(.minus) else { return DatePeriod(year: year) }
    guard let month = reader.number(1...2) else { return nil }
    guard reader.take(.minus) else { return DatePeriod(year: year, month: month) }
    guard let day = reader.number(1...2),
      let date = DatePeriod(year: year, month: month, day: day)
    else { return nil }
    guard reader.take(UInt8(ascii: "t")) else { return date }
    guard let hour = reader.number(1...2), hour < 24 else { return nil }
    var start = date.first + Int64(hour) * DatePeriod.hourMilliseconds
    guard reader.take(.colon) else {
      return DatePeriod(first: start, milliseconds: DatePeriod.hourMilliseconds)
    }
    guard let minute = reader.number(2...2), minute < 60 else { return nil }
    start += Int64(minute) * DatePeriod.minuteMilliseconds
    guard reader.take(.colon) else {
      return DatePeriod(first: start, milliseconds: DatePeriod.minuteMilliseconds)
    }
    guard let second = reader.number(2...2), second < 60 else { return nil }
    start += Int64(second) * DatePeriod.secondMilliseconds
    guard reader.take(.dot) else {
      return DatePeriod(first: start, milliseconds: DatePeriod.secondMilliseconds)
    }
    guard let millisecond = reader.number(3...3) else { return nil }
    return DatePeriod(first: start + Int64(millisecond), milliseconds: 1)
  }
}

/// Takes digits and signs from the front of a text.
private struct DigitReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// A number of so many digits, as many as there are.
  mutating func number(_ digitCount: ClosedRange<Int>) -> Int? {
    let digits = rest.prefix(digitCount.upperBound).prefix(while: \.isDigit)
    guard digits.count >= digitCount.lowerBound else { return nil }
    rest = rest.dropFirst(digits.count)
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// This sign, letters in either case; whether it was there.
  mutating func take(_ sign: UInt8) -> Bool {
    guard let first = rest.first, first == sign || first | 0x20 == sign && first.isLetter
    else { return false }
    rest = rest.dropFirst()
    return true
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}
