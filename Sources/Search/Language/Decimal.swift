/// A number as it is typed: digits, perhaps a point and more digits. Exact, unlike a `Double`.
struct Decimal {
  /// All digits as one number, with its sign; less than 10^18.
  let digits: Int64
  /// How many of them stand behind the point.
  let fractionDigitCount: Int

  /// What no bound of a range goes beyond: no column comes near it.
  static let largest: Int64 = 999_999_999_999_999_999

  /// Reads a number from the beginning of some bytes.
  ///
  /// - Returns: the number and how many bytes it takes; nil when none stands there, or one with more
  ///   than 18 digits.
  static func prefix(of bytes: ArraySlice<UInt8>) -> (number: Decimal, byteCount: Int)? {
    var position = bytes.startIndex
    let isNegative = position < bytes.endIndex && bytes[position] == .minus
    if isNegative { position += 1 }
    var digits: Int64 = 0
    var digitCount = 0
    var significantCount = 0
    var fractionDigitCount = 0
    var isFraction = false
    while position < bytes.endIndex {
      let byte = bytes[position]
      if byte.isDigit {
        if significantCount > 0 || byte != 0x30 { significantCount += 1 }
        guard significantCount <= 18, fractionDigitCount < 18 else { return nil }
        digits = digits * 10 + Int64(byte - 0x30)
        digitCount += 1
        if isFraction { fractionDigitCount += 1 }
      } else if byte == .dot, !isFraction, position + 1 < bytes.endIndex,
        bytes[position + 1].isDigit
      {
        isFraction = true
      } else {
        break
      }
      position += 1
    }
    guard digitCount > 0 else { return nil }
    let number = Decimal(
      digits: isNegative ? -digits : digits, fractionDigitCount: fractionDigitCount)
    return (number, position - bytes.startIndex)
  }

  /// The number in units of which `factor` make one; rounded to the nearest, halves away from zero. Nil
  /// when it is beyond `largest`.
  func scaled(by factor: Int64) -> Int64? {
    Self.rounded(Int128(digits) * Int128(factor) * 2, over: 2 * power)
  }

  /// The whole numbers of units that would be rounded to this number with as many digits behind the
  /// point: 2.8 with a factor of 100 is 275…284. One unit at least.
  func roundedFrom(factor: Int64) -> ClosedRange<Int64>? {
    guard let point = scaled(by: factor) else { return nil }
    let doubled = 2 * power
    let lower = Self.ceiling((Int128(digits) * 2 - 1) * Int128(factor), over: doubled)
    let upper = Self.ceiling((Int128(digits) * 2 + 1) * Int128(factor), over: doubled) - 1
    // As below zero nothing is counted, zero does not reach there.
    let least = digits >= 0 ? 0 : -Int128(Self.largest)
    let first = min(max(lower, least), Int128(point))
    return Int64(first)...Int64(min(max(upper, Int128(point)), Int128(Self.largest)))
  }

  private var power: Int128 {
    var power: Int128 = 1
    for _ in 0..<fractionDigitCount { power *= 10 }
    return power
  }

  /// A quotient rounded to the nearest whole number.
  static func rounded(_ numerator: Int128, over denominator: Int128) -> Int64? {
    let half = denominator / 2
    let quotient = (numerator + (numerator < 0 ? -half : half)) / denominator
    return abs(quotient) <= Int128(largest) ? Int64(quotient) : nil
  }

  private static func ceiling(_ numerator: Int128, over denominator: Int128) -> Int128 {
    let quotient = numerator / denominator
    return numerator > 0 && numerator % denominator != 0 ? quotient + 1 : quotient
  }
}
