import Platform
import Synchronization

/// How a running scan ends before its time. Thread-safe.
final class ScanEnding: Sendable {
  /// How it ended.
  struct Outcome: Sendable {
    var failure: (any Error)?
    var isCancelled = false
  }

  private let hasBegun = Atomic<Bool>(false)
  private let state = Locked(Outcome())
  private let stack: FolderStack
  private let gate: PauseGate

  init(stack: FolderStack, gate: PauseGate) {
    self.stack = stack
    self.gate = gate
  }

  /// True when threads should stop as soon as they can.
  var isEnding: Bool { hasBegun.load(ordering: .acquiring) }

  var outcome: Outcome { state.withLock { $0 } }

  /// The scan cannot go on. The first reason counts.
  func fail(_ error: any Error) {
    state.withLock { if $0.failure == nil { $0.failure = error } }
    end()
  }

  /// Somebody wants it to end; what was found is kept.
  func cancel() {
    state.withLock { $0.isCancelled = true }
    end()
  }

  private func end() {
    hasBegun.store(true, ordering: .releasing)
    stack.end()
    gate.open()
  }
}
