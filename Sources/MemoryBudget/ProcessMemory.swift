import Glibc
import Platform

/// The memory processes really have: PSS, their private pages plus their part of the shared ones.
///
/// The sum over a process tree is what the budget is measured against.
public struct ProcessMemory: Sendable {
  /// The PSS of each process in bytes. For one whose PSS may not be read it is its RSS, which is
  /// never less.
  public let byteCounts: [pid_t: Int]
  /// Why a process's PSS could not be read; those that ended meanwhile are not listed.
  public let failures: [pid_t: SystemError]

  /// The sum over all processes in bytes.
  public var total: Int { byteCounts.values.reduce(0, +) }

  /// The PSS of one process in bytes, from `/proc/PID/smaps_rollup`.
  ///
  /// Costs the kernel a walk over the process's pages: some milliseconds for a big one.
  ///
  /// - Throws: `SystemError` with `ENOENT` or `ESRCH` when it has ended, `EACCES` when it is
  ///   another user's or protects itself.
  public static func pss(of pid: pid_t) throws(SystemError) -> Int {
    let path = FilePath("/proc/\(pid)/smaps_rollup")
    let text = try ProcFile.text(path)
    guard let kibibytes = ProcFile.number("Pss", in: text) else {
      throw SystemError(code: ESRCH, call: "read", path: path)
    }
    return kibibytes * 1024
  }

  /// The PSS of a process and all it started that still run.
  public static func tree(root pid: pid_t) -> [pid_t: Int] { reading(root: pid).byteCounts }

  /// The same, with what could not be read.
  public static func reading(root pid: pid_t) -> ProcessMemory {
    var byteCounts: [pid_t: Int] = [:]
    var failures: [pid_t: SystemError] = [:]
    for process in processes(root: pid) {
      do throws(SystemError) {
        byteCounts[process] = try pss(of: process)
      } catch {
        if error.code == ENOENT || error.code == ESRCH { continue }
        failures[process] = error
        byteCounts[process] = residentByteCount(of: process)
      }
    }
    return ProcessMemory(byteCounts: byteCounts, failures: failures)
  }

  /// A process and all its descendants, itself first.
  public static func processes(root pid: pid_t) -> [pid_t] {
    var found = [pid]
    var next = 0
    var parents: [pid_t: pid_t]?
    while next < found.count {
      let process = found[next]
      next += 1
      if let children = children(of: process) {
        found += children.filter { !found.contains($0) }
      } else {
        // Kernels without CONFIG_PROC_CHILDREN: look at everyone's parent.
        let known = parents ?? parentsOfAll()
        parents = known
        found += known.filter { $0.value == process && !found.contains($0.key) }.keys.sorted()
      }
    }
    return found
  }

  /// From `/proc/PID/task/*/children`; nil when the kernel does not have it.
  static func children(of pid: pid_t) -> [pid_t]? {
    var children: [pid_t] = []
    for task in numberedEntries(FilePath("/proc/\(pid)/task")) {
      do throws(SystemError) {
        let text = try ProcFile.text(FilePath("/proc/\(pid)/task/\(task)/children"))
        children += text.split(separator: " ").compactMap { pid_t($0) }
      } catch {
        // The thread may have ended; the file missing while the thread lives means no such file.
        let stat = FilePath("/proc/\(pid)/task/\(task)/stat")
        if error.code == ENOENT, (try? ProcFile.text(stat)) != nil { return nil }
      }
    }
    return children
  }

  /// Every process's parent, from `/proc/*/stat`.
  static func parentsOfAll() -> [pid_t: pid_t] {
    var parents: [pid_t: pid_t] = [:]
    for process in numberedEntries("/proc") {
      guard let text = try? ProcFile.text(FilePath("/proc/\(process)/stat")),
        // The name in parentheses may hold spaces and parentheses itself.
        let close = text.lastIndex(of: ")")
      else { continue }
      let fields = text[close...].split(separator: " ")
      if fields.count > 2, let parent = pid_t(fields[2]) { parents[process] = parent }
    }
    return parents
  }

  private static func residentByteCount(of pid: pid_t) -> Int {
    guard let text = try? ProcFile.text(FilePath("/proc/\(pid)/statm")) else { return 0 }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * sysconf(CInt(_SC_PAGESIZE))
  }

  private static func numberedEntries(_ path: FilePath) -> [pid_t] {
    guard let directory = unsafe path.withCString({ unsafe opendir($0) }) else { return [] }
    defer { unsafe closedir(directory) }
    var numbers: [pid_t] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let number = pid_t(name) { numbers.append(number) }
    }
    return numbers
  }
}
