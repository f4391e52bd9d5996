import Platform

/// What a running scan counts, and the errors it met. Thread-safe.
final class ScanCounters: Sendable {
  private struct State {
    var progress = ScanProgress()
    var found = 0
    var errors: [ScanIssue] = []
    var errorCount = 0
    var runningSince: UInt64?
    var runNanoseconds: UInt64 = 0
  }

  private static let errorLimit = 1000
  private let state = Locked(State())

  func start() {
    state.withLock { state in
      state.progress.state = .running
      state.runningSince = monotonicNanoseconds()
    }
  }

  func setPaused(_ isPaused: Bool) {
    state.withLock { state in
      let now = monotonicNanoseconds()
      if let since = state.runningSince { state.runNanoseconds += now - since }
      state.runningSince = isPaused ? nil : now
      state.progress.state = isPaused ? .paused : .running
    }
  }

  func finish() {
    state.withLock { state in
      if let since = state.runningSince { state.runNanoseconds += monotonicNanoseconds() - since }
      state.runningSince = nil
      state.progress.state = .idle
      state.progress.current = nil
    }
  }

  /// Adds to the counts.
  func update(_ body: (inout ScanProgress) -> Void) { state.withLock { body(&$0.progress) } }

  func addFound(_ count: Int) { state.withLock { $0.found += count } }

  func record(_ path: FilePath, _ reason: String, code: CInt = 0) {
    state.withLock { state in
      state.errorCount += 1
      if state.errors.count < Self.errorLimit {
        state.errors.append(ScanIssue(path: path, reason: reason, systemCode: code))
      }
    }
  }

  /// The counts now, with the time and the rate.
  var progress: ScanProgress {
    state.withLock { state in
      var progress = state.progress
      var nanoseconds = state.runNanoseconds
      if let since = state.runningSince { nanoseconds += monotonicNanoseconds() - since }
      progress.elapsedMilliseconds = Int64(nanoseconds / 1_000_000)
      progress.filesPerSecond =
        nanoseconds == 0 ? 0 : Double(progress.discovered) / (Double(nanoseconds) / 1e9)
      return progress
    }
  }

  var summary: ScanSummary {
    state.withLock { state in
      var summary = ScanSummary()
      summary.assets = state.progress.discovered
      summary.added = state.progress.added
      summary.changed = state.progress.changed
      summary.moved = state.progress.moved
      summary.missing = state.progress.missing
      summary.found = state.found
      summary.unchanged = state.progress.unchanged
      summary.broken = state.progress.failed
      summary.errors = state.errors
      summary.errorCount = state.errorCount
      summary.elapsed = .nanoseconds(Int64(clamping: state.runNanoseconds))
      return summary
    }
  }
}
