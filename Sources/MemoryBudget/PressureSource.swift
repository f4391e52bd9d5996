import CLinux
import Glibc
import Platform

/// A descriptor that the kernel wakes when memory becomes short, and how to wait for it.
struct PressureSource: ~Copyable {
  /// The ways the kernel tells.
  enum Kind: Sendable, Equatable {
    /// PSI: tasks stalled for memory for a tenth of a window (`/proc/pressure/memory` or the
    /// group's `memory.pressure`).
    case stall
    /// Version 2 of control groups: the counters of `memory.events` moved.
    case groupEvents
    /// Version 1 of control groups: `memory.pressure_level` at "medium".
    case groupLevel
  }

  /// "some" tasks stalled for 200 ms in 2 s. A window of 2 s is what kernels from 6.5 on allow without
  /// privileges.
  private static let stallTrigger = "some 200000 2000000\0"

  let kind: Kind
  let file: FileDescriptor
  /// The file the kernel watches, kept open; for `groupLevel`.
  private let watched: FileDescriptor?
  private var lastEventCount = 0

  /// The first source that this system offers; nil when it offers none.
  static func open(_ system: System) -> PressureSource? {
    let group = system.group
    var stallFiles: [FilePath] = []
    if let group, group.version == 2, let own = group.directories.first {
      stallFiles.append(own.appending("memory.pressure"))
    }
    stallFiles.append(system.procDirectory.appending("pressure/memory"))
    for path in stallFiles {
      if let source = try? stall(path) { return source }
    }
    guard let own = group?.directories.first else { return nil }
    if group?.version == 2 { return try? groupEvents(own.appending("memory.events")) }
    return try? groupLevel(own)
  }

  private static func stall(_ path: FilePath) throws(SystemError) -> PressureSource {
    let file = try FileDescriptor.open(path, flags: O_RDWR | O_NONBLOCK)
    try file.write(Array(stallTrigger.utf8))
    return PressureSource(kind: .stall, file: file, watched: nil)
  }

  private static func groupEvents(_ path: FilePath) throws(SystemError) -> PressureSource {
    let file = try FileDescriptor.open(path, flags: O_RDONLY)
    var source = PressureSource(kind: .groupEvents, file: file, watched: nil)
    _ = source.isPressure()
    return source
  }

  private static func groupLevel(_ directory: FilePath) throws(SystemError) -> PressureSource {
    let level = try FileDescriptor.open(
      directory.appending("memory.pressure_level"), flags: O_RDONLY)
    let control = try FileDescriptor.open(
      directory.appending("cgroup.event_control"), flags: O_WRONLY)
    let event = FileDescriptor(
      takingOwnershipOf: try systemCall("eventfd") { clinux_eventfd() })
    try control.write(Array("\(event.rawValue) \(level.rawValue) medium".utf8))
    return PressureSource(kind: .groupLevel, file: event, watched: level)
  }

  private init(kind: Kind, file: consuming FileDescriptor, watched: consuming FileDescriptor?) {
    self.kind = kind
    self.file = file
    self.watched = watched
  }

  /// What `poll(2)` waits for.
  var events: Int16 { Int16(kind == .groupLevel ? POLLIN : POLLPRI) }

  /// True when `poll(2)` answered that no event will ever come. `memory.events` answers every event with
  /// POLLERR as well, by the kernel's habit for such files.
  func isGone(_ answer: Int16) -> Bool {
    answer & Int16(POLLNVAL) != 0 || (kind == .stall && answer & Int16(POLLERR) != 0)
  }

  /// Reads the event, so that the next one wakes again, and tells whether it means pressure.
  mutating func isPressure() -> Bool {
    switch kind {
    case .stall: return true
    case .groupLevel: return drain()
    case .groupEvents:
      guard let bytes = try? file.read(at: 0, count: 4096) else { return false }
      let text = String(decoding: bytes, as: UTF8.self)
      let count = ["high", "max", "oom"].reduce(0) { $0 + (ProcFile.number($1, in: text) ?? 0) }
      defer { lastEventCount = count }
      return count > lastEventCount
    }
  }

  /// An eventfd has no offsets, so `pread` does not read it.
  private func drain() -> Bool {
    var count: UInt64 = 0
    return unsafe Glibc.read(file.rawValue, &count, 8) == 8
  }
}
