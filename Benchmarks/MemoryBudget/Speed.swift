import MemoryBudget
import Platform

/// What the budget's hot paths cost, in nanoseconds a call: the median of several samples.
enum Speed {
  static func report() async throws {
    let budget = MemoryBudget(byteLimit: 256 << 20)
    let account = budget.account("work")
    try await measure("reserve and release, uncontended", count: 200_000) { count in
      for _ in 0..<count {
        let reservation = try await budget.reserve(1000, for: account)
        reservation.release()
      }
    }
    try await measure("reserveIfRoom and release", count: 200_000) { count in
      for _ in 0..<count {
        let reservation = budget.reserveIfRoom(1000, for: account)
        reservation?.release()
      }
    }
    for policy in CachePolicy.allCases {
      let budget = MemoryBudget(byteLimit: 64 << 20)
      let cache = ByteCache<Int, [UInt8]>(
        account: budget.account("cache", recreationCost: .decode), budget: budget, policy: policy)
      for key in 0..<2000 { cache.insert([], byteCount: 16_000, forKey: key) }
      try await measure("cache hit, \(policy)", count: 200_000) { count in
        for key in 0..<count where cache.value(forKey: key &* 7919 % 2000) == nil {
          fatalError("the cache lost an entry that fits")
        }
      }
      try await measure("cache insert and evict, \(policy)", count: 100_000) { count in
        for key in 0..<count { cache.insert([], byteCount: 40_000, forKey: 10_000 + key) }
      }
    }
  }

  private static func measure(
    _ name: String, count: Int, _ body: (Int) async throws -> Void
  ) async throws {
    try await body(count / 10)
    var samples: [Double] = []
    for _ in 0..<9 {
      let start = monotonicNanoseconds()
      try await body(count)
      samples.append(Double(monotonicNanoseconds() - start) / Double(count))
    }
    samples.sort()
    let spread = "\(Int(samples[0]))–\(Int(samples[8]))"
    print("\(name): \(Int(samples[4])) ns (\(spread))")
  }
}
