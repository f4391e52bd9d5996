import Catalog
import Dispatch
import Media
import Platform
import WorkerProtocol

/// Gathers files into batches, several of which are probed at once; a scan thread that has more waits.
///
/// Descriptors are what it bounds: batches in flight × 64, one batch that fills, and what scan threads
/// hand over together.
final class ProbeQueue: Sendable {
  /// What a worker takes in one message.
  static let batchSize = 64
  /// A file that goes on changing while it is probed is taken as it is after this many times.
  private static let attemptLimit = 3

  private struct State {
    var filling: [Candidate] = []
    var isSettling: [UInt64: Task<Void, Never>] = [:]
    var nextNumber: UInt64 = 0
    var isClosed = false
  }

  private let prober: any AssetProber
  private let counters: ScanCounters
  private let deliver: @Sendable ([Finding]) async throws -> Void
  private let fail: @Sendable (any Error) -> Void
  private let slots: DispatchSemaphore
  private let state = Locked(State())

  /// - Parameters:
  ///   - batchesInFlight: how many are probed at once.
  ///   - deliver: takes results; may wait.
  ///   - fail: told once when probing or delivering is impossible.
  init(
    prober: any AssetProber, batchesInFlight: Int, counters: ScanCounters,
    deliver: @escaping @Sendable ([Finding]) async throws -> Void,
    fail: @escaping @Sendable (any Error) -> Void
  ) {
    self.prober = prober
    self.counters = counters
    self.deliver = deliver
    self.fail = fail
    slots = DispatchSemaphore(value: max(1, batchesInFlight))
  }

  /// Adds files; waits on the calling thread while all batches are in flight.
  func add(_ candidates: [Candidate]) {
    var rest = candidates[...]
    while !rest.isEmpty {
      let batch: [Candidate]? = state.withLock { state in
        if state.isClosed {
          rest = []
          return nil
        }
        let taken = rest.prefix(Self.batchSize - state.filling.count)
        state.filling += taken
        rest = rest[taken.endIndex...]
        return state.filling.count < Self.batchSize ? nil : Self.takeBatch(&state)
      }
      if let batch { dispatch(batch) }
    }
  }

  /// Sends what has gathered, however little: so that a scan shows what it finds while it waits.
  /// Does nothing while all batches are in flight.
  func sendPartialBatch() {
    guard slots.wait(timeout: .now()) == .success else { return }
    let batch: [Candidate] = state.withLock { Self.takeBatch(&$0) }
    if batch.isEmpty { slots.signal() } else { start(batch) }
  }

  private static func takeBatch(_ state: inout State) -> [Candidate] {
    defer {
      state.filling = []
      state.filling.reserveCapacity(batchSize)
    }
    return state.filling
  }

  private func dispatch(_ batch: [Candidate]) {
    slots.wait()
    start(batch)
  }

  private func start(_ batch: [Candidate]) {
    let number = state.withLock { state in
      state.nextNumber += 1
      return state.nextNumber
    }
    let gate = Locked(false)
    let task = Task { [self] in
      do { try await settle(batch) } catch { fail(error) }
      slots.signal()
      gate.withLock { $0 = true }
      state.withLock { _ = $0.isSettling.removeValue(forKey: number) }
    }
    // The task may be over before it is noted.
    state.withLock { state in
      if !gate.withLock({ $0 }) { state.isSettling[number] = task }
    }
  }

  /// Sends the rest and waits until everything has been delivered.
  func finish() async {
    let rest: [Candidate] = state.withLock { Self.takeBatch(&$0) }
    do { if !rest.isEmpty { try await settle(rest) } } catch { fail(error) }
    while let task = state.withLock({ $0.isSettling.values.first }) { await task.value }
  }

  /// Drops what has gathered; what comes later is dropped too.
  func close() {
    let dropped: [Candidate] = state.withLock { state in
      state.isClosed = true
      return Self.takeBatch(&state)
    }
    _ = dropped
  }

  private func settle(_ batch: [Candidate]) async throws {
    var findings: [Finding] = []
    findings.reserveCapacity(batch.count)
    var waiting = batch
    for attempt in 1...Self.attemptLimit where !waiting.isEmpty {
      let files = waiting.compactMap(\.file)
      let reports = files.isEmpty ? [] : try await prober.probe(files)
      guard reports.count == files.count else {
        preconditionFailure("the prober answered \(reports.count) of \(files.count) files")
      }
      var again: [Candidate] = []
      var next = 0
      for candidate in waiting {
        guard let file = candidate.file else {
          findings.append(candidate.finding(nil))
          continue
        }
        let report = reports[next]
        next += 1
        // Written to while it was read: what was learned may be of no content that ever was.
        if let now = try? FileSystem.status(of: file.descriptor),
          !now.isSameContent(as: candidate.status), attempt < Self.attemptLimit
        {
          var changed = candidate
          changed.status = now
          again.append(changed)
          continue
        }
        findings.append(candidate.finding(report))
      }
      waiting = again
    }
    counters.update { $0.probed += findings.count }
    try await deliver(findings)
  }
}

extension Candidate {
  /// The row to write.
  fileprivate func finding(_ report: Result<ProbeReport, MediaFailure>?) -> Finding {
    var probe: Probe?
    var fingerprint: Fingerprint?
    var reason = failure
    switch report {
    case .success(let report):
      probe = report.probe
      fingerprint = report.fingerprint
    case .failure(let failure):
      reason = failure
      fingerprint = failure.fingerprint
    case nil: break
    }
    return Finding(
      root: root, isRepeatedFailure: reason != nil && reason?.kind == previousFailure,
      file: ScannedFile(
        known: known, folder: folder, name: name, byteCount: status.byteCount,
        modifiedNanoseconds: status.modifiedNanoseconds, inode: status.inode, probe: probe,
        fingerprint: fingerprint, failure: reason),
      path: path)
  }
}
