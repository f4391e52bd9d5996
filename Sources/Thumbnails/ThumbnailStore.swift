import Catalog
import Glibc
import Media
import MemoryBudget
import Pixels
import Platform

/// How thumbnails are kept and made.
public struct ThumbnailOptions: Sendable {
  /// What the file on disk may hold; the least recently used go first.
  public var diskByteLimit = 2 << 30
  /// Jobs that run at once: as many as there are workers.
  public var runningLimit = 4
  /// Jobs that may wait; more are refused with `ThumbnailError.busy`.
  public var queueLimit = 4096
  /// The part of the budget the memory tier may take, more than 0 and at most 1.
  public var memoryShare = 0.5
  /// A failure that may have been bad luck is tried again after this.
  public var retryDelay = Duration.seconds(600)
  /// Quality of the JPEGs, 1…100.
  public var jpegQuality = 82
  /// What shows through where a picture is transparent.
  public var background = RGB.tile
  /// Whether who waits for the small size gets it from a decode of its own, which is several times
  /// faster for most photographs. The rest is then left to `makeMissing`, which must run some time.
  public var isSmallFirst = false

  /// The defaults.
  public init() {}
}

/// Thumbnails from three tiers: memory, `derived.db`, and a worker's decode.
///
/// ```
/// thumbnail(id, size) ── L1 ByteCache ──► L2 derived.db ──► L3 one job per content ──► worker
///                            ▲                 ▲                     │
///                            └─────────────────┴──── both sizes ─────┘──► placeholder, catalog
/// ```
///
/// Everything is keyed by the content version, so a changed file can never show an old picture. All
/// requests for one asset share one decode, which makes both sizes and the placeholder (or the small
/// size alone, see `isSmallFirst`); it runs at the priority of the most urgent of them, and is
/// cancelled when the last one leaves. Thread-safe.
public final class ThumbnailStore: Sendable {
  private struct Key: Hashable, Sendable {
    let asset: AssetID
    let size: ThumbnailSize
  }

  struct State {
    var queue = JobQueue()
    var nextWaiter: UInt64 = 0
    var isClosed = false
    var made = 0
    var failed = 0
    var cancelled = 0
    var joined = 0
    // Written behind in batches: the grid asks for hundreds of thumbnails at once.
    var placeholders: [Catalog.Placeholder] = []
    var isPlaceholderWriteScheduled = false
    // Monotonic; the background begins nothing before it.
    var quietNanoseconds: UInt64 = 0
  }

  let catalog: Catalog
  let options: ThumbnailOptions
  private let renderer: any ThumbnailRenderer
  private let onChangedFile: @Sendable (AssetID, FilePath) -> Void
  private let memory: ByteCache<Key, Thumbnail>
  let disk: DerivedStore
  let state = Locked(State())
  private let files: BlockingPool

  /// So long after somebody looked at what was not in memory, the background begins nothing.
  private static let lookDuration = Duration.milliseconds(700)
  private static let placeholderBatchCount = 500
  private static let placeholderDelay = Duration.milliseconds(250)

  /// Opens the store of a library; `derived.db` is opened when it is first needed.
  ///
  /// - Parameters:
  ///   - directory: the library's directory.
  ///   - catalog: its catalog.
  ///   - renderer: makes the pictures.
  ///   - options: limits.
  ///   - budget: what memory is charged to.
  ///   - onChangedFile: told when a file is not the one that was scanned, so that it is scanned again.
  public convenience init(
    directory: FilePath, catalog: Catalog, renderer: any ThumbnailRenderer,
    options: ThumbnailOptions = ThumbnailOptions(), budget: MemoryBudget,
    onChangedFile: @escaping @Sendable (AssetID, FilePath) -> Void = { _, _ in }
  ) async throws {
    try await self.init(
      directory: directory, catalog: catalog, renderer: renderer, options: options, budget: budget,
      currentSeconds: { currentMilliseconds() / 1000 }, onChangedFile: onChangedFile)
  }

  /// The same with a clock of its own, in seconds since 1970, by which the disk tier knows what was
  /// used least recently.
  package init(
    directory: FilePath, catalog: Catalog, renderer: any ThumbnailRenderer,
    options: ThumbnailOptions, budget: MemoryBudget,
    currentSeconds: @escaping @Sendable () -> Int64,
    onChangedFile: @escaping @Sendable (AssetID, FilePath) -> Void = { _, _ in }
  ) async throws {
    self.catalog = catalog
    self.renderer = renderer
    self.options = options
    self.onChangedFile = onChangedFile
    // Reading one again from the disk is what an eviction costs.
    memory = ByteCache(
      account: budget.account(
        "thumbnails.memory", share: options.memoryShare, recreationCost: .diskRead),
      budget: budget)
    disk = DerivedStore(
      path: directory.appending("derived.db"), byteLimit: options.diskByteLimit,
      usesWriteAheadLog: catalog.openReport.usesWriteAheadLog, budget: budget,
      pageReservation: try await budget.reserve(
        DerivedStore.pageCacheByteCount,
        for: budget.account("thumbnails.pages", floor: DerivedStore.pageCacheByteCount)),
      currentSeconds: currentSeconds)
    files = BlockingPool(
      name: "thumb-open", threadCount: 2, queueLimit: max(64, options.runningLimit * 2))
  }

  // MARK: Asking

  /// The thumbnail of exactly this content if it is in memory: never waits.
  public func cachedThumbnail(
    _ id: AssetID, size: ThumbnailSize, version: ContentVersion
  ) -> Thumbnail? {
    guard let found = memory.value(forKey: Key(asset: id, size: size)),
      found.version == version
    else { return nil }
    return found
  }

  /// The thumbnail of what an asset is now.
  ///
  /// - Parameters:
  ///   - id: the asset.
  ///   - size: which size.
  ///   - version: the content the caller knows of, which saves asking the catalog when it is in
  ///     memory; nil when it knows of none.
  ///   - priority: how urgent it is.
  /// - Returns: the thumbnail of the content the catalog knows, which may be newer than `version`.
  /// - Throws: `ThumbnailError`, `CatalogError`, `CancellationError`, or what the renderer threw when
  ///   the file was not to blame.
  public func thumbnail(
    _ id: AssetID, size: ThumbnailSize, version: ContentVersion? = nil,
    priority: ThumbnailPriority = .visible
  ) async throws -> Thumbnail {
    if let version, let found = cachedThumbnail(id, size: size, version: version) { return found }
    if priority == .visible { expectLooks(for: Self.lookDuration) }
    let asset = try await showableAsset(id)
    if asset.version != version,
      let found = cachedThumbnail(id, size: size, version: asset.version)
    {
      return found
    }
    let key = DerivedKey(asset: id, size: size)
    if let found = try await disk.thumbnail(key, version: asset.version) {
      memory.insert(
        found, byteCount: found.bytes.count + Thumbnail.attachmentByteCount,
        forKey: Key(asset: id, size: size))
      return found
    }
    return try await made(asset, size: size, priority: priority)
  }

  /// What a job needs to know, when there is hope for one.
  private func showableAsset(_ id: AssetID) async throws -> PendingAsset {
    guard let record = try await catalog.asset(id) else { throw ThumbnailError.unknownAsset(id) }
    if let failure = record.summary.failure, record.summary.state != .missing {
      let age = currentMilliseconds() - failure.failedMilliseconds
      let mayRetry =
        failure.stage == .thumbnail && failure.failure.kind.isTransient
        && age >= options.retryDelay.components.seconds * 1000
      if !mayRetry { throw ThumbnailError.broken(record.path, failure.failure) }
    }
    guard let probe = record.probe else {
      throw ThumbnailError.missing(record.path)
    }
    return PendingAsset(
      id: id, path: record.path, probe: probe, version: record.summary.version,
      hasPlaceholder: record.summary.placeholder != nil)
  }

  // MARK: Jobs

  /// Joins or begins the job of an asset and waits for it.
  func made(
    _ asset: PendingAsset, size: ThumbnailSize, priority: ThumbnailPriority
  ) async throws -> Thumbnail {
    try Task.checkCancellation()
    let identifier = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let waiter = JobWaiter(size: size, priority: priority, continuation: continuation)
        let refusal = state.withLock { state -> ThumbnailError? in
          if state.isClosed { return .closed }
          let key = JobKey(asset: asset.id, version: asset.version)
          if state.queue.join(key, as: identifier, waiter) {
            state.joined += 1
            return nil
          }
          if state.queue.waiting.count >= options.queueLimit {
            return .busy(waiting: state.queue.waiting.count)
          }
          state.queue.add(asset, as: identifier, waiter)
          return nil
        }
        if let refusal { return continuation.resume(throwing: refusal) }
        startJobs()
        // The task may have been cancelled before it was in the queue.
        if Task.isCancelled { leave(identifier) }
      }
    } onCancel: {
      leave(identifier)
    }
  }

  private func leave(_ identifier: UInt64) {
    let (waiter, what) = state.withLock { state in
      let left = state.queue.leave(identifier)
      if case .nothing = left.what { return left }
      state.cancelled += 1
      return left
    }
    waiter?.continuation.resume(throwing: CancellationError())
    if case .cancel(let task) = what {
      task?.cancel()
      startJobs()
    }
  }

  /// Starts as many jobs as may run.
  func startJobs() {
    while let (key, job) = state.withLock({
      $0.queue.start(runningLimit: options.runningLimit, isSmallFirst: options.isSmallFirst)
    }) {
      let task = Task { await run(key, job) }
      let isWanted = state.withLock { $0.queue.setTask(task, of: key, order: job.order) }
      if !isWanted { task.cancel() }
    }
  }

  private func run(_ key: JobKey, _ job: JobQueue.Job) async {
    let outcome: Result<[Thumbnail], any Error>
    var isMade = false
    do {
      outcome = .success(try await render(job))
      isMade = true
    } catch {
      outcome = .failure(error)
    }
    let waiters = state.withLock { [isMade] state in
      let waiters = state.queue.finish(key, order: job.order, isMade: isMade)
      if waiters.isEmpty { return waiters }
      switch outcome {
      case .success: state.made += 1
      case .failure: state.failed += 1
      }
      return waiters
    }
    for waiter in waiters {
      waiter.continuation.resume(
        with: outcome.flatMap { thumbnails in
          Result {
            guard let thumbnail = thumbnails.first(where: { $0.size == waiter.size }) else {
              throw ThumbnailError.broken(
                job.asset.path, MediaFailure(.corrupt, "The decoder made no picture of this size."))
            }
            return thumbnail
          }
        })
    }
    startJobs()
  }

  /// Opens, checks and renders one file, and stores what came out.
  private func render(_ job: JobQueue.Job) async throws -> [Thumbnail] {
    let asset = job.asset
    do {
      let file = try await open(asset)
      let sizes = job.makesAll ? ThumbnailSize.allCases : [.small]
      // Without a placeholder, the asset is one that `makeMissing` looks for.
      let request = RenderRequest(
        maxPixelSizes: sizes.map(\.rawValue), jpegQuality: options.jpegQuality,
        background: options.background, wantsPlaceholder: job.makesAll, mayEnlargeSlightly: true)
      let result = try await renderer.render(
        file, probe: asset.probe, request: request, priority: job.priority)
      guard result.images.count == sizes.count,
        result.placeholder.count <= Catalog.placeholderByteLimit
      else {
        throw MediaFailure(.corrupt, "The decoder did not make what it was asked for.")
      }
      let thumbnails = zip(sizes, result.images).map {
        Thumbnail(bytes: $1.jpeg, version: asset.version, size: $0)
      }
      await store(thumbnails, of: asset, placeholder: result.placeholder)
      return thumbnails
    } catch let failure as MediaFailure {
      // Nobody waits for a cancelled job, and it was not the file's fault.
      try Task.checkCancellation()
      try await catalog.setFailures([
        Catalog.NewFailure(
          id: asset.id, version: asset.version, stage: .thumbnail, failure: failure)
      ])
      throw ThumbnailError.broken(asset.path, failure)
    }
  }

  private func store(
    _ thumbnails: [Thumbnail], of asset: PendingAsset, placeholder: [UInt8]
  ) async {
    for thumbnail in thumbnails {
      memory.insert(
        thumbnail, byteCount: thumbnail.bytes.count + Thumbnail.attachmentByteCount,
        forKey: Key(asset: asset.id, size: thumbnail.size))
    }
    if !placeholder.isEmpty {
      setPlaceholder(
        Catalog.Placeholder(id: asset.id, version: asset.version, bytes: placeholder))
    }
    await disk.insert(
      thumbnails.map {
        DerivedBlob(
          key: DerivedKey(asset: asset.id, size: $0.size), version: $0.version, bytes: $0.bytes)
      })
  }

  private func open(_ asset: PendingAsset) async throws -> OpenFile {
    do {
      let file = try await files.run {
        // Not blocking: a named pipe in place of the picture must not hold the thread.
        let descriptor = try FileDescriptor.open(asset.path, flags: O_RDONLY | O_NONBLOCK)
        let status = try descriptor.status()
        let version = ContentVersion(
          byteCount: Int64(status.st_size),
          modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000
            + Int64(status.st_mtim.tv_nsec), inode: UInt64(status.st_ino))
        return version == asset.version
          ? OpenFile(descriptor: descriptor, path: asset.path) : nil
      }
      if let file { return file }
      onChangedFile(asset.id, asset.path)
      throw ThumbnailError.changed(asset.path)
    } catch let error as SystemError {
      if error.code == ENOENT || error.code == ENOTDIR {
        onChangedFile(asset.id, asset.path)
        throw ThumbnailError.missing(asset.path)
      }
      throw MediaFailure(.unreadable, "The file could not be read: \(error.reason).")
    }
  }

  // MARK: Placeholders

  private func setPlaceholder(_ placeholder: Catalog.Placeholder) {
    let delay: Duration? = state.withLock { state in
      state.placeholders.append(placeholder)
      if state.placeholders.count >= Self.placeholderBatchCount { return .zero }
      if state.isPlaceholderWriteScheduled { return nil }
      state.isPlaceholderWriteScheduled = true
      return Self.placeholderDelay
    }
    guard let delay else { return }
    Task {
      if delay != .zero {
        try? await Task.sleep(for: delay)
        state.withLock { $0.isPlaceholderWriteScheduled = false }
      }
      await writePlaceholders()
    }
  }

  private func writePlaceholders() async {
    let placeholders = state.withLock { state in
      defer { state.placeholders.removeAll() }
      return state.placeholders
    }
    // They come again with the next decode of their assets: losing them loses no information.
    try? await catalog.setPlaceholders(placeholders)
  }

  // MARK: The rest

  /// Holds jobs that only the background waits for, or lets them go on.
  public func setBackgroundPaused(_ isPaused: Bool) {
    state.withLock { $0.queue.isBackgroundPaused = isPaused }
    if !isPaused { startJobs() }
  }

  /// Holds back new work in the background for a while: somebody is about to look, and the processors
  /// are theirs. What runs goes on.
  public func expectLooks(for duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let end =
      monotonicNanoseconds() + UInt64(seconds) * 1_000_000_000
      + UInt64(attoseconds / 1_000_000_000)
    state.withLock { $0.quietNanoseconds = max($0.quietNanoseconds, end) }
  }

  /// Returns when nobody has looked for a while.
  ///
  /// - Throws: `CancellationError`.
  public func waitForQuiet() async throws {
    while true {
      try Task.checkCancellation()
      let (now, end) = (monotonicNanoseconds(), state.withLock { $0.quietNanoseconds })
      if now >= end { return }
      try await Task.sleep(for: .nanoseconds(Int64(end - now)))
    }
  }

  /// How the tiers did so far.
  public func statistics() -> ThumbnailStatistics {
    var statistics = disk.statistics
    let counts = memory.counts
    statistics.memoryHits = counts.hits
    statistics.memoryMisses = counts.misses
    statistics.memoryByteCount = counts.byteCount
    state.withLock { state in
      statistics.made = state.made
      statistics.failed = state.failed
      statistics.cancelled = state.cancelled
      statistics.joined = state.joined
      statistics.pending = state.queue.count
    }
    return statistics
  }

  /// Writes what waits for the disk and the catalog.
  public func flush() async {
    await disk.flush()
    await writePlaceholders()
  }

  /// Cancels all jobs, writes what waits and closes `derived.db`.
  public func close() async {
    let (waiters, tasks) = state.withLock { state in
      state.isClosed = true
      return state.queue.removeAll()
    }
    for task in tasks { task.cancel() }
    for waiter in waiters { waiter.continuation.resume(throwing: ThumbnailError.closed) }
    await writePlaceholders()
    await disk.close()
  }
}
