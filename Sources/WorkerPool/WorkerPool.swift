import Glibc
import Media
import MemoryBudget
import Pixels
import Platform
import WorkerProtocol

/// Sandboxed processes that read untrusted files, started on need and at most `workerCount` of them.
///
/// Every job reserves its worst case before it starts and waits in the budget when there is no room.
/// Jobs start in order of priority; the queue is bounded; all of them can be cancelled: a job that
/// waits leaves at once, one that runs gets `cancellationGrace` to end by itself before its worker is
/// killed, and the call returns when that is over. A worker that crashes, hangs or lies loses only
/// its job and is replaced. Thread-safe.
public final class WorkerPool: Sendable {
  /// How the pool works.
  public struct Configuration: Sendable {
    /// The workers by what they have loaded; a kind that is missing is done by the next one that has
    /// more, and `.full` is never missing.
    public var executables: [WorkerKind: FilePath]
    /// Workers at most; one for each processor by default.
    public var workerCount: Int
    /// How long one job may take, from when a worker starts on it.
    public var jobTimeLimit: Duration = .seconds(10)
    /// Jobs that may wait for a worker.
    public var queueLimit: Int
    /// How long a worker may take to load its libraries and confine itself.
    public var startTimeLimit: Duration = .seconds(20)
    /// How long a worker without work lives on.
    public var idleTimeLimit: Duration = .seconds(30)
    /// How long a cancelled job may go on before its worker is killed. Shorter than most jobs would
    /// waste more on new workers than it saves.
    public var cancellationGrace: Duration = .milliseconds(500)
    /// Bytes a worker may keep after a job, above those it had when it started, before it is replaced.
    public var memorySlack: Int = 24 << 20
    /// Whether workers write to this process's standard error, for debugging.
    public var keepsStandardError = false
    /// More `NAME=value` lines for the workers, which otherwise see nothing of the environment but
    /// `LD_LIBRARY_PATH`.
    public var environment: [String] = []
    /// Hears, once each, what the kernel lacks for a full confinement. Called on the pool's thread.
    public var noticeHandler: @Sendable (String) -> Void = { _ in }

    /// A configuration with the defaults.
    ///
    /// - Precondition: `executables` has `.full`.
    public init(
      executables: [WorkerKind: FilePath], workerCount: Int? = nil, queueLimit: Int = 4096
    ) {
      precondition(executables[.full] != nil, "somebody must do every kind of job")
      self.executables = executables
      self.workerCount = workerCount ?? usableProcessorCount()
      self.queueLimit = queueLimit
    }
  }

  /// The most files of one call of `probe`.
  public static let batchFileCount = WireLimits.batchFileCount
  /// Probe batches in flight on one worker.
  static let probeDepth = 4
  /// What a batch may take in a worker beyond its base: a file's head and what it points to.
  static let probeByteCount = 1 << 20
  /// What the first worker of a kind is taken to need before one has been measured.
  static let firstBaseEstimates: [WorkerKind: Int] = [
    .lean: 10 << 20, .picture: 14 << 20, .full: 28 << 20,
  ]

  let configuration: Configuration
  let budget: MemoryBudget
  let jobAccount: Account
  let scheduler: SlotScheduler
  let engine: WorkerEngine
  private let nextIdentifier = Locked<UInt64>(0)

  /// A pool without workers yet.
  ///
  /// - Throws: `SystemError` when the process has no descriptor left.
  public init(configuration: Configuration, budget: MemoryBudget) throws(SystemError) {
    precondition(configuration.workerCount > 0, "a pool needs a worker")
    self.configuration = configuration
    self.budget = budget
    jobAccount = budget.account("workers.jobs")
    scheduler = SlotScheduler(
      slotCount: configuration.workerCount, queueLimit: configuration.queueLimit,
      probeDepth: Self.probeDepth)
    engine = try WorkerEngine(firstBaseEstimates: Self.firstBaseEstimates)
    let heard = Locked<Set<String>>([])
    let handler = configuration.noticeHandler
    let settings = WorkerEngine.Settings(
      executables: configuration.executables,
      environment: Self.environment + configuration.environment,
      keepsStandardError: configuration.keepsStandardError,
      startTimeLimit: Self.nanoseconds(configuration.startTimeLimit),
      cancellationGrace: Self.nanoseconds(configuration.cancellationGrace),
      idleTimeLimit: Self.nanoseconds(configuration.idleTimeLimit),
      memorySlack: configuration.memorySlack,
      notice: { text in if heard.withLock({ $0.insert(text).inserted }) { handler(text) } })
    engine.start(
      settings: settings, scheduler: scheduler, budget: budget,
      account: budget.account("workers.base"))
  }

  deinit { engine.post(.stop(Promise())) }

  /// What every worker is at now.
  ///
  /// Reads each one's memory from `/proc`: some tenths of a millisecond a worker.
  public func snapshot() -> [WorkerSnapshot] {
    engine.entries.withLock { $0 }.sorted { $0.processIdentifier < $1.processIdentifier }
      .map { entry in
        WorkerSnapshot(
          processIdentifier: entry.processIdentifier, kind: entry.kind, state: entry.state,
          job: entry.request.map { Assignment.describe($0) },
          pss: try? ProcessMemory.pss(of: entry.processIdentifier))
      }
  }

  /// Ends the workers that have nothing to do and gives their memory back, e.g. under memory
  /// pressure. The next job starts a new one.
  public func endIdleWorkers() { engine.post(.endIdle) }

  /// Waits until no worker is left and what they took is given back. It does not make them end, and
  /// cancellation does not end the wait.
  package func awaitEnd() async {
    let done = Promise<Void>()
    engine.post(.awaitEnd(done))
    await done.value()
  }

  /// Jobs that wait for a worker.
  public var waitingCount: Int { scheduler.waitingCount }

  /// Ends all workers and waits until they are gone; jobs fail with `WorkerPoolError.shutDown`.
  public func shutDown() async {
    scheduler.shutDown()
    let done = Promise<Void>()
    engine.post(.stop(done))
    await done.value()
  }

  /// What does a job of a kind here: the least of those that can and are there.
  func available(_ kind: WorkerKind) -> WorkerKind {
    configuration.executables.keys.filter { $0.serves(kind) }.min() ?? .full
  }

  func makeIdentifier() -> UInt64 {
    nextIdentifier.withLock { next in
      next += 1
      return next
    }
  }

  static func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    let (whole, overflows) = UInt64(max(0, seconds)).multipliedReportingOverflow(by: 1_000_000_000)
    return overflows ? .max / 4 : min(whole, .max / 4) + UInt64(max(0, attoseconds) / 1_000_000_000)
  }

  /// What a worker sees: no PATH, no HOME, nothing of the user.
  private static var environment: [String] {
    var lines = [
      "LC_ALL=C.UTF-8",
      // One thread for each worker: there are as many workers as processors.
      "VIPS_CONCURRENCY=1",
      "OMP_NUM_THREADS=1",
      "MALLOC_ARENA_MAX=1",
      "G_SLICE=always-malloc",
      // The compilers for vector code want executable memory, which a confined worker never gets.
      "VIPS_NOVECTOR=1",
      "ORC_CODE=backup",
    ]
    if let libraries = unsafe getenv("LD_LIBRARY_PATH") {
      lines.append("LD_LIBRARY_PATH=\(unsafe String(cString: libraries))")
    }
    return lines
  }
}
