/// An operation that can be taken back.
public struct UndoRecord: Sendable, Hashable {
  public let id: UndoID
  /// What it was, for people.
  public let label: String
  /// When, in milliseconds since 1970 UTC.
  public let atMilliseconds: Int64
  /// How many assets (or tags, albums and the like) it changed.
  public let changed: Int
}

/// Taking back.
extension Catalog {
  /// The latest operations that can be taken back, the newest first.
  public func undoRecords(limit: Int = 20) async throws -> [UndoRecord] {
    try await read { database in
      try database.withStatement(
        "SELECT id, label, at_ms, changed_count FROM undo_records ORDER BY id DESC LIMIT ?"
      ) { row in
        try row.bind(max(0, min(limit, UndoRecorder.recordLimit)), at: 1)
        var records: [UndoRecord] = []
        while try row.step() {
          records.append(
            UndoRecord(
              id: UndoID(rawValue: row.int(0)), label: row.text(1), atMilliseconds: row.int(2),
              changed: Int(row.int(3))))
        }
        return records
      }
    }
  }

  /// Takes an operation back. What was changed again since stays as it is. The record gives way to one
  /// that takes this back in turn.
  ///
  /// - Throws: `EditError`: `notFound` when it was taken back already or is too old; `conflict` when a
  ///   name it would give back belongs to something else now.
  public func undo(_ id: UndoID) async throws -> EditResult {
    try await edit({ $0 }) { operation in
      let database = operation.database
      let label = try database.withStatement("SELECT label FROM undo_records WHERE id = ?") { row in
        try row.bind(id.rawValue, at: 1)
        return try row.step() ? row.text(0) : nil
      }
      guard let label else {
        throw EditError(
          .notFound, "Operation \(id) was taken back already, or is too old to be taken back.")
      }
      let parts = try database.withStatement(
        "SELECT id FROM undo_parts WHERE record_id = ? ORDER BY id DESC"
      ) { row in
        try row.bind(id.rawValue, at: 1)
        var parts: [Int64] = []
        while try row.step() { parts.append(row.int(0)) }
        return parts
      }
      for part in parts {
        for step in try Self.steps(part: part, in: database).reversed() {
          try operation.takeBack(step)
          operation.undo?.sealGroups()
        }
      }
      try UndoRecorder.remove(id.rawValue, in: database)
      return UndoLabel.inverse(of: label)
    }.result
  }

  private static func steps(part: Int64, in database: Database) throws -> [UndoStep] {
    let bytes = try database.withStatement("SELECT steps FROM undo_parts WHERE id = ?") { row in
      try row.bind(part, at: 1)
      return try row.step() ? row.bytes(0) : []
    }
    var reader = CompactReader(bytes)
    var steps: [UndoStep] = []
    do {
      while !reader.isAtEnd { steps.append(try UndoStep(from: &reader)) }
    } catch {
      throw CatalogError(
        .corrupt, path: database.path, reason: "a record for taking back cannot be read")
    }
    return steps
  }
}

extension UndoLabel {
  private static let prefix = "Undo: "

  /// "Undo: …" of an edit, and the edit itself of its undoing.
  static func inverse(of label: String) -> String {
    label.hasPrefix(prefix) ? String(label.dropFirst(prefix.count)) : prefix + label
  }
}

extension EditOperation {
  /// Takes one step back as far as nothing else has changed since.
  fileprivate func takeBack(_ step: UndoStep) throws {
    switch step {
    case .row(let table, let key, let old, let new): try takeBack(table, key, old: old, new: new)
    case .tags(let deltas, let assets):
      // A tag that was deleted since is not brought back by what was said with it.
      let changes = try deltas.filter { try $0.old == nil || database.tag($0.tag) != nil }
        .map { (id: $0.tag, change: TagChange.restore(expected: $0.new, old: $0.old)) }
      for asset in assets { try changeTags(changes, of: asset) }
    case .number(let field, let old, let new, let assets):
      for asset in assets { try setNumber(field, of: asset, to: old, onlyFrom: new) }
    case .note(let asset, let old, let new):
      try setNote(of: asset, to: old, onlyFrom: .some(new))
    case .sources(let asset, let old, let new):
      if try sources(of: asset) == new { try setSources(of: asset, to: old) }
    case .membersInserted(let album, let assets): try removeMembers(assets, of: album)
    case .membersRemoved(let album, let positions, let assets):
      try insertMembers(assets, at: positions, of: album)
    case .membersOrdered(let album, let assets): try orderMembers(assets, of: album)
    }
  }

  private func takeBack(
    _ table: EditedTable, _ key: [EditedValue], old: [EditedValue]?, new: [EditedValue]?
  ) throws {
    let current = try row(table, key: key)
    guard let old else {
      if current == nil { return }
      // Whether something else uses a tag by now shows when all else was taken back.
      if table == .tags {
        removeIfUnused(TagID(rawValue: UInt32(truncatingIfNeeded: key[0].integer ?? 0)))
      } else if try !isUsed(table, key: key) {
        try setRow(table, key: key, to: nil)
      }
      return
    }
    var restored = old
    if let new {
      guard let current else { return }
      restored = current.indices.map { current[$0] == new[$0] ? old[$0] : current[$0] }
    } else if current != nil {
      return
    }
    guard try fitReferences(table, key, &restored) else { return }
    // Its name may be that of a tag that goes at the end.
    if table == .aliases, current == nil { return addLast(alias: key, restored) }
    try setRow(table, key: key, to: restored)
  }

  /// Makes a row point to what is there now; false when what it is about is gone.
  private func fitReferences(
    _ table: EditedTable, _ key: [EditedValue], _ row: inout [EditedValue]
  ) throws -> Bool {
    func hasTag(_ value: EditedValue) throws -> Bool {
      try database.tag(TagID(rawValue: UInt32(truncatingIfNeeded: value.integer ?? 0))) != nil
    }
    switch table {
    case .tags:
      if try self.row(.categories, key: [row[2]]) == nil {
        row[2] = .integer(Int64(TagCategoryID.general.rawValue))
      }
      // The level above may get its name back only after this.
      if let parent = row[3].integer, try self.row(.tags, key: [.integer(parent)]) == nil {
        row[3] = .null
      }
      fitParent(of: TagID(rawValue: UInt32(truncatingIfNeeded: key[0].integer ?? 0)))
      return true
    case .aliases: return try hasTag(row[1])
    case .implications: return try hasTag(key[0]) && hasTag(key[1])
    case .categories, .albums, .searches: return true
    }
  }

  func isUsed(_ table: EditedTable, key: [EditedValue]) throws -> Bool {
    let sql: String
    switch table {
    case .tags:
      // What was counted in this edit too.
      try writer.writeTagTallies()
      sql = """
        SELECT 1 FROM tags WHERE id = ?1 AND (live_count <> 0 OR mark_count <> 0)
        UNION ALL SELECT 1 FROM tags WHERE parent_id = ?1
        UNION ALL SELECT 1 FROM tag_aliases WHERE tag_id = ?1
        UNION ALL SELECT 1 FROM tag_implications WHERE tag_id = ?1 OR implied_id = ?1
        """
    case .categories: sql = "SELECT 1 FROM tags WHERE category_id = ?1"
    case .albums: sql = "SELECT 1 FROM album_members WHERE album_id = ?1"
    case .aliases, .implications, .searches: return false
    }
    return try database.withStatement(sql) { row in
      try key[0].bind(to: row, at: 1)
      return try row.step()
    }
  }
}
