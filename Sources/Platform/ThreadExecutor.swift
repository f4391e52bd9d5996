import CLinux
import Dispatch

/// The executor of an actor that has a thread of its own: for actors whose methods compute for longer
/// than the cooperative pool should be kept from its other tasks.
///
/// Jobs run one after another in the order they come. The thread ends when the executor is let go of
/// and nothing waits. How many wait is bounded by who calls the actor, since an executor must take
/// every job. Thread-safe.
public final class ThreadExecutor: SerialExecutor {
  private let queue = Queue()

  private final class Queue: Sendable {
    private struct State {
      var jobs: [UnownedJob] = []
      var isEnding = false
    }

    private let state = Locked(State())
    // Counts the jobs, and once the end.
    private let available = DispatchSemaphore(value: 0)

    func add(_ job: UnownedJob) {
      unsafe clinux_tsan_release(key)
      state.withLock { $0.jobs.append(job) }
      available.signal()
    }

    func end() {
      state.withLock { $0.isEnding = true }
      available.signal()
    }

    /// Takes all jobs that wait; nil at the end.
    func take() -> [UnownedJob]? {
      available.wait()
      return state.withLock { state -> [UnownedJob]? in
        if state.jobs.isEmpty { return state.isEnding ? nil : [] }
        defer { state.jobs = [] }
        return state.jobs
      }
    }

    var key: UnsafeRawPointer {
      unsafe UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    }
  }

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - name: shown by `ps -T`; at most 15 bytes.
  ///   - stackByteCount: the size of its stack.
  public init(name: String, stackByteCount: Int = 1 << 20) {
    // Not owned by the thread, which would keep it alive for ever; only compared while a job runs.
    let executor = unsafe asUnownedSerialExecutor()
    startDetachedThread(named: name, stackByteCount: stackByteCount) { [queue] in
      while let jobs = queue.take() {
        for job in jobs {
          unsafe clinux_tsan_acquire(queue.key)
          unsafe job.runSynchronously(on: executor)
          unsafe clinux_tsan_release(queue.key)
        }
      }
    }
  }

  deinit { queue.end() }

  public func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job)) }
}
