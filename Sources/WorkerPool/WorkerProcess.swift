import CSandbox
import Glibc
import Platform
import WorkerProtocol

/// One worker process, as the engine's thread sees it. Used from that thread only.
final class WorkerProcess {
  /// A job on its way.
  struct InFlight {
    let assignment: Assignment
    var isSent = false
    /// When it became the one the worker is at.
    var startedAt: UInt64?
    var cancelledAt: UInt64?
  }

  /// Why a worker went away.
  enum Loss {
    /// It closed its socket or died.
    case died
    /// It sent what no honest worker sends.
    case lied(String)
    case timedOut
    /// A cancelled job took too long to end by itself.
    case cancelled
    /// The pool wanted it to end.
    case ended
  }

  let slot: Int
  let kind: WorkerKind
  let processIdentifier: pid_t
  let channel: MessageChannel
  let base: HeldReservation
  let startedAt: UInt64
  /// True after its hello.
  var isReady = false
  var queue: [InFlight] = []
  var idleSince: UInt64
  var measuredAt: UInt64 = 0
  /// Private resident bytes right after its start.
  var startByteCount = 0
  /// The memory the kernel holds it to now was set for probes.
  var isLimitedForProbes = false

  // Once it is lost:
  var loss: Loss?
  var lostAt: UInt64 = 0

  private init(
    slot: Int, kind: WorkerKind, processIdentifier: pid_t, channel: MessageChannel,
    base: HeldReservation, now: UInt64
  ) {
    self.slot = slot
    self.kind = kind
    self.processIdentifier = processIdentifier
    self.channel = channel
    self.base = base
    startedAt = now
    idleSince = now
  }

  /// Starts a worker. It dies with the calling thread.
  static func start(
    slot: Int, kind: WorkerKind, executable: FilePath, environment: [String],
    keepsStandardError: Bool,
    base: HeldReservation, now: UInt64
  ) throws(SystemError) -> WorkerProcess {
    var parentEnd: CInt = -1
    var workerEnd: CInt = -1
    let code = unsafe csandbox_socket_pair(&parentEnd, &workerEnd)
    if code != 0 { throw SystemError(code: code, call: "socketpair") }
    let channel = MessageChannel(socket: FileDescriptor(takingOwnershipOf: parentEnd))
    let socket = FileDescriptor(takingOwnershipOf: workerEnd)
    var process: pid_t = 0
    let failure = unsafe executable.withCString { path in
      unsafe withCStrings([executable.description, "decode", "\(getpid())"]) { arguments in
        unsafe withCStrings(environment) { environment in
          unsafe csandbox_spawn(
            path, arguments, environment, socket.rawValue, keepsStandardError ? 1 : 0, &process)
        }
      }
    }
    if failure != 0 { throw SystemError(code: failure, call: "posix_spawn", path: executable) }
    return WorkerProcess(
      slot: slot, kind: kind, processIdentifier: process, channel: channel, base: base, now: now)
  }

  /// Sets what the kernel lets it have from now on for a job, above what it has already.
  func limit(for assignment: Assignment) {
    if assignment.isProbe && isLimitedForProbes { return }
    isLimitedForProbes = assignment.isProbe
    // Thread stacks (1 MiB each) and rounding are virtual bytes that no reservation counts. No more
    // than that: what the kernel lets through here could be missing in the budget.
    let slack = 24 << 20
    if let usage = AddressSpaceUsage(of: processIdentifier) {
      let memory = UInt64(usage.dataByteCount + slack) + UInt64(assignment.memoryByteCount)
      let mapped =
        UInt64(usage.byteCount + 5 * slack) + UInt64(assignment.memoryByteCount)
        + UInt64(assignment.mappedByteCount)
      _ = csandbox_set_limit_of(processIdentifier, CSANDBOX_LIMIT_DATA, memory)
      _ = csandbox_set_limit_of(processIdentifier, CSANDBOX_LIMIT_ADDRESS_SPACE, mapped)
    }
    // Should the parent hang, the kernel ends what spins. Probes of a whole scan run under one limit.
    let used = csandbox_cpu_nanoseconds(processIdentifier) / 1_000_000_000
    let room = assignment.isProbe ? 3600 : assignment.timeLimitNanoseconds / 1_000_000_000 * 4 + 2
    _ = csandbox_set_limit_of(processIdentifier, CSANDBOX_LIMIT_CPU, used + room)
  }

  /// Collects the exit status if it has ended; never blocks.
  func reap() -> String? {
    var status: CInt = 0
    let reaped = unsafe waitpid(processIdentifier, &status, WNOHANG)
    if reaped == 0 || (reaped == -1 && errno == EINTR) { return nil }
    let signal = status & 0x7f
    if reaped == -1 { return "it is gone" }
    return signal != 0 ? "signal \(signal)" : "exit code \((status >> 8) & 0xff)"
  }
}

/// Lends strings as a NULL-terminated array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
  unsafe pointers.append(nil)
  defer { unsafe pointers.forEach { unsafe free($0) } }
  return unsafe pointers.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("it holds at least NULL") }
    return unsafe body(base)
  }
}
