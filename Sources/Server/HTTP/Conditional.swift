import Media
import Platform

/// Conditional and partial requests (RFC 9110, sections 13 and 14).
enum Conditional {
  /// True when `If-None-Match` names this entity tag: the client has it already.
  static func matches(_ ifNoneMatch: String?, tag: String) -> Bool {
    guard let ifNoneMatch else { return false }
    return ifNoneMatch.split(separator: ",").contains { candidate in
      var text = candidate.drop { $0 == " " || $0 == "\t" }
      while text.last == " " || text.last == "\t" { text.removeLast() }
      // A weak comparison is right for GET: "W/" does not matter.
      if text.hasPrefix("W/") { text = text.dropFirst(2) }
      return text == "*" || text == tag[...]
    }
  }

  /// What a `Range` header asks of something `byteCount` long.
  enum RangeOutcome: Equatable {
    /// All of it: no range, several ranges, or one that is not understood.
    case whole
    /// This part.
    case part(offset: Int64, count: Int64)
    /// Nothing that exists: 416.
    case unsatisfiable
  }

  /// Reads a `Range` header. `ifRange` must equal the strong entity tag for it to count.
  static func range(
    _ header: String?, ifRange: String?, tag: String, byteCount: Int64
  ) -> RangeOutcome {
    guard let header, header.lowercased().hasPrefix("bytes=") else { return .whole }
    // A date in If-Range has too little resolution to trust; then the whole is sent.
    if let ifRange, ifRange != tag { return .whole }
    let specification = header.dropFirst(6)
    let halves = specification.split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2, !specification.contains(",") else { return .whole }
    let (first, last) = (decimal(halves[0]), decimal(halves[1]))
    switch (halves[0].isEmpty, first, halves[1].isEmpty, last) {
    case (true, _, false, let suffix?):
      if suffix == 0 || byteCount == 0 { return .unsatisfiable }
      let count = min(suffix, byteCount)
      return .part(offset: byteCount - count, count: count)
    case (false, let first?, true, _):
      if first >= byteCount { return .unsatisfiable }
      return .part(offset: first, count: byteCount - first)
    case (false, let first?, false, let last?) where first <= last:
      if first >= byteCount { return .unsatisfiable }
      return .part(offset: first, count: min(last, byteCount - 1) - first + 1)
    default: return .whole
    }
  }

  private static func decimal(_ text: Substring) -> Int64? {
    guard !text.isEmpty,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int64(text)
  }

  /// An HTTP date (RFC 9110, section 5.6.7), e.g. `Sun, 06 Nov 1994 08:49:37 GMT`.
  static func httpDate(secondsSince1970 seconds: Int64) -> String {
    let calendar = CaptureTime(wallMilliseconds: seconds * 1000).calendar
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let day = Int((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let year = String(calendar.year)
    return "\(days[((day % 7) + 7) % 7]), \(two(calendar.day)) \(months[calendar.month - 1]) "
      + String(repeating: "0", count: max(0, 4 - year.count)) + year
      + " \(two(calendar.hour)):\(two(calendar.minute)):\(two(calendar.second)) GMT"
  }
}
