import CLinux
import Glibc
import Platform

/// Another process, or this one, that has a library open.
public struct LibraryHolder: Sendable, Equatable {
  /// Its process id; nil when it has not left it yet.
  public let processID: pid_t?

  /// Who has the library of a directory open now; nil when nobody does. Keeps nobody from opening it.
  public static func of(_ directory: FilePath) -> LibraryHolder? {
    guard let file = try? FileDescriptor.open(LibraryLock.path(in: directory), flags: O_RDONLY),
      clinux_is_locked_by_another(file.rawValue) == 1
    else { return nil }
    return LibraryHolder(of: file)
  }

  /// The one who wrote its id into a library's lock.
  init(of file: borrowing FileDescriptor) {
    let text = (try? file.read(at: 0, count: 20)).map { String(decoding: $0, as: UTF8.self) }
    processID = text.flatMap { pid_t($0.filter { $0 != "\n" }) }
  }
}

/// The right to be the one process that works on a library: a lock the kernel lets go of with us,
/// however we end.
final class LibraryLock: Sendable {
  private let held: Locked<FileDescriptor?>

  /// Takes the lock of a library's directory.
  init(directory: FilePath) throws(LibraryError) {
    let path = Self.path(in: directory)
    let file: FileDescriptor
    do throws(SystemError) {
      file = try FileDescriptor.open(path, flags: O_RDWR | O_CREAT, permissions: 0o644)
    } catch {
      throw Self.cannotWrite(error, in: directory)
    }
    let raw = file.rawValue
    do throws(SystemError) {
      try systemCall("fcntl", path: path) { clinux_try_lock(raw) }
    } catch {
      guard error.code == EAGAIN else { throw Self.cannotWrite(error, in: directory) }
      let who = LibraryHolder(of: file).processID.map { " (process \($0))" } ?? ""
      throw LibraryError(
        .locked, path: directory,
        "\(directory): another Albumen\(who) has this library open; use its page, or end it first.")
    }
    // For sentences, and to know a server's record from one that a killed server left.
    ftruncate(raw, 0)
    try? file.write(Array("\(getpid())\n".utf8))
    held = Locked(file)
  }

  deinit { release() }

  static func path(in directory: FilePath) -> FilePath { directory.appending("lock") }

  /// Lets go of it: another process may have the library.
  func release() {
    guard let file = held.withLock({ $0.take() }) else { return }
    // Closing alone would leave it to a child that was forked and has not become its program yet.
    _ = clinux_unlock(file.rawValue)
  }

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
