import Media

/// Writes ranges of numbers and dates so that the same bounds are read from them.
struct RangeWriter {
  let field: NumberField

  func text(lower: Int64?, upper: Int64?) -> String {
    let name = "\(field.rawValue):"
    switch (lower, upper) {
    case (nil, nil): return name + "*"
    case (let lower?, nil): return "\(name)>=\(bound(lower, isLower: true))"
    case (nil, let upper?): return "\(name)<=\(bound(upper, isLower: false))"
    case (let lower?, let upper?):
      if let both = single(lower, upper) { return name + both }
      return "\(name)\(bound(lower, isLower: true))..\(bound(upper, isLower: false))"
    }
  }

  /// A value that alone has both bounds.
  private func single(_ lower: Int64, _ upper: Int64) -> String? {
    switch field {
    case .stars, .width, .height, .iso, .tagcount, .gentags, .size:
      lower == upper ? String(lower) : nil
    case .taken: dates(lower).first { $0.period.first == lower && $0.period.last == upper }?.text
    default: nil
    }
  }

  private func bound(_ value: Int64, isLower: Bool) -> String {
    switch field {
    case .stars, .width, .height, .iso, .tagcount, .gentags, .size: return String(value)
    case .ratio: return decimal(value, fractionDigitCount: 4)
    case .mp: return decimal(value, fractionDigitCount: 6)
    case .aperture: return decimal(value, fractionDigitCount: 2)
    case .focal: return decimal(value, fractionDigitCount: 1)
    case .duration: return value % 1000 == 0 ? "\(value / 1000)s" : "\(value)ms"
    case .taken, .added:
      // Outside of the years that can be written is no picture.
      let value = min(max(value, DatePeriod.earliest), DatePeriod.latest)
      let dates = dates(value)
      let exact = dates.first { (isLower ? $0.period.first : $0.period.last) == value }
      return (exact ?? dates[dates.count - 1]).text
    }
  }

  /// A number of units of which ten to the power of `fractionDigitCount` are one.
  private func decimal(_ value: Int64, fractionDigitCount: Int) -> String {
    var digits = String(value.magnitude)
    digits =
      String(repeating: "0", count: max(0, fractionDigitCount + 1 - digits.utf8.count)) + digits
    var fraction = String(digits.suffix(fractionDigitCount))
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return (value < 0 ? "-" : "") + digits.dropLast(fractionDigitCount)
      + (fraction.isEmpty ? "" : "." + fraction)
  }

  /// The dates in which a moment lies, from the longest to the millisecond. Those of `added:` are written
  /// in UTC, so that they mean the same everywhere.
  private func dates(_ moment: Int64) -> [(text: String, period: DatePeriod)] {
    let parts = CaptureTime(wallMilliseconds: moment).calendar
    let millisecond = Int(moment - DatePeriod(dayOf: moment).first) % 1000
    var text = padded(parts.year, 4)
    var dates: [(String, DatePeriod)] = []
    func add(_ period: DatePeriod?) {
      if let period { dates.append((text + (field == .added ? "Z" : ""), period)) }
    }
    add(DatePeriod(year: parts.year))
    text += "-" + padded(parts.month, 2)
    add(DatePeriod(year: parts.year, month: parts.month))
    text += "-" + padded(parts.day, 2)
    add(DatePeriod(year: parts.year, month: parts.month, day: parts.day))
    var first = DatePeriod(dayOf: moment).first
    for (sign, number, length) in [
      ("T", parts.hour, DatePeriod.hourMilliseconds),
      (":", parts.minute, DatePeriod.minuteMilliseconds),
      (":", parts.second, DatePeriod.secondMilliseconds), (".", millisecond, 1),
    ] {
      text += sign + padded(number, length == 1 ? 3 : 2)
      first += Int64(number) * length
      add(DatePeriod(first: first, milliseconds: length))
    }
    return dates
  }

  private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
