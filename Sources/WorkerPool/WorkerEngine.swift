import CSandbox
import Glibc
import MemoryBudget
import Platform
import WorkerProtocol

/// Starts workers, talks to all of them from one thread, and watches the clock.
///
/// The thread owns every process and every socket. Others reach it through the inbox only, so that
/// nothing here is locked while a worker is waited for. Workers die with this thread
/// (`PR_SET_PDEATHSIG` is about threads), which is why it starts them and outlives them.
final class WorkerEngine: Sendable {
  enum Command: Sendable {
    case execute(Assignment)
    case cancel(Assignment)
    /// End the workers that have nothing to do.
    case endIdle
    /// Tell when no worker is left.
    case awaitEnd(Promise<Void>)
    case stop(Promise<Void>)
  }

  /// What others may see of a worker.
  struct Entry: Sendable {
    let processIdentifier: pid_t
    let kind: WorkerKind
    var state: WorkerSnapshot.State
    var request: WorkerRequest?
  }

  struct Settings: Sendable {
    /// The executables by kind.
    let executables: [WorkerKind: FilePath]
    let environment: [String]
    let keepsStandardError: Bool
    let startTimeLimit: UInt64
    let cancellationGrace: UInt64
    let idleTimeLimit: UInt64
    /// What may stay in a worker's heap after a job before it is replaced.
    let memorySlack: Int
    let notice: @Sendable (String) -> Void
  }

  private let inbox = Locked<[Command]>([])
  private let wakeUp: FileDescriptor
  let entries = Locked<[Entry]>([])
  /// The largest PSS seen of a worker that has just started, by kind: what the next one will cost.
  private let baseEstimates: Locked<[WorkerKind: Int]>

  init(firstBaseEstimates: [WorkerKind: Int]) throws(SystemError) {
    wakeUp = FileDescriptor(
      takingOwnershipOf: try systemCall("eventfd") { csandbox_event_descriptor() })
    baseEstimates = Locked(firstBaseEstimates)
  }

  /// Starts the thread; it runs until `.stop`.
  func start(
    settings: Settings, scheduler: SlotScheduler, budget: MemoryBudget, account: Account
  ) {
    startDetachedThread(named: "workers", stackByteCount: 1 << 20) {
      let loop = EngineLoop(
        engine: self, settings: settings, scheduler: scheduler, budget: budget, account: account)
      loop.run()
    }
  }

  /// What one more worker of a kind will cost.
  func baseEstimate(_ kind: WorkerKind) -> Int { baseEstimates.withLock { $0[kind] ?? 0 } }

  /// Learns what one costs that has just been measured.
  func learn(_ byteCount: Int, for kind: WorkerKind) {
    baseEstimates.withLock { $0[kind] = max(byteCount, ($0[kind] ?? 0) / 2) }
  }

  /// Hands a command to the thread.
  func post(_ command: Command) {
    inbox.withLock { $0.append(command) }
    var one: UInt64 = 1
    let raw = wakeUp.rawValue
    _ = unsafe withUnsafeBytes(of: &one) { unsafe write(raw, $0.baseAddress, $0.count) }
  }

  /// Takes all commands; the engine's thread only.
  func takeCommands() -> [Command] {
    var count: UInt64 = 0
    let raw = wakeUp.rawValue
    _ = unsafe withUnsafeMutableBytes(of: &count) { unsafe read(raw, $0.baseAddress, $0.count) }
    return inbox.withLock { commands in
      defer { commands = [] }
      return commands
    }
  }

  var wakeUpDescriptor: CInt { wakeUp.rawValue }
}
