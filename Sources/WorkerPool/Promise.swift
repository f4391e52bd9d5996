import CLinux
import Platform

/// A value that one side waits for and another, on whatever thread, gives once.
///
/// Carries the hints that ThreadSanitizer needs to see the hand-over from a plain thread.
final class Promise<Value: Sendable>: Sendable {
  private enum State: Sendable {
    case empty
    case waiting(CheckedContinuation<Value, Never>)
    case given(Value)
    case taken
  }

  private let state = Locked(State.empty)

  /// Gives the value; later calls do nothing.
  func give(_ value: Value) {
    let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
      switch state {
      case .empty:
        state = .given(value)
        return nil
      case .waiting(let continuation):
        state = .taken
        return continuation
      case .given, .taken:
        return nil
      }
    }
    unsafe clinux_tsan_release(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
    waiting?.resume(returning: value)
  }

  /// Waits for the value; call it once. It does not return early when the task is cancelled:
  /// whoever gives the value does so early then.
  func value() async -> Value {
    let value = await withCheckedContinuation { continuation in
      let given: Value? = state.withLock { state in
        if case .given(let value) = state {
          state = .taken
          return value
        }
        state = .waiting(continuation)
        return nil
      }
      if let given { continuation.resume(returning: given) }
    }
    unsafe clinux_tsan_acquire(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
    return value
  }
}
