import CLinux
import Glibc

/// Starts a detached thread that runs `body` and ends with it.
///
/// A small stack (512 KiB) is enough for our own loops, which keep no big values on it.
///
/// - Parameters:
///   - name: shown by `ps -T`; at most 15 bytes.
///   - stackByteCount: the size of its stack.
///   - body: what it runs.
public func startDetachedThread(
  named name: String, stackByteCount: Int = 512 << 10, _ body: @escaping @Sendable () -> Void
) {
  final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var attributes = pthread_attr_t()
  unsafe pthread_attr_init(&attributes)
  unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
  unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
  defer { unsafe pthread_attr_destroy(&attributes) }
  var thread = pthread_t()
  let start = unsafe Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
  let code = unsafe pthread_create(
    &thread, &attributes,
    { argument in
      guard let argument = unsafe argument else { return nil }
      let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
      unsafe start.name.withCString { unsafe clinux_name_thread($0) }
      start.body()
      return nil
    }, start)
  precondition(code == 0, "pthread_create: \(SystemError(code: code, call: "pthread_create"))")
}

/// Nanoseconds of the monotonic clock, for durations and time limits.
public func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// How long ago a moment of `monotonicNanoseconds()` was. What another thread wrote down after `now`
/// was read lies later than it, and was no time ago.
public func nanosecondsPassed(
  since moment: UInt64, until now: UInt64 = monotonicNanoseconds()
) -> UInt64 {
  now > moment ? now - moment : 0
}

/// How many processors this process may use: those it is bound to, not all there are.
public func usableProcessorCount() -> Int { Int(clinux_usable_processor_count()) }
