import Catalog
import Platform

/// Opens `derived.db`, and opens it anew when somebody deleted, replaced or damaged it.
actor DerivedFile {
  struct Opened: Sendable {
    let connections: Connections<DerivedWriter>
    let identity: DerivedSchema.FileIdentity?
    let checkedNanoseconds: UInt64
  }

  private let path: FilePath
  private let byteLimit: Int
  private let pageCacheByteCount: Int
  private let usesWriteAheadLog: Bool
  private let pool = BlockingPool(name: "derived-open", threadCount: 1)
  private var opened: Opened?
  private var opening: Task<Opened, any Error>?
  // After a failure the disk is left alone for a while instead of being asked for every thumbnail.
  private var retryNanoseconds: UInt64 = 0
  private var lastError: (any Error)?
  private var isClosed = false

  private static let checkInterval: UInt64 = 1_000_000_000
  private static let retryInterval: UInt64 = 10_000_000_000

  init(path: FilePath, byteLimit: Int, pageCacheByteCount: Int, usesWriteAheadLog: Bool) {
    self.path = path
    self.byteLimit = byteLimit
    self.pageCacheByteCount = pageCacheByteCount
    self.usesWriteAheadLog = usesWriteAheadLog
  }

  /// The connections to the file that is there now.
  ///
  /// - Parameter isForWriting: looks whether the file is still there, every time: SQLite writes on
  ///   into a deleted one without a word. Readers look once a second.
  func connections(isForWriting: Bool) async throws -> Connections<DerivedWriter> {
    if isClosed { throw ThumbnailError.closed }
    let now = monotonicNanoseconds()
    if let opened, !isForWriting,
      nanosecondsPassed(since: opened.checkedNanoseconds, until: now) < Self.checkInterval
    {
      return opened.connections
    }
    if let opening { return try await opening.value.connections }
    if opened == nil, now < retryNanoseconds, let lastError { throw lastError }
    let known = opened
    let path = path
    let byteLimit = byteLimit
    let pageCacheByteCount = pageCacheByteCount
    let usesWriteAheadLog = usesWriteAheadLog
    let pool = pool
    let task = Task {
      try await pool.run {
        if let known, let identity = known.identity, DerivedSchema.identity(path) == identity {
          return Opened(
            connections: known.connections, identity: identity,
            checkedNanoseconds: monotonicNanoseconds())
        }
        return try Self.open(
          path, byteLimit: byteLimit, pageCacheByteCount: pageCacheByteCount,
          usesWriteAheadLog: usesWriteAheadLog)
      }
    }
    opening = task
    defer { opening = nil }
    do {
      let result = try await task.value
      if isClosed { throw ThumbnailError.closed }
      opened = result
      return result.connections
    } catch {
      opened = nil
      lastError = error
      retryNanoseconds = monotonicNanoseconds() + Self.retryInterval
      throw error
    }
  }

  /// Tells that using the connections failed: a damaged file is thrown away, a moved one left.
  func failed(_ connections: Connections<DerivedWriter>, with error: any Error) async {
    guard opened?.connections === connections, let error = error as? CatalogError else { return }
    let isDamaged = [.corrupt, .notADatabase, .foreign].contains(error.kind)
    let identity = DerivedSchema.identity(path)
    // A file that was deleted shows as read-only, or as an I/O error.
    let isGone = identity != opened?.identity
    guard isDamaged || isGone else { return }
    opened = nil
    if isDamaged, !isGone {
      let path = path
      try? await pool.run { DerivedSchema.remove(path) }
    }
  }

  /// Empties the log, so that an idle library is one small file less to copy, and closes.
  ///
  /// - Returns: why the log could not be emptied, if so; what is in it is played back when the file
  ///   is opened again.
  func close() async -> (any Error)? {
    isClosed = true
    var failure: (any Error)?
    do { try await opened?.connections.write { try $0.emptyLog() } } catch { failure = error }
    opened?.connections.shutDown()
    opened = nil
    pool.shutDown()
    return failure
  }

  private static func open(
    _ path: FilePath, byteLimit: Int, pageCacheByteCount: Int, usesWriteAheadLog: Bool
  ) throws -> Opened {
    func attempt() throws -> Opened {
      let writer = try DerivedSchema.openWriter(
        path, pageCacheByteCount: pageCacheByteCount / 2, usesWriteAheadLog: usesWriteAheadLog)
      let readers = try (0..<2).map { _ in
        try Database(path: path, access: .readOnly, pageCacheByteCount: pageCacheByteCount / 4)
      }
      return Opened(
        connections: Connections(
          name: "derived", writer: DerivedWriter(database: writer, byteLimit: byteLimit),
          readers: readers),
        identity: DerivedSchema.identity(path), checkedNanoseconds: monotonicNanoseconds())
    }
    do { return try attempt() } catch let error as CatalogError
      where [.corrupt, .notADatabase, .foreign].contains(error.kind)
    {
      // Everything in it can be made again.
      DerivedSchema.remove(path)
      return try attempt()
    }
  }
}
