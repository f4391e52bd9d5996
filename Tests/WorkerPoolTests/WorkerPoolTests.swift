import Glibc
import Media
import MemoryBudget
import Pixels
import Platform
import TestSupport
import Testing

@testable import WorkerPool

@Suite(.timeLimit(.minutes(2))) struct WorkerPoolTests {
  @Test func `jobs of every kind come back from workers`() async throws {
    let fixture = try PoolFixture()
    let files = try (0..<64).map { try fixture.file("ok \($0)") }
    let probes = try await fixture.pool.probe(files)
    #expect(try probes.map { try $0.get().probe.cameraModel } == (0..<64).map { "ok \($0)" })
    #expect(try await fixture.pool.probe([]).isEmpty)

    let result = try await fixture.render("ok", sizes: [16, 32])
    #expect(result.images.map(\.width) == [16, 32])
    #expect(
      result.images.map(\.jpeg) == [[0xff, 0xd8, 16, 0xff, 0xd9], [0xff, 0xd8, 32, 0xff, 0xd9]])
    #expect(result.placeholder == [1, 2, 3])

    let shared = try await fixture.render("share", sizes: [16, 32])
    #expect(shared.images == result.images)

    let metadata = try await fixture.pool.metadata(
      try fixture.file("a title"), sidecar: try fixture.file("a caption"), format: .jpeg,
      priority: .background)
    #expect(metadata.title == "a title")
    #expect(metadata.caption == "a caption")

    let workers = fixture.pool.snapshot()
    #expect(!workers.isEmpty && workers.count <= 2)
    #expect(workers.allSatisfy { ($0.pss ?? 0) > 0 })
    #expect(fixture.budget.snapshot()["workers.jobs"]?.bytes == 0)
    #expect((fixture.budget.snapshot()["workers.base"]?.bytes ?? 0) > 0)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
    #expect(fixture.pool.snapshot().isEmpty)
    await #expect(throws: WorkerPoolError.shutDown) { try await fixture.render("ok") }
  }

  @Test(arguments: [
    ("fail", MediaFailure.Kind.corrupt), ("crash", .quarantined), ("exit 3", .quarantined),
    ("exit 0", .quarantined), ("hang", .timedOut), ("spin", .timedOut),
  ])
  func `a job that goes wrong loses just itself`(what: String, kind: MediaFailure.Kind)
    async throws
  {
    let fixture = try PoolFixture { $0.jobTimeLimit = .milliseconds(300) }
    async let neighbour = fixture.render("sleep 100")
    #expect(try await fixture.failure(what) == kind)
    #expect(try await neighbour.images.count == 1)
    #expect(try await fixture.render("ok").images.count == 1)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(arguments: [
    "garbage", "long", "hello", "notice", "descriptors", "id", "kind", "count", "wide", "outside",
    "outside-of-the-answer", "not-a-jpeg", "placeholder", "probe", "flood",
  ])
  func `a worker that lies is replaced`(lie: String) async throws {
    let fixture = try PoolFixture(workerCount: 1)
    #expect(try await fixture.failure("lie \(lie)") == .quarantined)
    #expect(try await fixture.render("ok").images.count == 1)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `lies in shared memory are refused too`() async throws {
    let fixture = try PoolFixture(workerCount: 1)
    await #expect(throws: MediaFailure.self) {
      try await fixture.pool.metadata(
        try fixture.file("lie metadata"), sidecar: nil, format: .png, priority: .visible)
    }
    await fixture.pool.shutDown()
  }

  @Test func `a worker that is killed from outside is replaced and its job done again`()
    async throws
  {
    let fixture = try PoolFixture(workerCount: 1)
    _ = try await fixture.render("ok")
    let victim = try #require(fixture.pool.snapshot().first?.processIdentifier)
    // It hangs until it is killed; what does it again finds other words in the file.
    let file = try fixture.file("hang")
    async let job = fixture.pool.render(
      file, probe: PoolFixture.probe,
      request: RenderRequest(maxPixelSizes: [16], reservedByteCount: 1 << 20), priority: .visible)
    while fixture.pool.snapshot().first?.state != .busy { await Task.yield() }
    try FileDescriptor.open(file.path, flags: O_WRONLY).write(Array("ok  ".utf8))
    kill(victim, SIGKILL)
    #expect(try await job.images.count == 1)
    #expect(fixture.pool.snapshot().allSatisfy { $0.processIdentifier != victim })
    await fixture.pool.shutDown()
  }

  @Test(arguments: ["crash", "hang"])
  func `one bad file of a batch is found, the others are probed`(what: String) async throws {
    let fixture = try PoolFixture(workerCount: 1) { $0.jobTimeLimit = .milliseconds(400) }
    let files = try (0..<20).map { try fixture.file($0 == 7 ? what : "ok \($0)") }
    let others = try (0..<10).map { try fixture.file("ok \($0)") }
    async let neighbours = fixture.pool.probe(others)
    let results = try await fixture.pool.probe(files)
    for (index, result) in results.enumerated() {
      switch result {
      case .success: #expect(index != 7)
      case .failure(let failure):
        #expect(index == 7)
        #expect(failure.kind == (what == "crash" ? .quarantined : .timedOut))
      }
    }
    #expect(try await neighbours.allSatisfy { (try? $0.get()) != nil })
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(arguments: ["exit", "hang", "version", "garbage"])
  func `a worker that does not start says so`(start: String) async throws {
    let fixture = try PoolFixture {
      $0.environment = ["FIXTURE_START=\(start)"]
      $0.startTimeLimit = .milliseconds(300)
    }
    await #expect(throws: WorkerPoolError.self) { try await fixture.render("ok") }
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `an executable that is not there is named`() async throws {
    let fixture = try PoolFixture { $0.executables = [.full: "/nonexistent/worker"] }
    do {
      _ = try await fixture.render("ok")
      Issue.record("it started")
    } catch let error as WorkerPoolError {
      #expect(error.description.contains("/nonexistent/worker"))
      #expect(error.description.contains("No such file"))
    }
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `what the kernel lacks is told once`() async throws {
    let fixture = try PoolFixture { $0.environment = ["FIXTURE_START=notice"] }
    async let first = fixture.render("sleep 50")
    async let second = fixture.render("sleep 50")
    _ = try await (first, second)
    #expect(fixture.notices.withLock { $0 } == ["no moon"])
    await fixture.pool.shutDown()
  }

  @Test(.disabled(if: Sanitizer.isOn, Comment(rawValue: Sanitizer.cause)))
  func `a worker is held to its reservation`() async throws {
    let fixture = try PoolFixture(workerCount: 1)
    #expect(try await fixture.failure("allocate \(512 << 20)") == .overBudget)
    #expect(try await fixture.render("allocate \(512 << 10)").images.count == 1)
    // It cannot lift the limit itself: 16 is "raise-limit".
    #expect(try await fixture.failure("attempt 16") == .unreadable)
    await fixture.pool.shutDown()
  }

  /// What each number means stands in `CSandbox.h`; what it takes a descriptor or an amount for is
  /// proved by the worker's own `selftest`.
  @Test(arguments: [
    ("open", 0), ("openat", 1), ("openat2", 2), ("create a file", 3), ("make a socket", 4),
    ("execute", 5), ("fork", 6), ("clone", 7), ("trace its parent", 8),
    ("read its parent's memory", 9), ("kill its parent", 10), ("mount", 11), ("io_uring", 12),
    ("bpf", 13), ("keyctl", 14), ("make memory executable", 15), ("raise its limit", 16),
    ("unlink", 19), ("make a user namespace", 20),
  ])
  func `in the middle of a job a worker cannot`(what: String, attempt: Int) async throws {
    let fixture = try PoolFixture(workerCount: 1)
    #expect(try await fixture.failure("attempt \(attempt)") == .unreadable)
    #expect(try await fixture.render("ok").images.count == 1)
    await fixture.pool.shutDown()
  }

  @Test func `a job may take ten seconds unless the settings say otherwise`() throws {
    let configuration = WorkerPool.Configuration(executables: [.full: "/bin/true"])
    #expect(configuration.jobTimeLimit == .seconds(10))
  }

  @Test func `a worker that keeps memory is replaced`() async throws {
    let fixture = try PoolFixture(workerCount: 1) { $0.memorySlack = 4 << 20 }
    _ = try await fixture.render("ok")
    let first = try #require(fixture.pool.snapshot().first?.processIdentifier)
    _ = try await fixture.render("keep 1024")
    #expect(fixture.pool.snapshot().map(\.processIdentifier) == [first])
    _ = try await fixture.render("keep \(16 << 20)")
    _ = try await fixture.render("ok")
    #expect(
      fixture.pool.snapshot().allSatisfy { $0.processIdentifier != first || $0.state == .ending })
    await fixture.pool.shutDown()
  }

  @Test func `idle workers end by themselves and when told`() async throws {
    let fixture = try PoolFixture { $0.idleTimeLimit = .milliseconds(100) }
    _ = try await fixture.render("ok")
    await fixture.pool.awaitEnd()
    #expect(fixture.pool.snapshot().isEmpty)
    #expect(fixture.usedByteCount == 0)

    let patient = try PoolFixture()
    _ = try await patient.render("ok")
    patient.pool.endIdleWorkers()
    await patient.pool.awaitEnd()
    #expect(patient.pool.snapshot().isEmpty)
    #expect(patient.usedByteCount == 0)
    #expect(try await patient.render("ok").images.count == 1)
    await patient.pool.shutDown()
    await fixture.pool.shutDown()
  }

  @Test func `what can never fit is refused with the numbers`() async throws {
    let fixture = try PoolFixture(budgetByteCount: 128 << 20)
    let probe = Probe(format: .png, storedWidth: 60_000, storedHeight: 60_000)
    var interlaced = probe
    interlaced.isProgressive = true
    do {
      _ = try await fixture.pool.render(
        try fixture.file("ok"), probe: interlaced,
        request: RenderRequest(maxPixelSizes: [256]), priority: .visible)
      Issue.record("it was taken")
    } catch let failure as MediaFailure {
      #expect(failure.kind == .overBudget)
      #expect(failure.message.contains("128 MiB"))
    }
    #expect(fixture.usedByteCount == 0)
    await fixture.pool.shutDown()
  }

  @Test func `a second worker that does not fit holds nobody up`() async throws {
    // Room for the first worker's estimate and its jobs, not for another estimate. Idle workers live
    // longer than this test may take, so nothing here may wait for one to end by itself.
    let fixture = try PoolFixture(workerCount: 2, budgetByteCount: 96 << 20) {
      $0.idleTimeLimit = .seconds(600)
    }
    let held = try await fixture.budget.reserve(
      56 << 20, for: fixture.budget.account("somebody else"))
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<40 {
        let file = try fixture.file("ok")
        group.addTask {
          if number.isMultiple(of: 2) { return try await fixture.pool.probe([file]).count }
          return try await fixture.pool.render(
            file, probe: PoolFixture.probe,
            request: RenderRequest(maxPixelSizes: [16], reservedByteCount: 1 << 20),
            priority: .visible
          ).images.count
        }
      }
      for try await count in group { #expect(count == 1) }
    }
    held.release()
    #expect(fixture.budget.snapshot().peak <= 96 << 20)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `jobs wait for room in the budget and then run`() async throws {
    // Room for one worker and one such job at a time.
    let fixture = try PoolFixture(workerCount: 2, budgetByteCount: 160 << 20)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        let file = try fixture.file("sleep 10")
        group.addTask {
          try await fixture.pool.render(
            file, probe: PoolFixture.probe,
            request: RenderRequest(maxPixelSizes: [16], reservedByteCount: 90 << 20),
            priority: .visible
          ).images.count
        }
      }
      for try await count in group { #expect(count == 1) }
    }
    #expect(fixture.budget.snapshot().peak <= 160 << 20)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }
}
