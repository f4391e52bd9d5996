import Dispatch
import Platform
import Testing

@Suite(.timeLimit(.minutes(5))) struct BlockingPoolTests {
  @Test func `results and errors come back`() async throws {
    struct Oops: Error {}
    let pool = BlockingPool(name: "test", threadCount: 2)
    #expect(try await pool.run { 42 } == 42)
    await #expect(throws: Oops.self) { try await pool.run { throw Oops() } }
  }

  @Test func `a full queue refuses and a cancelled job never runs`() async throws {
    let pool = BlockingPool(name: "test", threadCount: 1, queueLimit: 1)
    let started = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let ran = Locked<[String]>([])
    let blocker = Task {
      try await pool.run {
        started.signal()
        gate.wait()
      }
    }
    await withCheckedContinuation { continuation in
      startDetachedThread(named: "wait") {
        started.wait()
        continuation.resume()
      }
    }
    // The one thread is busy. One job may wait; which of the two it is does not matter.
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for name in ["a", "b"] {
        group.addTask {
          do {
            try await pool.run { ran.withLock { $0.append(name) } }
            return true
          } catch is BlockingPool.Full { return false } catch { return true }
        }
      }
      // The refusal is the first to come; only then is the other one cancelled.
      let first = await group.next()
      group.cancelAll()
      var all = [first ?? true]
      for await outcome in group { all.append(outcome) }
      return all
    }
    gate.signal()
    try await blocker.value
    #expect(outcomes.first == false)
    #expect(ran.withLock { $0 }.isEmpty)
  }
}
