import Platform

/// What changed in a catalog since somebody began to follow it. Holds one change set, to which every
/// commit adds, so it takes the same few kilobytes however long nobody looks.
///
/// When a writing call has returned, its changes are here. Thread-safe; one task at a time waits.
public final class CatalogChanges: Sendable {
  private struct State {
    var pending = CatalogChangeSet()
    var waiting: CheckedContinuation<Void, Never>?
    var isOver = false
  }

  private let state = Locked(State())

  init() {}

  /// What changed since the last call; nil for nothing. Does not wait.
  public func take() -> CatalogChangeSet? {
    state.withLock { state in
      if state.pending.isEmpty { return nil }
      defer { state.pending = CatalogChangeSet() }
      return state.pending
    }
  }

  /// Waits until something has changed since the last call; nil when the catalog was closed or the task
  /// cancelled.
  public func next() async -> CatalogChangeSet? {
    while true {
      if Task.isCancelled { return nil }
      if let changes = take() { return changes }
      if state.withLock({ $0.isOver }) { return nil }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isReady = state.withLock { state in
            if !state.pending.isEmpty || state.isOver || Task.isCancelled { return true }
            precondition(state.waiting == nil, "two tasks wait for the same changes")
            state.waiting = continuation
            return false
          }
          if isReady { continuation.resume() }
        }
      } onCancel: {
        wake { _ in }
      }
    }
  }

  /// Adds what a transaction changed.
  func add(_ changes: CatalogChangeSet) { wake { $0.pending.formUnion(changes) } }

  /// Tells who waits that nothing comes any more.
  func end() { wake { $0.isOver = true } }

  private func wake(_ change: (inout State) -> Void) {
    let waiting = state.withLock { state in
      change(&state)
      return state.waiting.take()
    }
    waiting?.resume()
  }
}

/// Who follows a catalog.
final class ChangeFeed: Sendable {
  private struct Follower: Sendable {
    weak var changes: CatalogChanges?
  }

  private struct State {
    var followers: [Follower] = []
    var isOver = false
  }

  private let state = Locked(State())

  /// Somebody new, from now on.
  func follow() -> CatalogChanges {
    let changes = CatalogChanges()
    let isOver = state.withLock { state in
      state.followers.removeAll { $0.changes == nil }
      state.followers.append(Follower(changes: changes))
      return state.isOver
    }
    if isOver { changes.end() }
    return changes
  }

  /// Hands changes to all; never waits.
  func publish(_ changes: CatalogChangeSet) {
    for follower in state.withLock({ $0.followers }) { follower.changes?.add(changes) }
  }

  /// Nothing comes any more.
  func end() {
    let followers = state.withLock { state in
      state.isOver = true
      defer { state.followers = [] }
      return state.followers
    }
    for follower in followers { follower.changes?.end() }
  }
}
