import Platform

/// Decides which job gets which worker. A slot is the place of one worker, whether it runs or not.
///
/// A slot is free, or has one exclusive job (render, metadata), or up to `probeDepth` probe batches
/// in flight, so that the worker never waits for its next batch. Order: visible, prefetch, probes,
/// background; first come, first served within each. Thread-safe.
final class SlotScheduler: Sendable {
  /// What a job asks for.
  enum Lane: Int, CaseIterable, Sendable {
    case background, probe, prefetch, visible

    init(_ priority: JobPriority) {
      self =
        switch priority {
        case .background: .background
        case .prefetch: .prefetch
        case .visible: .visible
        }
    }
  }

  private enum Grant: Sendable {
    case slot(Int)
    case cancelled
    case shutDown
  }

  private struct Slot {
    enum Use: Equatable { case free, exclusive, probing(Int) }
    var use = Use.free
    /// The kind of the worker that runs (or starts) here.
    var worker: WorkerKind?
    /// Until when no worker is to be started here, because there was no memory for one more.
    var withheldUntil: UInt64 = 0
  }

  private struct Waiter {
    let identifier: UInt64
    let promise: Promise<Grant>
    let kind: WorkerKind
  }

  private struct State {
    var slots: [Slot]
    var waiting: [[Waiter]] = Array(repeating: [], count: Lane.allCases.count)
    var waitingCount = 0
    var nextIdentifier: UInt64 = 0
    var isShutDown = false
  }

  private let state: Locked<State>
  private let queueLimit: Int
  private let probeDepth: Int
  /// How long a slot rests after there was no memory for its worker.
  private let restNanoseconds: UInt64

  init(
    slotCount: Int, queueLimit: Int, probeDepth: Int, restNanoseconds: UInt64 = 2_000_000_000
  ) {
    self.restNanoseconds = restNanoseconds
    state = Locked(State(slots: Array(repeating: Slot(), count: slotCount)))
    self.queueLimit = queueLimit
    self.probeDepth = probeDepth
  }

  /// Waits for a slot; give it back with `release`.
  ///
  /// - Throws: `WorkerPoolError.queueFull`, `.shutDown`, or `CancellationError` when the task was
  ///   cancelled while it waited.
  ///
  /// - Parameter kind: what its worker must be able to do; the slot's own may have to give way.
  func acquire(_ lane: Lane, kind: WorkerKind) async throws -> Int {
    try Task.checkCancellation()
    let promise = Promise<Grant>()
    let identifier: UInt64 = try state.withLock { state throws(WorkerPoolError) in
      if state.isShutDown { throw .shutDown }
      state.nextIdentifier += 1
      state.waiting[lane.rawValue].append(
        Waiter(identifier: state.nextIdentifier, promise: promise, kind: kind))
      state.waitingCount += 1
      return state.nextIdentifier
    }
    grantWhatIsPossible()
    let isOver = state.withLock { state in
      // Counted after the grant, so that a queue of no room still lets work through.
      state.waitingCount > queueLimit && Self.remove(identifier, lane, &state) != nil
    }
    if isOver { throw WorkerPoolError.queueFull(limit: queueLimit) }
    let grant = await withTaskCancellationHandler {
      await promise.value()
    } onCancel: {
      let waiter = state.withLock { Self.remove(identifier, lane, &$0) }
      waiter?.promise.give(.cancelled)
    }
    switch grant {
    case .slot(let slot): return slot
    case .cancelled: throw CancellationError()
    case .shutDown: throw WorkerPoolError.shutDown
    }
  }

  /// Gives a slot back.
  func release(_ slot: Int) {
    state.withLock { state in
      switch state.slots[slot].use {
      case .free: preconditionFailure("slot \(slot) is given back twice")
      case .exclusive, .probing(1): state.slots[slot].use = .free
      case .probing(let count): state.slots[slot].use = .probing(count - 1)
      }
    }
    grantWhatIsPossible()
  }

  /// Takes a slot without a fitting worker out of use for a while, if another one has a worker that
  /// the job can go to. The caller still holds it, and gives it back with `release`.
  ///
  /// - Returns: false when there is no other such worker; then the job has to wait for memory here.
  func withhold(_ slot: Int, kind: WorkerKind) -> Bool {
    state.withLock { state in
      guard
        state.slots.indices.contains(where: {
          $0 != slot && state.slots[$0].worker?.serves(kind) ?? false
        })
      else { return false }
      state.slots[slot].withheldUntil = monotonicNanoseconds() + restNanoseconds
      return true
    }
  }

  /// The kind of the worker that runs (or starts) in a slot.
  func worker(_ slot: Int) -> WorkerKind? { state.withLock { $0.slots[slot].worker } }

  /// Told by the engine.
  func setWorker(_ slot: Int, _ worker: WorkerKind?) {
    state.withLock { $0.slots[slot].worker = worker }
    // With the last worker gone, slots that rested may be used again.
    if worker == nil { grantWhatIsPossible() }
  }

  /// Jobs that wait for a slot.
  var waitingCount: Int { state.withLock { $0.waitingCount } }

  /// Refuses everyone who waits and who comes.
  func shutDown() {
    let waiters: [Waiter] = state.withLock { state in
      state.isShutDown = true
      defer {
        state.waiting = Array(repeating: [], count: Lane.allCases.count)
        state.waitingCount = 0
      }
      return state.waiting.flatMap { $0 }
    }
    for waiter in waiters { waiter.promise.give(.shutDown) }
  }

  private func grantWhatIsPossible() {
    let granted: [(Promise<Grant>, Int)] = state.withLock { state in
      var granted: [(Promise<Grant>, Int)] = []
      lanes: for lane in Lane.allCases.reversed() {
        while let waiter = state.waiting[lane.rawValue].first {
          guard let slot = slot(for: lane, kind: waiter.kind, in: state) else {
            // A lower lane must not take what this one waits for: a slot that probes would never
            // become free. Background work may not block the others, but it is last anyway.
            break lanes
          }
          state.waiting[lane.rawValue].removeFirst()
          state.waitingCount -= 1
          switch (lane, state.slots[slot].use) {
          case (.probe, .probing(let count)): state.slots[slot].use = .probing(count + 1)
          case (.probe, _): state.slots[slot].use = .probing(1)
          default: state.slots[slot].use = .exclusive
          }
          granted.append((waiter.promise, slot))
        }
      }
      return granted
    }
    for (promise, slot) in granted { promise.give(.slot(slot)) }
  }

  /// The best slot for a job: free with a worker of its kind, free with one that can do more (the
  /// less of it the better), free without one, free with one that must give way (the one that costs
  /// less to start again); and for probes the least busy one of those that probe.
  private func slot(for lane: Lane, kind: WorkerKind, in state: borrowing State) -> Int? {
    var best: (slot: Int, cost: Int)?
    let now = monotonicNanoseconds()
    let isServed = state.slots.contains { $0.worker?.serves(kind) ?? false }
    for (index, slot) in state.slots.enumerated() {
      let cost: Int?
      switch slot.use {
      case .free:
        if let worker = slot.worker, worker.serves(kind) {
          cost = worker.rawValue - kind.rawValue
        } else if isServed && slot.withheldUntil > now {
          cost = nil
        } else {
          cost = slot.worker.map { 4 + $0.rawValue } ?? 3
        }
      case .exclusive: cost = nil
      case .probing(let count): cost = lane == .probe && count < probeDepth ? 3 + count : nil
      }
      if let cost, best.map({ cost < $0.cost }) ?? true { best = (index, cost) }
    }
    return best?.slot
  }

  private static func remove(
    _ identifier: UInt64, _ lane: Lane, _ state: inout State
  ) -> Waiter? {
    guard
      let index = state.waiting[lane.rawValue].firstIndex(where: { $0.identifier == identifier })
    else { return nil }
    state.waitingCount -= 1
    return state.waiting[lane.rawValue].remove(at: index)
  }
}
