import Catalog
import Glibc
import Platform

/// The tables of `derived.db`, and opening it.
enum DerivedSchema {
  /// "AlbD": marks the file as ours.
  static let applicationID: Int64 = 0x416C_6244
  /// Another version is thrown away: all of it can be made again.
  static let version: Int64 = 1

  // Blobs lie in a table of their own under sequential ids, so that they are appended, and noting
  // that one was used rewrites a small row instead of the picture.
  private static let tables = """
    CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE entries (
      asset_id INTEGER NOT NULL, size INTEGER NOT NULL,
      version INTEGER NOT NULL, used INTEGER NOT NULL,
      byte_count INTEGER NOT NULL, blob_id INTEGER NOT NULL,
      PRIMARY KEY (asset_id, size)) WITHOUT ROWID;
    """

  /// Opens the writer, making the tables when they are not there.
  ///
  /// - Throws: `CatalogError`; of kind `foreign` for tables of another version.
  static func openWriter(
    _ path: FilePath, pageCacheByteCount: Int, usesWriteAheadLog: Bool
  ) throws -> Database {
    let database = try Database(
      path: path, access: .readWriteCreate, pageCacheByteCount: pageCacheByteCount)
    // 8 KiB pages and appended ids were the fastest to fill; both, and vacuuming by steps, must be
    // set before the first table is made.
    try database.execute("PRAGMA page_size = 8192")
    try database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _ = try database.withStatement(
      "PRAGMA journal_mode = \(usesWriteAheadLog ? "WAL" : "DELETE")"
    ) { try $0.step() }
    try database.execute("PRAGMA synchronous = NORMAL")
    try database.execute("PRAGMA secure_delete = OFF")
    try database.execute("PRAGMA journal_size_limit = \(16 << 20)")
    let application = try database.integer("PRAGMA application_id") ?? 0
    let version = try database.integer("PRAGMA user_version") ?? 0
    let tableCount = try database.integer("SELECT count(*) FROM sqlite_schema") ?? 0
    if application == applicationID, version == Self.version { return database }
    guard application == 0, version == 0, tableCount == 0 else {
      throw CatalogError(.foreign, path: path, reason: "its tables are of another version")
    }
    try database.writeTransaction {
      try database.execute(tables)
      try database.execute("PRAGMA application_id = \(applicationID)")
      try database.execute("PRAGMA user_version = \(Self.version)")
    }
    return database
  }

  /// Removes the file and SQLite's files beside it. Connections that still have it open keep what
  /// they see and touch nothing new.
  static func remove(_ path: FilePath) {
    for ending in ["", "-wal", "-shm", "-journal"] {
      let file = FilePath(bytes: path.bytes + Array(ending.utf8))
      _ = unsafe file.withCString { unsafe unlink($0) }
    }
  }

  /// Device and inode of what is at the path now; nil when nothing is.
  static func identity(_ path: FilePath) -> FileIdentity? {
    var status = stat()
    let code = unsafe path.withCString { unsafe stat($0, &status) }
    return code == 0
      ? FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) : nil
  }

  struct FileIdentity: Sendable, Hashable {
    let device: UInt64
    let inode: UInt64
  }
}
