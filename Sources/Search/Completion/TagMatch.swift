/// A tag that comes to mind when some letters are typed.
package struct TagMatch: Sendable, Hashable {
  /// How the letters stand in a name, best first.
  package enum Kind: UInt8, Sendable, Comparable {
    /// They are all of it.
    case whole
    /// It begins with them.
    case beginning
    /// A word in it begins with them.
    case word
    case inside

    package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
  }

  package let tag: UInt32
  package let kind: Kind
  /// How many assets have the tag.
  package let count: Int
  /// The place of the name that fits, which may be an alias.
  let place: Int

  /// Whether this is shown before another: by kind, then by count, then the older name.
  func precedes(_ other: TagMatch) -> Bool {
    if kind != other.kind { return kind < other.kind }
    if count != other.count { return count > other.count }
    return place < other.place
  }
}

/// The best few of many matches, a tag once.
struct BestMatches {
  private let limit: Int
  private(set) var matches: [TagMatch] = []

  init(limit: Int) {
    self.limit = limit
    matches.reserveCapacity(limit + 1)
  }

  var isFull: Bool { matches.count == limit }

  /// Whether what is not better than this has no chance any more.
  func isHopeless(_ kind: TagMatch.Kind, _ count: Int) -> Bool {
    guard isFull, let last = matches.last else { return false }
    return last.kind != kind ? last.kind < kind : last.count > count
  }

  mutating func insert(_ match: TagMatch) {
    if isFull, let last = matches.last, !match.precedes(last) { return }
    if let before = matches.firstIndex(where: { $0.tag == match.tag }) {
      guard match.precedes(matches[before]) else { return }
      matches.remove(at: before)
    }
    let index = matches.firstIndex { match.precedes($0) } ?? matches.count
    matches.insert(match, at: index)
    if matches.count > limit { matches.removeLast() }
  }
}
