import Media

/// Gathers a timeline from capture times that come in order.
struct TimelineMaker {
  private(set) var buckets: [TimelineBucket] = []
  // The milliseconds of the last bucket's month: most assets fall into it, and need no calendar.
  private var month: Range<Int64> = 0..<0

  mutating func add(_ milliseconds: Int64, at position: Int) {
    if !buckets.isEmpty, month.contains(milliseconds) {
      buckets[buckets.count - 1].count += 1
      return
    }
    let parts = CaptureTime(wallMilliseconds: milliseconds).calendar
    buckets.append(
      TimelineBucket(year: parts.year, month: parts.month, position: position, count: 1))
    let start = CaptureTime(
      year: parts.year, month: parts.month, day: 1, hour: 0, minute: 0, second: 0)
    let end =
      parts.month == 12
      ? CaptureTime(year: parts.year + 1, month: 1, day: 1, hour: 0, minute: 0, second: 0)
      : CaptureTime(
        year: parts.year, month: parts.month + 1, day: 1, hour: 0, minute: 0, second: 0)
    if let start, let end {
      month = start.wallMilliseconds..<end.wallMilliseconds
    } else {
      month = milliseconds..<milliseconds + 1
    }
  }
}
