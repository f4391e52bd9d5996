import Glibc
import MemoryBudget
import Platform

/// What the library knows: roots, folders, assets, their failures, placeholders and metadata.
///
/// One SQLite file, `catalog.db`. One connection writes on its own thread; a few read. Every call is
/// asynchronous, off the cooperative pool and thread-safe. Calls throw `CatalogError`,
/// `CancellationError`, or `BlockingPool.Full` when thousands of calls wait already.
///
/// What a call has returned from is in the database, and survives the end of the program at any
/// moment. (With `synchronous=NORMAL` a power cut may take back the last transactions, never a part
/// of one.)
public final class Catalog: Sendable {
  /// The database file.
  public let path: FilePath
  /// What opening found.
  public let openReport: CatalogOpenReport

  package let connections: Connections<CatalogWriter>
  package let budget: MemoryBudget
  let snapshotAccount: Account
  // Charged as long as the connections may hold pages.
  private let pageReservation: Reservation
  let published: Locked<Int64>
  private let feed = ChangeFeed()
  let pagingSnapshots = Locked<[PagingSnapshot]>([])

  private init(
    path: FilePath, openReport: CatalogOpenReport, connections: Connections<CatalogWriter>,
    budget: MemoryBudget, pageReservation: consuming Reservation, changeNumber: Int64
  ) {
    self.path = path
    self.openReport = openReport
    self.connections = connections
    self.budget = budget
    self.pageReservation = pageReservation
    snapshotAccount = budget.account("catalog.snapshots")
    published = Locked(changeNumber)
  }

  deinit {
    connections.shutDown()
    feed.end()
  }

  /// Opens the catalog of a library, makes it when there is none, and brings an older one up to
  /// date after making a copy of it.
  ///
  /// - Parameters:
  ///   - directory: the library's directory; made when it is not there.
  ///   - options: how to open it.
  ///   - budget: what its page caches and snapshots are charged to.
  public static func open(
    directory: FilePath, options: CatalogOptions = CatalogOptions(), budget: MemoryBudget
  ) async throws -> Catalog {
    let pageCacheByteCount =
      options.pageCacheByteCount ?? min(24 << 20, max(2 << 20, budget.byteLimit / 16))
    // A floor, because the pages are never given back: what cannot fit beside them is refused at
    // once instead of waiting for them.
    let reservation = try await budget.reserve(
      pageCacheByteCount, for: budget.account("catalog.pages", floor: pageCacheByteCount))
    let pool = BlockingPool(name: "catalog-open", threadCount: 1)
    let opened = try await pool.run {
      try OpenedCatalog(
        directory: directory, options: options, pageCacheByteCount: pageCacheByteCount)
    }
    return Catalog(
      path: opened.path, openReport: opened.report,
      connections: Connections(
        name: "catalog", writer: CatalogWriter(database: opened.writer), readers: opened.readers),
      budget: budget, pageReservation: reservation, changeNumber: opened.changeNumber)
  }

  /// Writes the log back into the database and ends the threads. Calls after it are cancelled.
  public func close() async throws {
    try await connections.write { writer in
      try writer.database.execute("PRAGMA optimize")
      try writer.database.emptyLog()
    }
    connections.shutDown()
    feed.end()
  }

  /// What changes from now on. Those who drop it stop following.
  public func changes() -> CatalogChanges { feed.follow() }

  /// Grows with every committed change; for ETags and events. Changes of other programs are seen
  /// by `readChangeNumber`.
  public var changeNumber: Int64 { published.withLock { $0 } }

  /// The change number in the database, which other programs may have raised.
  public func readChangeNumber() async throws -> Int64 {
    let number = try await read { database in
      try database.integer("SELECT value FROM meta WHERE key = 'change'") ?? 0
    }
    publish(number)
    return number
  }

  /// Runs a read on one of the readers.
  package func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await connections.read(body)
  }

  /// Runs `body` in a write transaction on the writer thread and raises the change number when it
  /// changed anything.
  package func write<Value: Sendable>(
    _ body: @escaping @Sendable (CatalogWriter) throws -> Value
  ) async throws -> Value {
    let (value, number) = try await connections.write { [feed] writer in
      let (value, number) = try writer.transaction { try body(writer) }
      // On the writer's thread, so that whoever sees the call return finds the changes.
      if let number { feed.publish(writer.takeChanges(number: number)) }
      return (value, number)
    }
    if let number { publish(number) }
    return value
  }

  private func publish(_ number: Int64) {
    published.withLock { $0 = max($0, number) }
  }
}

/// Milliseconds since 1970 UTC.
func currentMilliseconds() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
