import Glibc
import Testing

@testable import Platform

@Suite struct ThreadExecutorTests {
  /// An actor on a thread of its own that remembers where it ran.
  private actor Counter {
    private let executor = ThreadExecutor(name: "counter")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private(set) var value = 0
    private(set) var threads: Set<UInt> = []
    private let onEnd: @Sendable () -> Void

    init(onEnd: @escaping @Sendable () -> Void = {}) { self.onEnd = onEnd }

    deinit { onEnd() }

    func add(_ number: Int) -> Int {
      threads.insert(UInt(pthread_self()))
      value += number
      return value
    }

    func addLater(_ number: Int, after other: Counter) async -> Int {
      let before = await other.add(0)
      return add(number + before)
    }
  }

  @Test func `all of an actor's work runs on one thread, and not on the caller's`() async {
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<1000 { group.addTask { _ = await counter.add(1) } }
    }
    #expect(await counter.value == 1000)
    #expect(await counter.threads.count == 1)
  }

  @Test func `an actor comes back to its thread after it waited for another`() async {
    let (one, other) = (Counter(), Counter())
    _ = await other.add(5)
    #expect(await one.addLater(2, after: other) == 7)
    #expect(await one.add(1) == 8)
    #expect(await one.threads.count == 1)
    #expect(await one.threads != other.threads)
  }

  @Test func `an actor that is let go of ends, with what it was doing done`() async {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    do {
      let counter = Counter(onEnd: { end.finish() })
      _ = await counter.add(1)
    }
    for await _ in ends {}
  }
}
