import CLinux
import Dispatch
import Glibc

/// A fixed number of threads for work that blocks, so that nothing blocks the cooperative pool.
///
/// The queue is bounded: `run` throws `BlockingPool.Full` rather than let work pile up. A job that
/// has not started when its task is cancelled never runs. Thread-safe.
public final class BlockingPool: Sendable {
  /// Thrown when `queueLimit` jobs wait already; the way out is to try later.
  public struct Full: Error, CustomStringConvertible {
    public let description: String
  }

  private struct Job {
    let identifier: UInt64
    let run: @Sendable () -> Void
    let cancel: @Sendable () -> Void
  }

  private struct State {
    var jobs: [Job] = []
    var nextIdentifier: UInt64 = 0
    var isShutDown = false
  }

  private let name: String
  private let queueLimit: Int
  private let state = Locked(State())
  // Counts the jobs in `state.jobs` (and, after shut-down, one wake-up per thread).
  private let available = DispatchSemaphore(value: 0)
  private let threadCount: Int

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - name: at most 15 bytes are shown as the threads' name.
  ///   - threadCount: how many jobs may block at once.
  ///   - queueLimit: how many jobs may wait.
  public init(name: String, threadCount: Int, queueLimit: Int = 4096) {
    precondition(threadCount > 0 && queueLimit > 0, "a pool needs threads and room to wait")
    self.name = name
    self.threadCount = threadCount
    self.queueLimit = queueLimit
    for _ in 0..<threadCount { startThread() }
  }

  /// Runs `body` on one of the pool's threads and waits for it without holding a thread.
  public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
    -> Value
  {
    try Task.checkCancellation()
    let handOver = HandOver<Value>()
    let identifier = state.withLock { state in
      state.nextIdentifier += 1
      return state.nextIdentifier
    }
    let result: Result<Value, any Error> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        handOver.set(continuation)
        let job = Job(
          identifier: identifier,
          run: { handOver.resume(with: Result { try body() }) },
          cancel: { handOver.resume(with: .failure(CancellationError())) })
        let refusal: (any Error)? = state.withLock { state in
          if state.isShutDown { return CancellationError() }
          if state.jobs.count >= queueLimit {
            return Full(description: "\(queueLimit) jobs wait for \(name) already; try again later")
          }
          state.jobs.append(job)
          return nil
        }
        if let refusal {
          handOver.resume(with: .failure(refusal))
        } else {
          available.signal()
          // The task may have been cancelled before its job was in the queue.
          if Task.isCancelled { cancelJob(identifier) }
        }
      }
    } onCancel: {
      cancelJob(identifier)
    }
    handOver.acquire()
    return try result.get()
  }

  /// Cancels what waits and lets the threads end after what they do now.
  public func shutDown() {
    let waiting = state.withLock { state in
      state.isShutDown = true
      defer { state.jobs.removeAll() }
      return state.jobs
    }
    for job in waiting { job.cancel() }
    for _ in 0..<threadCount { available.signal() }
  }

  private func cancelJob(_ identifier: UInt64) {
    let job: Job? = state.withLock { state in
      guard let index = state.jobs.firstIndex(where: { $0.identifier == identifier }) else {
        return nil
      }
      return state.jobs.remove(at: index)
    }
    job?.cancel()
  }

  private func startThread() {
    let name = String(decoding: Array(name.utf8.prefix(15)), as: UTF8.self)
    startDetachedThread(named: name) { [state, available] in
      while true {
        available.wait()
        // A cancelled job leaves its signal behind; then there is nothing to do this time.
        let (job, isOver): (Job?, Bool) = state.withLock { state in
          if state.jobs.isEmpty { return (nil, state.isShutDown) }
          return (state.jobs.removeFirst(), false)
        }
        if isOver { return }
        job?.run()
      }
    }
  }

  deinit { shutDown() }
}

/// A continuation resumed from a plain thread, with the hints ThreadSanitizer needs to see the
/// hand-over.
private final class HandOver<Value: Sendable>: Sendable {
  private let continuation = Locked<CheckedContinuation<Result<Value, any Error>, Never>?>(nil)

  func set(_ new: CheckedContinuation<Result<Value, any Error>, Never>) {
    continuation.withLock { $0 = new }
  }

  /// Resumes once; later calls do nothing.
  func resume(with result: Result<Value, any Error>) {
    let waiting = continuation.withLock { $0.take() }
    unsafe clinux_tsan_release(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
    waiting?.resume(returning: result)
  }

  func acquire() {
    unsafe clinux_tsan_acquire(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
  }
}
