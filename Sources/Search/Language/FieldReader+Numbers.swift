/// Numbers, dates and sizes, and the ranges of them.
extension FieldReader {
  /// One of the values of a list: `100`, `>=100`, `100..200`, `last:30d`, `*`.
  func numbers(_ number: NumberField) throws(QueryError) -> Expression {
    var ranges: [Expression] = []
    for item in text.items(in: colon + 1..<word.upperBound) {
      let range = try range(item, number)
      if case .range(.stars, let lower?, let upper?) = range, lower < -1 || upper > 5 {
        throw QueryError("Stars go from -1 (rejected) to 5.", at: item)
      }
      ranges.append(range)
    }
    return .any(ranges)
  }

  private func range(_ item: Range<Int>, _ number: NumberField) throws(QueryError) -> Expression {
    let bytes = visible(item)
    let isDate = number == .taken || number == .added
    if bytes == [.star] { return .range(number, lower: nil, upper: nil) }
    if isDate, String(decoding: bytes.prefix(5), as: UTF8.self).lowercased() == "last:" {
      guard let begin = DateSyntax(field: number, clock: clock).lastBegin(bytes.dropFirst(5)) else {
        throw QueryError(
          "last: wants a number and one of s, min, h, d, w, mo, y, as in last:30d.", at: item,
          suggestions: ["last:30d"])
      }
      return .range(number, lower: begin, upper: nil)
    }
    if let dots = firstDots(bytes) {
      return try range(bytes[..<dots], bytes[(dots + 2)...], item, number)
    }
    for comparison in Comparison.allCases {
      guard let sign = comparison.signs.first(where: { bytes.starts(with: $0.utf8) }) else {
        continue
      }
      let span = try value(bytes.dropFirst(sign.utf8.count), item, number).span
      switch comparison {
      case .atLeast: return .range(number, lower: span.lowerBound, upper: nil)
      case .atMost: return .range(number, lower: nil, upper: span.upperBound)
      case .more:
        return .range(number, lower: min(span.upperBound + 1, Decimal.largest), upper: nil)
      case .less:
        return .range(number, lower: nil, upper: max(span.lowerBound - 1, -Decimal.largest))
      case .equal: break
      }
      return .range(number, lower: span.lowerBound, upper: span.upperBound)
    }
    let exact = try value(bytes[...], item, number).exact
    return .range(number, lower: exact.lowerBound, upper: exact.upperBound)
  }

  private func range(
    _ lower: ArraySlice<UInt8>, _ upper: ArraySlice<UInt8>, _ item: Range<Int>,
    _ number: NumberField
  ) throws(QueryError) -> Expression {
    if lower.isEmpty && upper.isEmpty { throw malformed(item, number) }
    let first = lower.isEmpty ? nil : try value(lower, item, number).span.lowerBound
    let last = upper.isEmpty ? nil : try value(upper, item, number).span.upperBound
    if let first, let last, first > last {
      let (from, to) = (
        String(decoding: lower, as: UTF8.self), String(decoding: upper, as: UTF8.self)
      )
      throw QueryError(
        "Nothing lies between \(from) and \(to): the smaller comes first.", at: item,
        suggestions: ["\(to)..\(from)"])
    }
    return .range(number, lower: first, upper: last)
  }

  private func value(
    _ bytes: ArraySlice<UInt8>, _ item: Range<Int>, _ number: NumberField
  ) throws(QueryError) -> NumberValue {
    if number == .taken || number == .added {
      guard let value = DateSyntax(field: number, clock: clock).value(bytes) else {
        throw malformed(item, number)
      }
      return value
    }
    do throws(NumberProblem) {
      return try NumberSyntax.value(bytes, field: number)
    } catch .tooLarge {
      throw QueryError("\(field.name): is too large a number here.", at: item)
    } catch {
      throw malformed(item, number)
    }
  }

  private func malformed(_ item: Range<Int>, _ number: NumberField) -> QueryError {
    QueryError("\(field.name): wants \(NumberSyntax.hint(number)).", at: item.isEmpty ? word : item)
  }

  /// Where the two dots of a range stand.
  private func firstDots(_ bytes: [UInt8]) -> Int? {
    bytes.indices.dropLast().first { bytes[$0] == .dot && bytes[$0 + 1] == .dot }
  }

  /// The bytes of a value without the marks nobody sees.
  private func visible(_ item: Range<Int>) -> [UInt8] {
    var visible: [UInt8] = []
    var position = item.lowerBound
    while position < item.upperBound {
      let (value, byteCount) = text.scalar(at: position)
      if CharacterKind(value) != .invisible {
        visible += text.bytes[position..<position + byteCount]
      }
      position += byteCount
    }
    return visible
  }
}

/// How a number is compared. The longer signs come first.
private enum Comparison: CaseIterable {
  case atLeast, atMost, more, less, equal

  var signs: [String] {
    switch self {
    case .atLeast: [">=", "≥"]
    case .atMost: ["<=", "≤"]
    case .more: [">"]
    case .less: ["<"]
    case .equal: ["="]
    }
  }
}
