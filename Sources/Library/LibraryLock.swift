import Glibc
import Platform

/// The right to be the one process that works on a library: a lock the kernel lets go of with us,
/// however we end.
final class LibraryLock: Sendable {
  private let held: Locked<FileDescriptor?>

  /// Takes the lock of a library's directory.
  init(directory: FilePath) throws(LibraryError) {
    let path = directory.appending("lock")
    let file: FileDescriptor
    do throws(SystemError) {
      file = try FileDescriptor.open(path, flags: O_RDWR | O_CREAT, permissions: 0o644)
    } catch {
      throw Self.cannotWrite(error, in: directory)
    }
    let raw = file.rawValue
    do throws(SystemError) {
      try systemCall("flock", path: path) { flock(raw, LOCK_EX | LOCK_NB) }
    } catch {
      guard error.code == EWOULDBLOCK else { throw Self.cannotWrite(error, in: directory) }
      let owner = (try? file.read(at: 0, count: 20)).map { String(decoding: $0, as: UTF8.self) }
      let who = owner.flatMap { Int($0.filter { $0 != "\n" }) }.map { " (process \($0))" } ?? ""
      throw LibraryError(
        .locked, path: directory,
        "\(directory): another Albumen\(who) has this library open; use its page, or end it first.")
    }
    // For the sentence above only: nothing depends on it.
    ftruncate(raw, 0)
    try? file.write(Array("\(getpid())\n".utf8))
    held = Locked(file)
  }

  /// Lets go of it: another process may have the library.
  func release() { _ = held.withLock { $0.take() } }

  static func cannotWrite(_ error: SystemError, in directory: FilePath) -> LibraryError {
    switch error.code {
    case EROFS, EACCES, EPERM:
      LibraryError(
        .readOnly, path: directory,
        "\(directory): the library's folder cannot be written (\(error.reason)); change its rights, "
          + "or keep the library elsewhere with --library DIR.")
    case ENOSPC, EDQUOT:
      LibraryError(
        .system, path: directory,
        "\(directory): the disk is full; make room and try again.")
    default:
      LibraryError(
        .system, path: directory, "\(directory): cannot be used as a library (\(error)).")
    }
  }
}
