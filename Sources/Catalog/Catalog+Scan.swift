import Media
import Platform

extension Catalog {
  /// Opens a reader for a scan thread. Blocks; call it on a thread of its own.
  package func openScanReader() throws -> ScanReader {
    try ScanReader(
      database: Database(
        path: path, access: .readOnly, busyMilliseconds: 5000,
        pageCacheByteCount: ScanReader.pageCacheByteCount))
  }

  /// Opens a reader for an owner that has a thread of its own and reads much. Blocks.
  ///
  /// - Parameter pageCacheByteCount: what it may keep of the file; the caller has charged it.
  package func openReader(pageCacheByteCount: Int) throws -> Database {
    try Database(path: path, access: .readOnly, pageCacheByteCount: pageCacheByteCount)
  }

  /// Frees a path for an asset whose file is there now: the asset whose row has the path takes the
  /// other's place, and is missing until it is found. It keeps what it has, also when its file was
  /// overwritten by the move.
  ///
  /// - Parameters:
  ///   - folder: the path's folder below the root.
  ///   - name: its name.
  ///   - root: the root.
  ///   - moved: the asset whose file is at the path.
  package func takePath(
    folder: [UInt8], name: [UInt8], root: RootID, for moved: AssetID
  ) async throws {
    try await write { writer in
      let folder = try writer.folderID(root: root, path: folder)
      guard let displaced = try writer.occupant(of: Place(folder: folder, name: name)),
        displaced != moved, let here = try writer.place(of: displaced),
        let there = try writer.place(of: moved), let movedBefore = try writer.counted(moved),
        let displacedBefore = try writer.counted(displaced)
      else { return }
      // No file name holds a NUL, so this one is free.
      try writer.setPlace(
        of: displaced, Place(folder: there.folder, name: [0] + Array(displaced.description.utf8)))
      try writer.setPlace(of: moved, here)
      try writer.setPlace(of: displaced, there)
      try writer.setMissingState(of: displaced)
      writer.changes.assets.note(displaced.rawValue)
      writer.changes.assets.note(moved.rawValue)
      writer.changes.touchesFiles = true
      writer.count(movedBefore.kind, movedBefore.state, in: there.folder, by: -1)
      writer.count(movedBefore.kind, movedBefore.state, in: here.folder, by: 1)
      writer.count(displacedBefore.kind, displacedBefore.state, in: here.folder, by: -1)
      writer.count(displacedBefore.kind, .missing, in: there.folder, by: 1)
    }
  }

  /// One folder by its path below its root; nil when it is not known.
  package func knownFolder(path: [UInt8], root: RootID) async throws -> KnownFolder? {
    try await read { database in
      try database.withStatement(
        """
        SELECT id, image_ok + image_broken + video_ok + video_broken FROM folders
        WHERE root_id = ? AND path = ?
        """
      ) { row in
        try row.bind(root.rawValue, at: 1)
        try row.bind(path, at: 2)
        guard try row.step() else { return nil }
        return KnownFolder(
          id: FolderID(rawValue: row.int(0)), relativePath: path, presentCount: Int(row.int(1)))
      }
    }
  }

  /// The last folder that was added: what comes after it was added later.
  package func newestFolder() async throws -> FolderID {
    try await read { database in
      FolderID(rawValue: try database.integer("SELECT max(id) FROM folders") ?? 0)
    }
  }

  /// For each asset whether its row still has the path it is named with.
  package func stillAt(_ places: [AssetPlace]) async throws -> [Bool] {
    if places.isEmpty { return [] }
    return try await read { database in
      try places.map { place in
        try database.withStatement(
          """
          SELECT f.path, a.name FROM assets a JOIN folders f ON f.id = a.folder_id WHERE a.id = ?
          """
        ) { row in
          try row.bind(place.id.rawValue, at: 1)
          guard try row.step() else { return false }
          return row.bytes(0) == place.folder && row.bytes(1) == place.name
        }
      }
    }
  }

  fileprivate struct Place {
    let folder: FolderID
    let name: [UInt8]
  }
}

/// An asset and the path it was seen at.
package struct AssetPlace: Sendable {
  let id: AssetID
  let folder: [UInt8]
  let name: [UInt8]

  /// - Parameters:
  ///   - id: its row.
  ///   - folder: its folder's path below the root.
  ///   - name: its name.
  package init(id: AssetID, folder: [UInt8], name: [UInt8]) {
    self.id = id
    self.folder = folder
    self.name = name
  }
}

extension CatalogWriter {
  fileprivate func occupant(of place: Catalog.Place) throws -> AssetID? {
    try database.withStatement("SELECT id FROM assets WHERE folder_id = ? AND name = ?") {
      statement in
      try statement.bind(place.folder.rawValue, at: 1)
      try statement.bind(place.name, at: 2)
      return try statement.step() ? AssetID(rawValue: statement.int(0)) : nil
    }
  }

  fileprivate func place(of id: AssetID) throws -> Catalog.Place? {
    try database.withStatement("SELECT folder_id, name FROM assets WHERE id = ?") { statement in
      try statement.bind(id.rawValue, at: 1)
      guard try statement.step() else { return nil }
      return Catalog.Place(
        folder: FolderID(rawValue: statement.int(0)), name: statement.bytes(1))
    }
  }

  fileprivate func setPlace(of id: AssetID, _ place: Catalog.Place) throws {
    try database.withStatement(
      "UPDATE assets SET folder_id = ?, name = ?, name_key = ? WHERE id = ?"
    ) { statement in
      try statement.bind(place.folder.rawValue, at: 1)
      try statement.bind(place.name, at: 2)
      try statement.bind(NaturalOrder.key(of: place.name), at: 3)
      try statement.bind(id.rawValue, at: 4)
      try statement.run()
    }
  }

  fileprivate func setMissingState(of id: AssetID) throws {
    try database.withStatement("UPDATE assets SET state = 3 WHERE id = ?") { statement in
      try statement.bind(id.rawValue, at: 1)
      try statement.run()
    }
  }
}
