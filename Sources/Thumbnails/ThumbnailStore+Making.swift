import Catalog
import Glibc
import Media
import Platform

/// How far making all missing thumbnails is.
public struct ThumbnailProgress: Sendable, Hashable {
  /// Assets looked at.
  public var examined = 0
  /// Assets whose thumbnails were made.
  public var made = 0
  /// Assets that had them already.
  public var present = 0
  /// Assets whose thumbnails could not be made, with what each said; at most a hundred are kept.
  public var failed = 0
  public var failures: [String] = []
  /// The last asset looked at.
  public var lastAsset: AssetID?

  /// Nothing yet.
  public init() {}
}

extension ThumbnailStore {
  /// Makes the thumbnails that are missing on the disk, and placeholders that are missing in the
  /// catalog, for all assets that can be shown.
  ///
  /// Runs at background priority, `runningLimit` at once, and is held by `setBackgroundPaused`. Asset
  /// by asset failures are remembered and counted; the rest goes on. Cancel the task to stop.
  ///
  /// - Parameters:
  ///   - onlyNew: leaves out assets with a placeholder, which is faster: for the background after a
  ///     scan. Without it, thumbnails taken off the disk are made again.
  ///   - progress: told after every asset, one call at a time.
  /// - Returns: what was done.
  @discardableResult
  public func makeMissing(
    onlyNew: Bool = false, progress: @escaping @Sendable (ThumbnailProgress) -> Void = { _ in }
  ) async throws -> ThumbnailProgress {
    var done = ThumbnailProgress()
    let retryBefore = currentMilliseconds() - options.retryDelay.components.seconds * 1000
    while true {
      let page = try await catalog.needsThumbnail(
        after: done.lastAsset, limit: 500, retryBefore: retryBefore, includingMade: !onlyNew)
      guard let last = page.last else {
        await flush()
        return done
      }
      // Those with a placeholder need a decode only when the disk lost the pictures.
      let lacking = try await disk.incomplete(page.filter(\.hasPlaceholder))
      let wanted = page.filter { !$0.hasPlaceholder } + lacking
      done.examined += page.count - wanted.count
      done.present += page.count - wanted.count
      try await make(wanted, progress: progress, done: &done)
      done.lastAsset = last.id
      progress(done)
    }
  }

  private enum Outcome {
    case made
    case present
    case failed(any Error)
  }

  private func isMade(_ asset: PendingAsset) async throws -> Bool {
    let isWritten = state.withLock { state in
      state.placeholders.contains { $0.id == asset.id && $0.version == asset.version }
    }
    if !isWritten {
      guard let summary = try await catalog.assets([asset.id]).first,
        summary.placeholder != nil, summary.version == asset.version
      else { return false }
    }
    return try await disk.incomplete([asset]).isEmpty
  }

  private func make(
    _ assets: [PendingAsset], progress: @Sendable (ThumbnailProgress) -> Void,
    done: inout ThumbnailProgress
  ) async throws {
    // Twice as many as run, so that the next is at hand when one ends.
    let inFlightLimit = options.runningLimit * 2
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      var pending = assets[...]
      var inFlight = 0
      while inFlight > 0 || !pending.isEmpty {
        while inFlight < inFlightLimit, !pending.isEmpty {
          try await waitForQuiet()
          let asset = pending.removeFirst()
          inFlight += 1
          group.addTask { [self] in
            do {
              // Somebody may have looked at it since the page was read.
              if try await isMade(asset) { return .present }
              _ = try await made(asset, size: .small, priority: .background)
              return .made
            } catch { return .failed(error) }
          }
        }
        guard let outcome = try await group.next() else { return }
        inFlight -= 1
        done.examined += 1
        switch outcome {
        case .made: done.made += 1
        case .present: done.present += 1
        case .failed(let error):
          if error is CancellationError || error as? ThumbnailError == .closed { throw error }
          done.failed += 1
          if done.failures.count < 100 { done.failures.append(String(describing: error)) }
        }
        progress(done)
      }
    }
  }
}

/// Milliseconds since 1970 UTC.
func currentMilliseconds() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
