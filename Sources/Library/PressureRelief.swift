import CLinux
import MemoryBudget
import Platform
import Search
import WorkerPool

/// How often memory was short, and what was given back then.
public struct PressureReport: Sendable, Equatable {
  /// How pressure is heard of: `psi`, `cgroup2`, `cgroup1`, `comparing`, or `none` when it could not be
  /// listened to.
  public internal(set) var source: String
  /// How often memory was short since the library was opened.
  public internal(set) var count = 0
  /// Bytes of caches given back then, in sum; ended workers come on top.
  public internal(set) var freedByteCount = 0
}

/// Gives memory back early when the machine, or this process's control group, runs short of it.
///
/// Half of what every cache holds above its floor goes, then the workers that have nothing to do, and the
/// search index when nobody has searched for a while; all of them come back by themselves when they are
/// wanted. Halves rather than all, because pressure is often
/// somebody else's and short: what still lasts after a second takes the next half. Thread-safe.
final class PressureRelief: Sendable {
  private struct State {
    var report: PressureReport
    var nextNoticeNanoseconds: UInt64 = 0
  }

  private let state: Locked<State>
  private let monitor: MemoryPressureMonitor?
  private static let keptFraction = 0.5
  /// Whoever searches now and then should not wait for the index each time.
  private static let searchIdleDuration = Duration.seconds(180)
  /// Pressure may last for hours; people are told once in a while.
  private static let noticePause: UInt64 = 600 * 1_000_000_000

  /// Starts listening.
  ///
  /// - Parameter place: where the kernel tells about memory.
  init(
    place: MemoryPressureMonitor.Place, budget: MemoryBudget, workers: WorkerPool,
    search: SearchEngine, noticeHandler: @escaping @Sendable (String) -> Void
  ) {
    let state = Locked(State(report: PressureReport(source: "none")))
    self.state = state
    do throws(SystemError) {
      monitor = try MemoryPressureMonitor(place: place) {
        [weak budget, weak workers, weak search] in
        guard let budget, let workers else { return }
        let freed = budget.shrinkCaches(toFraction: Self.keptFraction)
        workers.endIdleWorkers()
        if let search {
          Task { await search.release(idleFor: Self.searchIdleDuration) }
        }
        // What was cached in small blocks lies in the heap; this gives whole free pages back.
        _ = clinux_malloc_trim()
        if Self.note(freed, state) {
          noticeHandler(
            "memory is short on this machine or in this container: gave back \(freed >> 20) MiB of "
              + "caches and the workers that had nothing to do")
        }
      }
    } catch {
      monitor = nil
      noticeHandler(
        "memory pressure cannot be listened to (\(error)); caches keep to the budget alone")
    }
    if let monitor { state.withLock { $0.report.source = monitor.sourceName } }
  }

  /// What happened so far.
  var report: PressureReport { state.withLock { $0.report } }

  /// Ends the listening.
  func stop() { monitor?.cancel() }

  /// True when it is time to tell.
  private static func note(_ freed: Int, _ state: Locked<State>) -> Bool {
    let now = monotonicNanoseconds()
    return state.withLock { state in
      state.report.count += 1
      state.report.freedByteCount += freed
      guard now >= state.nextNoticeNanoseconds else { return false }
      state.nextNoticeNanoseconds = now + noticePause
      return true
    }
  }
}
