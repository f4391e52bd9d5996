import Catalog

/// The category of every tag, by id.
struct TagCategories {
  private var byTag: [UInt16] = []

  /// No tags.
  init() {}

  /// All tags of the catalog.
  init(_ database: Database) throws { _ = try readAgain(.everything, from: database) }

  /// What it takes.
  var byteCount: Int { byTag.capacity * 2 }

  /// The category of a tag, general for one that is not known.
  subscript(tag: UInt32) -> TagCategoryID {
    Int(tag) < byTag.count ? TagCategoryID(rawValue: byTag[Int(tag)]) : .general
  }

  /// Reads some tags again; returns those that became general ones or ceased to be.
  mutating func readAgain(_ tags: ChangedIDs, from database: Database) throws -> [UInt32] {
    var regrouped: [UInt32] = []
    let ranges = tags.isEverything ? [1...Int64(UInt32.max)] : tags.ranges
    try database.withStatement("SELECT id, category_id FROM tags WHERE id BETWEEN ? AND ?") { row in
      for range in ranges {
        try row.bind(range.lowerBound, at: 1)
        try row.bind(range.upperBound, at: 2)
        while try row.step() {
          let tag = UInt32(truncatingIfNeeded: row.int(0))
          let category = UInt16(truncatingIfNeeded: row.int(1))
          let before = self[tag]
          if Int(tag) >= byTag.count {
            byTag.append(contentsOf: repeatElement(0, count: Int(tag) + 1 - byTag.count))
          }
          byTag[Int(tag)] = category
          let isGeneral = category == TagCategoryID.general.rawValue
          if isGeneral != (before == .general) { regrouped.append(tag) }
        }
        row.reset()
      }
    }
    return regrouped
  }
}
