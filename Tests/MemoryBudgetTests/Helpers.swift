import MemoryBudget
import Platform

/// `#require` cannot unwrap what cannot be copied.
func require(_ reservation: consuming Reservation?) throws -> Reservation {
  guard let reservation else { throw NoRoom() }
  return reservation
}

struct NoRoom: Error {}

extension MemoryBudget {
  /// True when the bytes could be reserved now; the test macros cannot hold a reservation.
  func hasRoom(_ byteCount: Int, for account: Account) -> Bool {
    guard let reservation = reserveIfRoom(byteCount, for: account) else { return false }
    reservation.release()
    return true
  }
}

/// A reservation in a task's hands, given back once.
final class Boxed: Sendable {
  private let reservation: Locked<Reservation?>

  init(_ reservation: consuming Reservation) {
    self.reservation = Locked(consume reservation)
  }

  func release() { _ = reservation.withLock { $0.take() } }
}

/// Holds tasks up until it is opened.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Locked(State())

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// Counts from many tasks.
final class Counter: Sendable {
  private let count = Locked(0)
  var value: Int { count.withLock { $0 } }
  func add() { count.withLock { $0 += 1 } }
}
