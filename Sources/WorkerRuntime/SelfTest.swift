import CSandbox
import Glibc
import Platform
import WorkerProtocol

/// Proof of a worker's confinement from inside: it is confined exactly as for work, then tries
/// what a taken-over decoder would try.
public enum SelfTest {
  /// Bytes beyond what is mapped when the limits are set, and what is then asked for.
  private static let memoryRoom = 64 << 20
  private static let wantedByteCount = 512 << 20

  private static let attempts: [(name: String, kind: csandbox_attempt_kind)] = [
    ("open", CSANDBOX_ATTEMPT_OPEN),
    ("openat", CSANDBOX_ATTEMPT_OPENAT),
    ("openat2", CSANDBOX_ATTEMPT_OPENAT2),
    ("create-file", CSANDBOX_ATTEMPT_CREATE_FILE),
    ("unlink", CSANDBOX_ATTEMPT_UNLINK),
    ("socket", CSANDBOX_ATTEMPT_SOCKET),
    ("exec", CSANDBOX_ATTEMPT_EXEC),
    ("fork", CSANDBOX_ATTEMPT_FORK),
    ("clone", CSANDBOX_ATTEMPT_VFORK),
    ("ptrace-parent", CSANDBOX_ATTEMPT_PTRACE_PARENT),
    ("read-parent-memory", CSANDBOX_ATTEMPT_READ_PARENT_MEMORY),
    ("kill-parent", CSANDBOX_ATTEMPT_KILL_PARENT),
    ("mount", CSANDBOX_ATTEMPT_MOUNT),
    ("user-namespace", CSANDBOX_ATTEMPT_USER_NAMESPACE),
    ("io_uring", CSANDBOX_ATTEMPT_IO_URING),
    ("bpf", CSANDBOX_ATTEMPT_BPF),
    ("keyctl", CSANDBOX_ATTEMPT_KEYCTL),
    ("executable-memory", CSANDBOX_ATTEMPT_EXECUTABLE_MEMORY),
    ("raise-limit", CSANDBOX_ATTEMPT_RAISE_LIMIT),
    ("allocate-past-limit", CSANDBOX_ATTEMPT_ALLOCATE),
    ("write-read-only", CSANDBOX_ATTEMPT_WRITE),
  ]

  /// Confines this process, makes every attempt and returns the findings as one line of JSON:
  /// `{"landlock":7,"seccomp":true,"noNewPrivileges":true,"threads":true,"passed":true,
  /// "notices":[…],"attempts":[{"name":"open","refused":true,"code":13,"reason":"…"},…]}`.
  ///
  /// - Parameters:
  ///   - prepare: what a worker loads before it is confined.
  ///   - readsFonts: as for `Confinement.lock`.
  public static func run(prepare: () -> Void, readsFonts: Bool) -> (json: String, passed: Bool) {
    var confinement = Confinement(parent: 0, firstUnused: 3)
    prepare()
    // A descriptor as a worker gets it: open for reading only.
    let readOnly =
      (try? FileDescriptor.open("/proc/self/status", flags: O_RDONLY))?.relinquish() ?? -1
    limitMemory()
    confinement.lock(readsFonts: readsFonts)

    var findings: [String] = []
    var passed = confinement.hasSystemCallFilter && confinement.hasNoNewPrivileges
    for (name, kind) in attempts {
      let argument =
        switch kind {
        case CSANDBOX_ATTEMPT_ALLOCATE: wantedByteCount
        case CSANDBOX_ATTEMPT_WRITE: Int(readOnly)
        default: 0
        }
      let code = csandbox_attempt(kind, argument)
      let isTried = kind != CSANDBOX_ATTEMPT_WRITE || readOnly >= 0
      passed = passed && code != 0 && isTried
      let reason = code == 0 ? "it worked" : SystemError(code: code, call: name).reason
      findings.append(
        #"{"name":"\#(name)","refused":\#(code != 0),"code":\#(code),"reason":"\#(reason)"}"#)
    }
    let threads = csandbox_attempt(CSANDBOX_ATTEMPT_THREAD, 0) == 0
    passed = passed && threads
    let notices = confinement.notices.map { #""\#($0)""# }.joined(separator: ",")
    let json =
      #"{"landlock":\#(confinement.landlockVersion),"seccomp":\#(confinement.hasSystemCallFilter),"#
      + #""noNewPrivileges":\#(confinement.hasNoNewPrivileges),"threads":\#(threads),"#
      + #""passed":\#(passed),"notices":[\#(notices)],"#
      + #""attempts":[\#(findings.joined(separator: ","))]}"#
    return (json, passed)
  }

  /// What the parent does for a job: what is mapped now, and some room.
  private static func limitMemory() {
    guard let usage = AddressSpaceUsage(of: getpid()) else { return }
    _ = csandbox_set_limit(CSANDBOX_LIMIT_DATA, UInt64(usage.dataByteCount + memoryRoom))
    _ = csandbox_set_limit(CSANDBOX_LIMIT_ADDRESS_SPACE, UInt64(usage.byteCount + memoryRoom))
  }
}
