import Catalog

/// The names of tags as the catalog has them, asked where the index is.
struct CatalogVocabulary: TagVocabulary {
  let database: Database
  let categories: TagCategories

  func tag(named name: TagName) -> UInt32? {
    first("SELECT id FROM tags WHERE key = ?", name.key)
      ?? first("SELECT tag_id FROM tag_aliases WHERE key = ?", name.key)
  }

  func tags(matching pattern: NamePattern) -> [UInt32] {
    let matcher = FoldedPattern(Self.keyed(pattern), findsParts: false)
    var found: Set<UInt32> = []
    for sql in ["SELECT id, key FROM tags", "SELECT tag_id, key FROM tag_aliases"] {
      try? database.withStatement(sql) { row in
        while try row.step() {
          if matcher.matches(folded: row.bytes(1)) {
            found.insert(UInt32(truncatingIfNeeded: row.int(0)))
          }
        }
      }
    }
    return found.sorted()
  }

  func category(of tag: UInt32) -> TagCategoryID { categories[tag] }

  func category(named name: String) -> TagCategoryID? {
    guard let key = (try? TagName(name))?.key,
      let id = first("SELECT id FROM tag_categories WHERE key = ?", key)
    else { return nil }
    return TagCategoryID(rawValue: UInt16(truncatingIfNeeded: id))
  }

  func names(like name: String, limit: Int) -> [String] { [] }

  /// Blanks are underscores in keys, several of them one.
  private static func keyed(_ pattern: NamePattern) -> NamePattern {
    NamePattern(
      pattern.pieces.map { piece in
        guard case .literal(let text) = piece else { return piece }
        var key = ""
        for character in text {
          let isBlank = character == " " || character == "_"
          if isBlank, key.last == "_" { continue }
          key.append(isBlank ? "_" : character)
        }
        return .literal(key)
      })
  }

  private func first(_ sql: String, _ key: String) -> UInt32? {
    try? database.withStatement(sql) { row in
      try row.bind(key, at: 1)
      return try row.step() ? UInt32(truncatingIfNeeded: row.int(0)) : nil
    }
  }
}
