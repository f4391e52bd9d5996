import MemoryBudget
import Testing

@Suite struct `Reservations` {
  let budget = MemoryBudget(byteLimit: 1000)

  @Test func `a reservation is charged while it lives and given back once`() async throws {
    let account = budget.account("work")
    do {
      let reservation = try await budget.reserve(600, for: account)
      let byteCount = reservation.byteCount
      #expect(byteCount == 600)
      #expect(budget.snapshot().used == 600)
    }
    #expect(budget.snapshot().used == 0)
    let second = try await budget.reserve(10, for: account)
    second.release()
    #expect(budget.snapshot().used == 0)
    #expect(budget.snapshot()["work"]?.peak == 600)
    budget._checkInvariants()
  }

  @Test func `the same name is the same account`() {
    #expect(budget.account("a", share: 0.5) === budget.account("a"))
    #expect(budget.account("a").byteLimit == 500)
  }

  @Test func `shrinking, growing and splitting keep the books`() throws {
    let account = budget.account("work", share: 0.5)
    var reservation = try require(budget.reserveIfRoom(200, for: account))
    reservation.shrink(to: 50)
    #expect(budget.snapshot().used == 50)
    let grew = reservation.growIfRoom(to: 500)
    let grewOver = reservation.growIfRoom(to: 501)
    #expect(grew && !grewOver)
    let byteCount = reservation.byteCount
    #expect(byteCount == 500)
    let part = reservation.split(120)
    #expect(budget.snapshot().used == 500)
    reservation.release()
    #expect(budget.snapshot().used == 120)
    part.release()
    #expect(budget.snapshot().used == 0)
  }

  @Test func `what can never fit is refused with the numbers, at once`() async {
    let account = budget.account("work", share: 0.5)
    _ = budget.account("other", floor: 300)
    let whole = budget.account("whole")
    await #expect(throws: BudgetError.neverFits(needed: 501, limit: 500)) {
      _ = try await budget.reserve(501, for: account)
    }
    await #expect(throws: BudgetError.neverFits(needed: 701, limit: 700)) {
      _ = try await budget.reserve(701, for: whole)
    }
    #expect(
      "\(BudgetError.neverFits(needed: 501, limit: 500))"
        == "this needs 501 bytes of memory, and at most 500 can ever be given to it; "
        + "raise --memory or ask for less at a time")
    #expect(budget.mostEver(for: whole) == 700)
  }

  @Test func `a floor is set aside whether it is used or not`() throws {
    let guarded = budget.account("guarded", floor: 300)
    let other = budget.account("other")
    let all = try require(budget.reserveIfRoom(700, for: other))
    #expect(!budget.hasRoom(1, for: other))
    let own = try require(budget.reserveIfRoom(300, for: guarded))
    #expect(!budget.hasRoom(1, for: guarded))
    #expect(budget.snapshot().used == 1000)
    all.release()
    own.release()
  }

  @Test func `measured bytes are written down`() throws {
    let account = budget.account("workers.base")
    var base = try require(budget.reserveIfRoom(0, for: account))
    base.setMeasured(byteCount: 400)
    #expect(budget.snapshot().used == 400)
    base.setMeasured(byteCount: 100)
    #expect(budget.snapshot().used == 100)
  }

  #if DEBUG
  @Test func `going over the budget traps`() async {
    await #expect(processExitsWith: .failure) {
      let budget = MemoryBudget(byteLimit: 1000)
      var base = budget.reserveIfRoom(0, for: budget.account("workers.base"))
      base?.setMeasured(byteCount: 1001)
    }
  }
  #endif
}
