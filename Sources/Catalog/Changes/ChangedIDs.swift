/// Which rows changed: ranges of ids, few however many there are. Ids that lie between may be covered
/// although they did not change.
public struct ChangedIDs: Sendable, Equatable {
  /// True when any row may have changed.
  public private(set) var isEverything = false
  // In order and apart up to `settledCount`; what was noted since comes after.
  private var noted: [ClosedRange<Int64>] = []
  private var settledCount = 0

  /// Ranges that are kept; more are joined across the smallest gaps.
  public static let rangeLimit = 256

  /// Nothing changed.
  public init() {}

  /// Any row may have changed.
  public static var everything: ChangedIDs {
    var all = ChangedIDs()
    all.noteEverything()
    return all
  }

  /// True when nothing changed.
  public var isEmpty: Bool { !isEverything && noted.isEmpty }

  /// The ranges in order, apart from each other, at most `rangeLimit`; empty for `isEverything`.
  public var ranges: [ClosedRange<Int64>] {
    var settled = self
    settled.settle()
    return settled.noted
  }

  /// True when the row may have changed.
  public func contains(_ id: Int64) -> Bool {
    isEverything || noted.contains { $0.contains(id) }
  }

  /// Notes a row.
  mutating func note(_ id: Int64) { note(id...id) }

  /// Notes rows that follow each other.
  mutating func note(_ range: ClosedRange<Int64>) {
    if isEverything { return }
    if let last = noted.last {
      if last.lowerBound <= range.lowerBound, range.upperBound <= last.upperBound { return }
      if settledCount < noted.count, last.upperBound + 1 == range.lowerBound {
        noted[noted.count - 1] = last.lowerBound...range.upperBound
        return
      }
    }
    noted.append(range)
    if noted.count - settledCount >= 4 * Self.rangeLimit { settle() }
  }

  /// Notes that any row may have changed.
  mutating func noteEverything() {
    isEverything = true
    noted = []
    settledCount = 0
  }

  /// Notes what another noted.
  mutating func formUnion(_ other: ChangedIDs) {
    if other.isEverything { return noteEverything() }
    for range in other.noted { note(range) }
  }

  private mutating func settle() {
    if settledCount == noted.count { return }
    noted.sort { $0.lowerBound < $1.lowerBound }
    join(gap: 0)
    var gap: Int64 = 1
    while noted.count > Self.rangeLimit {
      gap *= 2
      join(gap: gap)
    }
    settledCount = noted.count
  }

  private mutating func join(gap: Int64) {
    var joined: [ClosedRange<Int64>] = []
    for range in noted {
      if let last = joined.last, range.lowerBound - 1 <= last.upperBound + gap {
        joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    noted = joined
  }

  public static func == (left: ChangedIDs, right: ChangedIDs) -> Bool {
    left.isEverything == right.isEverything && left.ranges == right.ranges
  }
}
