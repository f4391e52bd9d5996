import Platform
import Synchronization

/// One request on its way: its body comes in, a task makes the answer, the answer goes out.
///
/// While the task runs the connection is suspended, so no thread of the daemon waits for it. Either
/// the task finishes first, or the client leaves first; whichever comes second finds the exchange
/// decided and does nothing.
@safe final class Exchange: Sendable {
  private enum Phase {
    case receiving([UInt8])
    case bodyTooLong
    case starting
    case running(Task<Void, Never>)
    case answering(HTTPResponse)
    case answered
    case abandoned
  }

  /// What to do when the daemon asks for the answer.
  enum Step {
    /// The body is complete: start the work.
    case start(body: [UInt8])
    /// Here it is.
    case answer(HTTPResponse)
    /// The body was longer than allowed.
    case refuseBody
    /// The client is gone.
    case close
  }

  /// What there is to do, for exchanges that are not answered at once.
  private struct Job: Sendable {
    let request: HTTPRequest
    let bodyByteLimit: Int
    let work: @Sendable (HTTPRequest) async -> HTTPResponse
    let leave: @Sendable () -> Void
  }

  let record: ConnectionRecord?
  private let job: Job?
  private let hasLeft = Atomic(false)
  private let phase: Locked<Phase>

  /// An exchange whose head has come in; `leave` is called once, when its work is over or will
  /// never start.
  init(
    request: HTTPRequest, record: ConnectionRecord?, bodyByteLimit: Int,
    work: @escaping @Sendable (HTTPRequest) async -> HTTPResponse,
    leave: @escaping @Sendable () -> Void
  ) {
    self.record = record
    job = Job(request: request, bodyByteLimit: bodyByteLimit, work: work, leave: leave)
    phase = Locked(.receiving([]))
  }

  /// An exchange whose answer is there already.
  init(answer: HTTPResponse, record: ConnectionRecord?) {
    self.record = record
    job = nil
    phase = Locked(.answering(answer))
  }

  deinit {
    leaveOnce()
    phase.withLock { phase in
      if case .answering(let response) = phase { response.discard() }
    }
  }

  private func leaveOnce() {
    if !hasLeft.exchange(true, ordering: .relaxed) { job?.leave() }
  }

  /// Takes a piece of the body; what is over the limit is not kept.
  func receive(_ bytes: UnsafeRawBufferPointer) {
    phase.withLock { phase in
      guard case .receiving(var body) = phase else { return }
      // Gives up the old reference, so that appending does not copy; right when there is no room.
      phase = .bodyTooLong
      guard body.count + bytes.count <= job?.bodyByteLimit ?? 0 else { return }
      unsafe body.append(contentsOf: bytes)
      phase = .receiving(body)
    }
  }

  /// Says what comes next, when the body is complete or the connection was resumed.
  func next() -> Step {
    phase.withLock { phase in
      switch phase {
      case .receiving(let body):
        phase = .starting
        return .start(body: body)
      case .bodyTooLong:
        phase = .answered
        return .refuseBody
      case .answering(let response):
        phase = .answered
        return .answer(response)
      case .starting, .running, .answered, .abandoned: return .close
      }
    }
  }

  /// Suspends the connection and starts the work; false when the daemon is being stopped.
  func start(body: [UInt8], connection: SuspendedConnection, watch: ConnectionWatch) -> Bool {
    guard let job else { preconditionFailure("an answered exchange has nothing to start") }
    let ticket = watch.suspend(connection) { [self] ticket in abandon(ticket, watch) }
    guard let ticket else { return false }
    let request = body.isEmpty ? job.request : job.request.with(body: body)
    let task = Task { [self] in
      let response = await job.work(request)
      leaveOnce()
      finish(response, ticket, watch)
    }
    let isAbandoned = phase.withLock { phase in
      switch phase {
      case .starting:
        phase = .running(task)
        return false
      case .abandoned: return true
      default: return false
      }
    }
    if isAbandoned { task.cancel() }
    return true
  }

  private func finish(
    _ response: HTTPResponse, _ ticket: ConnectionWatch.Ticket, _ watch: ConnectionWatch
  ) {
    let isWanted = phase.withLock { phase in
      switch phase {
      case .starting, .running:
        phase = .answering(response)
        return true
      default: return false
      }
    }
    guard isWanted else { return response.discard() }
    watch.forget(ticket)
    watch.resume(ticket)
  }

  // The client has left before the answer was there.
  private func abandon(_ ticket: ConnectionWatch.Ticket, _ watch: ConnectionWatch) {
    let (isFirst, task): (Bool, Task<Void, Never>?) = phase.withLock { phase in
      switch phase {
      case .starting:
        phase = .abandoned
        return (true, nil)
      case .running(let task):
        phase = .abandoned
        return (true, task)
      default: return (false, nil)
      }
    }
    guard isFirst else { return }
    task?.cancel()
    watch.resume(ticket)
  }
}
