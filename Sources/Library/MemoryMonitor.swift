import Glibc
import MemoryBudget
import Platform

/// What all Albumen processes use, against what the ledger says.
public struct MemoryReport: Sendable {
  /// One process.
  public struct Process: Sendable {
    /// Its process id.
    public let identifier: pid_t
    /// `albumen` for the main process, else `worker`.
    public let role: String
    /// Its proportional share of memory in bytes.
    public let pss: Int
  }

  /// One second of the past.
  public struct Sample: Sendable {
    /// When, in milliseconds since 1970 UTC.
    public let milliseconds: Int64
    /// What all processes together used, in bytes.
    public let pss: Int
  }

  /// What every account holds.
  public let ledger: LedgerSnapshot
  /// All processes, the main one first.
  public let processes: [Process]
  /// The last minute, oldest first, while somebody looks.
  public let history: [Sample]

  /// How often memory was short, and what was given back then.
  public let pressure: PressureReport

  /// What all processes together use, in bytes.
  public var pss: Int { processes.reduce(0) { $0 + $1.pss } }
  /// What they use beyond the ledger; negative while reservations are not used up.
  public var unaccounted: Int { ledger.unaccounted(treePSS: pss) }
}

/// Reads what all processes use, once a second while somebody asks, and remembers a minute of it.
public final class MemoryMonitor: Sendable {
  private struct State {
    var history: [MemoryReport.Sample] = []
    var latest: (report: MemoryReport, nanoseconds: UInt64)?
    var askedNanoseconds: UInt64 = 0
    var task: Task<Void, Never>?
    var isStopped = false
  }

  private let budget: MemoryBudget
  private let pressure: PressureRelief
  // Reading /proc of a big process takes milliseconds.
  private let pool = BlockingPool(name: "memory", threadCount: 1, queueLimit: 64)
  private let state = Locked(State())

  /// How long after the last question readings go on.
  private static let patience: UInt64 = 60 * 1_000_000_000
  private static let sampleCount = 60
  /// A reading this young is good enough.
  private static let freshness: UInt64 = 500_000_000

  init(budget: MemoryBudget, pressure: PressureRelief) {
    self.budget = budget
    self.pressure = pressure
  }

  deinit { stop() }

  /// What is used now, at most half a second old. Starts the readings that make the history.
  public func report() async throws -> MemoryReport {
    let now = monotonicNanoseconds()
    let fresh = state.withLock { state -> MemoryReport? in
      state.askedNanoseconds = now
      if state.task == nil && !state.isStopped {
        state.task = Task { [weak self] in
          while !Task.isCancelled, let self, await self.sampleIfWanted() {
            try? await Task.sleep(for: .seconds(1))
          }
        }
      }
      guard let latest = state.latest,
        nanosecondsPassed(since: latest.nanoseconds, until: now) < Self.freshness
      else { return nil }
      return latest.report
    }
    if let fresh { return fresh }
    return try await read(isSample: false)
  }

  func stop() {
    let task = state.withLock { state in
      state.isStopped = true
      return state.task.take()
    }
    task?.cancel()
  }

  private func sampleIfWanted() async -> Bool {
    let now = monotonicNanoseconds()
    let isWanted = state.withLock { state in
      if !state.isStopped
        && nanosecondsPassed(since: state.askedNanoseconds, until: now) < Self.patience
      {
        return true
      }
      state.task = nil
      state.history = []
      return false
    }
    if isWanted { _ = try? await read(isSample: true) }
    return isWanted
  }

  private func read(isSample: Bool) async throws -> MemoryReport {
    let budget = budget
    let (ledger, processes) = try await pool.run {
      let own = getpid()
      let reading = ProcessMemory.reading(root: own).byteCounts
      let processes = reading.sorted { $0.key == own || ($1.key != own && $0.key < $1.key) }.map {
        MemoryReport.Process(
          identifier: $0.key, role: $0.key == own ? "albumen" : "worker", pss: $0.value)
      }
      return (budget.snapshot(), processes)
    }
    let sample = MemoryReport.Sample(
      milliseconds: wallClockMilliseconds(), pss: processes.reduce(0) { $0 + $1.pss })
    let pressureReport = pressure.report
    return state.withLock { state in
      if isSample {
        state.history.append(sample)
        if state.history.count > Self.sampleCount { state.history.removeFirst() }
      }
      let report = MemoryReport(
        ledger: ledger, processes: processes, history: state.history, pressure: pressureReport)
      state.latest = (report, monotonicNanoseconds())
      return report
    }
  }
}

/// Milliseconds since 1970 UTC.
package func wallClockMilliseconds() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
