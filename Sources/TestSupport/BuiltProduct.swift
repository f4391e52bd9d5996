import Glibc
import Platform

/// An executable of this package, found beside the running tests.
public enum BuiltProduct {
  /// Where the executable `name` was built.
  public static func path(_ name: String) -> FilePath {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    precondition(count > 0, "the running program has a path")
    let own = FilePath(bytes: buffer[..<count].map { UInt8(bitPattern: $0) })
    return own.parent.appending(name)
  }
}
