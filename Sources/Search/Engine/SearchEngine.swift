import Catalog
import MemoryBudget
import Platform

/// Answers searches from an index that it keeps in step with the catalog.
///
/// The index is loaded when it is first wanted: from its snapshot on the disk, else from the catalog, and
/// can always be made again. It belongs to this actor alone, whose executor is one thread of its own: a
/// query takes less than a millisecond, so they run one after another, and nothing is locked. What a
/// writing call of the catalog has changed is seen by every search that begins after it returned.
public actor SearchEngine {
  private let executor: ThreadExecutor
  nonisolated public var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  let catalog: Catalog
  private var files: IndexFiles
  private let noticeHandler: @Sendable (String) -> Void
  private let quietDuration: Duration
  private let savesSnapshot: Bool

  private enum State {
    case closed
    case opening(Opening)
    case open(OpenIndex)
    case ended
  }

  /// Who waits for the index while it is loaded.
  private struct Opening {
    let task: Task<Void, Never>
    var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
  }

  private var state = State.closed
  private var changes: CatalogChanges?
  private var nextWaiter: UInt64 = 0
  private var lastUse = ContinuousClock.now
  private var saving: Task<Void, Never>?
  /// Answers of the catalog's texts to the last few queries, as of a change number.
  var keptAnswers: [KeptAnswers] = []
  /// How often the index was loaded.
  private(set) var openCount = 0
  /// Whether it came from its snapshot the last time.
  private(set) var cameFromSnapshot = false
  /// Requests that are being answered or wait.
  private var requestCount = 0

  /// Requests beyond these are refused.
  static let requestLimit = 256
  /// Rows read in one go while the index is made; between two of them others get their turn.
  private static let sliceCount = 8192

  /// An engine that has not read anything yet.
  ///
  /// - Parameters:
  ///   - catalog: what it searches.
  ///   - directory: where it keeps its snapshot.
  ///   - savesSnapshot: whether it may write the snapshot: nobody who only looks at a library that
  ///     somebody else works on does.
  ///   - quietDuration: how long nothing must change before the snapshot is written.
  ///   - noticeHandler: hears what went wrong and was mended, one sentence at a time.
  public init(
    catalog: Catalog, directory: FilePath, savesSnapshot: Bool = true,
    quietDuration: Duration = .seconds(60),
    noticeHandler: @escaping @Sendable (String) -> Void
  ) {
    executor = ThreadExecutor(name: "search")
    self.catalog = catalog
    files = IndexFiles(directory: directory)
    self.quietDuration = quietDuration
    self.savesSnapshot = savesSnapshot
    self.noticeHandler = noticeHandler
  }

  // MARK: - Requests

  /// Runs a request, unless too many run or wait.
  func request<Value>(
    _ body: (isolated SearchEngine) async throws -> Value
  ) async throws -> Value {
    guard requestCount < Self.requestLimit else {
      throw SearchError(
        .busy, "\(Self.requestLimit) searches are under way already; try again in a moment.")
    }
    requestCount += 1
    defer {
      requestCount -= 1
      lastUse = .now
    }
    return try await body(self)
  }

  /// The index in step with the catalog; loaded if need be.
  func current() async throws -> OpenIndex {
    while true {
      try Task.checkCancellation()
      switch state {
      case .open(let open):
        do { try follow(open) } catch {
          // Half of a change is in it.
          close(open)
          throw error
        }
        return open
      case .ended: throw SearchError(.busy, "The library is closing.")
      case .closed, .opening: try await waitUntilOpen()
      }
    }
  }

  private func follow(_ open: OpenIndex) throws {
    // Before what changed is taken: it has at least all of this number.
    let number = catalog.changeNumber
    if let changes = changes?.take() {
      try translated(open.index.assetCount) { try open.follow(changes) }
      saveWhenQuiet()
    }
    open.index.changeNumber = max(open.index.changeNumber, number)
  }

  // MARK: - Opening

  private func waitUntilOpen() async throws {
    if case .closed = state {
      state = .opening(Opening(task: Task { await self.load() }))
    }
    nextWaiter += 1
    let waiter = nextWaiter
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        (continuation: CheckedContinuation<Void, any Error>) in
        guard case .opening(var opening) = state, !Task.isCancelled else {
          if Task.isCancelled {
            continuation.resume(throwing: CancellationError())
          } else {
            continuation.resume()
          }
          return
        }
        opening.waiters[waiter] = continuation
        state = .opening(opening)
      }
    } onCancel: {
      Task { await self.leave(waiter) }
    }
  }

  /// When nobody waits any more, the loading ends too.
  private func leave(_ waiter: UInt64) {
    guard case .opening(var opening) = state,
      let continuation = opening.waiters.removeValue(forKey: waiter)
    else { return }
    if opening.waiters.isEmpty { opening.task.cancel() }
    state = .opening(opening)
    continuation.resume(throwing: CancellationError())
  }

  private func load() async {
    let outcome: Result<OpenIndex, any Error>
    do { outcome = .success(try await loaded()) } catch { outcome = .failure(error) }
    guard case .opening(let opening) = state else { return }
    switch outcome {
    case .success(let open): state = .open(open)
    case .failure:
      state = .closed
      changes = nil
    }
    for continuation in opening.waiters.values {
      continuation.resume(with: outcome.map { _ in () })
    }
  }

  private func loaded() async throws -> OpenIndex {
    // From before anything is read: what changes meanwhile is read again.
    changes = catalog.changes()
    let number = try await catalog.readChangeNumber()
    let pages = try await catalog.budget.reserve(
      Self.pageCacheByteCount, for: catalog.budget.account("search.pages"))
    let database = try catalog.openReader(pageCacheByteCount: Self.pageCacheByteCount)
    guard try database.highestAssetID() <= Int64(UInt32.max) else {
      throw SearchError(
        .unanswerable,
        "This library has given out more than four billion ids and cannot be searched.")
    }
    let account = catalog.budget.account("search.names")
    let folderBytes = FolderPlaces.byteCount(highestID: try database.highestFolderID())
    let reservation = try await catalog.budget.reserve(folderBytes, for: account)
    let side = SideCharges(pages: pages, names: reservation)
    openCount += 1
    if let open = try fromSnapshot(number, database, side) {
      cameFromSnapshot = true
      return open
    }
    cameFromSnapshot = false
    return try await fromCatalog(number, database, side)
  }

  private static let pageCacheByteCount = 1 << 20

  private func fromSnapshot(
    _ number: Int64, _ database: Database, _ side: SideCharges
  ) throws -> OpenIndex? {
    // What changes queries after this is handed over as a change.
    let earliest = try database.queryChangeNumber()
    if earliest > number { return nil }
    do throws(IndexFileError) {
      guard
        let (index, names) = try files.load(
          changeNumbers: earliest...number, budget: catalog.budget)
      else { return nil }
      var rows = RowReader()
      rows.cameras = FacetNames(names: names.cameras)
      rows.lenses = FacetNames(names: names.lenses)
      rows.extensions = FacetNames(names: names.extensions)
      do {
        let open = try OpenIndex(
          index: index, rows: rows, folders: FolderPlaces(database),
          names: TagNames(database, budget: catalog.budget), database: database, side: side,
          budget: catalog.budget)
        open.hasNamePlaces = names.hasNamePlaces
        open.isSaved = true
        return open
      } catch {
        throw .damaged(files.indexPath, "\(error)")
      }
    } catch {
      switch error {
      // The catalog went on without it: nothing to tell.
      case .outdated: break
      case .index(let error): throw tooLarge(error)
      case .system, .damaged: noticeHandler("\(error)")
      }
      return nil
    }
  }

  private func fromCatalog(
    _ number: Int64, _ database: Database, _ side: SideCharges
  ) async throws -> OpenIndex {
    var rows = RowReader()
    var folders = try FolderPlaces(database)
    let names = try TagNames(database, budget: catalog.budget)
    let builder = IndexBuilder(budget: catalog.budget)
    var tags: [UInt32] = []
    var next: Int64 = 1
    var assetCount = 0
    while true {
      try Task.checkCancellation()
      var count = 0
      do {
        try database.forEachIndexedAsset(in: next...Int64(UInt32.max), limit: Self.sliceCount) {
          asset in
          let row = try rows.row(
            asset, tags: &tags, folders: &folders, names: names, in: database)
          try builder.append(row, tags: tags)
          next = Int64(row.id) + 1
          count += 1
        }
      } catch let error as SearchIndexError {
        throw tooLarge(error, assets: Int(try database.highestAssetID()))
      }
      assetCount += count
      if count < Self.sliceCount { break }
      // Closing and leaving get their turn.
      await Task.yield()
    }
    let index: SearchIndex
    do { index = try builder.finish() } catch { throw tooLarge(error, assets: assetCount) }
    index.changeNumber = number
    return try OpenIndex(
      index: index, rows: rows, folders: folders, names: names, database: database,
      side: side, budget: catalog.budget)
  }

  // MARK: - Closing

  /// Whether the index is in memory.
  public var isOpen: Bool {
    if case .open = state { true } else { false }
  }

  /// Lets go of the index when nobody has asked for long enough; it is loaded again when somebody does.
  public func release(idleFor duration: Duration) {
    guard case .open(let open) = state, requestCount == 0, lastUse.duration(to: .now) >= duration
    else { return }
    save(open)
    close(open)
  }

  /// Writes the snapshot and ends. Searches after it are refused.
  public func close() {
    saving?.cancel()
    switch state {
    case .open(let open):
      save(open)
      close(open)
    case .opening(let opening):
      opening.task.cancel()
      for waiter in opening.waiters.values { waiter.resume(throwing: CancellationError()) }
    case .closed, .ended: break
    }
    state = .ended
  }

  private func close(_ open: OpenIndex) {
    state = .closed
    changes = nil
    keptAnswers = []
  }

  private func saveWhenQuiet() {
    saving?.cancel()
    saving = Task { [weak self, quietDuration] in
      try? await Task.sleep(for: quietDuration)
      if !Task.isCancelled { await self?.saveNow() }
    }
  }

  /// Writes the snapshot if the index is not as it was last written.
  func saveNow() {
    guard case .open(let open) = state else { return }
    save(open)
  }

  private func save(_ open: OpenIndex) {
    if !savesSnapshot { return }
    do {
      try follow(open)
      if open.isSaved, let saved = files.changeNumber,
        try open.database.queryChangeNumber() <= saved
      {
        return
      }
      try open.putFoldersInOrder()
      try files.save(
        open.index,
        names: IndexNames(
          cameras: open.rows.cameras.names, lenses: open.rows.lenses.names,
          extensions: open.rows.extensions.names, hasNamePlaces: open.hasNamePlaces))
      open.isSaved = true
    } catch {
      noticeHandler("The search index could not be saved and will be made again: \(error)")
    }
  }

  // MARK: - Errors

  /// Runs `body` and says in the index's own words what does not fit.
  func translated<Value>(_ assets: Int, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as SearchIndexError {
      throw tooLarge(error, assets: assets)
    }
  }

  private func tooLarge(_ error: SearchIndexError, assets: Int? = nil) -> SearchError {
    let account = catalog.budget.account("search.index")
    let needed: Int
    switch error {
    case .noRoom(let byteCount), .outOfMemory(let byteCount): needed = byteCount
    }
    let pictures = assets.map { " of \($0) pictures" } ?? ""
    let held = catalog.budget.snapshot().accounts.first { $0.name == account.name }?.bytes ?? 0
    return SearchError(
      .overBudget,
      "The search index\(pictures) does not fit into the memory limit: it needs "
        + "\(Self.mebibytes(held + needed)) MiB or more, and at most "
        + "\(Self.mebibytes(catalog.budget.mostEver(for: account))) MiB can be given to it; raise "
        + "--memory.")
  }

  private static func mebibytes(_ byteCount: Int) -> Int { (byteCount + (1 << 20) - 1) >> 20 }
}
