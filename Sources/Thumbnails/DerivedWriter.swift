import Catalog
import Media

/// One thumbnail on its way to the disk.
struct DerivedBlob: Sendable {
  let key: DerivedKey
  let version: ContentVersion
  let bytes: [UInt8]
}

/// Which thumbnail.
struct DerivedKey: Hashable, Sendable {
  let asset: AssetID
  let size: ThumbnailSize
}

/// What only the writer thread of `derived.db` uses.
///
/// `@unchecked Sendable`: confined to the writer thread of its `Connections`.
final class DerivedWriter: @unchecked Sendable {
  private let database: Database
  private let byteLimit: Int

  init(database: Database, byteLimit: Int) {
    self.database = database
    self.byteLimit = byteLimit
  }

  /// Stores thumbnails, notes which were used, and takes the least recently used away when the
  /// file is over its limit. One transaction.
  ///
  /// - Parameters:
  ///   - blobs: new thumbnails; each replaces the one of its key.
  ///   - used: thumbnails that were read since the last write.
  ///   - now: seconds since 1970.
  /// - Returns: bytes in use in the file, and how many thumbnails were taken away.
  func store(
    _ blobs: [DerivedBlob], used: some Collection<DerivedKey>, now: Int64
  ) throws -> (byteCount: Int, evicted: Int) {
    let evicted = try database.writeTransaction {
      for blob in blobs { try store(blob, now: now) }
      try database.withStatement(
        "UPDATE entries SET used = ?1 WHERE asset_id = ?2 AND size = ?3 AND used < ?1"
      ) { row in
        for key in used {
          try row.bind(now, at: 1)
          try row.bind(key.asset.rawValue, at: 2)
          try row.bind(key.size.rawValue, at: 3)
          try row.run()
        }
      }
      return try evict()
    }
    if evicted > 0 {
      // Gives the freed pages back to the file system, a few thousand at a time.
      try database.withStatement("PRAGMA incremental_vacuum(4096)") { row in
        while try row.step() {}
      }
    }
    return (try usedByteCount(), evicted)
  }

  /// Brings the log back into the file.
  func emptyLog() throws { try database.emptyLog() }

  private func store(_ blob: DerivedBlob, now: Int64) throws {
    try remove(blob.key)
    let id = try database.withStatement("INSERT INTO blobs (bytes) VALUES (?)") { row in
      try row.bind(blob.bytes, at: 1)
      try row.run()
      return database.lastInsertedID
    }
    try database.withStatement("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)") { row in
      try row.bind(blob.key.asset.rawValue, at: 1)
      try row.bind(blob.key.size.rawValue, at: 2)
      try row.bind(Int64(bitPattern: blob.version.rawValue), at: 3)
      try row.bind(now, at: 4)
      try row.bind(blob.bytes.count, at: 5)
      try row.bind(id, at: 6)
      try row.run()
    }
  }

  private func remove(_ key: DerivedKey) throws {
    let old = try database.withStatement(
      "DELETE FROM entries WHERE asset_id = ? AND size = ? RETURNING blob_id"
    ) { row in
      try row.bind(key.asset.rawValue, at: 1)
      try row.bind(key.size.rawValue, at: 2)
      let old = try row.step() ? row.int(0) : nil
      while try row.step() {}
      return old
    }
    guard let old else { return }
    try database.withStatement("DELETE FROM blobs WHERE id = ?") { row in
      try row.bind(old, at: 1)
      try row.run()
    }
  }

  /// Bytes of the pages in use: what the limit is about.
  func usedByteCount() throws -> Int {
    let pages =
      (try database.integer("PRAGMA page_count") ?? 0)
      - (try database.integer("PRAGMA freelist_count") ?? 0)
    return Int(pages) * 8192
  }

  /// Takes away what was not used for longest until the file is at 95 % of its limit, so that it is
  /// not one in, one out. Walks over the small rows only.
  private func evict() throws -> Int {
    var evicted = 0
    while true {
      let used = try usedByteCount()
      if used <= (evicted == 0 ? byteLimit : byteLimit / 20 * 19) { return evicted }
      var toFree = max(1, used - byteLimit / 20 * 19)
      let victims: [DerivedKey] = try database.withStatement(
        "SELECT asset_id, size, byte_count FROM entries ORDER BY used, blob_id LIMIT 4096"
      ) { row in
        var victims: [DerivedKey] = []
        while toFree > 0, try row.step() {
          guard let size = ThumbnailSize(rawValue: Int(row.int(1))) else { continue }
          victims.append(DerivedKey(asset: AssetID(rawValue: row.int(0)), size: size))
          toFree -= Int(row.int(2))
        }
        return victims
      }
      // The tables themselves may be over a tiny limit.
      if victims.isEmpty { return evicted }
      for victim in victims { try remove(victim) }
      evicted += victims.count
    }
  }
}
