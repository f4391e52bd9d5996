import Catalog
import Media
import Platform
import Scanning
import Thumbnails
import WorkerPool

/// Scans, and what goes on in the background.
extension Library {
  // MARK: - Scans

  /// How far the scan is; of the last one when none is running.
  public var scanProgress: ScanProgress { scanner.progress }

  /// Scans all roots and waits for the end. Cancel the task to end it after its transaction.
  ///
  /// - Parameter progress: told at most ten times a second and once at the end.
  /// - Throws: `ScanError.busy`, `CatalogError`, `WorkerPoolError`.
  public func scan(
    progress: @escaping @Sendable (ScanProgress) -> Void = { _ in }
  ) async throws -> ScanSummary {
    let events = scanner.progressEvents()
    let listener = Task { for await event in events { progress(event) } }
    defer { listener.cancel() }
    let summary = try await scanner.scan()
    progress(scanner.progress)
    wakeBackground()
    return summary
  }

  /// Starts a scan of all roots and returns at once; nothing when one is running, which goes on if it
  /// was paused.
  public func startScan() {
    let isStarted = work.withLock { work in
      guard work.scan == nil, !work.isClosed else { return false }
      work.scan = Task { [weak self] in await self?.runScan() }
      return true
    }
    if !isStarted { scanner.resume() }
  }

  /// Halts a running scan.
  public func pauseScan() { scanner.pause() }

  /// Lets a paused scan go on.
  public func resumeScan() { scanner.resume() }

  /// Ends a running scan after the transaction it is in.
  public func cancelScan() { scanner.cancel() }

  private func runScan() async {
    // Nobody waits for thumbnails of what is not there yet; what people look at goes on.
    thumbnails.setBackgroundPaused(true)
    do {
      // What a crash interrupted is taken up, so that its record is closed.
      _ = try await scanner.resumeUnfinished()
      let summary = try await scanner.scan()
      for root in summary.offlineRoots {
        options.noticeHandler(
          "\(root): cannot be reached; its pictures are kept and come back with it.")
      }
    } catch is CancellationError {
    } catch {
      options.noticeHandler("The scan ended: \(error)")
    }
    thumbnails.setBackgroundPaused(false)
    work.withLock { $0.scan = nil }
    wakeBackground()
  }

  // MARK: - The background

  /// Starts what goes on while a library is served: watching, a scan, then metadata and thumbnails.
  public func startServing() {
    // Whoever starts a server opens its page next.
    thumbnails.expectLooks(for: Self.openingDuration)
    let ends = scanner.progressEvents()
    let listener = Task { [weak self] in
      for await progress in ends where progress.state == .idle { self?.wakeBackground() }
    }
    work.withLock { $0.listeners.append(listener) }
    let minutes = settings.rescanMinutes ?? Self.defaultRescanMinutes
    if !options.watches || !startWatching(rescanMinutes: minutes) {
      startRescans(every: minutes)
    }
    // Before the scan: it adds the watches as it goes.
    startScan()
  }

  private func startWatching(rescanMinutes: Int) -> Bool {
    var watching = WatchOptions()
    if settings.rescanMinutes != nil { watching.rescanInterval = .seconds(rescanMinutes * 60) }
    do {
      let watcher = try Watcher(
        scanner: scanner, catalog: catalog, options: watching, budget: budget)
      let notices = watcher.notices()
      let handler = options.noticeHandler
      let listener = Task { for await notice in notices { handler(notice.description) } }
      watcher.start()
      work.withLock { work in
        work.watcher = watcher
        work.listeners.append(listener)
      }
      return true
    } catch {
      options.noticeHandler(
        "The folders cannot be watched (\(error)); they are scanned every \(rescanMinutes) minutes."
      )
      return false
    }
  }

  private func startRescans(every minutes: Int) {
    work.withLock { work in
      guard !work.isClosed, work.rescans == nil else { return }
      work.rescans = Task { [weak self] in
        while !Task.isCancelled {
          try? await Task.sleep(for: .seconds(minutes * 60))
          if !Task.isCancelled { self?.startScan() }
        }
      }
    }
  }

  static let defaultRescanMinutes = 60
  private static let openingDuration = Duration.seconds(2)

  /// Looks for thumbnails and metadata that are missing, if the library works in the background.
  func wakeBackground() {
    guard options.worksInBackground else { return }
    work.withLock { work in
      guard !work.isClosed else { return }
      work.isBackgroundWanted = true
      guard work.background == nil else { return }
      work.background = Task(priority: .background) { [weak self] in
        while let self, self.takeBackgroundWish() { await self.runBackground() }
      }
    }
  }

  private func takeBackgroundWish() -> Bool {
    work.withLock { work in
      if work.isClosed || !work.isBackgroundWanted {
        work.background = nil
        return false
      }
      work.isBackgroundWanted = false
      return true
    }
  }

  private func runBackground() async {
    do {
      try await thumbnails.makeMissing(onlyNew: true)
      try await makeMissingMetadata()
    } catch is CancellationError {
    } catch ThumbnailError.closed {
    } catch {
      options.noticeHandler("Work in the background ended: \(error)")
    }
  }

  /// Reads the deep metadata of all assets that lack it. One file at a time: nobody waits for it.
  public func makeMissingMetadata() async throws {
    var after: AssetID?
    while true {
      let page = try await catalog.needsMetadata(after: after, limit: 100)
      guard let last = page.last else { return }
      after = last.id
      var found: [Catalog.NewMetadata] = []
      for asset in page {
        try await thumbnails.waitForQuiet()
        let pending = PendingMetadata(
          id: asset.id, path: asset.path, format: asset.probe.format, version: asset.version)
        do {
          let metadata = try await readMetadata(pending, priority: .background)
          found.append(
            Catalog.NewMetadata(id: asset.id, version: asset.version, metadata: metadata))
        } catch let failure as MediaFailure {
          // A file that is gone for now is asked again; one that says nothing is not.
          if failure.kind.isTransient { continue }
          found.append(Catalog.NewMetadata(id: asset.id, version: asset.version, metadata: nil))
        }
      }
      try await catalog.setDeepMetadata(found)
    }
  }
}
