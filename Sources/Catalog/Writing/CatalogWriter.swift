import Media
import Platform

/// The writer connection with what it remembers between statements.
///
/// `@unchecked Sendable`: only the writer thread of `Connections` touches it, one call at a time.
package final class CatalogWriter: @unchecked Sendable {
  package let database: Database
  // Interned rows, so that a batch looks each up once. They hold what is committed or will be with
  // the running transaction; a rollback forgets them.
  private var folderIDs: [FolderKey: FolderID] = [:]
  // The files of a folder follow each other, so most look-ups are for the one before.
  private var lastFolder: (key: FolderKey, id: FolderID)?
  private var lastTally: (folder: FolderID, tally: Tally)?
  private var makeIDs = InternedNames()
  private var modelIDs = InternedNames()
  // Changes of the folders' counts in the running transaction, written once at its end.
  private var tallies: [FolderID: Tally] = [:]

  /// Ids of names, the last one at hand: a card holds the pictures of one camera.
  private struct InternedNames {
    private var ids: [String: Int64] = [:]
    private var last: (name: String, id: Int64)?

    mutating func id(of name: String) -> Int64? {
      if let last, last.name == name { return last.id }
      guard let id = ids[name] else { return nil }
      last = (name, id)
      return id
    }

    mutating func insert(_ name: String, id: Int64) {
      if ids.count >= CatalogWriter.nameLimit { ids.removeAll() }
      ids[name] = id
      last = (name, id)
    }

    mutating func removeAll() {
      ids.removeAll()
      last = nil
    }
  }

  private struct FolderKey: Hashable {
    let root: RootID
    let path: [UInt8]
  }

  /// Changes of the tags' counts in the running transaction.
  var tagTallies: [UInt32: TagTally] = [:]
  /// Tags by the keys of their names or aliases; what is committed or will be with the running
  /// transaction.
  var tagNames: [String: TagID] = [:]
  /// What tags bring along.
  let rules: TagRules
  private(set) lazy var tagEditor = AssetTagEditor(writer: self)
  /// What the running transaction changed, for those who follow the catalog.
  var changes = CatalogChangeSet()

  // Bounds on the interned rows: about 1 MiB of folders, and more makes than there are cameras.
  private static let folderLimit = 8192
  private static let nameLimit = 2048

  init(database: Database) {
    self.database = database
    rules = TagRules(database: database)
  }

  /// Runs `body` in a write transaction; raises the change number when anything changed.
  ///
  /// - Returns: what `body` returned, and the new change number or nil.
  func transaction<Value>(_ body: () throws -> Value) throws -> (Value, Int64?) {
    changes = CatalogChangeSet()
    do {
      return try database.writeTransaction {
        let before = database.totalChangedRowCount
        let value = try body()
        try writeTallies()
        try writeTagTallies()
        if database.totalChangedRowCount == before { return (value, nil) }
        let number = try database.withStatement(
          "UPDATE meta SET value = value + 1 WHERE key = 'change' RETURNING value"
        ) { try $0.step() ? $0.int(0) : 0 }
        if changes.concernsQueries {
          try database.withStatement(
            "INSERT INTO meta VALUES ('queries', ?) ON CONFLICT DO UPDATE SET value = excluded.value"
          ) { row in
            try row.bind(number, at: 1)
            try row.run()
          }
        }
        return (value, number)
      }
    } catch {
      changes = CatalogChangeSet()
      tagTallies.removeAll()
      tagNames.removeAll()
      rules.forget()
      folderIDs.removeAll()
      lastFolder = nil
      makeIDs.removeAll()
      modelIDs.removeAll()
      tallies.removeAll()
      lastTally = nil
      throw error
    }
  }

  /// What was changed since the last call.
  func takeChanges(number: Int64) -> CatalogChangeSet {
    defer { changes = CatalogChangeSet() }
    changes.changeNumber = number
    return changes
  }

  // MARK: Interned rows

  /// The folder's row, made with those of its parents when it is new.
  func folderID(root: RootID, path: [UInt8]) throws -> FolderID {
    // Arrays that share their storage, as those of one folder do, are equal at a glance.
    if let lastFolder, lastFolder.key.root == root, lastFolder.key.path == path {
      return lastFolder.id
    }
    let key = FolderKey(root: root, path: path)
    let id = try folderIDs[key] ?? storedFolderID(root: root, path: path)
    if folderIDs.count >= Self.folderLimit { folderIDs.removeAll() }
    folderIDs[key] = id
    lastFolder = (key, id)
    return id
  }

  private func storedFolderID(root: RootID, path: [UInt8]) throws -> FolderID {
    let found = try database.withStatement(
      "SELECT id FROM folders WHERE root_id = ? AND path = ?"
    ) { statement in
      try statement.bind(root.rawValue, at: 1)
      try statement.bind(path, at: 2)
      return try statement.step() ? FolderID(rawValue: statement.int(0)) : nil
    }
    if let found { return found }
    let parent: FolderID? =
      if path.isEmpty { nil } else {
        try folderID(
          root: root,
          path: path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[..<$0]) } ?? [])
      }
    try database.withStatement(
      "INSERT INTO folders (root_id, parent_id, path, path_key) VALUES (?, ?, ?, ?)"
    ) { statement in
      try statement.bind(root.rawValue, at: 1)
      try statement.bind(parent?.rawValue, at: 2)
      try statement.bind(path, at: 3)
      try statement.bind(NaturalOrder.key(ofPath: path), at: 4)
      try statement.run()
    }
    changes.topics.insert(.folders)
    return FolderID(rawValue: database.lastInsertedID)
  }

  func makeID(_ name: String) throws -> Int64 {
    try internedID(name, table: "makes", in: &makeIDs)
  }

  func modelID(_ name: String) throws -> Int64 {
    try internedID(name, table: "models", in: &modelIDs)
  }

  private func internedID(
    _ name: String, table: String, in known: inout InternedNames
  ) throws -> Int64 {
    if let id = known.id(of: name) { return id }
    let found = try database.withStatement("SELECT id FROM \(table) WHERE name = ?") { statement in
      try statement.bind(name, at: 1)
      return try statement.step() ? statement.int(0) : nil
    }
    let id: Int64
    if let found {
      id = found
    } else {
      try database.withStatement("INSERT INTO \(table) (name) VALUES (?)") { statement in
        try statement.bind(name, at: 1)
        try statement.run()
      }
      id = database.lastInsertedID
    }
    known.insert(name, id: id)
    return id
  }

  // MARK: Counts

  /// Changes of one folder's counts, by kind and state.
  private struct Tally {
    // image ok, broken, missing, video ok, broken, missing: the order of the columns.
    var changes: [6 of Int64] = [0, 0, 0, 0, 0, 0]

    static func slot(_ kind: MediaFormat.Kind, _ state: AssetState) -> Int {
      (kind == .image ? 0 : 3) + Int(state.rawValue) - 1
    }
  }

  /// Notes that an asset is counted where it was not before.
  func count(_ kind: MediaFormat.Kind, _ state: AssetState, in folder: FolderID, by change: Int64) {
    if lastTally?.folder != folder {
      settleLastTally()
      lastTally = (folder, Tally())
    }
    lastTally?.tally.changes[Tally.slot(kind, state)] += change
  }

  private func settleLastTally() {
    guard let (folder, tally) = lastTally.take() else { return }
    for slot in 0..<6 {
      tallies[folder, default: Tally()].changes[slot] += tally.changes[slot]
    }
  }

  private func writeTallies() throws {
    settleLastTally()
    defer { tallies.removeAll(keepingCapacity: true) }
    for (folder, tally) in tallies {
      if (0..<6).allSatisfy({ tally.changes[$0] == 0 }) { continue }
      try database.withStatement(
        """
        UPDATE folders SET image_ok = image_ok + ?, image_broken = image_broken + ?,
          image_missing = image_missing + ?, video_ok = video_ok + ?,
          video_broken = video_broken + ?, video_missing = video_missing + ? WHERE id = ?
        """
      ) { statement in
        for slot in 0..<6 { try statement.bind(tally.changes[slot], at: Int32(slot + 1)) }
        try statement.bind(folder.rawValue, at: 7)
        try statement.run()
      }
    }
  }
}
