import Media
import Platform

/// Placeholders and failures: what making thumbnails leaves in the catalog.
extension Catalog {
  /// The most bytes a placeholder may have.
  public static let placeholderByteLimit = 32

  /// A placeholder for a content of an asset.
  public struct Placeholder: Sendable, Hashable {
    /// The asset.
    public let id: AssetID
    /// The content it was made from; it is not stored when the file has changed since.
    public let version: ContentVersion
    /// At most `placeholderByteLimit` bytes.
    public let bytes: [UInt8]

    /// A placeholder from its parts.
    public init(id: AssetID, version: ContentVersion, bytes: [UInt8]) {
      precondition(
        bytes.count <= Catalog.placeholderByteLimit, "a placeholder has at most 32 bytes")
      self.id = id
      self.version = version
      self.bytes = bytes
    }
  }

  /// A failure for a content of an asset.
  public struct NewFailure: Sendable, Hashable {
    /// The asset.
    public let id: AssetID
    /// The content that failed; it is not noted when the file has changed since.
    public let version: ContentVersion
    /// What was tried.
    public let stage: AssetFailure.Stage
    /// Why it did not work.
    public let failure: MediaFailure

    /// A failure from its parts.
    public init(
      id: AssetID, version: ContentVersion, stage: AssetFailure.Stage, failure: MediaFailure
    ) {
      self.id = id
      self.version = version
      self.stage = stage
      self.failure = failure
    }
  }

  /// Stores placeholders, and takes back the thumbnail failures of their assets: a thumbnail was
  /// made after all. One transaction; an empty list touches nothing.
  public func setPlaceholders(_ placeholders: [Placeholder]) async throws {
    if placeholders.isEmpty { return }
    try await write { writer in
      for placeholder in placeholders
      where try writer.hasVersion(placeholder.version, placeholder.id) {
        try writer.database.withStatement("UPDATE assets SET placeholder = ? WHERE id = ?") { row in
          try row.bind(placeholder.bytes, at: 1)
          try row.bind(placeholder.id.rawValue, at: 2)
          try row.run()
        }
        try writer.clearFailure(placeholder.id, onlyStage: .thumbnail)
      }
    }
  }

  /// Notes failures; each counts one more attempt on its asset. One transaction; an empty list
  /// touches nothing.
  public func setFailures(_ failures: [NewFailure]) async throws {
    if failures.isEmpty { return }
    try await write { writer in
      let now = currentMilliseconds()
      for failure in failures where try writer.hasVersion(failure.version, failure.id) {
        guard let before = try writer.counted(failure.id) else { continue }
        let state: AssetState = before.state == .missing ? .missing : .broken
        try writer.database.withStatement(
          """
          UPDATE assets SET failure_stage = ?, failure_kind = ?, failure_message = ?,
            failed_ms = ?, failure_count = failure_count + 1, state = ? WHERE id = ?
          """
        ) { row in
          try row.bind(Int64(failure.stage.rawValue), at: 1)
          try row.bind(Int64(failure.failure.kind.rawValue), at: 2)
          try row.bind(failure.failure.message, at: 3)
          try row.bind(now, at: 4)
          try row.bind(Int64(state.rawValue), at: 5)
          try row.bind(failure.id.rawValue, at: 6)
          try row.run()
        }
        writer.changes.assets.note(failure.id.rawValue)
        writer.count(before.kind, before.state, in: before.folder, by: -1)
        writer.count(before.kind, state, in: before.folder, by: 1)
      }
    }
  }

  /// Forgets failures because the user asks for another try: thumbnails are made again when wanted,
  /// and files that could not be probed are probed by the next scan.
  ///
  /// - Parameter ids: which assets; nil for all that are broken.
  /// - Returns: how many had one.
  @discardableResult
  public func clearFailures(_ ids: [AssetID]? = nil) async throws -> Int {
    if let ids, ids.isEmpty { return 0 }
    return try await write { writer in
      let all =
        try ids
        ?? writer.database.withStatement("SELECT id FROM assets WHERE state <> 1 AND state = 2") {
          row in
          var all: [AssetID] = []
          while try row.step() { all.append(AssetID(rawValue: row.int(0))) }
          return all
        }
      var cleared = 0
      for id in all where try writer.clearFailure(id, onlyStage: nil) { cleared += 1 }
      return cleared
    }
  }

  /// Forgets failures of one kind, e.g. those of a smaller budget.
  ///
  /// - Returns: how many there were. Complexity: O(broken assets).
  @discardableResult
  public func clearFailures(of kind: MediaFailure.Kind) async throws -> Int {
    let ids = try await read { database in
      try database.withStatement(
        "SELECT id FROM assets WHERE state <> 1 AND state = 2 AND failure_kind = ?"
      ) { row in
        try row.bind(Int64(kind.rawValue), at: 1)
        var ids: [AssetID] = []
        while try row.step() { ids.append(AssetID(rawValue: row.int(0))) }
        return ids
      }
    }
    return try await clearFailures(ids)
  }

  /// Assets that want a thumbnail, by id: present, probed, without a placeholder, and without a
  /// failure that would only come again.
  ///
  /// - Parameters:
  ///   - after: the last id of the page before; nil for the first page.
  ///   - limit: at most this many.
  ///   - retryBefore: transient failures older than this (milliseconds since 1970 UTC) are tried again.
  ///   - includingMade: gives those with a placeholder too: their thumbnails may be gone from the disk.
  public func needsThumbnail(
    after: AssetID? = nil, limit: Int = 500, retryBefore: Int64 = 0, includingMade: Bool = false
  ) async throws -> [PendingAsset] {
    let transient = MediaFailure.Kind.allCases.filter(\.isTransient)
      .map { String($0.rawValue) }.joined(separator: ", ")
    return try await pending(
      """
      \(includingMade ? "" : "a.placeholder IS NULL AND ")a.format IS NOT NULL AND a.state <> 3
      AND (a.failure_kind IS NULL
        OR (a.failure_stage = 2 AND a.failure_kind IN (\(transient)) AND a.failed_ms < ?3))
      """, after: after, limit: limit, retryBefore: retryBefore)
  }

  /// Assets whose deep metadata has not been read, by id.
  public func needsMetadata(after: AssetID? = nil, limit: Int = 500) async throws -> [PendingAsset]
  {
    try await pending(
      "a.metadata_state = 0 AND a.format IS NOT NULL AND a.state <> 3 AND ?3 = 0", after: after,
      limit: limit, retryBefore: 0)
  }

  /// How many assets `needsThumbnail` would give in all. Walks over all assets.
  public func thumbnailBacklog() async throws -> Int {
    try await read { database in
      Int(
        try database.integer(
          """
          SELECT count(*) FROM assets WHERE placeholder IS NULL AND format IS NOT NULL
          AND state <> 3 AND failure_kind IS NULL
          """) ?? 0)
    }
  }

  private func pending(
    _ condition: String, after: AssetID?, limit: Int, retryBefore: Int64
  ) async throws -> [PendingAsset] {
    try await read { database in
      try database.withStatement(
        """
        SELECT \(AssetColumns.record) FROM \(AssetColumns.recordTables)
        WHERE a.id > ?1 AND r.state = 1 AND \(condition) ORDER BY a.id LIMIT ?2
        """
      ) { row in
        try row.bind(after?.rawValue ?? 0, at: 1)
        try row.bind(limit, at: 2)
        try row.bind(retryBefore, at: 3)
        var assets: [PendingAsset] = []
        while try row.step() {
          let record = AssetColumns.record(from: row)
          if let probe = record.probe {
            assets.append(
              PendingAsset(
                id: record.id, path: record.path, probe: probe, version: record.summary.version,
                hasPlaceholder: record.summary.placeholder != nil))
          }
        }
        return assets
      }
    }
  }
}

extension CatalogWriter {
  /// True when the row's file still has this content, as far as the catalog knows.
  func hasVersion(_ version: ContentVersion, _ id: AssetID) throws -> Bool {
    try database.withStatement("SELECT byte_count, modified_ns, inode FROM assets WHERE id = ?") {
      row in
      try row.bind(id.rawValue, at: 1)
      guard try row.step() else { return false }
      return version
        == ContentVersion(
          byteCount: row.int(0), modifiedNanoseconds: row.int(1),
          inode: UInt64(bitPattern: row.int(2)))
    }
  }

  /// Takes a failure back, if there is one (of this stage); true when there was.
  ///
  /// A file that could not be probed loses its time of change too, so that the next scan looks at it
  /// again; it stays broken until then.
  @discardableResult
  func clearFailure(_ id: AssetID, onlyStage stage: AssetFailure.Stage?) throws -> Bool {
    let found = try database.withStatement(
      "SELECT failure_stage FROM assets WHERE id = ? AND failure_kind IS NOT NULL"
    ) { row in
      try row.bind(id.rawValue, at: 1)
      return try row.step() ? AssetFailure.Stage(rawValue: UInt8(clamping: row.int(0))) : nil
    }
    guard let found, stage == nil || stage == found, let before = try counted(id) else {
      return false
    }
    if found == .probe {
      try database.withStatement("UPDATE assets SET modified_ns = -1 WHERE id = ?") { row in
        try row.bind(id.rawValue, at: 1)
        try row.run()
      }
      return true
    }
    let state: AssetState = before.state == .missing ? .missing : .ok
    try database.withStatement(
      """
      UPDATE assets SET failure_stage = NULL, failure_kind = NULL, failure_message = NULL,
        failed_ms = NULL, failure_count = 0, state = ? WHERE id = ?
      """
    ) { row in
      try row.bind(Int64(state.rawValue), at: 1)
      try row.bind(id.rawValue, at: 2)
      try row.run()
    }
    changes.assets.note(id.rawValue)
    count(before.kind, before.state, in: before.folder, by: -1)
    count(before.kind, state, in: before.folder, by: 1)
    return true
  }
}
