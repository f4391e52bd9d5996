import CLinux
import Platform
import Synchronization

/// The bytes all Albumen processes together may use, and the only place they are given out.
///
/// Every retained or transient buffer over 64 KiB is reserved here before it is allocated:
///
/// ```swift
/// let budget = MemoryBudget(byteLimit: 256 << 20)
/// let jobs = budget.account("workers.jobs", share: 0.5)
/// let reservation = try await budget.reserve(36_000_000, for: jobs)
/// ```
///
/// Without room, caches registered as evictable give up what is cheapest to make again; then the
/// request waits in a bounded queue, first come, first served (the exact rule is at `Ledger`).
/// Thread-safe; a reservation with room costs one uncontended lock.
public final class MemoryBudget: Sendable {
  /// How many younger requests may go past one that waits for room.
  public static let bypassLimit = 8

  private struct State {
    var ledger: Ledger
    var accounts: [Account] = []
    var caches: [WeakCache] = []
  }

  /// A cache that the budget may evict from, not kept alive by it.
  private struct WeakCache: Sendable {
    weak let cache: (any EvictableCache)?
    let account: Account
  }

  /// A cache with something above its floor.
  private struct Candidate: Sendable {
    let cache: any EvictableCache
    let account: Account
    let bytesAboveFloor: Int
  }

  /// The budget in bytes.
  public let byteLimit: Int
  private let state: Locked<State>
  private let nextIdentifier = Atomic<UInt64>(0)

  /// A budget.
  ///
  /// - Parameters:
  ///   - byteLimit: what all accounts together may hold.
  ///   - waitLimit: how many reservations may wait; the next one is refused with `queueFull`.
  public init(byteLimit: Int, waitLimit: Int = 1024) {
    precondition(byteLimit > 0 && waitLimit > 0, "a budget has bytes and room to wait")
    self.byteLimit = byteLimit
    state = Locked(
      State(
        ledger: Ledger(
          limit: byteLimit, waitLimit: waitLimit, bypassLimit: MemoryBudget.bypassLimit)))
  }

  // MARK: Accounts

  /// Opens an account, or answers the one that has this name already (with what it was opened with).
  ///
  /// - Parameters:
  ///   - name: shown in the ledger.
  ///   - floor: bytes set aside for it, used or not. All floors together must fit the budget.
  ///   - share: the most it may hold, as a part of the budget, more than 0 and at most 1.
  ///   - recreationCost: decides the order of eviction.
  public func account(
    _ name: String, floor: Int = 0, share: Double = 1,
    recreationCost: RecreationCost = .notEvictable
  ) -> Account {
    precondition(floor >= 0 && share > 0 && share <= 1, "\(name): floor or share out of range")
    let owner = ObjectIdentifier(self)
    let (account, impossible): (Account, [Ledger.Waiter]) = state.withLock { state in
      if let known = state.accounts.first(where: { $0.name == name }) { return (known, []) }
      let ceiling = min(byteLimit, max(floor, Int(Double(byteLimit) * share)))
      let line = state.ledger.open(name: name, floor: floor, ceiling: ceiling)
      let account = Account(
        name: name, floor: floor, byteLimit: ceiling, recreationCost: recreationCost, line: line,
        owner: owner)
      state.accounts.append(account)
      return (account, state.ledger.dequeueImpossible())
    }
    for waiter in impossible {
      let limit = mostEver(for: waiter.line)
      resume(waiter, with: .refused(.neverFits(needed: waiter.byteCount, limit: limit)))
    }
    return account
  }

  /// The most bytes an account can ever hold at once: more than this throws `neverFits`.
  public func mostEver(for account: Account) -> Int { mostEver(for: account.line) }

  private func mostEver(for line: Int) -> Int { state.withLock { $0.ledger.mostEver(line) } }

  /// Whether somebody waits for room. Cheap: one short lock.
  public var hasWaiters: Bool { state.withLock { !$0.ledger.waiters.isEmpty } }

  // MARK: Reserving

  /// Reserves bytes: at once if there is room, else by evicting caches, else by waiting.
  ///
  /// - Throws: `BudgetError.neverFits` when no wait can help, `BudgetError.queueFull` when too many
  ///   wait already, `CancellationError` when the task is cancelled before its turn.
  public func reserve(_ byteCount: Int, for account: Account) async throws -> Reservation {
    check(account, byteCount)
    try Task.checkCancellation()
    let isGranted = state.withLock {
      $0.ledger.chargeIfRoom(account.line, byteCount, mayBypass: false)
    }
    if !isGranted { try await wait(byteCount, for: account) }
    return Reservation(charged: byteCount, budget: self, account: account)
  }

  /// Reserves bytes if that is possible without waiting; may evict caches.
  public func reserveIfRoom(_ byteCount: Int, for account: Account) -> Reservation? {
    check(account, byteCount)
    guard takeIfRoom(byteCount, for: account) else { return nil }
    return Reservation(charged: byteCount, budget: self, account: account)
  }

  private func check(_ account: Account, _ byteCount: Int) {
    precondition(byteCount >= 0, "cannot reserve a negative count of bytes")
    precondition(
      account.owner == ObjectIdentifier(self), "\(account.name) is an account of another budget")
  }

  private func wait(_ byteCount: Int, for account: Account) async throws {
    let identifier = nextIdentifier.wrappingAdd(1, ordering: .relaxed).newValue
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waiter = Ledger.Waiter(
          identifier: identifier, line: account.line, byteCount: byteCount,
          continuation: continuation)
        let error: BudgetError? = state.withLock { state in
          let limit = state.ledger.mostEver(account.line)
          if byteCount > limit { return .neverFits(needed: byteCount, limit: limit) }
          if state.ledger.waiters.count >= state.ledger.waitLimit {
            return .queueFull(limit: state.ledger.waitLimit)
          }
          state.ledger.enqueue(waiter)
          return nil
        }
        if let error {
          resume(waiter, with: .refused(error))
        } else {
          settle()
          // The task may have been cancelled before its request was in the queue.
          if Task.isCancelled { cancelWait(identifier) }
        }
      }
    } onCancel: {
      cancelWait(identifier)
    }
    unsafe clinux_tsan_acquire(handOverKey)
    switch outcome {
    case .granted: return
    case .cancelled: throw CancellationError()
    case .refused(let error): throw error
    }
  }

  private func cancelWait(_ identifier: UInt64) {
    guard let waiter = state.withLock({ $0.ledger.dequeue(identifier) }) else { return }
    resume(waiter, with: .cancelled)
    // Those behind it may have waited for it only.
    settle()
  }

  private var handOverKey: UnsafeRawPointer {
    unsafe UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  private func resume(_ waiter: Ledger.Waiter, with outcome: Ledger.Outcome) {
    unsafe clinux_tsan_release(handOverKey)
    waiter.continuation?.resume(returning: outcome)
  }

  // MARK: Joints for reservations and caches

  /// Takes bytes off an account and lets those go who waited for them.
  func giveBack(_ byteCount: Int, line: Int) {
    let somebodyWaits = state.withLock { state in
      state.ledger.uncharge(line, byteCount)
      return !state.ledger.waiters.isEmpty
    }
    if somebodyWaits { settle() }
  }

  /// Charges bytes without waiting, evicting caches if need be.
  func takeIfRoom(_ byteCount: Int, for account: Account) -> Bool {
    while true {
      let (isCharged, missing): (Bool, Int) = state.withLock { state in
        if state.ledger.chargeIfRoom(account.line, byteCount) { return (true, 0) }
        guard byteCount <= state.ledger.roomBelowCeiling(account.line) else { return (false, 0) }
        // With others waiting, what an eviction brings is theirs.
        guard state.ledger.waiters.isEmpty else { return (false, 0) }
        return (false, byteCount - state.ledger.room(account.line))
      }
      if isCharged { return true }
      guard missing > 0 else { return false }
      let freed = evict(missing, from: candidates())
      let isGranted = state.withLock { state in
        for part in freed { state.ledger.uncharge(part.line, part.byteCount) }
        return state.ledger.chargeIfRoom(account.line, byteCount)
      }
      settle()
      if isGranted { return true }
      guard !freed.isEmpty else { return false }
    }
  }

  /// Charges what exists already, room or not, after evicting what can be evicted.
  func takeMeasured(_ byteCount: Int, for account: Account) {
    let missing = state.withLock { byteCount - $0.ledger.room(account.line) }
    let freed = missing > 0 ? evict(missing, from: candidates()) : []
    state.withLock { state in
      for part in freed { state.ledger.uncharge(part.line, part.byteCount) }
      state.ledger.charge(account.line, byteCount)
    }
    settle()
  }

  /// Charges one entry of a cache: from free room that nobody waits for, or by evicting from caches
  /// that are cheaper to make again, or as cheap and bigger.
  func takeForCache(_ byteCount: Int, for account: Account) -> Bool {
    let (isCharged, missing): (Bool, Int) = state.withLock { state in
      if state.ledger.chargeIfRoom(account.line, byteCount, mayBypass: false) { return (true, 0) }
      guard state.ledger.waiters.isEmpty, byteCount <= state.ledger.roomBelowCeiling(account.line)
      else { return (false, 0) }
      return (false, byteCount - state.ledger.room(account.line))
    }
    if isCharged { return true }
    guard missing > 0 else { return false }
    let own = state.withLock { max(0, $0.ledger.lines[account.line].bytes - account.floor) }
    let others = candidates().filter {
      $0.account.line != account.line
        && ($0.account.recreationCost < account.recreationCost
          || ($0.account.recreationCost == account.recreationCost && $0.bytesAboveFloor > own))
    }
    let freed = evict(missing, from: others)
    let isGranted = state.withLock { state in
      for part in freed { state.ledger.uncharge(part.line, part.byteCount) }
      return state.ledger.chargeIfRoom(account.line, byteCount, mayBypass: false)
    }
    if !freed.isEmpty { settle() }
    return isGranted
  }

  /// Makes a cache known, so that reservations can evict from it.
  func register(_ cache: any EvictableCache, account: Account) {
    precondition(
      account.owner == ObjectIdentifier(self), "\(account.name) is an account of another budget")
    guard account.recreationCost != .notEvictable else { return }
    state.withLock { state in
      state.caches.removeAll { $0.cache == nil }
      state.caches.append(WeakCache(cache: cache, account: account))
    }
  }

  // MARK: Evicting

  /// Evicts from all caches until they hold at most `fraction` of what they held, floors kept; for
  /// times when the system is short of memory.
  ///
  /// - Returns: the bytes that came free.
  @discardableResult
  public func shrinkCaches(toFraction fraction: Double) -> Int {
    precondition(fraction >= 0 && fraction <= 1, "a fraction lies between 0 and 1")
    var freed: [(line: Int, byteCount: Int)] = []
    for candidate in candidates() {
      let share = Int((Double(candidate.cache.residentByteCount) * (1 - fraction)).rounded(.up))
      let byteCount = candidate.cache.evict(atLeast: share)
      if byteCount > 0 { freed.append((candidate.account.line, byteCount)) }
    }
    let parts = freed
    state.withLock { state in
      for part in parts { state.ledger.uncharge(part.line, part.byteCount) }
    }
    settle()
    return parts.reduce(0) { $0 + $1.byteCount }
  }

  /// What can be evicted, the cheapest to make again first, then the biggest.
  private func candidates() -> [Candidate] {
    let candidates: [Candidate] = state.withLock { state in
      state.caches.compactMap { entry in
        let bytes = state.ledger.lines[entry.account.line].bytes - entry.account.floor
        guard bytes > 0, let cache = entry.cache else { return nil }
        return Candidate(cache: cache, account: entry.account, bytesAboveFloor: bytes)
      }
    }
    return candidates.sorted {
      if $0.account.recreationCost != $1.account.recreationCost {
        return $0.account.recreationCost < $1.account.recreationCost
      }
      return $0.bytesAboveFloor > $1.bytesAboveFloor
    }
  }

  /// Evicts without any lock held. The bytes stay charged until the caller takes them off.
  private func evict(
    _ byteCount: Int, from candidates: [Candidate]
  ) -> [(line: Int, byteCount: Int)] {
    var freed: [(line: Int, byteCount: Int)] = []
    var missing = byteCount
    for candidate in candidates where missing > 0 {
      let part = candidate.cache.evict(atLeast: missing)
      if part > 0 { freed.append((candidate.account.line, part)) }
      missing -= part
    }
    return freed
  }

  /// Lets everyone go who may, and evicts for the first who still lacks room, until nothing moves.
  private func settle() {
    var freed: [(line: Int, byteCount: Int)] = []
    var claimed = 0
    while true {
      let parts = freed
      let claim = claimed
      let (granted, missing): ([Ledger.Waiter], Int) = state.withLock { state in
        for part in parts { state.ledger.uncharge(part.line, part.byteCount) }
        let somebodyRelied = state.ledger.endEviction(of: claim)
        // Nothing came the last time: without news, nothing will come now.
        if claim > 0 && parts.isEmpty && !somebodyRelied { return ([], 0) }
        let (granted, lacking) = state.ledger.grant()
        return (granted, state.ledger.claimEviction(of: lacking))
      }
      for waiter in granted { resume(waiter, with: .granted) }
      guard missing > 0 else { return }
      claimed = missing
      freed = evict(missing, from: candidates())
    }
  }

  /// A cache has put an entry in that was charged before: whoever waits may want it.
  func cacheDidInsert() {
    if state.withLock({ !$0.ledger.waiters.isEmpty }) { settle() }
  }

  // MARK: Looking

  /// The ledger now. All lines are of the same moment.
  public func snapshot() -> LedgerSnapshot {
    state.withLock { state in
      let ledger = state.ledger
      return LedgerSnapshot(
        accounts: state.accounts.map { account in
          let line = ledger.lines[account.line]
          return AccountSnapshot(
            name: account.name, bytes: line.bytes, peak: line.peak, floor: line.floor,
            limit: line.ceiling, hits: account.hits, misses: account.misses,
            evictions: account.evictions, recreationCost: account.recreationCost)
        },
        used: ledger.used, peak: ledger.peak, limit: ledger.limit, waiting: ledger.waiters.count)
    }
  }

  /// Traps when the books do not add up; for tests and debugging.
  public func _checkInvariants() {  // swift-format-ignore: NoLeadingUnderscores
    state.withLock { $0.ledger.checkInvariants() }
  }
}
