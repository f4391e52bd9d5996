import CLinux
import Glibc

/// An open file descriptor with one owner, closed exactly once.
public struct FileDescriptor: ~Copyable, Sendable {
  /// The number the kernel knows it by; valid as long as this value lives.
  public let rawValue: CInt

  /// Takes over a descriptor that nobody else will close.
  public init(takingOwnershipOf rawValue: CInt) { self.rawValue = rawValue }

  // close(2) is not retried: on Linux the descriptor is gone even after EINTR.
  deinit { close(rawValue) }

  /// Gives the descriptor away; the caller closes it.
  public consuming func relinquish() -> CInt {
    let value = rawValue
    discard self
    return value
  }

  /// Lends a descriptor that somebody else closes to code that takes an owner.
  public static func lending<Value, Failure: Error>(
    _ rawValue: CInt, to body: (borrowing FileDescriptor) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let lent = FileDescriptor(takingOwnershipOf: rawValue)
    let result: Result<Value, Failure>
    do throws(Failure) { result = .success(try body(lent)) } catch { result = .failure(error) }
    _ = lent.relinquish()
    return try result.get()
  }

  /// `open(2)` with close-on-exec.
  public static func open(
    _ path: FilePath, flags: CInt, permissions: UInt32 = 0o600
  ) throws(SystemError) -> FileDescriptor {
    let descriptor = try unsafe path.withCString { text throws(SystemError) in
      try systemCall("open", path: path) {
        unsafe clinux_open(text, flags | O_CLOEXEC, permissions)
      }
    }
    return FileDescriptor(takingOwnershipOf: descriptor)
  }

  /// `openat(2)` with close-on-exec; `name` is relative to the directory `self`.
  public borrowing func open(
    _ name: FilePath, flags: CInt, permissions: UInt32 = 0o600
  ) throws(SystemError) -> FileDescriptor {
    let directory = rawValue
    let descriptor = try unsafe name.withCString { text throws(SystemError) in
      try systemCall("openat", path: name) {
        unsafe clinux_openat(directory, text, flags | O_CLOEXEC, permissions)
      }
    }
    return FileDescriptor(takingOwnershipOf: descriptor)
  }

  /// `memfd_create(2)`: anonymous memory that can be passed to another process.
  public static func memory(named name: String) throws(SystemError) -> FileDescriptor {
    let flags: UInt32 = 0x1 | 0x2  // MFD_CLOEXEC | MFD_ALLOW_SEALING
    let descriptor = try unsafe FilePath(name).withCString { text throws(SystemError) in
      try systemCall("memfd_create") { unsafe clinux_memfd_create(text, flags) }
    }
    return FileDescriptor(takingOwnershipOf: descriptor)
  }

  /// `dup(2)` with close-on-exec.
  public borrowing func duplicate() throws(SystemError) -> FileDescriptor {
    let raw = rawValue
    return FileDescriptor(
      takingOwnershipOf: try systemCall("fcntl") { clinux_fcntl_int(raw, F_DUPFD_CLOEXEC, 0) })
  }

  /// `fstat(2)`.
  public borrowing func status() throws(SystemError) -> stat {
    var status = stat()
    let raw = rawValue
    try systemCall("fstat") { unsafe fstat(raw, &status) }
    return status
  }

  /// `pread(2)` until `count` bytes or the end of the file; the file's own offset stays untouched.
  public borrowing func read(
    at offset: Int64, count: Int
  ) throws(SystemError) -> [UInt8] {
    precondition(count >= 0, "cannot read a negative count of bytes")
    let raw = rawValue
    var failure: SystemError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = 0
      guard let base = buffer.baseAddress else { return }
      while initialized < count {
        let got = unsafe pread(
          raw, base + initialized, count - initialized, Int(offset) + initialized)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = .last("pread") }
        if got <= 0 { return }
        initialized += got
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// `write(2)` until all bytes are out.
  public borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
    let raw = rawValue
    var failure: SystemError?
    unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      var written = 0
      while written < buffer.count {
        let count = unsafe Glibc.write(raw, base + written, buffer.count - written)
        if count < 0 && errno == EINTR { continue }
        if count < 0 {
          failure = .last("write")
          return
        }
        written += count
      }
    }
    if let failure { throw failure }
  }
}
