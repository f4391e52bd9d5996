import Catalog
import Media
import MemoryBudget
import Platform

/// Which folder each inotify watch is on, and where something changed since it was last asked.
/// Thread-safe.
final class WatchTable: Sendable {
  /// A folder by its root and its path below it.
  struct Place: Sendable, Hashable {
    let root: RootID
    let path: [UInt8]

    func appending(_ name: some Collection<UInt8>) -> Place {
      Place(root: root, path: path.appendingComponent(name))
    }

    func isWithin(_ other: Place) -> Bool { root == other.root && path.isWithin(other.path) }
  }

  /// What changed.
  struct Changes: Sendable {
    /// Folders, with whether what is below may have changed too.
    var folders: [Place: Bool] = [:]
    /// Events were lost, or there were too many: anything may have changed.
    var isEverything = false

    var isEmpty: Bool { folders.isEmpty && !isEverything }
  }

  private struct State: ~Copyable {
    var places: [CInt: Place] = [:]
    var changes = Changes()
    var firstChange: UInt64?
    var lastChange: UInt64 = 0
    var usedByteCount = 0
    var reservation: Reservation?
  }

  /// With more changed folders than this, all is scanned instead.
  private static let changeLimit = 4096
  /// What an entry costs beyond its path: the key, the slot, the array's header.
  private static let entryByteCount = 112
  private static let reservationStep = 256 << 10

  private let budget: MemoryBudget
  private let account: Account
  private let state = Locked(State())

  init(budget: MemoryBudget) {
    self.budget = budget
    account = budget.account("scan.watches", share: 0.125)
  }

  var count: Int { state.withLock { $0.places.count } }

  // MARK: Watches

  /// Makes room for one more watch; false when the budget has none.
  func reserve(for place: Place) -> Bool {
    state.withLock { state in
      let needed = state.usedByteCount + place.path.count + Self.entryByteCount
      let held = state.reservation?.byteCount ?? 0
      if needed > held {
        let wanted = held + Self.reservationStep
        if var reservation = state.reservation.take() {
          let grew = reservation.growIfRoom(to: wanted)
          state.reservation = consume reservation
          if !grew { return false }
        } else {
          guard let reservation = budget.reserveIfRoom(wanted, for: account) else { return false }
          state.reservation = consume reservation
        }
      }
      return true
    }
  }

  /// Notes where a watch is; a watch that is known has followed its folder to a new place.
  func set(_ watch: CInt, _ place: Place) {
    state.withLock { state in
      state.usedByteCount += place.path.count + Self.entryByteCount
      if let old = state.places.updateValue(place, forKey: watch) {
        state.usedByteCount -= old.path.count + Self.entryByteCount
      }
    }
  }

  /// Forgets a watch the kernel has dropped.
  func remove(_ watch: CInt) {
    state.withLock { state in
      guard let old = state.places.removeValue(forKey: watch) else { return }
      state.usedByteCount -= old.path.count + Self.entryByteCount
    }
  }

  /// Forgets the watches of a folder and all below, and hands them over to be dropped.
  ///
  /// - Complexity: O(all watches): folders are moved rarely.
  func remove(within place: Place) -> [CInt] {
    state.withLock { state in
      let gone = state.places.filter { $0.value.isWithin(place) }
      for (watch, old) in gone {
        state.places[watch] = nil
        state.usedByteCount -= old.path.count + Self.entryByteCount
      }
      return Array(gone.keys)
    }
  }

  func place(of watch: CInt) -> Place? { state.withLock { $0.places[watch] } }

  // MARK: Changes

  func noteChange(in place: Place, isRecursive: Bool) {
    state.withLock { state in
      Self.touch(&state)
      if state.changes.isEverything { return }
      state.changes.folders[place, default: false] =
        isRecursive || state.changes.folders[place, default: false]
      if state.changes.folders.count > Self.changeLimit {
        state.changes = Changes(isEverything: true)
      }
    }
  }

  func noteEverythingChanged() {
    state.withLock { state in
      Self.touch(&state)
      state.changes = Changes(isEverything: true)
    }
  }

  private static func touch(_ state: inout State) {
    let now = monotonicNanoseconds()
    if state.firstChange == nil { state.firstChange = now }
    state.lastChange = now
  }

  /// Nanoseconds since the first and the last change nobody has taken; nil when there is none.
  var age: (first: UInt64, last: UInt64)? {
    state.withLock { state in
      guard let first = state.firstChange else { return nil }
      let now = monotonicNanoseconds()
      return (
        nanosecondsPassed(since: first, until: now),
        nanosecondsPassed(since: state.lastChange, until: now)
      )
    }
  }

  /// Hands over what changed, and forgets it. A folder below one that is scanned with all below it
  /// is left out.
  func takeChanges() -> Changes {
    var changes: Changes = state.withLock { state in
      defer {
        state.changes = Changes()
        state.firstChange = nil
      }
      return state.changes
    }
    let whole = changes.folders.filter(\.value).keys
    changes.folders = changes.folders.filter { place, _ in
      !whole.contains { $0 != place && place.isWithin($0) }
    }
    return changes
  }

  /// Takes changes back that could not be scanned now.
  func putBack(_ changes: Changes) {
    if changes.isEverything { return noteEverythingChanged() }
    for (place, isRecursive) in changes.folders { noteChange(in: place, isRecursive: isRecursive) }
  }
}
