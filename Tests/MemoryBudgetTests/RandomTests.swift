import MemoryBudget
import Platform
import TestSupport
import Testing

/// Thousands of interleaved charges, waits, cancels and evictions. The ledger itself traps when it goes
/// over the budget (debug builds), and the invariants are checked along the way.
@Suite(.timeLimit(.minutes(3))) struct `Random interleavings` {
  @Test(arguments: 0..<12)
  func `the sum keeps to the budget, nothing leaks, and nobody waits for ever`(seed: Int) async {
    let limit = 1_000_000
    let budget = MemoryBudget(byteLimit: limit, waitLimit: 24)
    let accounts = [
      budget.account("small"), budget.account("capped", share: 0.3),
      budget.account("guarded", floor: 100_000),
    ]
    let caches = CachePolicy.allCases.enumerated().map { number, policy in
      ByteCache<Int, [UInt8]>(
        account: budget.account(
          "cache \(policy)", floor: number * 20_000, share: 0.6,
          recreationCost: number == 0 ? .diskRead : .decode), budget: budget, policy: policy)
    }
    let granted = Counter()
    let cancelled = Counter()
    let refused = Counter()
    await withTaskGroup { group in
      for worker in 0..<16 {
        group.addTask {
          var random = SeededGenerator(seed: UInt64(seed * 100 + worker))
          for step in 0..<400 {
            let account = accounts[Int.random(in: 0..<3, using: &random)]
            // Mostly small, sometimes nearly everything.
            let big = Int.random(in: 0..<20, using: &random) == 0
            let most = budget.mostEver(for: account)
            let size = Int.random(in: 0...(big ? most : most / 12), using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
              let cache = caches[Int.random(in: 0..<3, using: &random)]
              let key = Int.random(in: 0..<500, using: &random)
              if cache.value(forKey: key) == nil {
                cache.insert([], byteCount: Int.random(in: 0..<40_000, using: &random), forKey: key)
              }
              if step % 50 == 0 { cache.removeValue(forKey: key) }
              if step % 190 == 0 { cache.removeAll() }
            case 5:
              guard var reservation = budget.reserveIfRoom(size, for: account) else { break }
              _ = reservation.growIfRoom(to: size + 1000)
              await Task.yield()
              reservation.shrink(to: size / 2)
            case 6:
              // Cancelled somewhere between before the queue and after the grant.
              let yields = Int.random(in: 0..<20, using: &random)
              let task = Task {
                let reservation = try await budget.reserve(size, for: account)
                granted.add()
                await Task.yield()
                reservation.release()
              }
              for _ in 0..<yields { await Task.yield() }
              task.cancel()
              do { try await task.value } catch is CancellationError {
                cancelled.add()
              } catch { refused.add() }
            case 7 where step % 40 == 7: budget.shrinkCaches(toFraction: 0.5)
            default:
              do {
                var reservation = try await budget.reserve(size, for: account)
                granted.add()
                for _ in 0..<Int.random(in: 0..<5, using: &random) { await Task.yield() }
                let part = reservation.split(size / 3)
                reservation.release()
                await Task.yield()
                part.release()
              } catch { refused.add() }
            }
            let snapshot = budget.snapshot()
            #expect(snapshot.used <= limit)
            #expect(snapshot.accounts.allSatisfy { $0.bytes <= $0.limit })
            if step % 20 == 0 { budget._checkInvariants() }
          }
        }
      }
    }
    for cache in caches { cache._checkInvariants() }
    budget._checkInvariants()
    let snapshot = budget.snapshot()
    #expect(snapshot.waiting == 0)
    #expect(snapshot.used == caches.reduce(0) { $0 + $1.counts.byteCount })
    for cache in caches { cache.removeAll() }
    #expect(budget.snapshot().used == 0)
    #expect(granted.value > 1000)
    #expect(snapshot.peak > limit / 2)
  }

  @Test
  func
    `a stream of small requests from many tasks does not starve a big one, nor the other way round`()
    async throws
  {
    let budget = MemoryBudget(byteLimit: 1000)
    let account = budget.account("work")
    let isOver = Counter()
    let smallCount = Counter()
    let bigCount = Counter()
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          while isOver.value == 0 {
            let reservation = try await budget.reserve(100, for: account)
            smallCount.add()
            await Task.yield()
            reservation.release()
          }
        }
      }
      group.addTask {
        for _ in 0..<200 {
          let reservation = try await budget.reserve(1000, for: account)
          bigCount.add()
          await Task.yield()
          reservation.release()
          await Task.yield()
        }
        isOver.add()
      }
      try await group.waitForAll()
    }
    #expect(bigCount.value == 200)
    #expect(smallCount.value > 200)
    #expect(budget.snapshot().used == 0)
  }
}
