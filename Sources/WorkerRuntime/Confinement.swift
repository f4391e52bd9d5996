import CLinux
import CSandbox
import Glibc
import Platform

/// How a worker gives up what it does not need, in two steps: before and after its libraries are
/// loaded. What the kernel lacks is told and gone without.
///
/// Landlock binds the calling thread and those it starts later. Libraries may start threads while
/// they are loaded, so a first rule set is in force before that: such a thread reads system
/// directories and nothing else. The second one closes those too. The system call filter, the last
/// step, binds every thread; with Landlock it can leave fonts to be read, without it nothing.
public struct Confinement: Sendable {
  /// Landlock's version in this kernel; 0 without it.
  public private(set) var landlockVersion: CInt = 0
  /// True once the system call filter holds.
  public private(set) var hasSystemCallFilter = false
  /// True once no program can give this process new rights.
  public private(set) var hasNoNewPrivileges = false
  /// One sentence for each thing that could not be had.
  public private(set) var notices: [String] = []

  /// What libraries read while they are loaded: modules, fonts, their settings.
  private static let libraryDirectories = [
    "/usr", "/lib", "/lib64", "/etc/fonts", "/var/cache/fontconfig", "/proc/self",
  ]
  /// What stays readable for the text of drawings: its fonts are opened when they are first used.
  private static let fontDirectories = [
    "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/etc/fonts",
    "/var/cache/fontconfig",
  ]
  /// Descriptors a worker may have open at once: a batch's, those of a job, its socket, its log.
  private static let openFileLimit: UInt64 = 160
  /// A worker writes to shared memory, never to files; a little room for a log.
  private static let fileByteLimit: UInt64 = 64 << 10

  /// The first step, at the very start: dies with its parent, forgets every descriptor from
  /// `firstUnused` on, caps the heap's arenas, lowers the limits that hold for its whole life, and
  /// reads no files but those of the system.
  ///
  /// - Parameter parent: the process that started this one; 0 when it does not matter.
  public init(parent: pid_t, firstUnused: CInt) {
    clinux_cap_malloc(1)
    // The libraries' threads would get 8 MiB each, all of it counted by RLIMIT_DATA.
    clinux_set_thread_stack(1 << 20)
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
    let privileges = csandbox_no_new_privileges()
    hasNoNewPrivileges = privileges == 0
    note(privileges, "PR_SET_NO_NEW_PRIVS is refused")
    landlockVersion = restrict(to: Self.libraryDirectories)
  }

  /// Gives back the pages of code that start-up touched, far more than jobs will: an idle worker has
  /// a quarter of its memory without them. Does nothing where `/proc` cannot be read.
  public static func giveBackCode() { _ = csandbox_drop_code_pages() }

  /// The second step, once every library and every table is loaded: from here on no file can be
  /// opened, no process started, nobody reached.
  ///
  /// - Parameter readsFonts: leaves fonts to be read, for decoders that draw text.
  public mutating func lock(readsFonts: Bool) {
    Self.giveBackCode()
    if landlockVersion > 0 {
      landlockVersion = restrict(to: readsFonts ? Self.fontDirectories : [])
    }
    let filter = csandbox_seccomp(readsFonts && landlockVersion > 0 ? 1 : 0)
    hasSystemCallFilter = filter == 0
    note(filter, "seccomp is not available, system calls are not filtered")
  }

  /// Allows nothing but reading below `directories`; returns Landlock's version, 0 without it.
  private mutating func restrict(to directories: [String]) -> CInt {
    var version: CInt = 0
    var pointers = unsafe directories.map { unsafe UnsafePointer(strdup($0)) }
    defer { unsafe pointers.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
    let code = unsafe pointers.withUnsafeMutableBufferPointer { buffer in
      unsafe csandbox_landlock(buffer.baseAddress, buffer.count, &version)
    }
    note(code, "Landlock is not available: no file can be opened, so drawings have no fonts")
    return code == 0 ? version : 0
  }

  private mutating func note(_ code: CInt, _ sentence: String) {
    guard code != 0 else { return }
    notices.append("\(sentence): \(SystemError(code: code, call: "confine").reason)")
  }
}
