import MemoryBudget
import Platform
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The waiting queue` {
  let budget = MemoryBudget(byteLimit: 1000, waitLimit: 64)

  /// Starts a reservation in a task and returns when it is in the queue.
  func startWaiting(
    _ byteCount: Int, for account: Account, then body: @escaping @Sendable () -> Void = {}
  ) async -> Task<Void, any Error> {
    let before = budget.snapshot().waiting
    let task = Task { [budget] in
      let reservation = try await budget.reserve(byteCount, for: account)
      body()
      reservation.release()
    }
    while budget.snapshot().waiting == before { await Task.yield() }
    return task
  }

  @Test func `requests are served in the order they came`() async throws {
    let account = budget.account("work")
    let order = Locked<[Int]>([])
    let all = try await budget.reserve(1000, for: account)
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<10 {
      tasks.append(
        await startWaiting(1000, for: account) { order.withLock { $0.append(number) } })
    }
    all.release()
    for task in tasks { try await task.value }
    #expect(order.withLock { $0 } == Array(0..<10))
    #expect(budget.snapshot().used == 0)
  }

  @Test
  func `a big request lets a bounded number of small ones past, then everything is kept for it`()
    async throws
  {
    let account = budget.account("work")
    let half = try await budget.reserve(500, for: account)
    let big = await startWaiting(1000, for: account)
    var small = 0
    while budget.hasRoom(10, for: account) { small += 1 }
    #expect(small == MemoryBudget.bypassLimit)
    // Whoever comes now waits behind it, although there is room.
    let late = await startWaiting(10, for: account)
    #expect(budget.snapshot().waiting == 2)
    half.release()
    try await big.value
    try await late.value
    budget._checkInvariants()
  }

  @Test func `bytes that come free are gathered for the oldest`() async throws {
    let account = budget.account("work")
    var holders: [Task<Void, any Error>] = []
    let gates = (0..<10).map { _ in Gate() }
    for gate in gates {
      let reservation = try await budget.reserve(100, for: account)
      holders.append(
        Task { [reservation = Boxed(reservation)] in
          await gate.wait()
          reservation.release()
        })
    }
    let big = await startWaiting(900, for: account)
    var behind: [Task<Void, any Error>] = []
    for _ in 0..<20 { behind.append(await startWaiting(100, for: account)) }
    for gate in gates { gate.open() }
    for holder in holders { try await holder.value }
    try await big.value
    for task in behind { try await task.value }
    #expect(budget.snapshot().used == 0)
  }

  @Test func `who waits for its own ceiling holds up nobody else`() async throws {
    let capped = budget.account("capped", share: 0.2)
    let other = budget.account("other")
    let held = try await budget.reserve(200, for: capped)
    let waiting = await startWaiting(100, for: capped)
    for _ in 0..<100 {
      let reservation = try await budget.reserve(800, for: other)
      reservation.release()
    }
    #expect(budget.snapshot().waiting == 1)
    held.release()
    try await waiting.value
  }

  @Test func `a full queue refuses`() async throws {
    let account = budget.account("work")
    let all = try await budget.reserve(1000, for: account)
    var tasks: [Task<Void, any Error>] = []
    for _ in 0..<64 { tasks.append(await startWaiting(1, for: account)) }
    await #expect(throws: BudgetError.queueFull(limit: 64)) {
      _ = try await budget.reserve(1, for: account)
    }
    all.release()
    for task in tasks { try await task.value }
  }

  @Test func `a wait ends when its task is cancelled, and those behind it go on`() async throws {
    let account = budget.account("work")
    let part = try await budget.reserve(500, for: account)
    let big = await startWaiting(1000, for: account)
    for _ in 0..<MemoryBudget.bypassLimit { _ = budget.hasRoom(1, for: account) }
    let small = await startWaiting(100, for: account)
    big.cancel()
    await #expect(throws: CancellationError.self) { try await big.value }
    try await small.value
    part.release()
    #expect(budget.snapshot().waiting == 0)
    #expect(budget.snapshot().used == 0)
  }

  @Test func `a cancelled task reserves nothing`() async {
    let account = budget.account("work")
    let task = Task { [budget] in
      while !Task.isCancelled { await Task.yield() }
      let reservation = try await budget.reserve(1, for: account)
      reservation.release()
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(budget.snapshot().peak == 0)
  }

  @Test func `a floor opened later refuses those it made impossible`() async throws {
    let account = budget.account("work")
    let held = try await budget.reserve(100, for: account)
    let big = await startWaiting(1000, for: account)
    _ = budget.account("late", floor: 10)
    await #expect(throws: BudgetError.neverFits(needed: 1000, limit: 990)) { try await big.value }
    held.release()
  }
}
