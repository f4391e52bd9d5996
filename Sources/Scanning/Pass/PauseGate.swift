import Dispatch
import Platform
import Synchronization

/// Where scan threads wait while a scan is paused. Thread-safe.
final class PauseGate: Sendable {
  private struct State {
    var waitingCount = 0
  }

  private let closed = Atomic<Bool>(false)
  private let state = Locked(State())
  private let wakeUp = DispatchSemaphore(value: 0)

  /// True while nobody may go on.
  var isClosed: Bool { closed.load(ordering: .acquiring) }

  /// How many threads wait at it.
  var waitingCount: Int { state.withLock { $0.waitingCount } }

  /// Waits on the calling thread until the gate is open.
  func wait() {
    while true {
      let mustWait = state.withLock { state in
        // Asked under the lock: `open` must not pass between the question and the wait.
        guard isClosed else { return false }
        state.waitingCount += 1
        return true
      }
      if !mustWait { return }
      wakeUp.wait()
    }
  }

  func close() { state.withLock { _ in closed.store(true, ordering: .releasing) } }

  func open() {
    let count = state.withLock { state in
      closed.store(false, ordering: .releasing)
      defer { state.waitingCount = 0 }
      return state.waitingCount
    }
    for _ in 0..<count { wakeUp.signal() }
  }
}
