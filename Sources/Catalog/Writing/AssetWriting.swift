import Media
import Platform

/// Inserting and updating asset rows. All of it runs inside a transaction on the writer thread.
extension CatalogWriter {
  /// What a row counted as before it was changed.
  struct Counted {
    let folder: FolderID
    let kind: MediaFormat.Kind
    let state: AssetState
    let hasFailure: Bool
  }

  /// The columns of a file that was read, in the order `bind(_:_:_:state:kind:folder:after:)` binds
  /// them.
  static let contentColumns = [
    "folder_id", "state", "kind", "aspect", "captured_ms", "byte_count", "name_key", "name",
    "modified_ns", "inode", "format", "stored_width", "stored_height", "orientation",
    "offset_minutes", "make_id", "model_id", "latitude", "longitude", "altitude", "frame_count",
    "duration_ms", "bits", "channels", "flags", "fingerprint_high", "fingerprint_low",
  ]

  /// The columns a scan sets.
  private static let scannedColumns =
    contentColumns + [
      "failure_stage", "failure_kind", "failure_message", "failed_ms", "failure_count",
    ]

  /// Inserts unless the path is known; then nothing changes.
  static let insertSQL = """
    INSERT INTO assets (\(scannedColumns.joined(separator: ", ")), added_ms)
    VALUES (\((1...scannedColumns.count + 1).map { "?\($0)" }.joined(separator: ", ")))
    ON CONFLICT (folder_id, name) DO NOTHING
    """

  /// Updates a row whose file changed: what was made from the old content goes, what the user said
  /// stays.
  static let updateSQL = """
    UPDATE assets SET
    \(scannedColumns.enumerated().map { "\($1) = ?\($0 + 1)" }.joined(separator: ", ")),
    placeholder = NULL, metadata_state = 0 WHERE id = ?\(scannedColumns.count + 1)
    """

  /// Follows a file that is the same at another path: what was made from it stays.
  static let moveSQL = """
    UPDATE assets SET folder_id = ?1, name = ?2, name_key = ?3, modified_ns = ?4, inode = ?5,
    state = CASE WHEN failure_kind IS NULL THEN 1 ELSE 2 END WHERE id = ?6
    """

  /// Inserts or updates one file with statements a batch prepared once.
  func upsert(
    _ file: ScannedFile, root: RootID, now: Int64, insert: Statement, update: Statement,
    result: inout ScanBatchResult
  ) throws {
    let folder = try folderID(root: root, path: file.folder)
    if file.probe == nil { result.broken += 1 }
    if let known = file.known, let before = try counted(known) {
      try change(known, from: before, to: file, folder: folder, now: now, update: update)
      result.changed += 1
      result.ids.append(known)
      return
    }
    try bind(insert, file, folder: folder, now: now)
    try insert.bind(now, at: Int32(Self.scannedColumns.count + 1))
    try insert.run()
    if database.changedRowCount > 0 {
      result.added += 1
      changes.assets.note(database.lastInsertedID)
      changes.touchesFiles = true
      result.ids.append(AssetID(rawValue: database.lastInsertedID))
      count(file.kind, file.state, in: folder, by: 1)
      return
    }
    // Another scan, or another program, was first.
    guard let known = try assetID(folder: folder, name: file.name),
      let before = try counted(known)
    else {
      throw CatalogError(
        .corrupt, path: database.path, reason: "the index of names contradicts the assets")
    }
    try change(known, from: before, to: file, folder: folder, now: now, update: update)
    result.changed += 1
    result.ids.append(known)
  }

  private func change(
    _ id: AssetID, from before: Counted, to file: ScannedFile, folder: FolderID, now: Int64,
    update: Statement
  ) throws {
    try bind(update, file, folder: folder, now: now)
    try update.bind(id.rawValue, at: Int32(Self.scannedColumns.count + 1))
    try update.run()
    changes.assets.note(id.rawValue)
    changes.touchesFiles = true
    count(before.kind, before.state, in: before.folder, by: -1)
    count(file.kind, file.state, in: folder, by: 1)
  }

  /// Gives a row its new path. When that path has a row of its own, which can only be one whose file
  /// is gone as well, the file counts as a change of that row.
  func move(
    _ move: MovedFile, root: RootID, now: Int64, insert: Statement, update: Statement,
    result: inout ScanBatchResult
  ) throws {
    let file = move.file
    let folder = try folderID(root: root, path: file.folder)
    let isFree = try assetID(folder: folder, name: file.name).map { $0 == move.id } ?? true
    guard isFree, let before = try counted(move.id) else {
      var upserted = file
      upserted.known = nil
      return try upsert(
        upserted, root: root, now: now, insert: insert, update: update, result: &result)
    }
    try database.withStatement(Self.moveSQL) { statement in
      try statement.bind(folder.rawValue, at: 1)
      try statement.bind(file.name, at: 2)
      try statement.bind(NaturalOrder.key(of: file.name), at: 3)
      try statement.bind(file.modifiedNanoseconds, at: 4)
      try statement.bind(Int64(bitPattern: file.inode), at: 5)
      try statement.bind(move.id.rawValue, at: 6)
      try statement.run()
    }
    changes.assets.note(move.id.rawValue)
    changes.touchesFiles = true
    count(before.kind, before.state, in: before.folder, by: -1)
    count(before.kind, before.hasFailure ? .broken : .ok, in: folder, by: 1)
    result.moved += 1
  }

  /// Marks rows missing or back; returns how many changed.
  func setMissing(_ ids: [AssetID], _ isMissing: Bool) throws -> Int {
    var changed = 0
    for id in ids {
      guard let before = try counted(id), (before.state == .missing) != isMissing else { continue }
      let state: AssetState = isMissing ? .missing : before.hasFailure ? .broken : .ok
      try database.withStatement("UPDATE assets SET state = ? WHERE id = ?") { statement in
        try statement.bind(Int64(state.rawValue), at: 1)
        try statement.bind(id.rawValue, at: 2)
        try statement.run()
      }
      changes.assets.note(id.rawValue)
      changes.touchesFiles = true
      count(before.kind, before.state, in: before.folder, by: -1)
      count(before.kind, state, in: before.folder, by: 1)
      changed += 1
    }
    return changed
  }

  /// Marks every asset directly in a folder missing; returns how many changed.
  func setMissing(folder: FolderID) throws -> Int {
    let ids = try database.withStatement(
      "SELECT id FROM assets WHERE folder_id = ? AND state <> 3"
    ) { statement in
      try statement.bind(folder.rawValue, at: 1)
      var ids: [AssetID] = []
      while try statement.step() { ids.append(AssetID(rawValue: statement.int(0))) }
      return ids
    }
    return try setMissing(ids, true)
  }

  /// What a row counts as now; nil when there is no such row.
  func counted(_ id: AssetID) throws -> Counted? {
    try database.withStatement(
      "SELECT folder_id, kind, state, failure_kind IS NOT NULL FROM assets WHERE id = ?"
    ) { statement in
      try statement.bind(id.rawValue, at: 1)
      guard try statement.step() else { return nil }
      return Counted(
        folder: FolderID(rawValue: statement.int(0)),
        kind: statement.int(1) == 2 ? .video : .image,
        state: AssetState(rawValue: UInt8(truncatingIfNeeded: statement.int(2))) ?? .ok,
        hasFailure: statement.int(3) != 0)
    }
  }

  private func assetID(folder: FolderID, name: [UInt8]) throws -> AssetID? {
    try database.withStatement("SELECT id FROM assets WHERE folder_id = ? AND name = ?") {
      statement in
      try statement.bind(folder.rawValue, at: 1)
      try statement.bind(name, at: 2)
      return try statement.step() ? AssetID(rawValue: statement.int(0)) : nil
    }
  }

  private func bind(
    _ statement: Statement, _ file: ScannedFile, folder: FolderID, now: Int64
  ) throws {
    let failure = file.recordedFailure
    try bind(
      statement, file, file.probe, state: failure == nil ? .ok : .broken, kind: file.kind,
      folder: folder, after: 0)
    let first = Int32(Self.contentColumns.count)
    try statement.bind(
      failure.map { _ in Int64(AssetFailure.Stage.probe.rawValue) }, at: first + 1)
    try statement.bind(failure.map { Int64($0.kind.rawValue) }, at: first + 2)
    try statement.bind(failure?.message, at: first + 3)
    try statement.bind(failure.map { _ in now }, at: first + 4)
    try statement.bind(Int64(failure == nil ? 0 : 1), at: first + 5)
  }

  /// Binds the `contentColumns` to the parameters after number `base`.
  func bind(
    _ statement: Statement, _ file: ScannedFile, _ probe: Probe?, state: AssetState,
    kind: MediaFormat.Kind, folder: FolderID, after base: Int32
  ) throws {
    try statement.bind(folder.rawValue, at: base + 1)
    try statement.bind(Int64(state.rawValue), at: base + 2)
    try statement.bind(Int64(kind.rawValue), at: base + 3)
    let aspect = AspectByte(width: probe?.width ?? 0, height: probe?.height ?? 0)
    try statement.bind(Int64(aspect.rawValue), at: base + 4)
    try statement.bind(file.byteCount, at: base + 6)
    try statement.bind(NaturalOrder.key(of: file.name), at: base + 7)
    try statement.bind(file.name, at: base + 8)
    try statement.bind(file.modifiedNanoseconds, at: base + 9)
    try statement.bind(Int64(bitPattern: file.inode), at: base + 10)
    if let probe {
      try bind(statement, probe, after: base)
    } else {
      try statement.bindNull(at: base + 5)
      for index in Int32(11)...25 { try statement.bindNull(at: base + index) }
    }
    if let fingerprint = file.fingerprint {
      try statement.bind(Int64(bitPattern: fingerprint.high), at: base + 26)
      try statement.bind(Int64(bitPattern: fingerprint.low), at: base + 27)
    } else {
      try statement.bindNull(at: base + 26)
      try statement.bindNull(at: base + 27)
    }
  }

  private func bind(_ statement: Statement, _ probe: Probe, after base: Int32) throws {
    let time = probe.captureTime
    try statement.bind(time?.wallMilliseconds, at: base + 5)
    try statement.bind(Int64(probe.format.rawValue), at: base + 11)
    try statement.bind(Int64(probe.storedWidth), at: base + 12)
    try statement.bind(Int64(probe.storedHeight), at: base + 13)
    try statement.bind(Int64(probe.orientation.rawValue), at: base + 14)
    try statement.bind(time?.offsetMinutes.map { Int64($0) }, at: base + 15)
    try statement.bind(try probe.cameraMake.map { try makeID($0) }, at: base + 16)
    try statement.bind(try probe.cameraModel.map { try modelID($0) }, at: base + 17)
    let position = probe.position
    try statement.bind(position?.latitude, at: base + 18)
    try statement.bind(position?.longitude, at: base + 19)
    try statement.bind(position?.altitudeMetres, at: base + 20)
    try statement.bind(Int64(probe.frameCount), at: base + 21)
    try statement.bind(probe.durationMilliseconds, at: base + 22)
    try statement.bind(Int64(probe.bitsPerChannel), at: base + 23)
    try statement.bind(Int64(probe.channelCount), at: base + 24)
    try statement.bind(
      Int64((probe.hasAlpha ? 1 : 0) | (probe.isProgressive ? 2 : 0)), at: base + 25)
  }
}

extension ScannedFile {
  /// A file without a probe and without a reason still is not one that can be seen.
  fileprivate var recordedFailure: MediaFailure? {
    if let failure { return failure }
    return probe == nil ? MediaFailure(.unreadable, "The file could not be read.") : nil
  }

  /// What it counts as.
  fileprivate var state: AssetState { recordedFailure == nil ? .ok : .broken }

  /// What it is; an unreadable file is what its extension promises.
  fileprivate var kind: MediaFormat.Kind {
    if let probe { return probe.format.kind }
    let ending = FilePath(bytes: name).fileExtension
    let isVideo = MediaFormat.allCases.contains {
      $0.kind == .video && $0.fileExtensions.contains(ending)
    }
    return isVideo ? .video : .image
  }
}
