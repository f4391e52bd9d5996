import Dispatch
import Platform

/// What is left to scan, shared by the scan threads: last in, first out.
///
/// The folders of one directory are one element, so what is held is bounded by the depth of the tree
/// times the width along one path, not by the number of folders; going deep first keeps it there.
/// The walk is over when nothing is left and nobody works on something that may add more.
final class FolderStack: Sendable {
  /// One folder to scan.
  enum Work: Sendable {
    /// Where the scan begins.
    case target(ScanTarget)
    /// In a folder, by name; whoever takes the last one closes the folder once it is in.
    case child(name: [UInt8], isLink: Bool, parent: FolderNode, isLast: Bool)
  }

  private enum Element {
    case target(ScanTarget)
    case children(PackedNames, next: Int, parent: FolderNode)
  }

  private struct State {
    var elements: [Element] = []
    var workingCount = 0
    var sleepingCount = 0
    var isPaused = false
    var isOver = false
  }

  /// As many folders with folders still to come keep their descriptors; the rest opens again.
  private static let openFolderLimit = 96

  private let state = Locked(State())
  private let wakeUp = DispatchSemaphore(value: 0)

  /// How many threads wait in `take`.
  var waitingCount: Int { state.withLock { $0.sleepingCount } }

  /// Adds a folder to begin with.
  func push(_ target: ScanTarget) { add(.target(target), count: 1) }

  /// Adds the folders in a folder.
  func push(_ names: PackedNames, in parent: FolderNode) {
    if names.isEmpty { return }
    add(.children(names, next: 0, parent: parent), count: names.count)
  }

  private func add(_ element: Element, count: Int) {
    let sleeping = state.withLock { state in
      state.elements.append(element)
      if state.elements.count > Self.openFolderLimit { Self.closeOldest(state.elements) }
      return state.sleepingCount
    }
    for _ in 0..<min(count, sleeping) { wakeUp.signal() }
  }

  /// Closes the folder nearest to the root: going deep first, it is needed last.
  private static func closeOldest(_ elements: [Element]) {
    for element in elements.dropLast(openFolderLimit) {
      guard case .children(_, _, let parent) = element, parent.isOpen else { continue }
      parent.close()
    }
  }

  /// The next folder; waits while others may still add some and while paused. Nil when all is done
  /// or `end` was called. Every folder got must be given back with `finish`.
  func take() -> Work? {
    while true {
      enum Step { case work(Work), over, sleep }
      let step: Step = state.withLock { state in
        if state.isOver { return .over }
        if !state.isPaused, let work = Self.next(&state.elements) {
          state.workingCount += 1
          return .work(work)
        }
        if state.elements.isEmpty && state.workingCount == 0 {
          state.isOver = true
          return .over
        }
        state.sleepingCount += 1
        return .sleep
      }
      switch step {
      case .work(let work): return work
      case .over:
        wakeAll()
        return nil
      case .sleep:
        wakeUp.wait()
        state.withLock { $0.sleepingCount -= 1 }
      }
    }
  }

  private static func next(_ elements: inout [Element]) -> Work? {
    switch elements.popLast() {
    case nil: return nil
    case .target(let target): return .target(target)
    case .children(let names, let next, let parent):
      let isLast = next + 1 == names.count
      if !isLast { elements.append(.children(names, next: next + 1, parent: parent)) }
      return .child(
        name: Array(names.name(next)), isLink: names.kind(next) == .link, parent: parent,
        isLast: isLast)
    }
  }

  /// Says that a folder got with `take` is done.
  func finish() {
    let isLast = state.withLock { state in
      state.workingCount -= 1
      return state.workingCount == 0 && state.elements.isEmpty
    }
    if isLast { wakeAll() }
  }

  private func wakeAll() {
    let count = state.withLock { $0.sleepingCount }
    for _ in 0..<count { wakeUp.signal() }
  }

  /// Lets nobody begin a folder, and closes every descriptor kept for later.
  func pause() {
    state.withLock { state in
      state.isPaused = true
      for element in state.elements {
        if case .children(_, _, let parent) = element { parent.close() }
      }
    }
  }

  /// Lets the threads go on.
  func resume() {
    state.withLock { $0.isPaused = false }
    wakeAll()
  }

  /// Drops what is left; `take` answers nil from now on.
  func end() {
    state.withLock { state in
      state.isOver = true
      state.elements.removeAll()
    }
    wakeAll()
  }
}
