import CLinux
import CSandbox
import Glibc
import Platform

/// How a worker gives up what it does not need, in two steps: before and after its libraries are
/// loaded. What the kernel lacks is told and gone without.
public struct Confinement: Sendable {
  /// Landlock's version in this kernel; 0 without it.
  public private(set) var landlockVersion: CInt = 0
  /// True once the system call filter holds.
  public private(set) var hasSystemCallFilter = false
  /// True once no program can give this process new rights.
  public private(set) var hasNoNewPrivileges = false
  /// One sentence for each thing that could not be had.
  public private(set) var notices: [String] = []

  /// Descriptors a worker may have open at once: a batch's, those of a job, its socket, its log.
  private static let openFileLimit: UInt64 = 160
  /// A worker writes to shared memory, never to files; a little room for a log.
  private static let fileByteLimit: UInt64 = 64 << 10

  /// The first step, at the very start: dies with its parent, forgets every descriptor from
  /// `firstUnused` on, caps the heap's arenas, lowers the limits that hold for its whole life.
  ///
  /// - Parameter parent: the process that started this one; 0 when it does not matter.
  public init(parent: pid_t, firstUnused: CInt) {
    clinux_cap_malloc(1)
    if csandbox_die_with_parent(parent) == ESRCH { exit(0) }
    _ = csandbox_close_from(firstUnused)
    csandbox_ignore_signals()
    note(csandbox_volunteer_for_oom(), "cannot volunteer to be ended first when memory runs out")
    note(csandbox_set_limit(CSANDBOX_LIMIT_CORE, 0), "cannot forbid core dumps")
    note(
      csandbox_set_limit(CSANDBOX_LIMIT_FILE_SIZE, Self.fileByteLimit), "cannot limit file sizes")
    note(
      csandbox_set_limit(CSANDBOX_LIMIT_OPEN_FILES, Self.openFileLimit),
      "cannot limit open descriptors")
  }

  /// The second step, once every library and every table is loaded: from here on no file can be
  /// opened, no process started, nobody reached.
  public mutating func lock() {
    let threadCount = csandbox_thread_count()
    if threadCount > 1 {
      notices.append(
        "\(threadCount) threads run before confinement; Landlock holds for the first one only")
    }
    let privileges = csandbox_no_new_privileges()
    hasNoNewPrivileges = privileges == 0
    note(privileges, "PR_SET_NO_NEW_PRIVS is refused")

    var version: CInt = 0
    let landlock = unsafe csandbox_landlock(nil, 0, &version)
    if landlock == 0 { landlockVersion = version }
    note(landlock, "Landlock is not available, the system call filter alone keeps files closed")

    let filter = csandbox_seccomp(1)
    hasSystemCallFilter = filter == 0
    note(filter, "seccomp is not available, system calls are not filtered")
  }

  private mutating func note(_ code: CInt, _ sentence: String) {
    guard code != 0 else { return }
    notices.append("\(sentence): \(SystemError(code: code, call: "confine").reason)")
  }
}
