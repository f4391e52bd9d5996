/// Arithmetic on how often tags come together. Pure: the counts come from whoever has them.
public enum RelatedTags {
  /// A tag that often comes with another.
  public struct Related: Sendable, Hashable {
    public let tag: TagID
    /// How many assets have both.
    public let together: Int
    /// 0…1: how alike the two sets of assets are (the cosine of the angle between them), so that what
    /// is on everything does not come first everywhere.
    public let score: Double
  }

  /// The tags most like another, the most alike first.
  ///
  /// - Parameters:
  ///   - count: how many assets have the tag.
  ///   - together: for other tags, how many of those have them too.
  ///   - counts: how many assets have a tag in all.
  ///   - limit: at most so many.
  public static func related(
    count: Int, together: [TagID: Int], counts: (TagID) -> Int, limit: Int
  ) -> [Related] {
    guard count > 0 else { return [] }
    let scored = together.compactMap { tag, both -> Related? in
      let other = max(counts(tag), both)
      guard both > 0, other > 0 else { return nil }
      let score = Double(both) / (Double(count) * Double(other)).squareRoot()
      return Related(tag: tag, together: both, score: min(1, score))
    }
    return Array(
      scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.tag < $1.tag }.prefix(limit))
  }
}

/// A rule that what people tag suggests.
public struct SuggestedImplication: Sendable, Hashable {
  public let tag: TagID
  public let implied: TagID
  /// Assets that were looked at with the first tag.
  public let count: Int
  /// Those of them that have the second too.
  public let together: Int
}

/// Finds tags that hardly ever come without another one, in one walk over the tags of assets.
///
/// Only tags of the first few assets with a tag can be on nearly all of them, so a few dozen pairs are
/// counted for each tag however many there are.
public struct ImplicationSuggester {
  /// So many of a tag's assets have the other one too, at least.
  public static let share = 0.95
  /// So many assets have the tag, at least: two or three say nothing.
  public static let minimumCount = 10
  // The chance that a tag on 95 of 100 assets is on none of three is 1 in 8,000.
  private static let openAssetCount = 3

  private struct Counting {
    var count = 0
    var together: [UInt32: Int] = [:]
  }

  private var counting: [UInt32: Counting]

  /// Looks at these tags; each takes a few kilobytes.
  public init(tags: some Sequence<TagID>) {
    counting = Dictionary(
      tags.map { ($0.rawValue, Counting()) }, uniquingKeysWith: { first, _ in first })
  }

  /// Adds an asset's tags.
  public mutating func add(_ tags: [UInt32]) {
    for tag in tags {
      guard var entry = counting[tag] else { continue }
      // Not two copies of its dictionary.
      counting[tag] = Counting()
      entry.count += 1
      let isOpen = entry.count <= Self.openAssetCount
      for other in tags where other != tag {
        if entry.together[other] != nil || isOpen { entry.together[other, default: 0] += 1 }
      }
      counting[tag] = entry
    }
  }

  /// The rules, the surest first.
  ///
  /// - Parameter isImplied: whether the first tag brings the second along already.
  public func suggestions(
    limit: Int, isImplied: (TagID, TagID) throws -> Bool
  ) rethrows -> [SuggestedImplication] {
    var found: [SuggestedImplication] = []
    for (tag, entry) in counting where entry.count >= Self.minimumCount {
      for (other, together) in entry.together
      where Double(together) >= Self.share * Double(entry.count) {
        // Of two that always come together neither is the more general one.
        if let back = counting[other], back.count <= entry.count { continue }
        let (tag, other) = (TagID(rawValue: tag), TagID(rawValue: other))
        if try isImplied(tag, other) { continue }
        found.append(
          SuggestedImplication(tag: tag, implied: other, count: entry.count, together: together))
      }
    }
    return Array(found.sorted(by: Self.precedes).prefix(limit))
  }

  private static func precedes(_ left: SuggestedImplication, _ right: SuggestedImplication) -> Bool
  {
    let (first, second) = (left.together * right.count, right.together * left.count)
    if first != second { return first > second }
    if left.count != right.count { return left.count > right.count }
    return (left.tag, left.implied) < (right.tag, right.implied)
  }
}

extension Catalog {
  // What is looked at; more would say the same.
  private static let sampleCount = 2000
  private static let suggestedTagCount = 1000
  private static let suggestedAssetCount = 100_000

  /// Tags that often come with another, the most alike first.
  ///
  /// Looks at the first 2,000 assets that have the tag.
  ///
  /// - Complexity: O(assets) for a tag that few have.
  public func relatedTags(
    of id: TagID, limit: Int = 20
  ) async throws -> [(tag: TagRecord, related: RelatedTags.Related)] {
    try await read { database in
      guard let tag = try database.tag(id) else { return [] }
      var together: [TagID: Int] = [:]
      var (found, left) = (0, min(tag.count, Self.sampleCount))
      var current: [AssetTag] = []
      try database.withStatement("SELECT tags FROM asset_tags ORDER BY asset_id") { row in
        while left > 0, try row.step() {
          let isRight = unsafe row.withBytes(0) {
            AssetTagCoding.decode(unsafe RawSpan(_unsafeBytes: $0), into: &current)
          }
          guard isRight, current.contains(where: { $0.id == id && !$0.isRemoved }) else { continue }
          found += 1
          left -= 1
          for other in current where !other.isRemoved && other.id != id {
            together[other.id, default: 0] += 1
          }
        }
      }
      // A sample of the first, all of the second: as if the sample were all.
      let scale = found > 0 ? max(1, tag.count / found) : 1
      var counts: [TagID: Int] = [:]
      try database.withStatement("SELECT live_count FROM tags WHERE id = ?") { row in
        for other in together.keys {
          try row.bind(Int64(other.rawValue), at: 1)
          if try row.step() { counts[other] = Int(row.int(0)) / scale }
          row.reset()
        }
      }
      let related = RelatedTags.related(
        count: found, together: together, counts: { counts[$0] ?? 0 }, limit: limit)
      return try related.compactMap { related in
        try database.tag(related.tag).map { (tag: $0, related: related) }
      }
    }
  }

  /// Rules that the tags of the newest 100,000 assets suggest for the 1,000 most used tags.
  public func suggestedImplications(
    limit: Int = 50
  ) async throws -> [(tag: TagRecord, implied: TagRecord, suggestion: SuggestedImplication)] {
    // Some hundred pairs for each tag.
    let reservation = try await budget.reserve(
      Self.suggestedTagCount * 4096, for: budget.account("catalog.edits"))
    defer { withExtendedLifetime(reservation) {} }
    return try await read { database in
      let most = try database.withStatement(
        "SELECT id FROM tags WHERE live_count >= ? ORDER BY live_count DESC LIMIT ?"
      ) { row in
        try row.bind(ImplicationSuggester.minimumCount, at: 1)
        try row.bind(Self.suggestedTagCount, at: 2)
        var ids: [TagID] = []
        while try row.step() { ids.append(TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0)))) }
        return ids
      }
      var suggester = ImplicationSuggester(tags: most)
      var live: [UInt32] = []
      try database.withStatement("SELECT tags FROM asset_tags ORDER BY asset_id DESC LIMIT ?") {
        row in
        try row.bind(Self.suggestedAssetCount, at: 1)
        while try row.step() {
          live.removeAll(keepingCapacity: true)
          let isRight = unsafe row.withBytes(0) { bytes in
            AssetTagCoding.forEachTag(in: unsafe RawSpan(_unsafeBytes: bytes)) { live.append($0) }
          }
          if isRight { suggester.add(live) }
        }
      }
      let rules = TagRules(database: database)
      return try suggester.suggestions(limit: limit) { tag, other in
        try rules.implied(by: tag.rawValue).contains(other.rawValue)
          || rules.implied(by: other.rawValue).contains(tag.rawValue)
      }.compactMap { suggestion in
        guard let tag = try database.tag(suggestion.tag),
          let implied = try database.tag(suggestion.implied)
        else { return nil }
        return (tag, implied, suggestion)
      }
    }
  }
}
