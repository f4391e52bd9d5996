import MemoryBudget
import Platform
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Byte caches` {
  typealias Cache = ByteCache<Int, String>
  let overhead = Cache.entryOverheadByteCount

  func makeCache(
    budget: MemoryBudget, _ name: String = "cache", floor: Int = 0, share: Double = 1,
    cost: RecreationCost = .decode, policy: CachePolicy = .lru
  ) -> Cache {
    Cache(
      account: budget.account(name, floor: floor, share: share, recreationCost: cost),
      budget: budget, policy: policy)
  }

  @Test(arguments: CachePolicy.allCases)
  func `what is put in comes out, and every byte is charged`(policy: CachePolicy) {
    let budget = MemoryBudget(byteLimit: 1 << 20)
    let cache = makeCache(budget: budget, policy: policy)
    #expect(cache.value(forKey: 1) == nil)
    #expect(cache.insert("one", byteCount: 1000, forKey: 1))
    #expect(cache.insert("two", byteCount: 500, forKey: 2))
    #expect(cache.value(forKey: 1) == "one")
    #expect(budget.snapshot().used == 1500 + 2 * overhead)
    #expect(cache.insert("uno", byteCount: 100, forKey: 1))
    #expect(cache.value(forKey: 1) == "uno")
    #expect(budget.snapshot().used == 600 + 2 * overhead)
    #expect(cache.removeValue(forKey: 2) == "two")
    #expect(!cache.contains(2))
    cache._checkInvariants()
    cache.removeAll()
    #expect(budget.snapshot().used == 0)
    let counts = cache.counts
    #expect(counts.hits == 2 && counts.misses == 1 && counts.evictions == 0)
  }

  @Test(arguments: CachePolicy.allCases)
  func `it never holds more than its share`(policy: CachePolicy) {
    let budget = MemoryBudget(byteLimit: 100_000)
    let cache = makeCache(budget: budget, share: 0.5, policy: policy)
    for key in 0..<1000 {
      #expect(cache.insert("v", byteCount: 1 + key * 37 % 3000, forKey: key))
      #expect(budget.snapshot().used <= 50_000)
      cache._checkInvariants()
    }
    #expect(budget.snapshot()["cache"]?.peak ?? 0 > 40_000)
    #expect(cache.counts.evictions > 500)
    budget._checkInvariants()
  }

  @Test func `an entry over a part of the limit is refused and its old value dropped`() {
    let budget = MemoryBudget(byteLimit: 100_000)
    let cache = makeCache(budget: budget)
    #expect(cache.maxEntryByteCount == 12_500)
    #expect(cache.insert("old", byteCount: 10, forKey: 1))
    #expect(!cache.insert("new", byteCount: 12_501, forKey: 1))
    #expect(!cache.insert("huge", byteCount: .max, forKey: 2))
    #expect(cache.value(forKey: 1) == nil)
    #expect(cache.counts.refusals == 2)
    #expect(budget.snapshot().used == 0)
  }

  @Test func `a reservation evicts what is cheapest to make again first, and keeps the floors`()
    async throws
  {
    let budget = MemoryBudget(byteLimit: 100_000)
    let cheap = makeCache(budget: budget, "cheap", floor: 5000, share: 0.4, cost: .diskRead)
    let dear = makeCache(budget: budget, "dear", floor: 20_000, share: 0.5, cost: .inference)
    for key in 0..<40 { cheap.insert("c", byteCount: 1000 - overhead, forKey: key) }
    for key in 0..<50 { dear.insert("d", byteCount: 1000 - overhead, forKey: key) }
    #expect(budget.snapshot().used == 90_000)
    let work = budget.account("work")
    let first = try await budget.reserve(30_000, for: work)
    #expect(cheap.counts.byteCount == 20_000 && dear.counts.byteCount == 50_000)
    let second = try await budget.reserve(40_000, for: work)
    #expect(cheap.counts.byteCount == 5000 && dear.counts.byteCount == 25_000)
    let third = try await budget.reserve(5000, for: work)
    #expect(dear.counts.byteCount == 20_000)
    #expect(!budget.hasRoom(1, for: work))
    #expect(dear.counts.evictions == 30)
    #expect(budget.snapshot().used == 100_000)
    first.release()
    second.release()
    third.release()
    budget._checkInvariants()
  }

  @Test func `a full budget makes a cache replace its own, or a cheaper one's`() throws {
    let budget = MemoryBudget(byteLimit: 100_000)
    let cheap = makeCache(budget: budget, "cheap", cost: .diskRead)
    let dear = makeCache(budget: budget, "dear", cost: .decode)
    for key in 0..<200 { cheap.insert("c", byteCount: 1000 - overhead, forKey: key) }
    #expect(cheap.counts.byteCount == 100_000)
    for key in 0..<50 { #expect(dear.insert("d", byteCount: 1000 - overhead, forKey: key)) }
    #expect(cheap.counts.byteCount == 50_000 && dear.counts.byteCount == 50_000)
    #expect(cheap.insert("c", byteCount: 1000 - overhead, forKey: 999))
    #expect(dear.counts.byteCount == 50_000)
    cheap.removeAll()
    let hold = try require(budget.reserveIfRoom(50_000, for: budget.account("work")))
    #expect(!cheap.insert("c", byteCount: 1, forKey: 1))
    #expect(cheap.counts.refusals == 1)
    hold.release()
  }

  @Test
  func `a request that the floors leave just room for is never held up by an entry across a floor`()
    async throws
  {
    let budget = MemoryBudget(byteLimit: 100_000)
    let cache = makeCache(budget: budget, floor: 10_000)
    for key in 0..<20 { cache.insert("v", byteCount: 3500 - overhead, forKey: key) }
    let reservation = try await budget.reserve(90_000, for: budget.account("work"))
    #expect(cache.counts.byteCount == 7000)
    #expect(cache.insert("v", byteCount: 3000 - overhead, forKey: 100))
    #expect(budget.snapshot().used == 100_000)
    reservation.release()
  }

  @Test func `equals share evenly`() {
    let budget = MemoryBudget(byteLimit: 100_000)
    let first = makeCache(budget: budget, "first")
    let second = makeCache(budget: budget, "second")
    for key in 0..<200 { first.insert("1", byteCount: 1000 - overhead, forKey: key) }
    for key in 0..<200 { second.insert("2", byteCount: 1000 - overhead, forKey: key) }
    #expect(abs(first.counts.byteCount - second.counts.byteCount) <= 2000)
  }

  @Test func `shrinking on pressure keeps the floors`() {
    let budget = MemoryBudget(byteLimit: 100_000)
    let small = makeCache(budget: budget, "small", floor: 9000, share: 0.1)
    let big = makeCache(budget: budget, "big", share: 0.8)
    for key in 0..<10 { small.insert("s", byteCount: 1000 - overhead, forKey: key) }
    for key in 0..<80 { big.insert("b", byteCount: 1000 - overhead, forKey: key) }
    #expect(budget.shrinkCaches(toFraction: 0.25) == 61_000)
    #expect(small.counts.byteCount == 9000 && big.counts.byteCount == 20_000)
    #expect(budget.snapshot().used == 29_000)
    budget.shrinkCaches(toFraction: 0)
    #expect(budget.snapshot().used == 9000)
  }

  @Test func `a cache that is let go gives everything back`() {
    let budget = MemoryBudget(byteLimit: 100_000)
    do {
      let cache = makeCache(budget: budget)
      for key in 0..<10 { cache.insert("v", byteCount: 100, forKey: key) }
      #expect(budget.snapshot().used > 0)
    }
    #expect(budget.snapshot().used == 0)
  }

  @Test func `values are destroyed outside the lock`() {
    /// Asks the cache something while it is destroyed: with the lock held this would never end.
    final class Curious: Sendable {
      let ask: @Sendable () -> Void
      init(ask: @escaping @Sendable () -> Void) { self.ask = ask }
      deinit { ask() }
    }
    final class Holder: Sendable {
      let cache = Locked<ByteCache<Int, Curious>?>(nil)
    }
    let budget = MemoryBudget(byteLimit: 20_000)
    let cache = ByteCache<Int, Curious>(
      account: budget.account("cache", recreationCost: .decode), budget: budget)
    let asked = Atomic<Int>(0)
    let holder = Holder()
    holder.cache.withLock { $0 = cache }
    func curious() -> Curious {
      Curious { [holder] in
        let cache = holder.cache.withLock { $0 }
        _ = cache?.contains(1)
        asked.wrappingAdd(1, ordering: .relaxed)
      }
    }
    for key in 0..<100 { cache.insert(curious(), byteCount: 1000, forKey: key) }
    cache.insert(curious(), byteCount: 1, forKey: 99)
    cache.removeValue(forKey: 99)
    budget.shrinkCaches(toFraction: 0.5)
    cache.removeAll()
    #expect(asked.load(ordering: .relaxed) == 101)
    holder.cache.withLock { $0 = nil }
    #expect(budget.snapshot().used == 0)
  }
}
