import CLinux
import Glibc

/// A system call that failed: which one, on which file, and why.
///
/// The only place an `errno` is turned into words. Thread-safe (a value).
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The `errno` of the call.
  public let code: CInt
  /// The name of the C function that failed, e.g. `openat`.
  public let call: String
  /// The file it was about, when there is one.
  public let path: FilePath?

  /// An error from a known code.
  public init(code: CInt, call: String, path: FilePath? = nil) {
    self.code = code
    self.call = call
    self.path = path
  }

  /// The error of the call that just failed on this thread; read it before anything else runs.
  public static func last(_ call: String, path: FilePath? = nil) -> SystemError {
    SystemError(code: errno, call: call, path: path)
  }

  /// The system's own sentence for the code, e.g. "No such file or directory".
  public var reason: String {
    guard let text = unsafe clinux_error_text(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }

  public var description: String {
    if let path { "\(path): \(reason) (\(call))" } else { "\(reason) (\(call))" }
  }
}

/// Runs a call that answers -1 on failure, again after `EINTR`, and throws its `errno` otherwise.
@discardableResult
public func systemCall<Value: SignedInteger>(
  _ name: String, path: FilePath? = nil, _ body: () -> Value
) throws(SystemError) -> Value {
  while true {
    let value = body()
    if value != -1 { return value }
    if errno != EINTR { throw .last(name, path: path) }
  }
}
