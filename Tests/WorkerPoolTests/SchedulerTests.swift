import Platform
import TestSupport
import Testing

@testable import WorkerPool

@Suite(.timeLimit(.minutes(5))) struct SchedulerTests {
  /// Lets tasks run until `condition` holds.
  private func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test func `higher priorities go first, equal ones in order`() async throws {
    let scheduler = SlotScheduler(slotCount: 1, queueLimit: 10, probeDepth: 4)
    let slot = try await scheduler.acquire(.visible, kind: .lean)
    let order = Locked<[String]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      let jobs: [(SlotScheduler.Lane, String)] = [
        (.background, "b1"), (.prefetch, "p1"), (.visible, "v1"), (.background, "b2"),
        (.visible, "v2"), (.prefetch, "p2"),
      ]
      for (index, (lane, name)) in jobs.enumerated() {
        group.addTask {
          let slot = try await scheduler.acquire(lane, kind: .lean)
          order.withLock { $0.append(name) }
          scheduler.release(slot)
        }
        await until { scheduler.waitingCount == index + 1 }
      }
      scheduler.release(slot)
      try await group.waitForAll()
    }
    #expect(order.withLock { $0 } == ["v1", "v2", "p1", "p2", "b1", "b2"])
  }

  @Test func `probes share a slot up to a depth, and make way for who looks`() async throws {
    let scheduler = SlotScheduler(slotCount: 2, queueLimit: 10, probeDepth: 2)
    var slots: [Int] = []
    for _ in 0..<4 { slots.append(try await scheduler.acquire(.probe, kind: .lean)) }
    #expect(slots.sorted() == [0, 0, 1, 1])
    let looking = Task { try await scheduler.acquire(.visible, kind: .lean) }
    await until { scheduler.waitingCount == 1 }
    let scanning = Task { try await scheduler.acquire(.probe, kind: .lean) }
    await until { scheduler.waitingCount == 2 }
    // A place for a probe is free now, but somebody who looks waits for the slot.
    scheduler.release(0)
    #expect(scheduler.waitingCount == 2)
    scheduler.release(0)
    #expect(try await looking.value == 0)
    scheduler.release(1)
    #expect(try await scanning.value == 1)
  }

  @Test func `a slot without memory for a worker rests while another has one`() async throws {
    let scheduler = SlotScheduler(
      slotCount: 2, queueLimit: 10, probeDepth: 2, restNanoseconds: 600_000_000_000)
    let first = try await scheduler.acquire(.visible, kind: .lean)
    let second = try await scheduler.acquire(.visible, kind: .lean)
    // With no worker anywhere there is nowhere else to go.
    #expect(!scheduler.withhold(second, kind: .lean))
    scheduler.setWorker(first, .lean)
    #expect(scheduler.withhold(second, kind: .lean))
    scheduler.release(second)
    let waiting = Task { try await scheduler.acquire(.visible, kind: .lean) }
    await until { scheduler.waitingCount == 1 }
    scheduler.release(first)
    #expect(try await waiting.value == first)
    // Its worker gone, the slot that rested is as good as any.
    let next = Task { try await scheduler.acquire(.visible, kind: .lean) }
    await until { scheduler.waitingCount == 1 }
    scheduler.setWorker(first, nil)
    #expect(try await next.value == second)
  }

  @Test func `a full queue refuses, and none refuses all that cannot start`() async throws {
    let scheduler = SlotScheduler(slotCount: 1, queueLimit: 1, probeDepth: 1)
    let slot = try await scheduler.acquire(.visible, kind: .lean)
    let waiting = Task { try await scheduler.acquire(.background, kind: .lean) }
    await until { scheduler.waitingCount == 1 }
    await #expect(throws: WorkerPoolError.queueFull(limit: 1)) {
      try await scheduler.acquire(.visible, kind: .lean)
    }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(scheduler.waitingCount == 0)
    scheduler.release(slot)
    #expect(try await scheduler.acquire(.background, kind: .lean) == 0)
  }

  @Test func `shutting down refuses who waits and who comes`() async throws {
    let scheduler = SlotScheduler(slotCount: 1, queueLimit: 5, probeDepth: 1)
    _ = try await scheduler.acquire(.visible, kind: .lean)
    let waiting = Task { try await scheduler.acquire(.background, kind: .lean) }
    await until { scheduler.waitingCount == 1 }
    scheduler.shutDown()
    await #expect(throws: WorkerPoolError.shutDown) { try await waiting.value }
    await #expect(throws: WorkerPoolError.shutDown) {
      try await scheduler.acquire(.visible, kind: .lean)
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `under random load no slot is lost or shared wrongly`(seed: UInt64) async throws {
    let scheduler = SlotScheduler(slotCount: 3, queueLimit: 500, probeDepth: 4)
    let holders = Locked<[[SlotScheduler.Lane]]>([[], [], []])
    var generator = SeededGenerator(seed: seed)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        let lane = SlotScheduler.Lane.allCases[Int.random(in: 0..<4, using: &generator)]
        let yields = Int.random(in: 0..<5, using: &generator)
        let isCancelled = Int.random(in: 0..<4, using: &generator) == 0
        group.addTask {
          let job = Task {
            let slot = try await scheduler.acquire(lane, kind: .lean)
            holders.withLock { $0[slot].append(lane) }
            let here = holders.withLock { $0[slot] }
            #expect(here.count == 1 || (here.allSatisfy { $0 == .probe } && here.count <= 4))
            for _ in 0..<yields { await Task.yield() }
            holders.withLock { holders in
              if let index = holders[slot].firstIndex(of: lane) { holders[slot].remove(at: index) }
            }
            scheduler.release(slot)
          }
          if isCancelled { job.cancel() }
          _ = try? await job.value
        }
      }
    }
    #expect(scheduler.waitingCount == 0)
    for _ in 0..<3 { _ = try await scheduler.acquire(.visible, kind: .lean) }
  }
}
