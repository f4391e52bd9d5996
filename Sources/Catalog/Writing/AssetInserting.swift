import Media

/// Inserting the many new files of a first scan.
///
/// One statement adds sixteen rows: opening the table and its indexes, and reading and writing the
/// last id given, cost more than a row does, and are paid once a statement.
extension CatalogWriter {
  private static let rowsPerInsert = 16
  private static let columns = contentColumns + ["added_ms"]

  /// Fails, all of it, when one of the paths is known.
  private static let insertManySQL: String = {
    func list(_ parts: [String]) -> String { "(\(parts.joined(separator: ", ")))" }
    let row = list([String](repeating: "?", count: columns.count))
    let rows = [String](repeating: row, count: rowsPerInsert).joined(separator: ", ")
    return "INSERT INTO assets \(list(columns)) VALUES \(rows)"
  }()

  /// Inserts or updates files of one root, in their order.
  func upsert(
    _ files: [ScannedFile], root: RootID, now: Int64, insert: Statement, update: Statement,
    result: inout ScanBatchResult
  ) throws {
    var done = 0
    if files.count >= Self.rowsPerInsert {
      done = try database.withStatement(Self.insertManySQL) { insertMany in
        try self.insert(files, root: root, now: now, insertMany, result: &result)
      }
    }
    for file in files[done...] {
      try upsert(file, root: root, now: now, insert: insert, update: update, result: &result)
    }
  }

  /// Inserts files from the first on, up to one that is not new or could not be read: where one is,
  /// there are more. Returns how many were inserted.
  private func insert(
    _ files: [ScannedFile], root: RootID, now: Int64, _ statement: Statement,
    result: inout ScanBatchResult
  ) throws -> Int {
    var done = 0
    while files.count - done >= Self.rowsPerInsert {
      let rows = files[done..<done + Self.rowsPerInsert]
      guard try insertTogether(rows, root: root, now: now, statement, result: &result) else {
        break
      }
      done += rows.count
    }
    return done
  }

  /// Inserts all or, when a path is known or a file has no probe, nothing; says which.
  private func insertTogether(
    _ files: ArraySlice<ScannedFile>, root: RootID, now: Int64, _ statement: Statement,
    result: inout ScanBatchResult
  ) throws -> Bool {
    var base: Int32 = 0
    for file in files {
      guard let probe = file.probe, file.failure == nil, file.known == nil else { return false }
      try bind(
        statement, file, probe, state: .ok, kind: probe.format.kind,
        folder: folderID(root: root, path: file.folder), after: base)
      base += Int32(Self.columns.count)
      try statement.bind(now, at: base)
    }
    // When it fails, the statement takes back what it has done; the transaction stays.
    guard try statement.runUnlessTaken() else { return false }
    for file in files {
      guard let kind = file.probe?.format.kind else { continue }
      count(kind, .ok, in: try folderID(root: root, path: file.folder), by: 1)
    }
    // One writer, one statement: the ids follow each other.
    let last = database.lastInsertedID
    let first = last - Int64(files.count) + 1
    changes.assets.note(first...last)
    changes.touchesFiles = true
    result.ids.append(contentsOf: (first...last).lazy.map { AssetID(rawValue: $0) })
    result.added += files.count
    return true
  }
}
