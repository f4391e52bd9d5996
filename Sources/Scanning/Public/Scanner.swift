import Catalog
import Media
import MemoryBudget
import Platform

/// Brings a catalog up to date with its root folders.
///
/// One scan at a time; it walks, compares, probes and writes at once, with everything in between
/// bounded. What a scan has committed stays, however it ends: the next one skips it because it is
/// unchanged. Thread-safe.
public final class Scanner: Sendable {
  private struct State {
    var run: ScanRun?
    var isPaused = false
    var last = ScanProgress()
    var listeners: [UInt64: AsyncStream<ScanProgress>.Continuation] = [:]
    var nextListener: UInt64 = 0
    var observer: (any FolderObserver)?
  }

  /// Bytes covered without a reservation of their own: the page caches of the scan threads' readers,
  /// directory buffers, listings of ordinary directories, and rows on their way.
  private static func baseByteCount(threadCount: Int) -> Int {
    4 << 20 + threadCount * (ScanReader.pageCacheByteCount + (1 << 20))
  }

  /// Waits between two progress events, and between two looks for what has waited long enough.
  package typealias Tick = @Sendable () async -> Void
  /// Absences beyond this are written before the end of the scan, to bound the memory they take.
  private static let absenceLimit = 8192

  private let catalog: Catalog
  private let prober: any AssetProber
  private let options: ScanOptions
  private let budget: MemoryBudget
  private let fileSystem: FileSystem
  private let tick: Tick
  private let state = Locked(State())

  /// A scanner of a library.
  ///
  /// - Parameters:
  ///   - catalog: what it brings up to date.
  ///   - prober: what reads headers.
  ///   - options: how it goes about it.
  ///   - budget: what it charges its buffers to, as `scan`.
  public convenience init(
    catalog: Catalog, prober: any AssetProber, options: ScanOptions = ScanOptions(),
    budget: MemoryBudget
  ) {
    self.init(
      catalog: catalog, prober: prober, options: options, budget: budget, fileSystem: FileSystem())
  }

  /// The same with a file system that may fail, and a tick of one's own.
  package init(
    catalog: Catalog, prober: any AssetProber, options: ScanOptions, budget: MemoryBudget,
    fileSystem: FileSystem,
    tick: @escaping Tick = { try? await Task.sleep(for: .milliseconds(100)) }
  ) {
    precondition(options.threadCount > 0, "a scan needs a thread")
    self.catalog = catalog
    self.prober = prober
    self.options = options
    self.budget = budget
    self.fileSystem = fileSystem
    self.tick = tick
  }

  // MARK: Progress

  /// How far the scan is; of the last one when none is running.
  public var progress: ScanProgress {
    state.withLock { $0.run?.counters.progress ?? $0.last }
  }

  /// Progress as it changes, at most ten times a second, and always once at the end of a scan. A
  /// slow listener gets only the newest. Ends when the listener lets go of it.
  public func progressEvents() -> AsyncStream<ScanProgress> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let number = state.withLock { state in
        state.nextListener += 1
        state.listeners[state.nextListener] = continuation
        return state.nextListener
      }
      continuation.onTermination = { [weak self] _ in
        self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
      }
    }
  }

  private func publish(_ progress: ScanProgress) {
    let listeners = state.withLock { Array($0.listeners.values) }
    for listener in listeners { listener.yield(progress) }
  }

  /// Told of every folder before it is read, from the next scan on.
  package func setObserver(_ observer: (any FolderObserver)?) {
    state.withLock { $0.observer = observer }
  }

  // MARK: Control

  /// Halts a running scan: files being probed are finished, then nothing is done and no folder is
  /// kept open. Without a running scan nothing happens.
  public func pause() {
    guard let run = state.withLock({ $0.run }) else { return }
    run.pause()
    publish(run.counters.progress)
  }

  /// Lets a paused scan go on.
  public func resume() {
    guard let run = state.withLock({ $0.run }) else { return }
    run.resume()
    publish(run.counters.progress)
  }

  /// Ends a running scan after the transaction it is in; what was found is kept.
  public func cancel() { state.withLock { $0.run }?.cancel() }

  /// True when no thread of the scan does anything: none runs, or all wait for the end of a pause.
  package var isAtRest: Bool { state.withLock { $0.run }?.isAtRest ?? true }

  // MARK: Scans

  /// Scans roots with all below them.
  ///
  /// Cancelling the task is like `cancel()`: the summary says so.
  ///
  /// - Parameter roots: which; nil for all of the catalog.
  /// - Throws: `ScanError.busy`; `CatalogError` when the catalog cannot be read or written (never
  ///   taken for "nothing known"); what the prober throws.
  public func scan(roots: [RootID]? = nil) async throws -> ScanSummary {
    let known = try await catalog.roots()
    let chosen = known.filter { roots?.contains($0.id) ?? true }
    return try await scan(
      chosen.map { FolderChange(root: $0.id, path: [], isRecursive: true) }, known: known,
      isRecorded: true)
  }

  /// Scans folders in which something changed, and only those.
  public func rescan(_ changes: [FolderChange]) async throws -> ScanSummary {
    try await scan(changes, known: try await catalog.roots(), isRecorded: false)
  }

  /// Takes up the scans that the end of the program interrupted; nil when there are none. What they
  /// had committed is skipped, because it is unchanged.
  public func resumeUnfinished() async throws -> ScanSummary? {
    let jobs = try await catalog.unfinishedScans()
    if jobs.isEmpty { return nil }
    // Recorded anew by the scan; the old record is closed once that has happened.
    let roots = Array(Set(jobs.map(\.root))).sorted()
    let known = try await catalog.roots()
    return try await scan(
      known.filter { roots.contains($0.id) }
        .map { FolderChange(root: $0.id, path: [], isRecursive: true) },
      known: known, isRecorded: true, replacing: jobs)
  }

  private func scan(
    _ changes: [FolderChange], known: [Root], isRecorded: Bool, replacing old: [ScanJob] = []
  ) async throws -> ScanSummary {
    let targets = changes.compactMap { change in
      known.first { $0.id == change.root }.map { root in
        ScanTarget(
          root: ScannedRoot(id: root.id, path: root.path), path: change.path,
          isRecursive: change.isRecursive)
      }
    }
    let account = budget.account("scan")
    let run = ScanRun(
      catalog: catalog, prober: prober, options: options, fileSystem: fileSystem, budget: budget,
      account: account, roots: known, observer: state.withLock { $0.observer })
    let isFirst = state.withLock { state in
      guard state.run == nil else { return false }
      state.run = run
      return true
    }
    guard isFirst else { throw ScanError.busy }
    defer { finish(run) }
    return try await withTaskCancellationHandler {
      let reservation = try await budget.reserve(
        Self.baseByteCount(threadCount: options.threadCount), for: account)
      var jobs: [ScanJob] = []
      if isRecorded {
        for target in targets where target.path.isEmpty {
          jobs.append(try await catalog.beginScan(root: target.root.id))
        }
      }
      for job in old { try await save(job, .cancelled) }
      let summary = try await perform(targets, known: known, run: run)
      for job in jobs { try await save(job, summary.wasCancelled ? .cancelled : .finished) }
      reservation.release()
      return summary
    } onCancel: {
      run.cancel()
    }
  }

  private func save(_ job: ScanJob, _ end: ScanJob.State) async throws {
    var job = job
    job.state = end
    // The record must be right also when the task was cancelled, so it is written by another.
    let catalog = catalog
    try await Task { [job] in try await catalog.saveScan(job) }.value
  }

  private func finish(_ run: ScanRun) {
    run.counters.finish()
    var last = run.counters.progress
    last.total = last.discovered
    state.withLock { state in
      state.run = nil
      state.last = last
    }
    publish(last)
  }

  private func perform(
    _ targets: [ScanTarget], known: [Root], run: ScanRun
  ) async throws -> ScanSummary {
    let newest = try await catalog.newestFolder()
    run.counters.start()
    publish(run.counters.progress)
    // Not a child of this task: writing must end in order even when the task is cancelled.
    let work = Task {
      let ticker = Task { await keepTicking(run) }
      await walk(targets, run: run)
      await run.probes.finish()
      ticker.cancel()
      await ticker.value
      do {
        try await run.writer.finish()
        if run.outcome.failure == nil {
          try await settle(targets, known: known, newest: newest, run: run)
        }
      } catch { run.fail(error) }
    }
    await work.value
    if let failure = run.outcome.failure { throw failure }
    run.counters.finish()
    var summary = run.counters.summary
    summary.wasCancelled = run.outcome.isCancelled
    let offline = run.seen.offlineRoots
    summary.offlineRoots = known.filter { offline.contains($0.id) }.map(\.path)
    return summary
  }

  /// Runs the scan threads until all is walked.
  private func walk(_ targets: [ScanTarget], run: ScanRun) async {
    for target in targets.reversed() { run.stack.push(target) }
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let running = Locked(options.threadCount)
    for number in 1...options.threadCount {
      startDetachedThread(named: "scan-\(number)") {
        do {
          let pass = try FolderPass(run: run)
          while let work = run.stack.take() {
            defer { run.stack.finish() }
            if !run.isEnding { try pass.scan(work) }
          }
        } catch { run.fail(error) }
        let isLast = running.withLock { count in
          count -= 1
          return count == 0
        }
        if isLast { end.finish() }
      }
    }
    for await _ in ends {}
  }

  /// Sends on what has waited long enough, and tells how far the scan is.
  private func keepTicking(_ run: ScanRun) async {
    var told = run.counters.progress
    while !Task.isCancelled {
      await tick()
      do {
        run.probes.sendPartialBatch()
        // In a pause nothing more comes that would be worth waiting for.
        try await run.writer.flush(onlyIfOld: !run.gate.isClosed)
        if run.seen.pendingCount > Self.absenceLimit { try await run.writer.writeAbsences() }
      } catch { run.fail(error) }
      let now = run.counters.progress
      var comparable = now
      comparable.elapsedMilliseconds = told.elapsedMilliseconds
      comparable.filesPerSecond = told.filesPerSecond
      if comparable != told {
        publish(now)
        told = now
      }
    }
  }
}
