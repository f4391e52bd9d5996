/// What one number, date or size of a query stands for, in the unit of its field.
struct NumberValue {
  /// Where it begins as the lower bound of a range, and where it ends as the upper one. A date is as long
  /// as what it names, a number has no length.
  var span: ClosedRange<Int64>
  /// What it finds when it stands alone.
  var exact: ClosedRange<Int64>
}

/// Why a text is no number.
enum NumberProblem: Error {
  /// It does not look like one.
  case malformed
  case tooLarge
}

/// How the numbers of the fields are written: decimals with units, ratios, durations.
enum NumberSyntax {
  /// Reads a value that fills all of `bytes`.
  static func value(
    _ bytes: ArraySlice<UInt8>, field: NumberField
  ) throws(NumberProblem) -> NumberValue {
    switch field {
    case .ratio: return try ratio(bytes)
    case .duration: return try duration(bytes)
    default: break
    }
    guard let (number, byteCount) = Decimal.prefix(of: bytes) else { throw problem(bytes) }
    let unit = String(decoding: bytes.dropFirst(byteCount), as: UTF8.self).lowercased()
    guard let factor = factor(unit, field: field) else { throw .malformed }
    if number.fractionDigitCount > 0, isWhole(field) { throw .malformed }
    return try value(number, factor: factor)
  }

  /// An example of what a field takes, for messages.
  static func hint(_ field: NumberField) -> String {
    switch field {
    case .taken, .added:
      "a date such as 2024-05-17, 2024-05..2024-06, >=2024, last:30d, today or yesterday"
    case .size: "a size such as 10mb, >=1.5gib or 1mb..2mb"
    case .duration: "a length of time such as 90s, 2m, 1:30 or >1h"
    case .ratio: "a ratio such as 16:9, 1.5 or >=1.33"
    case .mp: "a number such as 12, >=2.5 or 1..2"
    case .aperture: "a number such as 2.8, <=4 or 1.4..2"
    case .focal: "a number such as 50, >=85 or 24..70"
    case .stars: "a number from -1 to 5, >=3 or 2..4"
    default: "a whole number such as 100, >=100 or 100..200"
    }
  }

  private static func isWhole(_ field: NumberField) -> Bool {
    switch field {
    case .stars, .width, .height, .iso, .tagcount, .gentags: true
    default: false
    }
  }

  private static func value(
    _ number: Decimal, factor: Int64
  ) throws(NumberProblem) -> NumberValue {
    guard let point = number.scaled(by: factor), let exact = number.roundedFrom(factor: factor)
    else { throw .tooLarge }
    return NumberValue(span: point...point, exact: exact)
  }

  private static func problem(_ bytes: ArraySlice<UInt8>) -> NumberProblem {
    let digits = bytes.first == .minus ? bytes.dropFirst() : bytes
    return digits.first?.isDigit == true ? .tooLarge : .malformed
  }

  /// How many of a field's column are one of this unit; nil when the field has no such unit.
  private static func factor(_ unit: String, field: NumberField) -> Int64? {
    switch (field, unit) {
    case (.size, _): sizeFactor(unit)
    case (.mp, ""), (.mp, "mp"): 1_000_000
    case (.aperture, ""): 100
    case (.focal, ""), (.focal, "mm"): 10
    case (.width, "px"), (.height, "px"): 1
    case (_, ""): 1
    default: nil
    }
  }

  /// As on a disk's label: thousands, and with an i powers of 1024.
  private static func sizeFactor(_ unit: String) -> Int64? {
    switch unit {
    case "", "b": 1
    case "k", "kb": 1000
    case "m", "mb": 1_000_000
    case "g", "gb": 1_000_000_000
    case "t", "tb": 1_000_000_000_000
    case "kib": 1 << 10
    case "mib": 1 << 20
    case "gib": 1 << 30
    case "tib": 1 << 40
    default: nil
    }
  }

  /// `16:9` or `1.5`. Alone it finds what is as wide within a hundredth, because hardly any picture is
  /// exactly 16:9.
  private static func ratio(_ bytes: ArraySlice<UInt8>) throws(NumberProblem) -> NumberValue {
    guard let (width, byteCount) = Decimal.prefix(of: bytes) else { throw problem(bytes) }
    let rest = bytes.dropFirst(byteCount)
    var point = width.scaled(by: 10_000)
    if let first = rest.first {
      guard first == .colon, let (height, heightByteCount) = Decimal.prefix(of: rest.dropFirst()),
        heightByteCount == rest.count - 1, height.digits > 0,
        let across = width.scaled(by: 10_000), let down = height.scaled(by: 10_000), down > 0
      else { throw .malformed }
      point = Decimal.rounded(Int128(across) * 10_000, over: Int128(down))
    }
    guard let point else { throw .tooLarge }
    let tolerance = abs(point) / 100
    let exact = point - tolerance...point + tolerance
    return NumberValue(
      span: point...point, exact: exact.clamped(to: -Decimal.largest...Decimal.largest))
  }

  /// `90` and `90s` are seconds; `1m30s`, `1.5h`, `250ms`, and clocks: `1:30`, `1:02:03`.
  private static func duration(_ bytes: ArraySlice<UInt8>) throws(NumberProblem) -> NumberValue {
    if bytes.contains(.colon) { return try clock(bytes) }
    var rest = bytes
    var total: Int64 = 0
    var exact: ClosedRange<Int64> = 0...0
    var lastFactor = Int64.max
    repeat {
      guard let (number, byteCount) = Decimal.prefix(of: rest) else { throw problem(rest) }
      rest = rest.dropFirst(byteCount)
      let letters = rest.prefix { !$0.isDigit && $0 != .dot && $0 != .minus }
      rest = rest.dropFirst(letters.count)
      guard let factor = durationFactor(String(decoding: letters, as: UTF8.self).lowercased()),
        factor < lastFactor, letters.count > 0 || total == 0 && rest.isEmpty
      else { throw .malformed }
      lastFactor = factor
      let part = try value(number, factor: factor)
      guard total <= Decimal.largest - part.exact.upperBound else { throw .tooLarge }
      // The last part says how exactly the whole is meant.
      exact = total + part.exact.lowerBound...total + part.exact.upperBound
      total += part.span.lowerBound
    } while !rest.isEmpty
    return NumberValue(span: total...total, exact: exact)
  }

  private static func durationFactor(_ unit: String) -> Int64? {
    switch unit {
    case "ms": 1
    case "", "s", "sec": 1000
    case "m", "min": 60_000
    case "h": 3_600_000
    case "d": 86_400_000
    default: nil
    }
  }

  /// `1:30` or `1:02:03`, perhaps with a fraction of a second.
  private static func clock(_ bytes: ArraySlice<UInt8>) throws(NumberProblem) -> NumberValue {
    let parts = bytes.split(separator: .colon, omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let last = parts.last,
      let (seconds, byteCount) = Decimal.prefix(of: last), byteCount == last.count,
      seconds.digits >= 0
    else { throw .malformed }
    var whole: Int64 = 0
    for part in parts.dropLast() {
      guard let (number, byteCount) = Decimal.prefix(of: part), byteCount == part.count,
        number.fractionDigitCount == 0, number.digits >= 0
      else { throw .malformed }
      guard number.digits < 1_000_000_000 else { throw .tooLarge }
      whole = (whole + number.digits) * 60
    }
    let part = try value(seconds, factor: 1000)
    guard part.span.lowerBound < Decimal.largest / 2 else { throw .tooLarge }
    let before = whole * 1000
    return NumberValue(
      span: before + part.span.lowerBound...before + part.span.lowerBound,
      exact: before + part.exact.lowerBound...before + part.exact.upperBound)
  }
}
