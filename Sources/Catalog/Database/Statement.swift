import CSQLite

/// One prepared statement: bind from 1, step, read columns from 0.
///
/// Owned by the `Database` that prepared it and confined to the same thread. Get one with
/// `Database.withStatement`, which resets it afterwards.
@safe package final class Statement {
  private let handle: OpaquePointer
  // The database outlives its statements: it owns the cache they live in.
  private unowned let database: Database
  /// The statement's text.
  package let sql: String
  /// True while somebody steps through it; a nested use of the same text gets another statement.
  var isInUse = false

  /// Takes over a prepared handle.
  init(handle: OpaquePointer, database: Database, sql: String) {
    unsafe self.handle = unsafe handle
    self.database = database
    self.sql = sql
  }

  // Finalising repeats the error of the last step, which was thrown where it happened.
  deinit { unsafe sqlite3_finalize(handle) }

  private func check(_ code: Int32) throws(CatalogError) {
    if code != SQLITE_OK { throw database.error(code, sql: sql) }
  }

  /// Binds an integer.
  package func bind(_ value: Int64, at index: Int32) throws(CatalogError) {
    try check(unsafe sqlite3_bind_int64(handle, index, value))
  }

  /// Binds an integer or NULL.
  package func bind(_ value: Int64?, at index: Int32) throws(CatalogError) {
    if let value { try bind(value, at: index) } else { try bindNull(at: index) }
  }

  /// Binds an integer.
  package func bind(_ value: Int, at index: Int32) throws(CatalogError) {
    try bind(Int64(value), at: index)
  }

  /// Binds a number or NULL.
  package func bind(_ value: Double?, at index: Int32) throws(CatalogError) {
    guard let value else { return try bindNull(at: index) }
    try check(unsafe sqlite3_bind_double(handle, index, value))
  }

  /// Binds NULL.
  package func bindNull(at index: Int32) throws(CatalogError) {
    try check(unsafe sqlite3_bind_null(handle, index))
  }

  /// Binds a copy of bytes as a BLOB; nil is NULL, empty bytes are an empty BLOB.
  package func bind(_ bytes: [UInt8]?, at index: Int32) throws(CatalogError) {
    guard let bytes else { return try bindNull(at: index) }
    try check(
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe csqlite_bind_blob_copy(handle, index, buffer.baseAddress, buffer.count)
      })
  }

  /// Binds a copy of bytes as text, for paths.
  package func bind(textBytes bytes: [UInt8], at index: Int32) throws(CatalogError) {
    try check(
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
          unsafe csqlite_bind_text_copy(handle, index, characters.baseAddress, characters.count)
        }
      })
  }

  /// Binds a copy of text; nil is NULL.
  package func bind(_ text: String?, at index: Int32) throws(CatalogError) {
    guard var text else { return try bindNull(at: index) }
    try check(
      text.withUTF8 { buffer in
        unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
          unsafe csqlite_bind_text_copy(handle, index, characters.baseAddress, characters.count)
        }
      })
  }

  /// Goes to the next row; false when there is none.
  package func step() throws(CatalogError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw database.error(code, sql: sql)
    }
  }

  /// Runs a statement that gives no rows, and makes it ready for the next values.
  package func run() throws(CatalogError) {
    while try step() {}
    reset()
  }

  /// Runs an insert; false when a unique index refused it.
  package func runUnlessTaken() throws(CatalogError) -> Bool {
    let code = unsafe sqlite3_step(handle)
    defer { reset() }
    if code == SQLITE_DONE { return true }
    if code == CInt(csqlite_constraint_unique) { return false }
    throw database.error(code, sql: sql)
  }

  /// Makes the statement ready to run again; what is bound stays bound.
  package func reset() {
    // The code repeats the error of the last step, which was thrown there.
    unsafe sqlite3_reset(handle)
  }

  /// Makes the statement as if just prepared.
  func resetCompletely() {
    reset()
    unsafe sqlite3_clear_bindings(handle)
  }

  /// How many columns a row has.
  package var columnCount: Int32 { unsafe sqlite3_column_count(handle) }

  /// True when the column is NULL.
  package func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  /// True when the column holds text.
  package func isText(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, column) == SQLITE_TEXT
  }

  /// An integer; 0 for NULL.
  package func int(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  /// An integer or nil.
  package func optionalInt(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }

  /// A number or nil.
  package func optionalDouble(_ column: Int32) -> Double? {
    isNull(column) ? nil : unsafe sqlite3_column_double(handle, column)
  }

  /// The bytes of a BLOB or text; empty for NULL.
  package func bytes(_ column: Int32) -> [UInt8] {
    unsafe withBytes(column) { unsafe [UInt8]($0) }
  }

  /// The bytes of a BLOB, or nil.
  package func optionalBytes(_ column: Int32) -> [UInt8]? {
    isNull(column) ? nil : bytes(column)
  }

  /// Lends the bytes of a BLOB or text until the next step.
  package func withBytes<Result>(
    _ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    // SQLite asks for the pointer before the count.
    let start = unsafe sqlite3_column_blob(handle, column)
    let count = unsafe sqlite3_column_bytes(handle, column)
    return try unsafe body(UnsafeRawBufferPointer(start: start, count: Int(count)))
  }

  /// Text; invalid UTF-8 is repaired. Empty for NULL.
  package func text(_ column: Int32) -> String {
    unsafe withBytes(column) { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// Text, or nil for NULL.
  package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// How many steps of SQLite's virtual machine this statement took since the last call: what an
  /// operation costs, free of the noise of time.
  package func takeMachineStepCount() -> Int {
    Int(unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1))
  }
}
