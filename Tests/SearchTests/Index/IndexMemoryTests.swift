import MemoryBudget
import Testing

@testable import Search

/// What happens when there is no room or no memory.
@Suite struct IndexMemoryTests {
  private func fill(_ index: SearchIndex, _ plans: inout RandomPlans) throws {
    for id in stride(from: UInt32(0), to: 4000, by: 3) {
      try index.update([(plans.row(id), plans.tags())])
    }
  }

  @Test func refusesWhatTheBudgetHasNoRoomFor() throws {
    let budget = MemoryBudget(byteLimit: 512 << 10)
    var plans = RandomPlans(seed: 1)
    do {
      let index = SearchIndex(budget: budget)
      #expect(throws: SearchIndexError.self) { try fill(index, &plans) }
      #expect(index.byteCount <= budget.byteLimit)
      // What it has, it still answers.
      #expect(try index.evaluate(.everything).count == index.assetCount)
    }
    #expect(budget.snapshot().used == 0, "an index gives everything back")
  }

  /// Fails at one allocation after another, on the way there and in queries.
  @Test func surveysEveryAllocation() throws {
    let budget = MemoryBudget(byteLimit: 64 << 20)
    for allowed in stride(from: 0, to: 600, by: 7) {
      var plans = RandomPlans(seed: 2)
      let index = SearchIndex(budget: budget)
      index.memory.allocationsLeft = allowed
      for id in stride(from: UInt32(0), to: 3000, by: 50) {
        _ = try? index.update([(plans.row(id), plans.tags())])
      }
      index.memory.allocationsLeft = .max
      index.work.allocationsLeft = allowed % 9
      plans.makeLeaves(20, [0, 50])
      let node = plans.node()
      _ = try? index.evaluate(node)
      index.work.allocationsLeft = .max
      let result = try index.evaluate(node)
      var naive = 0
      result.forEach { if index.aspect(of: $0) != nil { naive += 1 } }
      #expect(naive == result.count, "only assets are found")
    }
    #expect(budget.snapshot().used == 0)
    budget._checkInvariants()
  }
}
