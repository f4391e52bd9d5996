import Media

/// The texts of assets, for searches in them: lent where SQLite has them.
///
/// A walk over the rows instead of an index of words: a scan need not keep it up, it finds parts of words
/// too, and a million names take about as long as somebody types the next letter.
extension Database {
  /// Calls `body` with every asset's id, folder and file name, by ascending ids.
  package func forEachAssetName(
    _ body: (_ id: Int64, _ folder: FolderID, _ name: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withStatement("SELECT id, folder_id, name FROM assets ORDER BY id") { row in
      while try row.step() {
        try unsafe row.withBytes(2) {
          try unsafe body(row.int(0), FolderID(rawValue: row.int(1)), $0)
        }
      }
    }
  }

  /// Calls `body` with every asset's texts, one at a time: title, caption and creator as its file has
  /// them, and its note.
  package func forEachAssetText(
    _ body: (_ id: Int64, _ text: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withStatement(
      """
      SELECT asset_id, title, caption, creator FROM metadata
      WHERE title IS NOT NULL OR caption IS NOT NULL OR creator IS NOT NULL
      """
    ) { row in
      while try row.step() {
        for column: Int32 in 1...3 where !row.isNull(column) {
          try unsafe row.withBytes(column) { try unsafe body(row.int(0), $0) }
        }
      }
    }
    try withStatement("SELECT asset_id, note FROM asset_marks WHERE note IS NOT NULL") { row in
      while try row.step() { try unsafe row.withBytes(1) { try unsafe body(row.int(0), $0) } }
    }
  }

  /// Calls `body` with every address an asset came from.
  package func forEachAssetSource(
    _ body: (_ id: Int64, _ address: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withStatement("SELECT asset_id, url FROM asset_sources ORDER BY asset_id, position") {
      row in
      while try row.step() { try unsafe row.withBytes(1) { try unsafe body(row.int(0), $0) } }
    }
  }

  /// Calls `body` with every folder and its path below its root, root by root in natural order: what is
  /// in a folder comes right after it.
  package func forEachFolderPath(
    _ body: (_ id: FolderID, _ root: RootID, _ path: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withStatement("SELECT id, root_id, path FROM folders ORDER BY root_id, path_key") { row in
      while try row.step() {
        try unsafe row.withBytes(2) {
          try unsafe body(
            FolderID(rawValue: row.int(0)), RootID(rawValue: row.int(1)), $0)
        }
      }
    }
  }

  /// Calls `body` with every folder's path below its root and how many assets it has itself, missing ones
  /// not counted.
  package func forEachFolderCount(_ body: (_ path: [UInt8], _ count: Int) throws -> Void) throws {
    try withStatement(
      "SELECT path, image_ok + image_broken + video_ok + video_broken FROM folders"
    ) { row in
      while try row.step() { try body(row.bytes(0), Int(row.int(1))) }
    }
  }

  /// Calls `body` with every folder and the one it is in; nil for a root's own.
  package func forEachFolderParent(
    _ body: (_ id: FolderID, _ parent: FolderID?) throws -> Void
  ) throws {
    try withStatement("SELECT id, parent_id FROM folders") { row in
      while try row.step() {
        try body(
          FolderID(rawValue: row.int(0)), row.optionalInt(1).map { FolderID(rawValue: $0) })
      }
    }
  }

  /// The folder and all below it, or the folder alone; none when it is not known.
  package func folders(at folder: FolderID, isRecursive: Bool) throws -> [FolderID] {
    var query = AssetQuery(folder: folder)
    query.recursive = isRecursive
    var folders: [FolderID] = []
    try FolderScope(query, in: self).forEachFolder("0", isOrdered: false, in: self) { row in
      folders.append(FolderID(rawValue: row.int(0)))
    }
    return folders
  }

  /// The highest id a tag has had.
  package func highestTagID() throws -> Int64 {
    try integer("SELECT seq FROM sqlite_sequence WHERE name = 'tags'") ?? 0
  }

  /// The highest id a folder has had.
  package func highestFolderID() throws -> Int64 {
    try integer("SELECT seq FROM sqlite_sequence WHERE name = 'folders'") ?? 0
  }
}
