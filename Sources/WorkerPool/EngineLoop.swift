import CSandbox
import Glibc
import MemoryBudget
import Platform
import WorkerProtocol

/// The engine's thread: one `poll` for all workers, its inbox and its deadlines.
final class EngineLoop {
  private let engine: WorkerEngine
  private let settings: WorkerEngine.Settings
  private let scheduler: SlotScheduler
  private let budget: MemoryBudget
  private let account: Account

  /// The workers in use, by slot.
  private var processes: [Int: WorkerProcess] = [:]
  /// Those that were told to end or killed, until the kernel has taken them away.
  private var ending: [WorkerProcess] = []
  private var stopping: [Promise<Void>] = []
  /// Who wants to know when no worker is left.
  private var awaiting: [Promise<Void>] = []
  private var now: UInt64 = monotonicNanoseconds()

  private static let millisecond: UInt64 = 1_000_000
  /// How long a worker without a job lives while others wait for memory: long enough for the next
  /// job that is on its way to it.
  private static let idleGrace: UInt64 = 20 * millisecond
  /// How long a worker may take to end by itself after its socket was closed.
  private static let endGrace: UInt64 = 1000 * millisecond

  init(
    engine: WorkerEngine, settings: WorkerEngine.Settings, scheduler: SlotScheduler,
    budget: MemoryBudget, account: Account
  ) {
    self.engine = engine
    self.settings = settings
    self.scheduler = scheduler
    self.budget = budget
    self.account = account
  }

  func run() {
    while true {
      let ready = wait()
      now = monotonicNanoseconds()
      for command in engine.takeCommands() { carryOut(command) }
      for process in ready where process.loss == nil { receive(from: process) }
      for process in Array(processes.values) { advance(process) }
      reap()
      publish()
      if processes.isEmpty && ending.isEmpty {
        for promise in awaiting + stopping { promise.give(()) }
        awaiting = []
        if !stopping.isEmpty { return }
      }
    }
  }

  // MARK: Waiting

  private func wait() -> [WorkerProcess] {
    let watched = Array(processes.values)
    var descriptors = [pollfd(fd: engine.wakeUpDescriptor, events: Int16(POLLIN), revents: 0)]
    for process in watched {
      descriptors.append(
        pollfd(fd: process.channel.socket.rawValue, events: Int16(POLLIN), revents: 0))
    }
    let count = unsafe descriptors.withUnsafeMutableBufferPointer {
      unsafe poll($0.baseAddress, nfds_t($0.count), pollTimeout())
    }
    guard count > 0 else { return [] }
    return zip(watched, descriptors.dropFirst()).compactMap { $1.revents != 0 ? $0 : nil }
  }

  /// Milliseconds until something is due; -1 when nothing is.
  private func pollTimeout() -> CInt {
    var due = UInt64.max
    for process in processes.values {
      due = min(due, deadline(of: process) ?? .max)
      if process.isReady && process.queue.contains(where: { !$0.isSent }) {
        due = min(due, now + 2 * Self.millisecond)
      }
    }
    if let oldest = ending.map(\.lostAt).min() {
      // Often at first: they mostly are gone in a moment. A process that the disk holds stays longer.
      due = min(
        due,
        now
          + min(
            max(nanosecondsPassed(since: oldest, until: now) / 4, Self.millisecond), 250_000_000))
    }
    if due == .max { return -1 }
    let current = monotonicNanoseconds()
    return due <= current ? 0 : CInt(clamping: (due - current) / Self.millisecond + 1)
  }

  /// When a worker has to be looked at even if it says nothing.
  private func deadline(of process: WorkerProcess) -> UInt64? {
    guard process.isReady else { return process.startedAt + settings.startTimeLimit }
    guard let first = process.queue.first else {
      // While somebody waits for memory, a worker without a job is memory to give.
      return process.idleSince + (budget.hasWaiters ? Self.idleGrace : settings.idleTimeLimit)
    }
    guard let started = first.startedAt else { return nil }
    let limit = started + first.assignment.timeLimitNanoseconds
    guard let cancelled = first.cancelledAt else { return limit }
    return min(limit, max(started, cancelled) + settings.cancellationGrace)
  }

  // MARK: Commands

  private func carryOut(_ command: WorkerEngine.Command) {
    switch command {
    case .execute(let assignment): execute(assignment)
    case .cancel(let assignment): cancel(assignment)
    case .endIdle:
      for process in Array(processes.values) where process.queue.isEmpty && process.isReady {
        lose(process, .ended)
      }
    case .awaitEnd(let promise): awaiting.append(promise)
    case .stop(let promise):
      stopping.append(promise)
      for process in Array(processes.values) { lose(process, .ended) }
    }
  }

  private func execute(_ assignment: Assignment) {
    guard stopping.isEmpty else {
      assignment.outcome.give(.failed(.shutDown))
      return
    }
    let process: WorkerProcess
    if let running = processes[assignment.slot], !running.kind.serves(assignment.kind) {
      guard running.queue.isEmpty, assignment.base != nil else {
        // It came up in the meantime, and nobody paid for another one.
        assignment.base?.release()
        assignment.outcome.give(.displaced)
        return
      }
      lose(running, .ended)
    }
    if let running = processes[assignment.slot] {
      process = running
      if let spare = assignment.base, spare !== running.base { spare.release() }
    } else {
      guard let base = assignment.base else {
        // The worker ended after the job was sent on its way, so nobody paid for a new one.
        assignment.outcome.give(.displaced)
        return
      }
      let executable = settings.executables[assignment.kind] ?? ""
      do throws(SystemError) {
        process = try WorkerProcess.start(
          slot: assignment.slot, kind: assignment.kind, executable: executable,
          environment: settings.environment, keepsStandardError: settings.keepsStandardError,
          base: base, now: now)
      } catch {
        base.release()
        assignment.outcome.give(
          .failed(.cannotStart(executable: executable, reason: error.description)))
        return
      }
      processes[assignment.slot] = process
      scheduler.setWorker(assignment.slot, assignment.kind)
    }
    process.queue.append(WorkerProcess.InFlight(assignment: assignment))
  }

  private func cancel(_ assignment: Assignment) {
    guard let process = processes[assignment.slot],
      let index = process.queue.firstIndex(where: { $0.assignment === assignment })
    else { return }
    if process.queue[index].isSent {
      process.queue[index].cancelledAt = now
    } else {
      process.queue.remove(at: index)
      assignment.outcome.give(.cancelled)
      if process.queue.isEmpty { process.idleSince = now }
    }
  }

  // MARK: Workers

  /// Sends what waits and enforces deadlines.
  private func advance(_ process: WorkerProcess) {
    guard process.loss == nil else { return }
    if process.isReady { send(to: process) }
    guard process.loss == nil, let deadline = deadline(of: process), deadline <= now else { return }
    guard process.isReady else { return lose(process, .timedOut) }
    guard let first = process.queue.first else { return lose(process, .ended) }
    lose(process, first.cancelledAt != nil ? .cancelled : .timedOut)
  }

  private func send(to process: WorkerProcess) {
    for index in process.queue.indices {
      if index == 0 && process.queue[0].isSent && process.queue[0].startedAt == nil {
        process.queue[0].startedAt = now
      }
      guard !process.queue[index].isSent else { continue }
      let assignment = process.queue[index].assignment
      process.limit(for: assignment)
      do throws(SystemError) {
        guard
          try process.channel.send(
            assignment.request.encoded(), descriptors: assignment.descriptors)
        else { return }
      } catch {
        return lose(process, .died)
      }
      process.queue[index].isSent = true
      if index == 0 { process.queue[0].startedAt = now }
    }
  }

  private func receive(from process: WorkerProcess) {
    // Bounded, so that one worker that never stops talking cannot hold up the others.
    for _ in 0..<16 {
      do {
        switch try process.channel.receive() {
        case .nothing: return
        case .end: return lose(process, .died)
        case .message(let bytes, let descriptors):
          guard descriptors.values.isEmpty else {
            throw WireError("it sent descriptors")
          }
          try take(try WorkerAnswer(decoding: bytes), from: process)
        }
      } catch {
        return lose(process, .lied("\(error)"))
      }
    }
  }

  private func take(_ answer: WorkerAnswer, from process: WorkerProcess) throws(WireError) {
    switch answer {
    case .notice(let text):
      guard !process.isReady else { throw WireError("a notice after hello") }
      settings.notice(text)
    case .hello(let version):
      guard !process.isReady else { throw WireError("hello for the second time") }
      guard version == WireLimits.version else {
        throw WireError("it speaks version \(version), not \(WireLimits.version)")
      }
      process.isReady = true
      measure(process)
      process.startByteCount =
        AddressSpaceUsage(of: process.processIdentifier)?.residentPrivateByteCount ?? 0
      // It may have been left without a job in the meantime.
      process.idleSince = now
    case .probed(let id, _), .rendered(let id, _), .described(let id, _), .edited(let id, _),
      .referred(let id):
      guard process.isReady, let first = process.queue.first, first.isSent,
        first.assignment.request.id == id
      else { throw WireError("an answer to what nobody asked") }
      let outcome: AttemptOutcome
      if case .referred = answer {
        guard process.kind != .full, !first.assignment.isProbe else {
          throw WireError("it refers a job that it must do")
        }
        outcome = .referred
      } else {
        outcome = .made(try first.assignment.accept(answer))
      }
      process.queue.removeFirst()
      if !process.queue.isEmpty && process.queue[0].isSent { process.queue[0].startedAt = now }
      if process.queue.isEmpty { becomeIdle(process, after: first.assignment) }
      first.assignment.outcome.give(first.cancelledAt == nil ? outcome : .cancelled)
    }
  }

  private func becomeIdle(_ process: WorkerProcess, after assignment: Assignment) {
    process.idleSince = now
    guard !assignment.isProbe else { return }
    let usage = AddressSpaceUsage(of: process.processIdentifier)
    let held = usage?.residentPrivateByteCount ?? 0
    if held > process.startByteCount + settings.memorySlack {
      // Its memory did not come back: a fresh one has less.
      lose(process, .ended)
    } else if nanosecondsPassed(since: process.measuredAt, until: now) > 1000 * Self.millisecond {
      measure(process)
    }
  }

  /// Charges a worker without a job at what it really takes, and may take between jobs.
  private func measure(_ process: WorkerProcess) {
    process.measuredAt = now
    guard let pss = try? ProcessMemory.pss(of: process.processIdentifier) else { return }
    let charge = pss + process.kind.keptByteCount
    process.base.settle(at: charge, in: account, of: budget)
    engine.learn(charge, for: process.kind)
  }

  /// Takes a worker out of use. Its jobs hear of it once the kernel has taken it away, so that a
  /// second attempt finds the memory of the first one free.
  private func lose(_ process: WorkerProcess, _ loss: WorkerProcess.Loss) {
    process.loss = loss
    process.lostAt = now
    processes[process.slot] = nil
    scheduler.setWorker(process.slot, nil)
    if case .ended = loss, process.queue.isEmpty {
      // Nothing to lose: it may end by itself.
      process.channel.close()
    } else {
      kill(process.processIdentifier, SIGKILL)
    }
    ending.append(process)
  }

  private func reap() {
    for process in ending {
      if now > process.lostAt + Self.endGrace { kill(process.processIdentifier, SIGKILL) }
      guard let status = process.reap() else { continue }
      ending.removeAll { $0 === process }
      process.base.release()
      settle(process, status: status)
    }
  }

  private func settle(_ process: WorkerProcess, status: String) {
    for (index, inFlight) in process.queue.enumerated() {
      let outcome: AttemptOutcome
      if inFlight.cancelledAt != nil {
        outcome = .cancelled
      } else if !process.isReady {
        outcome = failureToStart(process, status: status)
      } else if index > 0 || !inFlight.isSent {
        outcome = .displaced
      } else {
        switch process.loss {
        case .died, nil: outcome = .crashed(status)
        case .lied(let lie): outcome = .crashed(lie)
        case .timedOut: outcome = .timedOut
        case .cancelled: outcome = .cancelled
        case .ended: outcome = stopping.isEmpty ? .displaced : .failed(.shutDown)
        }
      }
      inFlight.assignment.outcome.give(outcome)
    }
    process.queue = []
  }

  private func failureToStart(_ process: WorkerProcess, status: String) -> AttemptOutcome {
    let reason: String
    switch process.loss {
    case .lied(let lie): reason = lie
    case .timedOut: reason = "it was not ready in time"
    case .ended: return stopping.isEmpty ? .displaced : .failed(.shutDown)
    case .died, .cancelled, nil: reason = "it ended at once: \(status)"
    }
    return .failed(
      .cannotStart(executable: settings.executables[process.kind] ?? "", reason: reason))
  }

  // MARK: What others see

  private func publish() {
    let entries =
      processes.values.map { process in
        WorkerEngine.Entry(
          processIdentifier: process.processIdentifier, kind: process.kind,
          state: !process.isReady ? .starting : process.queue.isEmpty ? .idle : .busy,
          request: process.queue.first?.assignment.request)
      }
      + ending.map { process in
        WorkerEngine.Entry(
          processIdentifier: process.processIdentifier, kind: process.kind, state: .ending,
          request: nil)
      }
    engine.entries.withLock { $0 = entries }
  }
}
