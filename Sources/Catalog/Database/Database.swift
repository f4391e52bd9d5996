import CSQLite
import Platform
import Synchronization

/// One SQLite connection.
///
/// Opened without SQLite's own mutexes, so it must be used by one thread at a time; `Connections`
/// sees to that. Only `interrupt` may be called from anywhere.
///
/// `@unchecked Sendable`: the connection moves between threads but is never used by two at once
/// (one writer thread; a reader is taken from a list and put back), and `interrupt` is thread-safe
/// by SQLite's contract while the connection is open, which the caller's reference guarantees.
@safe package final class Database: @unchecked Sendable {
  /// What a connection may do.
  package enum Access: Sendable {
    case readOnly
    case readWrite
    case readWriteCreate
  }

  private let handle: OpaquePointer
  private let interruption = Interruption()
  /// The database file.
  package let path: FilePath
  private var statements: [String: Statement] = [:]
  // Far more than the statements of this program: a bound against SQL made with changing text.
  private static let statementCacheLimit = 128
  // Set once, before SQLite is used for the first time in the process. When somebody was first, it
  // works the same, only slower.
  private static let isTuned = csqlite_configure() == SQLITE_OK
  /// Steps of SQLite's virtual machine, counted only when a test asks for it.
  package var countsMachineSteps = false
  /// The steps counted since it was set to 0.
  package var machineStepCount = 0

  /// Opens a connection.
  ///
  /// - Parameters:
  ///   - path: the file; a relative path is taken from the working directory.
  ///   - access: whether it may write, and make the file.
  ///   - busyMilliseconds: how long a call waits for another connection's lock.
  ///   - pageCacheByteCount: how much of the file the connection keeps in memory; the caller has
  ///     charged it to the budget.
  package init(
    path: FilePath, access: Access, busyMilliseconds: Int32 = 5000, pageCacheByteCount: Int
  ) throws(CatalogError) {
    _ = Self.isTuned
    // Debian's SQLite reads names that start with "file:" as URIs.
    let opened = path.isAbsolute ? path : FilePath(bytes: Array("./".utf8) + path.bytes)
    let mode: Int32 =
      switch access {
      case .readOnly: SQLITE_OPEN_READONLY
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    var made: OpaquePointer?
    let code = unsafe opened.withCString { text in
      unsafe sqlite3_open_v2(
        text, &made, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    }
    guard let handle = unsafe made else {
      throw CatalogError(
        code: SQLITE_NOMEM, reason: "out of memory", path: path, sql: nil, systemCode: 0)
    }
    guard code == SQLITE_OK else {
      let error = CatalogError(
        code: code, reason: unsafe String(cString: sqlite3_errmsg(handle)), path: path, sql: nil,
        systemCode: unsafe sqlite3_system_errno(handle))
      unsafe sqlite3_close_v2(handle)
      throw error
    }
    unsafe self.handle = unsafe handle
    self.path = path
    unsafe sqlite3_busy_timeout(handle, busyMilliseconds)
    // sqlite3_interrupt alone is lost when it comes between two statements. The flag is looked at
    // every few thousand steps of the virtual machine, a few times a millisecond.
    unsafe sqlite3_progress_handler(
      handle, 4096,
      { context in
        guard let context = unsafe context else { return 0 }
        let interruption = unsafe Unmanaged<Interruption>.fromOpaque(context)
          .takeUnretainedValue()
        return interruption.isWanted.load(ordering: .relaxed) ? 1 : 0
      }, Unmanaged.passUnretained(interruption).toOpaque())
    // A negative size is in KiB. Mapping the file would put its pages into the process's PSS.
    try execute("PRAGMA cache_size = -\(max(64, pageCacheByteCount >> 10))")
    try execute("PRAGMA mmap_size = 0")
    try execute("PRAGMA foreign_keys = ON")
  }

  deinit {
    statements.removeAll()
    unsafe sqlite3_close_v2(handle)
  }

  /// The error behind a result code this connection just returned.
  package func error(_ code: Int32, sql: String?) -> CatalogError {
    let extended = unsafe sqlite3_extended_errcode(handle)
    return CatalogError(
      code: extended & 0xFF == code & 0xFF ? extended : code,
      reason: unsafe String(cString: sqlite3_errmsg(handle)), path: path, sql: sql,
      systemCode: code & 0xFF == SQLITE_IOERR || code & 0xFF == SQLITE_CANTOPEN
        || code & 0xFF == SQLITE_FULL ? unsafe sqlite3_system_errno(handle) : 0)
  }

  /// Runs SQL that binds nothing and gives no rows anybody needs; several statements may follow
  /// each other.
  package func execute(_ sql: String) throws(CatalogError) {
    let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw error(code, sql: sql) }
  }

  /// Lends the prepared statement of `sql` and resets it afterwards, also after an error.
  package func withStatement<Result>(
    _ sql: String, _ body: (Statement) throws -> Result
  ) throws -> Result {
    let statement = try cachedStatement(sql)
    statement.isInUse = true
    defer {
      if countsMachineSteps { machineStepCount += statement.takeMachineStepCount() }
      statement.resetCompletely()
      statement.isInUse = false
    }
    return try body(statement)
  }

  /// The first column of the first row as an integer; nil when there is no row or it is NULL.
  package func integer(_ sql: String) throws -> Int64? {
    try withStatement(sql) { try $0.step() ? $0.optionalInt(0) : nil }
  }

  private func cachedStatement(_ sql: String) throws(CatalogError) -> Statement {
    if let statement = statements[sql], !statement.isInUse { return statement }
    var made: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard code == SQLITE_OK, let made = unsafe made else { throw error(code, sql: sql) }
    let statement = unsafe Statement(handle: made, database: self, sql: sql)
    if statements[sql] == nil {
      if statements.count >= Self.statementCacheLimit {
        statements = statements.filter { $0.value.isInUse }
      }
      statements[sql] = statement
    }
    return statement
  }

  /// Runs `body` in a transaction that holds the write lock from its start (an upgrade of a read
  /// transaction can fail without waiting), and rolls back when it throws.
  package func writeTransaction<Result>(_ body: () throws -> Result) throws -> Result {
    try transaction("BEGIN IMMEDIATE", body)
  }

  /// Runs `body` on one unchanging view of the database.
  package func readTransaction<Result>(_ body: () throws -> Result) throws -> Result {
    try transaction("BEGIN DEFERRED", body)
  }

  private func transaction<Result>(
    _ begin: String, _ body: () throws -> Result
  ) throws -> Result {
    try execute(begin)
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // SQLite rolls back by itself after a full disk or an interrupt. What made us roll back is
      // the error to report; a failing rollback leaves the journal, which the next open plays back.
      if unsafe sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
      throw error
    }
  }

  /// Brings the log back into the database and empties it. Without a log there is nothing to do.
  ///
  /// - Returns: false when somebody reads from the log for longer than the connection waits: it
  ///   stays then, and nothing is lost.
  @discardableResult
  package func emptyLog() throws -> Bool {
    try integer("PRAGMA wal_checkpoint(TRUNCATE)") != 1
  }

  /// The row id of the last insert of this connection.
  package var lastInsertedID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

  /// Rows changed by the last statement.
  package var changedRowCount: Int { Int(unsafe sqlite3_changes64(handle)) }

  /// Rows changed since the connection was opened.
  package var totalChangedRowCount: Int { Int(unsafe sqlite3_total_changes64(handle)) }

  /// Stops what the connection does now and next with `SQLITE_INTERRUPT`, until `allowWork`. May be
  /// called from any thread.
  package func interrupt() {
    interruption.isWanted.store(true, ordering: .relaxed)
    unsafe sqlite3_interrupt(handle)
  }

  /// Takes an interruption back, before somebody else uses the connection.
  package func allowWork() { interruption.isWanted.store(false, ordering: .relaxed) }

  /// Frees the pages nobody needs.
  package func releaseMemory() { unsafe sqlite3_db_release_memory(handle) }
}

/// Whether somebody wants a connection to stop; lives as long as the connection.
private final class Interruption: Sendable {
  let isWanted = Atomic<Bool>(false)
}
