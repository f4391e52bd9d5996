/// A tag with its other names and what it implies, for lists of tags.
public struct ListedTag: Sendable, Hashable {
  public let tag: TagRecord
  public let aliases: [TagName]
  /// Tags its own rules name; those that come through chains and the levels above are not here.
  public let implied: [TagRecord]
}

/// Lists of tags.
extension Catalog {
  /// What to list.
  public struct TagListing: Sendable {
    /// How to order.
    public enum Sort: Sendable {
      /// The most used first.
      case count
      case name
    }

    /// Text within the name or an alias, without regard to case; empty for all.
    public var search = ""
    /// Of this category; nil for all.
    public var category: TagCategoryID?
    public var sort = Sort.count

    /// All, the most used first.
    public init() {}
  }

  /// Some tags of a list, and how many there are in all.
  ///
  /// - Complexity: O(tags).
  public func tags(
    _ listing: TagListing, at position: Int, count: Int
  ) async throws -> (total: Int, tags: [ListedTag]) {
    try await read { database in
      try database.readTransaction {
        let condition = """
          FROM tags WHERE (?1 = '' OR instr(key, ?1) > 0
            OR id IN (SELECT tag_id FROM tag_aliases WHERE instr(key, ?1) > 0))
          AND (?2 IS NULL OR category_id = ?2)
          """
        let search = TagName.foldedForSearch(listing.search)
        func bind(_ row: Statement) throws {
          try row.bind(search, at: 1)
          try row.bind(listing.category.map { Int64($0.rawValue) }, at: 2)
        }
        let total = try database.withStatement("SELECT count(*) \(condition)") { row in
          try bind(row)
          return try row.step() ? Int(row.int(0)) : 0
        }
        let order = listing.sort == .count ? "live_count DESC, key" : "key"
        let tags = try database.withStatement(
          "SELECT \(TagRecord.columns) \(condition) ORDER BY \(order) LIMIT ?3 OFFSET ?4"
        ) { row in
          try bind(row)
          try row.bind(max(0, min(count, 1000)), at: 3)
          try row.bind(max(0, position), at: 4)
          var tags: [TagRecord] = []
          while try row.step() { tags.append(TagRecord(from: row)) }
          return tags
        }
        return (total, try tags.map { try database.listed($0) })
      }
    }
  }

  /// One tag; nil when there is none with this id.
  public func tag(_ id: TagID) async throws -> ListedTag? {
    try await read { database in try database.tag(id).map { try database.listed($0) } }
  }

  /// The tag a name or one of its aliases stands for.
  public func tag(named name: TagName) async throws -> ListedTag? {
    try await read { database in
      try database.tag(named: name).map { try database.listed($0) }
    }
  }

  /// The categories in their order.
  public func tagCategories() async throws -> [TagCategory] {
    try await read { try $0.tagCategories() }
  }
}

extension Database {
  fileprivate func listed(_ tag: TagRecord) throws -> ListedTag {
    ListedTag(
      tag: tag, aliases: try aliases(of: tag.id).map(\.name),
      implied: try implied(by: tag.id).compactMap { try self.tag($0) })
  }
}

extension TagName {
  /// Text that is looked for within keys; also text that is no name.
  static func foldedForSearch(_ text: String) -> String {
    var blanks = Substring(text)
    while blanks.first?.isWhitespace == true { blanks.removeFirst() }
    while blanks.last?.isWhitespace == true { blanks.removeLast() }
    guard let folded = UnicodeFolding.folded(String(blanks)) else { return String(blanks) }
    return joiningBlanks(folded)
  }
}
