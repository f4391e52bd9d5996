import Glibc
import Platform

/// A catalog's connections, opened, checked and brought up to date.
struct OpenedCatalog: Sendable {
  let path: FilePath
  let writer: Database
  let readers: [Database]
  let report: CatalogOpenReport
  let changeNumber: Int64

  /// Opens the database in `directory`. Blocks.
  init(directory: FilePath, options: CatalogOptions, pageCacheByteCount: Int) throws {
    try Self.makeDirectory(directory)
    path = directory.appending("catalog.db")
    var report = CatalogOpenReport()
    // Half for the writer, whose changed pages stay in memory until the transaction ends.
    let writer = try Database(
      path: path, access: .readWriteCreate, busyMilliseconds: options.busyMilliseconds,
      pageCacheByteCount: pageCacheByteCount / 2)
    try Self.checkWritable(path, directory: directory)
    try Self.checkOwner(of: writer)

    report.networkFileSystem = FileSystemKind.networkName(of: directory)
    let wantsLog =
      switch options.journal {
      case .automatic: report.networkFileSystem == nil
      case .writeAheadLog: true
      case .rollback: false
      }
    let mode = try writer.withStatement(
      "PRAGMA journal_mode = \(wantsLog ? "WAL" : "DELETE")"
    ) { try $0.step() ? $0.text(0) : "" }
    report.usesWriteAheadLog = mode == "wal"
    // Without the log NORMAL could damage the database in a power cut on some file systems.
    try writer.execute("PRAGMA synchronous = \(mode == "wal" ? "NORMAL" : "FULL")")
    // Debian builds SQLite to overwrite what is deleted with zeros: nothing here is a secret.
    try writer.execute("PRAGMA secure_delete = OFF")
    // The log is cut back to this after a checkpoint, so a big scan does not leave a big file.
    try writer.execute("PRAGMA journal_size_limit = \(16 << 20)")

    try Migration(database: writer, steps: Schema.steps) { version in
      if version > 0, version < Schema.tagsVersion {
        try CatalogWriter(database: writer).importAllKeywords()
      }
    }.run(report: &report)

    self.writer = writer
    readers = try (0..<max(1, options.readerCount)).map { _ in
      try Database(
        path: directory.appending("catalog.db"), access: .readOnly,
        busyMilliseconds: options.busyMilliseconds,
        pageCacheByteCount: pageCacheByteCount / 2 / max(1, options.readerCount))
    }
    self.report = report
    changeNumber = try writer.integer("SELECT value FROM meta WHERE key = 'change'") ?? 0
  }

  private static func makeDirectory(_ directory: FilePath) throws {
    let code = unsafe directory.withCString { unsafe mkdir($0, 0o755) }
    if code == 0 || errno == EEXIST { return }
    let error = errno
    // Parents too, from the top.
    if error == ENOENT, directory.parent != directory {
      try makeDirectory(directory.parent)
      let again = unsafe directory.withCString { unsafe mkdir($0, 0o755) }
      if again == 0 || errno == EEXIST { return }
    }
    throw CatalogError(
      errno == EACCES || errno == EROFS ? .readOnly : .cannotOpen, path: directory,
      reason: "the library directory cannot be made", systemCode: errno)
  }

  // SQLite falls back to reading when a file cannot be written, and says so only at the first
  // write: with a reason that does not name the directory.
  private static func checkWritable(_ path: FilePath, directory: FilePath) throws {
    for file in [directory, path] {
      let code = unsafe file.withCString { unsafe access($0, W_OK) }
      if code != 0 {
        throw CatalogError(
          .readOnly, path: file, reason: "no permission to write", systemCode: errno)
      }
    }
  }

  private static func checkOwner(of database: Database) throws {
    // The first read of the file: damage and files that are no databases show here.
    let application = try database.integer("PRAGMA application_id") ?? 0
    let version = try database.integer("PRAGMA user_version") ?? 0
    let tableCount = try database.integer("SELECT count(*) FROM sqlite_schema") ?? 0
    if application == Schema.applicationID || (tableCount == 0 && version == 0) { return }
    throw CatalogError(
      .foreign, path: database.path, reason: "it is not marked as an Albumen catalog")
  }
}
