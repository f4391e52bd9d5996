import Media
import MemoryBudget
import Pixels
import Platform
import WorkerProtocol

/// What a job made, checked and taken over from the worker.
enum Product: Sendable {
  case probes([Result<ProbeReport, MediaFailure>])
  case pictures(Result<RenderResult, MediaFailure>)
  case metadata(Result<DeepMetadata, MediaFailure>)
  /// How many bytes an edit made, and the memory they are in.
  case edited(Result<(memory: OpenFile, byteCount: Int), MediaFailure>)
}

/// How one attempt at a job ended.
enum AttemptOutcome: Sendable {
  case made(Product)
  /// The worker died, or lied, while it was on this job.
  case crashed(String)
  /// It took longer than the limit.
  case timedOut
  /// The worker went away for a reason that is not this job: try again.
  case displaced
  /// The worker lacks the decoder: it takes one that does everything.
  case referred
  case cancelled
  case failed(WorkerPoolError)
}

/// One attempt at a job, on its way to a worker and back. The engine alone calls `accept`.
final class Assignment: Sendable {
  let slot: Int
  /// What its worker must be able to do.
  let kind: WorkerKind
  let request: WorkerRequest
  /// What the worker may allocate for it, and map: the limits the kernel holds it to.
  let memoryByteCount: Int
  let mappedByteCount: Int
  let timeLimitNanoseconds: UInt64
  /// Pays for a worker if one has to be started.
  let base: HeldReservation?
  let outcome = Promise<AttemptOutcome>()
  /// Checks an answer against the request and takes its content over.
  let accept: @Sendable (WorkerAnswer) throws(WireError) -> Product

  private let files: [OpenFile]

  init(
    slot: Int, kind: WorkerKind, request: WorkerRequest, files: [OpenFile], memoryByteCount: Int,
    mappedByteCount: Int, timeLimitNanoseconds: UInt64, base: HeldReservation?,
    accept: @escaping @Sendable (WorkerAnswer) throws(WireError) -> Product
  ) {
    self.slot = slot
    self.kind = kind
    self.request = request
    self.files = files
    self.memoryByteCount = memoryByteCount
    self.mappedByteCount = mappedByteCount
    self.timeLimitNanoseconds = timeLimitNanoseconds
    self.base = base
    self.accept = accept
  }

  /// The descriptors to send; open as long as the assignment lives.
  var descriptors: [CInt] { files.map { $0.descriptor.rawValue } }

  /// True for what may be several times in flight on one worker.
  var isProbe: Bool { if case .probe = request { true } else { false } }

  /// The job in words.
  static func describe(_ request: WorkerRequest) -> String {
    switch request {
    case .probe(_, let names): names.count == 1 ? "probe 1 file" : "probe \(names.count) files"
    case .render(_, _, let probe?, _):
      "render \(probe.format.name) \(probe.width)×\(probe.height)"
    case .render: "render 1 file"
    case .metadata(_, _, let format, _): "metadata \(format.name)"
    case .edit(_, let isPicture, _): isPicture ? "embed metadata" : "write a sidecar"
    }
  }
}

/// A reservation that several may hold; released when it is taken away or the last lets go.
final class HeldReservation: Sendable {
  private let held: Locked<Reservation?>

  init(_ reservation: consuming Reservation) { held = Locked(Optional(reservation)) }

  /// Gives the bytes back now.
  func release() {
    held.withLock { held in held = nil }
  }

  /// Changes to what was measured, in the account `account`, if there is room; else stays.
  func settle(at byteCount: Int, in account: Account, of budget: MemoryBudget) {
    held.withLock { held in
      guard var reservation = held.take() else { return }
      if reservation.account === account {
        if byteCount <= reservation.byteCount {
          reservation.shrink(to: byteCount)
        } else {
          _ = reservation.growIfRoom(to: byteCount)
        }
        held = .some(reservation)
        return
      }
      // Paid for by the job that started the worker; from now on by the worker's own account.
      if byteCount < reservation.byteCount { reservation.shrink(to: byteCount) }
      if let moved = budget.reserveIfRoom(byteCount, for: account) {
        held = .some(moved)
      } else {
        held = .some(reservation)
      }
    }
  }

  var byteCount: Int {
    held.withLock { held in
      switch held {
      case .some(let reservation): reservation.byteCount
      case .none: 0
      }
    }
  }
}
