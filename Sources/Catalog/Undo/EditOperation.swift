/// An edit in its transaction: everything it changes goes through here, which notes how to take it back.
///
/// Taking back is an edit too, made of the same parts. Confined to the writer's thread.
final class EditOperation {
  let writer: CatalogWriter
  /// Nil when nobody takes it back: what files say.
  let undo: UndoRecorder?
  /// Assets that changed.
  var changedAssetCount = 0
  /// Tags, albums and so on that changed.
  private(set) var changedRowCount = 0
  // Tags that bring along others than before.
  private var changedRules: Set<TagID> = []
  // Tags whose names may not fit to the tags above and below.
  private var regrouped: [TagID] = []
  // Tags that go at the end if nothing uses them.
  private var unwanted: [TagID] = []
  private var lastAliases: [(key: [EditedValue], row: [EditedValue])] = []

  var database: Database { writer.database }

  init(writer: CatalogWriter, recordsUndo: Bool = true) {
    self.writer = writer
    undo = recordsUndo ? UndoRecorder(database: writer.database) : nil
  }

  // MARK: Rows

  /// The row with a key; nil for none.
  func row(_ table: EditedTable, key: [EditedValue]) throws -> [EditedValue]? {
    let columns = table.columns.isEmpty ? "1" : table.columns.joined(separator: ", ")
    return try database.withStatement(
      "SELECT \(columns) FROM \(table.name) WHERE \(Self.condition(table.keyColumns))"
    ) { row in
      for (index, value) in key.enumerated() { try value.bind(to: row, at: Int32(index + 1)) }
      guard try row.step() else { return nil }
      return table.columns.indices.map { EditedValue(from: row, column: Int32($0)) }
    }
  }

  /// Adds, changes or removes (nil) the row with a key, and notes how to take it back.
  func setRow(_ table: EditedTable, key: [EditedValue], to new: [EditedValue]?) throws {
    let old = try row(table, key: key)
    if old == new { return }
    try checkName(table, key: key, old: old, new: new)
    let sql: String
    let all = table.keyColumns + table.columns
    switch (old, new) {
    case (_, nil): sql = "DELETE FROM \(table.name) WHERE \(Self.condition(table.keyColumns))"
    case (nil, _):
      sql = """
        INSERT INTO \(table.name) (\(all.joined(separator: ", ")))
        VALUES (\(all.map { _ in "?" }.joined(separator: ", ")))
        """
    default:
      sql = """
        UPDATE \(table.name) SET \(table.columns.map { "\($0) = ?" }.joined(separator: ", "))
        WHERE \(Self.condition(table.keyColumns))
        """
    }
    try database.withStatement(sql) { row in
      let values: [EditedValue] =
        switch (old, new) {
        case (_, nil): key
        case (nil, let new?): key + new
        case (_, let new?): new + key
        }
      for (index, value) in values.enumerated() { try value.bind(to: row, at: Int32(index + 1)) }
      try row.run()
    }
    try undo?.record(.row(table, key: key, old: old, new: new))
    changedRowCount += 1
    note(table, key: key, old: old, new: new)
  }

  /// An id nobody has had for a new row.
  func newID(_ table: EditedTable) throws -> Int64 {
    try database.withStatement("SELECT seq FROM sqlite_sequence WHERE name = ?") { row in
      try row.bind(table.name, at: 1)
      return try row.step() ? row.int(0) + 1 : 1
    }
  }

  private static func condition(_ columns: [String]) -> String {
    columns.map { "\($0) = ?" }.joined(separator: " AND ")
  }

  // Names are shared by tags and aliases; the other tables' indexes would refuse without saying why.
  private func checkName(
    _ table: EditedTable, key: [EditedValue], old: [EditedValue]?, new: [EditedValue]?
  ) throws {
    guard let new else { return }
    let name: String?
    let tables: [EditedTable]
    switch table {
    case .tags: (name, tables) = (old?[0] == new[0] ? nil : new[0].text, [.tags, .aliases])
    case .aliases: (name, tables) = (old == nil ? key[0].text : nil, [.tags])
    case .implications: return
    default: (name, tables) = (old?[0] == new[0] ? nil : new[0].text, [table])
    }
    guard let name else { return }
    for other in tables {
      let isTaken = try database.withStatement("SELECT 1 FROM \(other.name) WHERE key = ?") { row in
        try row.bind(name, at: 1)
        return try row.step()
      }
      if !isTaken { continue }
      let what =
        switch other {
        case .tags: "There is a tag \"\(name)\" already; merge the two, or take another name."
        case .aliases:
          "\"\(name)\" is another name of a tag already; take it away there first."
        case .categories: "There is a category \"\(name)\" already; take another name."
        case .albums: "There is an album \"\(name)\" already; take another name."
        case .searches, .implications:
          "There is a search \"\(name)\" already; take another name."
        }
      throw EditError(.conflict, what)
    }
  }

  private func note(
    _ table: EditedTable, key: [EditedValue], old: [EditedValue]?, new: [EditedValue]?
  ) {
    let id = key[0].integer ?? 0
    switch table {
    case .tags:
      writer.changes.tags.note(id)
      writer.tagNames.removeAll()
      let tag = TagID(rawValue: UInt32(truncatingIfNeeded: id))
      switch (old, new) {
      // On no asset yet, or any more.
      case (nil, let new?): if new[3] != .null { writer.rules.note(tag.rawValue) }
      case (_, nil): writer.rules.forget()
      case (let old?, let new?): if old[3] != new[3] { ruleChanged(tag) }
      }
    case .aliases:
      writer.changes.topics.insert(.aliases)
      writer.tagNames.removeAll()
    case .implications:
      writer.changes.topics.insert(.implications)
      ruleChanged(TagID(rawValue: UInt32(truncatingIfNeeded: id)))
    case .categories: writer.changes.topics.insert(.categories)
    case .albums: writer.changes.albums.note(id)
    case .searches: writer.changes.topics.insert(.searches)
    }
  }

  private func ruleChanged(_ tag: TagID) {
    writer.rules.forget()
    changedRules.insert(tag)
  }

  // MARK: Tags of assets

  /// Applies changes to an asset's tags.
  @discardableResult
  func changeTags(
    _ changes: [(id: TagID, change: TagChange)], removesOthers: Bool = false, of asset: Int64
  ) throws -> Bool {
    let editor = writer.tagEditor
    guard try editor.apply(changes, removesOthers: removesOthers, to: asset) else { return false }
    try finishAsset(asset)
    return true
  }

  private func finishAsset(_ asset: Int64) throws {
    changedAssetCount += 1
    if !writer.tagEditor.deltas.isEmpty { try undo?.record(writer.tagEditor.deltas, asset: asset) }
    try writer.writeTagTalliesIfMany()
  }

  /// Applies changes to every asset that has one of some tags, or the mark of its removal.
  ///
  /// - Parameters:
  ///   - tags: which.
  ///   - changes: what to do to an asset with these packed tags.
  /// - Complexity: a walk over the packed tags of all assets, none when no asset has one of them.
  func changeAssets(
    with tags: Set<TagID>, _ changes: ([UInt8]) throws -> [(id: TagID, change: TagChange)]
  ) throws {
    try writer.writeTagTallies()
    try PackedTagScan(database: database, tags: tags).forEach { asset, packed in
      if try writer.tagEditor.apply(try changes(packed), to: asset, packed: packed) {
        try finishAsset(asset)
      }
    }
  }

  // MARK: The end

  /// Adds an alias at the end of the edit.
  func addLast(alias key: [EditedValue], _ row: [EditedValue]) { lastAliases.append((key, row)) }

  /// Puts a tag and those below it under the tags their names say, at the end of the edit.
  func fitParent(of tag: TagID) { regrouped.append(tag) }

  private func fitParents() throws {
    for tag in regrouped {
      let below = try database.withStatement("SELECT id FROM tags WHERE parent_id = ?") { row in
        try row.bind(Int64(tag.rawValue), at: 1)
        var ids: [TagID] = []
        while try row.step() {
          ids.append(TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0))))
        }
        return ids
      }
      for id in [tag] + below {
        guard let record = try database.tag(id) else { continue }
        let parent = try record.name.parent.map { try ensureTag($0) }
        if parent != record.parent {
          try setTag(id) { $0[3] = parent.map { .integer(Int64($0.rawValue)) } ?? .null }
        }
      }
    }
  }

  /// Removes a tag at the end of the edit unless an asset, an alias, a rule or a tag below uses it.
  func removeIfUnused(_ tag: TagID) { unwanted.append(tag) }

  /// Follows changed rules on all assets, and writes the record. Nil when nothing changed.
  func finish(label: String) throws -> UndoID? {
    try fitParents()
    if !changedRules.isEmpty {
      for tag in changedRules.sorted() {
        if let chain = try writer.rules.chain(from: tag, to: tag) {
          throw EditError(
            .conflict,
            "The tags would imply each other in a circle: \(try names(chain)). Take one of these "
              + "rules away first.")
        }
      }
      // Mostly the assets that were changed already: not counted twice.
      let direct = changedAssetCount
      changedAssetCount = 0
      try changeAssets(with: changedRules) { _ in [] }
      changedAssetCount = max(changedAssetCount, direct)
    }
    for tag in unwanted {
      let key = [EditedValue.integer(Int64(tag.rawValue))]
      if try !isUsed(.tags, key: key) { try setRow(.tags, key: key, to: nil) }
    }
    for alias in lastAliases where try row(.tags, key: [alias.row[1]]) != nil {
      try setRow(.aliases, key: alias.key, to: alias.row)
    }
    let id = try undo?.finish(label: label, changedCount: changedCount)
    if id != nil { writer.changes.topics.insert(.undo) }
    return id
  }

  /// What is told to have changed: assets, or else rows.
  var changedCount: Int { changedAssetCount > 0 ? changedAssetCount : changedRowCount }

  /// A chain of tags for people.
  func names(_ chain: [TagID]) throws -> String {
    try chain.map { try database.tag($0)?.name.text ?? "\($0)" }.joined(separator: " → ")
  }
}

/// Finds the assets that have one of some tags, by walking over all packed rows: the index that knows
/// is not the catalog's.
struct PackedTagScan {
  let database: Database
  let tags: Set<TagID>
  // Rows that are read before the first of them is changed.
  private static let batchCount = 256

  init(database: Database, tags: Set<TagID>) {
    self.database = database
    self.tags = tags
  }

  /// Calls `body` with each asset and its packed tags; `body` may change them.
  func forEach(_ body: (Int64, [UInt8]) throws -> Void) throws {
    // Ends with the last that can have one.
    var left = try tags.reduce(into: Int64(0)) { count, tag in
      count += try database.withStatement(
        "SELECT live_count + mark_count FROM tags WHERE id = ?"
      ) { row in
        try row.bind(Int64(tag.rawValue), at: 1)
        return try row.step() ? row.int(0) : 0
      }
    }
    let wanted = tags.map(\.rawValue).sorted()
    guard let last = wanted.last else { return }
    var first: Int64 = 0
    var current: [AssetTag] = []
    while left > 0 {
      var found: [(asset: Int64, packed: [UInt8])] = []
      var isAtEnd = true
      try database.withStatement(
        "SELECT asset_id, tags FROM asset_tags WHERE asset_id > ? ORDER BY asset_id"
      ) { row in
        try row.bind(first, at: 1)
        while try row.step() {
          first = row.int(0)
          let count = try unsafe row.withBytes(1) { bytes in
            guard AssetTagCoding.decode(unsafe RawSpan(_unsafeBytes: bytes), into: &current) else {
              throw CatalogError(
                .corrupt, path: database.path,
                reason: "the tags of asset \(first) cannot be read")
            }
            return Self.count(current, wanted, last)
          }
          if count == 0 { continue }
          left -= Int64(count)
          found.append((first, row.bytes(1)))
          if found.count == Self.batchCount {
            isAtEnd = false
            break
          }
        }
      }
      for (asset, packed) in found { try body(asset, packed) }
      if isAtEnd { return }
    }
  }

  private static func count(_ tags: [AssetTag], _ wanted: [UInt32], _ last: UInt32) -> Int {
    var count = 0
    var index = 0
    for tag in tags {
      let id = tag.id.rawValue
      if id > last { break }
      while wanted[index] < id { index += 1 }
      if wanted[index] == id { count += 1 }
    }
    return count
  }
}

/// What an edit did.
public struct EditResult: Sendable, Hashable {
  /// Assets that changed; tags, albums and the like when the edit is about those.
  public let changed: Int
  /// How to take it back; nil when nothing changed.
  public let undo: UndoID?
}

extension Catalog {
  /// Runs an edit in one transaction with its way back.
  func edit<Value: Sendable>(
    _ label: @escaping @Sendable (Value) -> String,
    _ body: @escaping @Sendable (EditOperation) throws -> Value
  ) async throws -> (value: Value, result: EditResult) {
    try await write { writer in
      let operation = EditOperation(writer: writer)
      let value = try body(operation)
      let id = try operation.finish(label: UndoLabel.shortened(label(value)))
      return (value, EditResult(changed: operation.changedCount, undo: id))
    }
  }

  /// Runs an edit that gives nothing else.
  func edit(
    _ label: String, _ body: @escaping @Sendable (EditOperation) throws -> Void
  ) async throws -> EditResult {
    try await edit({ _ in label }, body).result
  }
}

enum UndoLabel {
  /// At most 200 characters, and the beginning of what is longer.
  static func shortened(_ label: String) -> String {
    label.count <= 200 ? label : label.prefix(199) + "…"
  }
}
