/// What tags bring along: implications, and the levels above in a name (`place/europe` with
/// `place/europe/rome`). Confined to the writer's thread; reads as it goes and remembers a little.
final class TagRules {
  private let database: Database
  // One bit a tag that brings others along: most bring none, and that is asked for every tag of every
  // asset that is edited. 15 KB for 120,000 tags.
  private var hasRules: [UInt64] = []
  private var isLoaded = false
  private var closures: [UInt32: [UInt32]] = [:]
  // More than the rules of most libraries; some hundred kilobytes.
  private static let closureLimit = 4096

  init(database: Database) { self.database = database }

  /// Forgets everything: a rule changed, or a transaction was rolled back.
  func forget() {
    isLoaded = false
    hasRules = []
    closures.removeAll()
  }

  /// All that a tag brings along, through chains too, ascending, without itself.
  func implied(by tag: UInt32) throws -> [UInt32] {
    try load()
    let word = Int(tag >> 6)
    if word >= hasRules.count || hasRules[word] & (1 << UInt64(tag & 63)) == 0 { return [] }
    if let known = closures[tag] { return known }
    var found: Set<UInt32> = []
    var open = [tag]
    while let next = open.popLast() {
      for implied in try direct(next) where implied != tag && found.insert(implied).inserted {
        open.append(implied)
      }
    }
    let sorted = found.sorted()
    if closures.count >= Self.closureLimit { closures.removeAll(keepingCapacity: true) }
    closures[tag] = sorted
    return sorted
  }

  /// How one tag brings another along: both and those between; nil when it does not.
  func chain(from tag: TagID, to goal: TagID) throws -> [TagID]? {
    var cameFrom: [UInt32: UInt32] = [:]
    var open = [tag.rawValue]
    var index = 0
    while index < open.count {
      let next = open[index]
      index += 1
      for implied in try direct(next) where cameFrom[implied] == nil {
        cameFrom[implied] = next
        if implied == goal.rawValue {
          var chain = [implied]
          var step = next
          while step != tag.rawValue {
            chain.append(step)
            guard let before = cameFrom[step] else { return nil }
            step = before
          }
          chain.append(tag.rawValue)
          return chain.reversed().map { TagID(rawValue: $0) }
        }
        open.append(implied)
      }
    }
    return nil
  }

  private func direct(_ tag: UInt32) throws -> [UInt32] {
    try database.withStatement(
      """
      SELECT implied_id FROM tag_implications WHERE tag_id = ?1
      UNION ALL SELECT parent_id FROM tags WHERE id = ?1 AND parent_id IS NOT NULL
      """
    ) { row in
      try row.bind(Int64(tag), at: 1)
      var ids: [UInt32] = []
      while try row.step() { ids.append(UInt32(truncatingIfNeeded: row.int(0))) }
      return ids
    }
  }

  private func load() throws {
    if isLoaded { return }
    isLoaded = true
    try database.withStatement(
      """
      SELECT tag_id FROM tag_implications
      UNION ALL SELECT id FROM tags WHERE parent_id IS NOT NULL
      """
    ) { row in
      while try row.step() { note(UInt32(truncatingIfNeeded: row.int(0))) }
    }
  }

  /// Notes a new tag that has a level above.
  func note(_ tag: UInt32) {
    let word = Int(tag >> 6)
    if word >= hasRules.count {
      hasRules.append(contentsOf: repeatElement(0, count: word + 1 - hasRules.count))
    }
    hasRules[word] |= 1 << UInt64(tag & 63)
  }
}
