import CLinux
import Synchronization

/// A value and the lock that guards it, as one object: it cannot be reached without the lock.
///
/// The one lock type of the engine, because ThreadSanitizer does not see into the standard
/// library's `Mutex` on Linux and needs the hints given here to be trusted. For short critical
/// sections only: never call out to user code, block or suspend inside.
public final class Locked<Value: ~Copyable>: Sendable {
  private let mutex: Mutex<Value>

  /// Guards a value.
  public init(_ value: consuming sending Value) { mutex = Mutex(value) }

  /// Runs `body` with the value, alone.
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    let key = unsafe UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    return try mutex.withLock { value throws(Failure) in
      unsafe clinux_tsan_acquire(key)
      defer { unsafe clinux_tsan_release(key) }
      return try body(&value)
    }
  }
}
