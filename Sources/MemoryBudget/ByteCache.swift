import Platform

/// What the budget asks of a cache it may evict from.
protocol EvictableCache: AnyObject, Sendable {
  /// Evicts until `byteCount` bytes came free or the account's floor is reached, destroys the values,
  /// and answers what came free. The caller takes it off the account.
  func evict(atLeast byteCount: Int) -> Int
  /// The charged bytes of all entries.
  var residentByteCount: Int { get }
}

/// A cache bounded in bytes, whose bytes belong to the budget.
///
/// It grows into free memory up to its account's ceiling, and gives back down to the account's floor
/// when a reservation or a dearer cache needs room. One lock guards it; values and keys are destroyed
/// after it is let go. Thread-safe. One cache to an account.
///
/// - Complexity: all operations O(1) amortised, `removeAll` O(count).
public final class ByteCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// An entry over this part of the cache's limit is refused, so that one cannot empty the cache.
  public static var defaultEntryFraction: Double { 0.125 }

  private struct Entry {
    let key: Key
    let value: Value
    /// With the bookkeeping.
    let cost: Int
  }

  private struct State {
    var slots: [Key: Int] = [:]
    var entries: [Entry?] = []
    var freeSlots: [Int] = []
    var byteCount = 0
    var insertions = 0
    var refusals = 0
    let policy: any EvictionPolicy

    /// Takes an entry out of everything but the policy.
    mutating func take(_ slot: Int) -> Entry? {
      guard let entry = entries[slot].take() else { return nil }
      slots[entry.key] = nil
      freeSlots.append(slot)
      byteCount -= entry.cost
      return entry
    }

    mutating func remove(_ key: Key) -> Entry? {
      guard let slot = slots[key] else { return nil }
      policy.remove(slot: slot)
      return take(slot)
    }

    mutating func put(_ entry: Entry) {
      let slot = freeSlots.popLast() ?? entries.count
      if slot == entries.count { entries.append(nil) }
      slots[entry.key] = slot
      byteCount += entry.cost
      policy.insert(slot: slot, keyHash: entry.key.hashValue, byteCount: entry.cost)
      entries[slot] = entry
    }

    /// Evicts until `wanted` bytes came free or no more than `floor` is left.
    ///
    /// The entry that straddles the floor goes too: what it leaves below the floor stays set aside for
    /// this account, and kept, it would hold up a request that all floors leave room for.
    mutating func evict(atLeast wanted: Int, keeping floor: Int) -> [Entry] {
      var victims: [Entry] = []
      var freed = 0
      while freed < wanted, byteCount > floor, let slot = policy.evict() {
        guard let entry = take(slot) else { continue }
        freed += entry.cost
        victims.append(entry)
      }
      return victims
    }
  }

  /// How the cache did so far.
  public struct Counts: Sendable, Equatable {
    /// Look-ups that found something, and that did not.
    public let hits: Int, misses: Int
    /// Entries put in, thrown out to make room, and not taken (too big, or no room).
    public let insertions: Int, evictions: Int, refusals: Int
    /// Entries now.
    public let entryCount: Int
    /// Charged bytes of all entries now.
    public let byteCount: Int
  }

  /// The account that is charged.
  public let account: Account
  /// The biggest entry it takes, in bytes.
  public let maxEntryByteCount: Int
  private let budget: MemoryBudget
  private let state: Locked<State>

  /// An empty cache.
  ///
  /// - Parameters:
  ///   - account: charged for every entry; its recreation cost must not be `.notEvictable`.
  ///   - budget: the account's budget.
  ///   - policy: who goes first.
  ///   - entryFraction: entries over this part of the account's ceiling are refused.
  public init(
    account: Account, budget: MemoryBudget, policy: CachePolicy = .standard,
    entryFraction: Double = ByteCache.defaultEntryFraction
  ) {
    precondition(
      account.recreationCost != .notEvictable,
      "\(account.name) holds a cache, so its recreation cost must be given")
    self.account = account
    self.budget = budget
    maxEntryByteCount = Int(Double(account.byteLimit) * entryFraction)
    state = Locked(State(policy: policy.make()))
    budget.register(self, account: account)
  }

  deinit { budget.giveBack(state.withLock { $0.byteCount }, line: account.line) }

  /// What an entry is charged beyond its value's bytes: key, slot, hash table and policy, measured
  /// with room to spare.
  public static var entryOverheadByteCount: Int {
    96 + 2 * MemoryLayout<Key>.stride + MemoryLayout<Value>.stride
  }

  /// Looks up a value and counts a hit or a miss.
  public func value(forKey key: Key) -> Value? {
    let value: Value? = state.withLock { state in
      guard let slot = state.slots[key] else { return nil }
      state.policy.touch(slot: slot)
      return state.entries[slot]?.value
    }
    if value == nil { account.record(misses: 1) } else { account.record(hits: 1) }
    return value
  }

  /// True when the key is there; counts nothing and changes no order.
  public func contains(_ key: Key) -> Bool { state.withLock { $0.slots[key] != nil } }

  /// Puts a value in, in place of what was there, evicting to make room.
  ///
  /// - Parameters:
  ///   - value: what to keep.
  ///   - byteCount: what it weighs, without the cache's own bookkeeping.
  ///   - key: where to keep it.
  /// - Returns: false when it was not taken: bigger than `maxEntryByteCount`, or all memory is in use
  ///   by what is dearer. An older value of the key is gone in any case.
  @discardableResult
  public func insert(_ value: Value, byteCount: Int, forKey key: Key) -> Bool {
    precondition(byteCount >= 0, "no value weighs less than nothing")
    let (cost, overflow) = byteCount.addingReportingOverflow(Self.entryOverheadByteCount)
    guard !overflow, cost <= maxEntryByteCount else {
      state.withLock { $0.refusals += 1 }
      removeValue(forKey: key)
      return false
    }
    let isCharged = budget.takeForCache(cost, for: account)
    // What leaves the cache, and by how much more it was charged than is now in use.
    let (gone, surplus, isIn, evicted): ([Entry], Int, Bool, Int) = state.withLock { state in
      var gone: [Entry] = []
      if let old = state.remove(key) { gone.append(old) }
      var freed = gone.reduce(isCharged ? cost : 0) { $0 + $1.cost }
      let victims = state.evict(atLeast: cost - freed, keeping: 0)
      freed = victims.reduce(freed) { $0 + $1.cost }
      gone += victims
      guard freed >= cost else {
        state.refusals += 1
        return (gone, freed, false, victims.count)
      }
      state.put(Entry(key: key, value: value, cost: cost))
      state.insertions += 1
      return (gone, freed - cost, true, victims.count)
    }
    if evicted > 0 { account.record(evictions: evicted) }
    withExtendedLifetime(gone) {}
    if surplus > 0 { budget.giveBack(surplus, line: account.line) } else { budget.cacheDidInsert() }
    return isIn
  }

  /// Removes a value.
  ///
  /// - Returns: what was there.
  @discardableResult
  public func removeValue(forKey key: Key) -> Value? {
    guard let entry = state.withLock({ $0.remove(key) }) else { return nil }
    budget.giveBack(entry.cost, line: account.line)
    return entry.value
  }

  /// Removes everything; counts no evictions.
  public func removeAll() {
    let gone: [Entry] = state.withLock { state in
      var gone: [Entry] = []
      while let slot = state.policy.evict() {
        if let entry = state.take(slot) { gone.append(entry) }
      }
      return gone
    }
    let byteCount = gone.reduce(0) { $0 + $1.cost }
    withExtendedLifetime(gone) {}
    budget.giveBack(byteCount, line: account.line)
  }

  /// How the cache did so far.
  public var counts: Counts {
    let (insertions, refusals, entryCount, byteCount) = state.withLock {
      ($0.insertions, $0.refusals, $0.slots.count, $0.byteCount)
    }
    return Counts(
      hits: account.hits, misses: account.misses, insertions: insertions,
      evictions: account.evictions, refusals: refusals, entryCount: entryCount,
      byteCount: byteCount)
  }

  /// Traps when the cache's parts disagree; for tests and debugging.
  public func _checkInvariants() {  // swift-format-ignore: NoLeadingUnderscores
    state.withLock { state in
      let entries = state.entries.compactMap { $0 }
      precondition(entries.count == state.slots.count, "slots and entries disagree")
      precondition(entries.count == state.policy.count, "the policy knows other entries")
      precondition(entries.reduce(0) { $0 + $1.cost } == state.byteCount, "the bytes are off")
      precondition(
        state.slots.allSatisfy { state.entries[$0.value]?.key == $0.key }, "a key is misplaced")
      precondition(
        state.freeSlots.count + entries.count == state.entries.count, "a slot is lost")
    }
  }
}

extension ByteCache: EvictableCache {
  var residentByteCount: Int { state.withLock { $0.byteCount } }

  func evict(atLeast byteCount: Int) -> Int {
    let victims = state.withLock { $0.evict(atLeast: byteCount, keeping: account.floor) }
    guard !victims.isEmpty else { return 0 }
    account.record(evictions: victims.count)
    let freed = victims.reduce(0) { $0 + $1.cost }
    withExtendedLifetime(victims) {}
    return freed
  }
}
