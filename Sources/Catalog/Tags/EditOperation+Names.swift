import Platform

/// Finding and making tags by their names.
extension EditOperation {
  // A megabyte at most.
  private static let nameLimit = 8192

  /// The tag a name or an alias stands for; nil for none.
  func tag(named name: TagName) throws -> TagID? {
    if let known = writer.tagNames[name.key] { return known }
    let found = try database.withStatement("SELECT id FROM tags WHERE key = ?") { row in
      try row.bind(name.key, at: 1)
      return try row.step() ? TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0))) : nil
    }
    guard let tag = try found ?? database.alias(named: name) else { return nil }
    if writer.tagNames.count >= Self.nameLimit { writer.tagNames.removeAll(keepingCapacity: true) }
    writer.tagNames[name.key] = tag
    return tag
  }

  /// The tag a name or an alias stands for, made now with the levels above when there is none.
  ///
  /// - Parameter category: of a tag that is made; the levels above are general.
  func ensureTag(_ name: TagName, category: TagCategoryID = .general) throws -> TagID {
    if let found = try tag(named: name) { return found }
    let parent = try name.parent.map { try ensureTag($0) }
    let id = try newID(.tags)
    guard let raw = UInt32(exactly: id) else {
      throw CatalogError(
        .other, path: database.path, reason: "the library has given out all ids of tags")
    }
    try setRow(
      .tags, key: [.integer(id)],
      to: [
        .text(name.key), .text(name.text), .integer(Int64(category.rawValue)),
        parent.map { .integer(Int64($0.rawValue)) } ?? .null, .null,
      ])
    writer.tagNames[name.key] = TagID(rawValue: raw)
    return TagID(rawValue: raw)
  }

  /// The tag with an id.
  ///
  /// - Throws: `EditError` when there is none.
  func requireTag(_ id: TagID) throws -> TagRecord {
    guard let tag = try database.tag(id) else { throw EditError.noTag(id) }
    return tag
  }

  /// The tag a name or an alias stands for.
  ///
  /// - Throws: `EditError` when there is none.
  func requireTag(_ name: TagName) throws -> TagRecord {
    guard let id = try tag(named: name) else { throw EditError.noTag(name) }
    return try requireTag(id)
  }

  /// Changes some columns of a tag.
  func setTag(_ id: TagID, _ change: (inout [EditedValue]) -> Void) throws {
    let key = [EditedValue.integer(Int64(id.rawValue))]
    guard var row = try row(.tags, key: key) else { throw EditError.noTag(id) }
    change(&row)
    try setRow(.tags, key: key, to: row)
  }

  /// How many tags are one level below.
  func childCount(of tag: TagID) throws -> Int {
    try database.withStatement("SELECT count(*) FROM tags WHERE parent_id = ?") { row in
      try row.bind(Int64(tag.rawValue), at: 1)
      return try row.step() ? Int(row.int(0)) : 0
    }
  }
}
