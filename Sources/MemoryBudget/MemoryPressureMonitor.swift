import CLinux
import Glibc
import Platform

/// Calls back when the system or this process's control group becomes short of memory, early enough to
/// give caches back before anything is killed.
///
/// Listens to PSI, or to the control group's own events where there is no PSI, on a thread of its own;
/// everywhere it also compares, every two seconds, what is in use with what there is.
///
/// ```swift
/// let monitor = MemoryPressureMonitor { [weak budget] in budget?.shrinkCaches(toFraction: 0.5) }
/// ```
///
/// Ends with `cancel()` or when it is let go. Thread-safe.
public final class MemoryPressureMonitor: Sendable {
  /// Above this part of the control group's limit memory is short.
  private static let groupFraction = 0.92
  /// Below this part of RAM available to programs memory is short.
  private static let availableFraction = 0.05

  private let wake: OpenFile
  /// How it is told of pressure, for the log: `psi`, `cgroup2`, `cgroup1` or `comparing`.
  public let sourceName: String

  /// Where the kernel tells about memory; another one stands for another machine in tests.
  package struct Place: Sendable {
    fileprivate var system = System()
    fileprivate var intervalMilliseconds: CInt = 2000

    /// This machine.
    package init() {}

    /// Directories in the shape of `/proc` and `/sys/fs/cgroup`, looked at every `intervalMilliseconds`.
    package init(
      procDirectory: FilePath, cgroupDirectory: FilePath, intervalMilliseconds: CInt
    ) {
      system = System(procDirectory: procDirectory, cgroupDirectory: cgroupDirectory)
      self.intervalMilliseconds = intervalMilliseconds
    }
  }

  /// Starts listening on this machine.
  ///
  /// - Parameter onPressure: called on the monitor's thread, at most once a second.
  public convenience init(onPressure: @escaping @Sendable () -> Void) throws(SystemError) {
    try self.init(place: Place(), onPressure: onPressure)
  }

  /// Starts listening at `place`.
  package convenience init(
    place: Place, onPressure: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    try self.init(
      system: place.system, intervalMilliseconds: place.intervalMilliseconds,
      pauseMilliseconds: 1000, onPressure: onPressure)
  }

  init(
    system: System, intervalMilliseconds: CInt, pauseMilliseconds: CInt,
    onEnd: @escaping @Sendable () -> Void = {}, onPressure: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    let event = FileDescriptor(
      takingOwnershipOf: try systemCall("eventfd") { clinux_eventfd() })
    let wake = OpenFile(descriptor: event, path: "eventfd")
    self.wake = wake
    // Opened here to know its name; owned by the thread.
    let source = Locked<PressureSource?>(PressureSource.open(system))
    sourceName = source.withLock { source in
      switch source?.kind {
      case .stall: "psi"
      case .groupEvents: "cgroup2"
      case .groupLevel: "cgroup1"
      case nil: "comparing"
      }
    }
    startDetachedThread(named: "pressure") {
      var own = source.withLock { $0.take() }
      while true {
        var polled = [
          pollfd(fd: wake.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
          pollfd(fd: own?.file.rawValue ?? -1, events: own?.events ?? 0, revents: 0),
        ]
        let count = unsafe poll(&polled, 2, intervalMilliseconds)
        if polled[0].revents != 0 { break }
        if count < 0 && errno != EINTR { break }
        var isShort = false
        let answer = polled[1].revents
        if own?.isGone(answer) == true {
          // The group is gone, or the kernel took the trigger away; go on by comparing.
          own = nil
        } else if answer != 0 {
          isShort = own?.isPressure() ?? false
        }
        if isShort || MemoryPressureMonitor.isShort(system) {
          onPressure()
          // A pause, so that what was given back can show; a cancel ends it.
          var waiting = pollfd(
            fd: wake.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
          if unsafe poll(&waiting, 1, pauseMilliseconds) > 0 { break }
        }
      }
      onEnd()
    }
  }

  deinit { cancel() }

  /// Ends the listening; a call under way runs to its end, and none follows.
  public func cancel() {
    var one: UInt64 = 1
    _ = unsafe write(wake.descriptor.rawValue, &one, 8)
  }

  /// Compares what is in use with what there is.
  static func isShort(_ system: System) -> Bool {
    if let limit = system.groupByteLimit, let used = system.groupWorkingByteCount,
      Double(used) > Double(limit) * groupFraction
    {
      return true
    }
    if let total = system.totalByteCount, let available = system.availableByteCount,
      Double(available) < Double(total) * availableFraction
    {
      return true
    }
    return false
  }
}
