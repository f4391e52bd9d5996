import CLinux
import Glibc
import Platform

/// Turns SIGINT, SIGTERM and SIGHUP into the cancellation of a task: the work finishes its
/// transaction and leaves. A second SIGINT ends the process at once.
enum Interruption {
  /// Runs `body` so that the signals cancel it.
  static func cancelling<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await body() }
    onSignal { task.cancel() }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Blocks the signals in this thread and all it starts from now on. Call it before anything starts
  /// a thread; a signal then waits for the thread of `onSignal`.
  static func prepare() {
    var signals = signalSet()
    _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    // A closed pipe or socket is an error of `write`, not the end of the process.
    _ = signal(SIGPIPE, SIG_IGN)
  }

  private static func onSignal(_ act: @escaping @Sendable () -> Void) {
    startDetachedThread(named: "signals") {
      var signals = signalSet()
      var number: CInt = 0
      var count = 0
      while unsafe sigwait(&signals, &number) == 0 {
        count += 1
        if count > 1 { _exit(ExitCode.interrupted.rawValue) }
        act()
      }
    }
  }

  private static func signalSet() -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, number) }
    return set
  }
}
