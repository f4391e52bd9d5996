import Media

/// Keeps how many assets have a tag, in the transaction that changes it.
extension CatalogWriter {
  /// Changes of one tag's counts.
  struct TagTally {
    var live: Int64 = 0
    var marks: Int64 = 0
  }

  /// Tags whose counts are changed together; a few hundred kilobytes.
  static let tagTallyLimit = 4096

  /// Notes that an asset has a tag, or the mark of its removal, that it had not before, or the other
  /// way round.
  func countTag(_ tag: TagID, isMark: Bool, by change: Int64) {
    if isMark {
      tagTallies[tag.rawValue, default: TagTally()].marks += change
    } else {
      tagTallies[tag.rawValue, default: TagTally()].live += change
    }
  }

  /// Writes the changes when they have become many.
  func writeTagTalliesIfMany() throws {
    if tagTallies.count >= Self.tagTallyLimit { try writeTagTallies() }
  }

  /// Writes the changes.
  func writeTagTallies() throws {
    if tagTallies.isEmpty { return }
    try database.withStatement(
      "UPDATE tags SET live_count = live_count + ?, mark_count = mark_count + ? WHERE id = ?"
    ) { row in
      for (tag, tally) in tagTallies.sorted(by: { $0.key < $1.key })
      where tally.live != 0 || tally.marks != 0 {
        try row.bind(tally.live, at: 1)
        try row.bind(tally.marks, at: 2)
        try row.bind(Int64(tag), at: 3)
        try row.run()
      }
    }
    tagTallies.removeAll(keepingCapacity: true)
  }

  /// Fails unless there is such an asset.
  func requireAsset(_ asset: Int64) throws {
    let isThere = try database.withStatement("SELECT 1 FROM assets WHERE id = ?") { row in
      try row.bind(asset, at: 1)
      return try row.step()
    }
    if !isThere {
      throw EditError(.notFound, "There is no asset \(asset); load the list again.")
    }
  }
}
