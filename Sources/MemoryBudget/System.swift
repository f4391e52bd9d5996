import Platform

/// Where the kernel tells about memory; the directories can be replaced for tests.
struct System: Sendable {
  var procDirectory: FilePath = "/proc"
  var cgroupDirectory: FilePath = "/sys/fs/cgroup"

  /// The version of a control group and where its files are, its own first, then its ancestors.
  struct Group: Sendable, Equatable {
    let version: Int
    let directories: [FilePath]
  }

  /// RAM in bytes.
  var totalByteCount: Int? { memoryInformation("MemTotal") }

  /// What programs could still get without swapping, in bytes.
  var availableByteCount: Int? { memoryInformation("MemAvailable") }

  private func memoryInformation(_ name: String) -> Int? {
    guard let text = try? ProcFile.text(procDirectory.appending("meminfo")) else { return nil }
    return ProcFile.number(name, in: text).map { $0 * 1024 }
  }

  /// The control group this process is in, of the version that has the memory controller.
  ///
  /// Inside a container the path in `/proc/self/cgroup` may be of the host and not exist here; then the
  /// mount's root is the container's own group.
  var group: Group? {
    guard let text = try? ProcFile.text(procDirectory.appending("self/cgroup")) else { return nil }
    var unified: Group?
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[1].split(separator: ",").contains("memory") {
        return Group(
          version: 1,
          directories: chain(below: cgroupDirectory.appending("memory"), String(parts[2])))
      }
      if parts[0] == "0" && parts[1].isEmpty {
        unified = Group(version: 2, directories: chain(below: cgroupDirectory, String(parts[2])))
      }
    }
    return unified
  }

  private func chain(below root: FilePath, _ path: String) -> [FilePath] {
    var directories: [FilePath] = []
    var place = root.appending(path.split(separator: "/").joined(separator: "/"))
    while place.isWithin(root), place != root {
      directories.append(place)
      place = place.parent
    }
    return directories + [root]
  }

  /// The lowest limit of the group and its ancestors; nil when there is none.
  var groupByteLimit: Int? {
    guard let group else { return nil }
    let names = group.version == 2 ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"]
    let limits = group.directories.flatMap { directory in
      names.compactMap { ProcFile.number(directory.appending($0)) }
    }
    // Version 1 writes "no limit" as a number near Int.max.
    return limits.filter { $0 > 0 && $0 < 1 << 60 }.min()
  }

  /// What the group uses and cannot give back by dropping clean file pages.
  var groupWorkingByteCount: Int? {
    guard let group else { return nil }
    let name = group.version == 2 ? "memory.current" : "memory.usage_in_bytes"
    let inactive = group.version == 2 ? "inactive_file" : "total_inactive_file"
    for directory in group.directories {
      guard let usage = ProcFile.number(directory.appending(name)) else { continue }
      let text = (try? ProcFile.text(directory.appending("memory.stat"))) ?? ""
      return max(0, usage - (ProcFile.number(inactive, in: text) ?? 0))
    }
    return nil
  }
}
