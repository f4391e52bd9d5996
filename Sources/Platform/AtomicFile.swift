import Glibc

/// Files that are there whole or not at all.
public enum AtomicFile {
  /// Writes a file beside its place, makes it durable, and renames it into place; "-" is standard
  /// output.
  ///
  /// - Parameter isDurable: false for what is easily made again: then nobody waits for the disk, and
  ///   a power failure in the next seconds may lose it.
  /// - Throws: `SystemError` naming the file; what stood there before is untouched then.
  public static func write(
    _ bytes: [UInt8], to path: FilePath, permissions: UInt32 = 0o644,
    isDurable: Bool = true
  ) throws(SystemError) {
    if path == "-" {
      let output = FileDescriptor(takingOwnershipOf: dup(STDOUT_FILENO))
      return try output.write(bytes)
    }
    try write(to: path, permissions: permissions, isDurable: isDurable) {
      file throws(SystemError) in try file.write(bytes)
    }
  }

  /// The same for what is not in memory as a whole: `body` writes it piece by piece.
  public static func write(
    to path: FilePath, permissions: UInt32 = 0o644, isDurable: Bool = true,
    _ body: (borrowing FileDescriptor) throws(SystemError) -> Void
  ) throws(SystemError) {
    let name = Array(path.nameBytes)
    let temporary = path.parent.appending(
      bytes: Array(".\(getpid())-".utf8) + name.suffix(200) + Array(".part".utf8))
    do {
      let file = try FileDescriptor.open(
        temporary, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, permissions: permissions)
      try body(file)
      if isDurable {
        let raw = file.rawValue
        try systemCall("fsync", path: path) { fsync(raw) }
      }
    } catch {
      _ = unsafe temporary.withCString { unsafe unlink($0) }
      throw SystemError(code: error.code, call: error.call, path: path)
    }
    do throws(SystemError) { try rename(temporary, to: path) } catch {
      _ = unsafe temporary.withCString { unsafe unlink($0) }
      throw error
    }
  }

  /// Makes what was written beside a file's place durable, and renames it into place.
  ///
  /// - Throws: `SystemError` naming the place, which is then as before; what was written is still there.
  public static func finish(
    _ file: borrowing FileDescriptor, at temporary: FilePath, to path: FilePath
  ) throws(SystemError) {
    let raw = file.rawValue
    try systemCall("fsync", path: path) { fsync(raw) }
    try rename(temporary, to: path)
  }

  private static func rename(_ temporary: FilePath, to path: FilePath) throws(SystemError) {
    let result = unsafe temporary.withCString { from in
      unsafe path.withCString { to in unsafe Glibc.rename(from, to) }
    }
    if result != 0 { throw SystemError.last("rename", path: path) }
  }
}
