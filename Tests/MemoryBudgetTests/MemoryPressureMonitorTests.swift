import Glibc
import Platform
import Synchronization
import TestSupport
import Testing

@testable import MemoryBudget

@Suite(.timeLimit(.minutes(5))) struct `The pressure monitor` {
  /// A machine without PSI whose free memory and control group the test sets.
  struct Machine {
    let directory: TemporaryDirectory
    var system: System {
      System(
        procDirectory: directory.path.appending("proc"),
        cgroupDirectory: directory.path.appending("cgroup"))
    }

    init() throws {
      directory = try TemporaryDirectory()
      try setAvailable(90)
    }

    func setAvailable(_ percent: Int) throws {
      _ = try directory.write(
        "proc/meminfo",
        Array("MemTotal: 1000000 kB\nMemAvailable: \(percent * 10_000) kB\n".utf8))
    }

    func setGroup(used: Int, inactive: Int) throws {
      _ = try directory.write("proc/self/cgroup", Array("0::/\n".utf8))
      _ = try directory.write("cgroup/memory.max", Array("1000\n".utf8))
      _ = try directory.write("cgroup/memory.current", Array("\(used)\n".utf8))
      _ = try directory.write("cgroup/memory.stat", Array("inactive_file \(inactive)\n".utf8))
    }
  }

  @Test func `it compares where the kernel does not tell, and shrinks the caches`() async throws {
    let machine = try Machine()
    let budget = MemoryBudget(byteLimit: 1 << 20)
    let cache = ByteCache<Int, Int>(
      account: budget.account("cache", recreationCost: .decode), budget: budget)
    for key in 0..<100 { cache.insert(key, byteCount: 1000, forKey: key) }
    let before = cache.counts.byteCount
    let called = Gate()
    let ended = Gate()
    let monitor = try MemoryPressureMonitor(
      system: machine.system, intervalMilliseconds: 5, pauseMilliseconds: 60_000,
      onEnd: { ended.open() }
    ) {
      budget.shrinkCaches(toFraction: 0.5)
      called.open()
    }
    #expect(monitor.sourceName == "comparing")
    try machine.setAvailable(2)
    await called.wait()
    #expect(cache.counts.byteCount <= before / 2)
    #expect(cache.counts.byteCount > before / 3)
    // Also ends the minute-long pause.
    monitor.cancel()
    await ended.wait()
  }

  @Test func `clean file pages are no pressure`() throws {
    let machine = try Machine()
    #expect(!MemoryPressureMonitor.isShort(machine.system))
    try machine.setGroup(used: 990, inactive: 500)
    #expect(!MemoryPressureMonitor.isShort(machine.system))
    try machine.setGroup(used: 990, inactive: 20)
    #expect(MemoryPressureMonitor.isShort(machine.system))
  }

  @Test func `it ends when it is let go`() async throws {
    let machine = try Machine()
    let ended = Gate()
    do {
      let monitor = try MemoryPressureMonitor(
        system: machine.system, intervalMilliseconds: 60_000, pauseMilliseconds: 0,
        onEnd: { ended.open() }
      ) {}
      withExtendedLifetime(monitor) {}
    }
    await ended.wait()
  }

  @Test func `the counters of a version 2 group tell pressure only when they move`() throws {
    let machine = try Machine()
    try machine.setGroup(used: 0, inactive: 0)
    func set(_ count: Int) throws {
      _ = try machine.directory.write(
        "cgroup/memory.events", Array("low 0\nhigh \(count)\nmax 0\noom 0\noom_kill 0\n".utf8))
    }
    try set(3)
    var opened = PressureSource.open(machine.system)
    #expect(opened?.kind == .groupEvents)
    let first = opened?.isPressure()
    try set(4)
    let second = opened?.isPressure()
    let third = opened?.isPressure()
    #expect(first == false && second == true && third == false)
  }

  static let hasPSI = access("/proc/pressure/memory", W_OK) == 0

  @Test(.enabled(if: hasPSI, "this kernel has no /proc/pressure/memory"))
  func `the kernel takes the PSI trigger`() async throws {
    let ended = Gate()
    let monitor = try MemoryPressureMonitor(
      system: System(), intervalMilliseconds: 60_000, pauseMilliseconds: 0,
      onEnd: { ended.open() }
    ) {}
    #expect(monitor.sourceName == "psi")
    monitor.cancel()
    await ended.wait()
  }
}
