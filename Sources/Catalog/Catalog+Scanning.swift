import Media
import Platform

/// What a scan needs.
extension Catalog {
  // MARK: Roots

  /// Adds a root, or answers the one with this path.
  ///
  /// - Parameter path: the absolute path of a folder.
  /// - Throws: `CatalogError` of kind `invalidRoot` when it lies in another root or around one: an
  ///   asset must not be found twice.
  public func addRoot(_ path: FilePath) async throws -> Root {
    let databasePath = self.path
    return try await write { writer in
      guard path.isAbsolute else {
        throw CatalogError(.invalidRoot, path: path, reason: "a root needs an absolute path")
      }
      for root in try Self.roots(in: writer.database) {
        if root.path == path { return root }
        if path.isWithin(root.path) {
          throw CatalogError(
            .invalidRoot, path: path,
            reason: "it is inside \(root.path), which the library \(databasePath) has already")
        }
        if root.path.isWithin(path) {
          throw CatalogError(
            .invalidRoot, path: path,
            reason: "the library has \(root.path) inside it already; add other folders beside it, "
              + "or start a new library with this one")
        }
      }
      let now = currentMilliseconds()
      try writer.database.withStatement("INSERT INTO roots (path, added_ms) VALUES (?, ?)") {
        statement in
        try statement.bind(path.bytes, at: 1)
        try statement.bind(now, at: 2)
        try statement.run()
      }
      let id = RootID(rawValue: writer.database.lastInsertedID)
      writer.changes.topics.insert(.folders)
      // The root's own folder is there from the start, so that an empty root shows too.
      _ = try writer.folderID(root: id, path: [])
      return Root(id: id, path: path, state: .online, addedMilliseconds: now)
    }
  }

  /// The roots, in the order they were added.
  public func roots() async throws -> [Root] {
    try await read { try Self.roots(in: $0) }
  }

  /// Notes whether a root can be reached. Its assets keep their state.
  public func setRootState(_ root: RootID, _ state: Root.State) async throws {
    try await write { writer in
      try writer.database.withStatement("UPDATE roots SET state = ?1 WHERE id = ?2 AND state <> ?1")
      { statement in
        try statement.bind(Int64(state.rawValue), at: 1)
        try statement.bind(root.rawValue, at: 2)
        try statement.run()
      }
    }
  }

  static func roots(in database: Database) throws -> [Root] {
    try database.withStatement("SELECT id, path, state, added_ms FROM roots ORDER BY id") {
      statement in
      var roots: [Root] = []
      while try statement.step() {
        roots.append(
          Root(
            id: RootID(rawValue: statement.int(0)), path: FilePath(bytes: statement.bytes(1)),
            state: statement.int(2) == 2 ? .offline : .online,
            addedMilliseconds: statement.int(3)))
      }
      return roots
    }
  }

  // MARK: What is known

  /// The files known in one folder, missing ones too, in the order of their names' bytes: ready to be
  /// merged with a sorted directory listing. Empty for a folder that is not known.
  ///
  /// - Parameters:
  ///   - folder: its path below the root; empty for the root's own folder.
  ///   - root: the root.
  public func knownFiles(inFolder folder: [UInt8], root: RootID) async throws -> [KnownFile] {
    try await read { database in
      try database.withStatement(
        """
        SELECT id, name, byte_count, modified_ns, inode, state FROM assets
        WHERE folder_id = (SELECT id FROM folders WHERE root_id = ? AND path = ?) ORDER BY name
        """
      ) { statement in
        try statement.bind(root.rawValue, at: 1)
        try statement.bind(folder, at: 2)
        var files: [KnownFile] = []
        while try statement.step() {
          files.append(
            KnownFile(
              id: AssetID(rawValue: statement.int(0)), name: statement.bytes(1),
              byteCount: statement.int(2), modifiedNanoseconds: statement.int(3),
              inode: UInt64(bitPattern: statement.int(4)),
              state: AssetState(rawValue: UInt8(truncatingIfNeeded: statement.int(5))) ?? .ok))
        }
        return files
      }
    }
  }

  /// The folders known below a root, by their paths' bytes, one page at a time: those a scan did not
  /// come across are gone.
  ///
  /// - Parameters:
  ///   - root: the root.
  ///   - after: the last path of the page before; nil for the first page.
  ///   - limit: at most this many.
  public func knownFolders(
    root: RootID, after: [UInt8]? = nil, limit: Int = 1000
  ) async throws -> [KnownFolder] {
    try await read { database in
      try database.withStatement(
        """
        SELECT id, path, image_ok + image_broken + video_ok + video_broken FROM folders
        WHERE root_id = ?1 AND (?2 IS NULL OR path > ?2) ORDER BY path LIMIT ?3
        """
      ) { statement in
        try statement.bind(root.rawValue, at: 1)
        try statement.bind(after, at: 2)
        try statement.bind(limit, at: 3)
        var folders: [KnownFolder] = []
        while try statement.step() {
          folders.append(
            KnownFolder(
              id: FolderID(rawValue: statement.int(0)), relativePath: statement.bytes(1),
              presentCount: Int(statement.int(2))))
        }
        return folders
      }
    }
  }

  // MARK: Batches

  /// Applies a batch in one transaction: all of it or nothing. An empty one touches nothing.
  public func apply(_ batch: ScanBatch) async throws -> ScanBatchResult {
    if batch.isEmpty {
      var nothing = ScanBatchResult()
      nothing.changeNumber = changeNumber
      return nothing
    }
    var result = try await write { writer in
      var result = ScanBatchResult()
      result.ids.reserveCapacity(batch.upserts.count)
      let now = currentMilliseconds()
      try writer.database.withStatement(CatalogWriter.insertSQL) { insert in
        try writer.database.withStatement(CatalogWriter.updateSQL) { update in
          // Moves first: they free the old paths for new files.
          for move in batch.moves {
            try writer.move(
              move, root: batch.root, now: now, insert: insert, update: update, result: &result)
          }
          result.ids.removeAll(keepingCapacity: true)
          try writer.upsert(
            batch.upserts, root: batch.root, now: now, insert: insert, update: update,
            result: &result)
        }
      }
      result.found = try writer.setMissing(batch.found, false)
      result.missing = try writer.setMissing(batch.missing, true)
      for folder in batch.missingFolders { result.missing += try writer.setMissing(folder: folder) }
      return result
    }
    result.changeNumber = changeNumber
    return result
  }

  // MARK: Scan jobs

  /// Records that a scan of a root begins.
  public func beginScan(root: RootID, progress: [UInt8] = []) async throws -> ScanJob {
    precondition(progress.count <= 64 << 10, "the record of a scan is at most 64 KiB")
    return try await write { writer in
      let now = currentMilliseconds()
      try writer.database.withStatement(
        "INSERT INTO scan_jobs (root_id, state, started_ms, progress) VALUES (?, 1, ?, ?)"
      ) { statement in
        try statement.bind(root.rawValue, at: 1)
        try statement.bind(now, at: 2)
        try statement.bind(progress, at: 3)
        try statement.run()
      }
      // A record of the last hundred scans is plenty.
      try writer.database.execute(
        """
        DELETE FROM scan_jobs WHERE state IN (3, 4)
          AND id <= (SELECT max(id) - 100 FROM scan_jobs)
        """)
      return ScanJob(
        id: writer.database.lastInsertedID, root: root, state: .running, startedMilliseconds: now,
        finishedMilliseconds: nil, progress: progress)
    }
  }

  /// Stores a job's state and progress; `finished` and `cancelled` get their time here.
  public func saveScan(_ job: ScanJob) async throws {
    precondition(job.progress.count <= 64 << 10, "the record of a scan is at most 64 KiB")
    try await write { writer in
      let isOver = job.state == .finished || job.state == .cancelled
      try writer.database.withStatement(
        "UPDATE scan_jobs SET state = ?, finished_ms = ?, progress = ? WHERE id = ?"
      ) { statement in
        try statement.bind(Int64(job.state.rawValue), at: 1)
        try statement.bind(
          isOver ? job.finishedMilliseconds ?? currentMilliseconds() : nil, at: 2)
        try statement.bind(job.progress, at: 3)
        try statement.bind(job.id, at: 4)
        try statement.run()
      }
    }
  }

  /// Jobs that are running or paused, oldest first: after a start, those to take up again.
  public func unfinishedScans() async throws -> [ScanJob] {
    try await read { database in
      try database.withStatement(
        """
        SELECT id, root_id, state, started_ms, finished_ms, progress FROM scan_jobs
        WHERE state IN (1, 2) ORDER BY id
        """
      ) { statement in
        var jobs: [ScanJob] = []
        while try statement.step() {
          jobs.append(
            ScanJob(
              id: statement.int(0), root: RootID(rawValue: statement.int(1)),
              state: ScanJob.State(rawValue: UInt8(truncatingIfNeeded: statement.int(2)))
                ?? .running,
              startedMilliseconds: statement.int(3),
              finishedMilliseconds: statement.optionalInt(4), progress: statement.bytes(5)))
        }
        return jobs
      }
    }
  }
}
