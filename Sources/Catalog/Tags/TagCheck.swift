/// Checks the packed tags of all assets against the tags, their counts and the rules.
struct TagCheck {
  /// Rows that cannot be read or name tags that are not there.
  private(set) var damagedRows = 0
  /// Assets that lack what follows from the rules, or have what does not.
  private(set) var staleAssets = 0
  /// By tag id: how many assets have it, and how many the mark of its removal.
  private(set) var live: [UInt32]
  private(set) var marks: [UInt32]

  /// What `init` allocates for tags up to an id, in bytes.
  static func byteCount(highestTag: Int64) -> Int { Int(highestTag + 1) * 9 }

  /// Walks over all assets' tags.
  init(database: Database, highestTag: Int64) throws {
    let count = Int(highestTag + 1)
    live = [UInt32](repeating: 0, count: count)
    marks = [UInt32](repeating: 0, count: count)
    var exists = [Bool](repeating: false, count: count)
    try database.withStatement("SELECT id FROM tags WHERE id <= ?") { row in
      try row.bind(highestTag, at: 1)
      while try row.step() { exists[Int(row.int(0))] = true }
    }
    let rules = TagRules(database: database)
    var tags: [AssetTag] = []
    try database.withStatement("SELECT tags FROM asset_tags ORDER BY asset_id") { row in
      while try row.step() {
        let isRight = unsafe row.withBytes(0) {
          AssetTagCoding.decode(unsafe RawSpan(_unsafeBytes: $0), into: &tags)
        }
        guard isRight, !tags.isEmpty,
          tags.allSatisfy({ Int($0.id.rawValue) < count && exists[Int($0.id.rawValue)] })
        else {
          damagedRows += 1
          continue
        }
        for tag in tags {
          if tag.isRemoved {
            marks[Int(tag.id.rawValue)] += 1
          } else {
            live[Int(tag.id.rawValue)] += 1
          }
        }
        if try !Self.followsRules(tags, rules) { staleAssets += 1 }
      }
    }
  }

  private static func followsRules(_ tags: [AssetTag], _ rules: TagRules) throws -> Bool {
    var implied: Set<UInt32> = []
    for tag in tags where !tag.isRemoved && !tag.isDerived {
      implied.formUnion(try rules.implied(by: tag.id.rawValue))
    }
    for tag in tags {
      let isImplied = implied.remove(tag.id.rawValue) != nil
      if tag.isDerived && !isImplied { return false }
    }
    return implied.isEmpty
  }

  /// Calls `body` with the tags whose stored counts are wrong.
  func forEachMiscounted(
    in database: Database, _ body: (_ tag: Int64, _ live: UInt32, _ marks: UInt32) throws -> Void
  ) throws {
    try database.withStatement("SELECT id, live_count, mark_count FROM tags ORDER BY id") { row in
      while try row.step() {
        let id = Int(row.int(0))
        guard id < live.count else { continue }
        if row.int(1) != Int64(live[id]) || row.int(2) != Int64(marks[id]) {
          try body(Int64(id), live[id], marks[id])
        }
      }
    }
  }
}
