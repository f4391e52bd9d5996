import Platform

import Glibc

/// A directory of its own for one test, removed with everything in it at the end.
public final class TemporaryDirectory: Sendable {
  /// Where it is.
  public let path: FilePath

  /// Makes one below `$TMPDIR` or `/tmp`.
  public init() throws(SystemError) {
    let named = getenv("TMPDIR")
    let base = if let named = named { String(cString: named) } else { "/tmp" }
    var template = Array("\(base)/albumen-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      return mkdtemp(base) != nil
    }
    guard made else { throw .last("mkdtemp", path: FilePath(base)) }
    path = FilePath(bytes: template.map { UInt8(bitPattern: $0) })
  }

  deinit {
    var pid = pid_t()
    let words = ["rm", "-rf", "--", path.description]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    if posix_spawnp(&pid, "rm", nil, nil, arguments, environ) == 0 {
      var status: CInt = 0
      waitpid(pid, &status, 0)
    }
  }

  /// Writes a file below the directory, making its parents.
  public func write(_ name: String, _ bytes: [UInt8] = []) throws(SystemError) -> FilePath {
    let file = path.appending(name)
    var made = path
    for part in name.split(separator: "/").dropLast() {
      made = made.appending(String(part))
      let result = made.withCString { mkdir($0, 0o755) }
      if result != 0 && errno != EEXIST { throw .last("mkdir", path: made) }
    }
    let descriptor = try FileDescriptor.open(
      file, flags: O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o644)
    try descriptor.write(bytes)
    return file
  }
}
