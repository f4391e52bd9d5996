import Media
import MemoryBudget
import Platform
import WorkerProtocol

/// How a job lost its worker.
enum WorkerLoss: Error, Sendable {
  case crashed(String)
  case timedOut
  /// It is fine, but the job takes one with more decoders.
  case referred
}

/// A job that has a worker to itself.
struct ExclusiveWork: Sendable {
  /// The least of workers that can do it, as far as is known before.
  let kind: WorkerKind
  /// What is reserved: the decode and its output.
  let neededByteCount: Int
  /// What the decode may take.
  let reservedByteCount: Int
  let outputByteCount: Int
  let request: @Sendable (UInt64) -> WorkerRequest
  let files: [OpenFile]
  var sidecar: OpenFile?
  let accept: @Sendable (WorkerAnswer, OpenFile) throws(WireError) -> Product
}

/// The slot a job holds; given back exactly once, also when the job moves to another one.
///
/// Used by the one task that runs the job, so it needs no lock.
final class SlotHold {
  private(set) var slot: Int
  private var isHeld = true
  private let scheduler: SlotScheduler

  init(_ slot: Int, _ scheduler: SlotScheduler) {
    self.slot = slot
    self.scheduler = scheduler
  }

  func hold(_ slot: Int) {
    precondition(!isHeld, "a job holds one slot at a time")
    self.slot = slot
    isHeld = true
  }

  func release() {
    if isHeld { scheduler.release(slot) }
    isHeld = false
  }
}

extension WorkerPool {
  /// A worker may go away for reasons that are not the job's; more often than this in a row is a
  /// fault of the pool.
  private static let displacementLimit = 100

  /// Runs a job, once more when its worker crashed.
  func run(_ work: ExclusiveWork, priority: JobPriority) async throws -> Product {
    var kind = work.kind
    try checkFits(work.neededByteCount, kind: kind)
    let lane = SlotScheduler.Lane(priority)
    let place = SlotHold(try await scheduler.acquire(lane, kind: kind), scheduler)
    defer { place.release() }
    var strikes = 0
    while true {
      let outcome = try await attempt(
        at: place, lane: lane, kind: kind, byteCount: work.neededByteCount
      ) { slot, base in
        let memory = try SharedOutput.make(byteCount: work.outputByteCount)
        let output = OpenFile(descriptor: memory, path: "memory")
        let sidecar = work.sidecar.map { [$0] } ?? []
        return Assignment(
          slot: slot, kind: kind, request: work.request(makeIdentifier()),
          files: work.files + [output] + sidecar, memoryByteCount: work.reservedByteCount,
          mappedByteCount: work.outputByteCount,
          timeLimitNanoseconds: Self.nanoseconds(configuration.jobTimeLimit), base: base,
          accept: { answer throws(WireError) in try work.accept(answer, output) })
      }
      switch outcome {
      case .success(let product): return product
      case .failure(.timedOut): throw timedOut()
      case .failure(.referred):
        // Straight to the one that does everything: a step between would only be another start.
        kind = .full
        try checkFits(work.neededByteCount, kind: kind)
        place.release()
        place.hold(try await scheduler.acquire(lane, kind: kind))
      case .failure(.crashed(let how)):
        strikes += 1
        if strikes > 1 { throw Self.quarantined(how) }
      }
    }
  }

  /// One attempt: reserves, hands over, waits; again when the worker went away through no fault of
  /// the job.
  func attempt(
    at place: SlotHold, lane: SlotScheduler.Lane, kind: WorkerKind, byteCount: Int,
    make: (_ slot: Int, HeldReservation?) throws -> Assignment
  ) async throws -> Result<Product, WorkerLoss> {
    var displacements = 0
    while displacements < Self.displacementLimit {
      try Task.checkCancellation()
      guard
        let (reservation, base) = try await reserve(
          byteCount, slot: place.slot, kind: kind)
      else {
        // No memory for one more worker: the job goes where one runs.
        place.release()
        place.hold(try await scheduler.acquire(lane, kind: kind))
        continue
      }
      displacements += 1
      let assignment: Assignment
      do { assignment = try make(place.slot, base) } catch {
        base?.release()
        reservation.release()
        throw error
      }
      engine.post(.execute(assignment))
      let outcome = await withTaskCancellationHandler {
        await assignment.outcome.value()
      } onCancel: {
        engine.post(.cancel(assignment))
      }
      reservation.release()
      switch outcome {
      case .made(let product): return .success(product)
      case .crashed(let how): return .failure(.crashed(how))
      case .timedOut: return .failure(.timedOut)
      case .displaced: continue
      case .referred: return .failure(.referred)
      case .cancelled: throw CancellationError()
      case .failed(let error): throw error
      }
    }
    throw WorkerPoolError.cannotStart(
      executable: configuration.executables[kind] ?? "", reason: "its workers end again and again")
  }

  /// Reserves a job's bytes, and those of a worker if none runs in its slot.
  ///
  /// When there is no room for a worker at once but another one runs, the slot rests and the job is
  /// to go there (nil). When there is no room for the job itself, every worker without a job ends
  /// first, this slot's too, and what the job needs is then asked for in one piece: nobody who waits
  /// holds anything, so jobs that wait never block each other.
  private func reserve(
    _ byteCount: Int, slot: Int, kind: WorkerKind
  ) async throws -> (HeldReservation, base: HeldReservation?)? {
    let baseByteCount = engine.baseEstimate(kind)
    let now = scheduler.worker(slot)?.serves(kind) ?? false ? 0 : baseByteCount
    if let reservation = budget.reserveIfRoom(byteCount + now, for: jobAccount) {
      return Self.split(reservation, baseByteCount: now)
    }
    try checkFits(byteCount, kind: kind)
    if now > 0 && scheduler.withhold(slot, kind: kind) { return nil }
    engine.post(.endIdle)
    do {
      let reservation = try await budget.reserve(byteCount + baseByteCount, for: jobAccount)
      return Self.split(reservation, baseByteCount: baseByteCount)
    } catch BudgetError.neverFits(let needed, let limit) {
      throw Self.overBudget(needed: needed, limit: limit)
    } catch BudgetError.queueFull(let limit) {
      throw WorkerPoolError.queueFull(limit: limit)
    }
  }

  private static func split(
    _ reservation: consuming Reservation, baseByteCount: Int
  ) -> (HeldReservation, base: HeldReservation?) {
    if baseByteCount == 0 { return (HeldReservation(reservation), nil) }
    let base = reservation.split(baseByteCount)
    return (HeldReservation(reservation), HeldReservation(base))
  }

  /// Whether a lean job of so many bytes, and a worker for it, would not have to wait for memory now.
  func hasRoom(for byteCount: Int) -> Bool {
    let (needed, overflows) = byteCount.addingReportingOverflow(
      engine.baseEstimate(available(.lean)))
    return !overflows && budget.reserveIfRoom(needed, for: jobAccount) != nil
  }

  /// Refuses what can never be there beside the worker that does it.
  private func checkFits(_ byteCount: Int, kind: WorkerKind) throws(MediaFailure) {
    let baseByteCount = engine.baseEstimate(kind)
    let (needed, overflows) = byteCount.addingReportingOverflow(baseByteCount)
    let limit = budget.mostEver(for: jobAccount)
    if overflows || needed > limit {
      throw Self.overBudget(needed: overflows ? .max : needed, limit: limit)
    }
  }

  private static func overBudget(needed: Int, limit: Int) -> MediaFailure {
    func mebibytes(_ count: Int) -> Int { count / (1 << 20) + (count % (1 << 20) == 0 ? 0 : 1) }
    return MediaFailure(
      .overBudget,
      "Decoding it takes up to \(mebibytes(needed)) MiB of memory, and at most "
        + "\(mebibytes(limit)) MiB can ever be given to it; raise --memory.")
  }
}
