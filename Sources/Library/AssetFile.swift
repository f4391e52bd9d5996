import Catalog
import Glibc
import Media
import Platform

/// Opens the files of assets, and only those.
enum AssetFile {
  // O_PATH, which Glibc hides: a folder that may be searched but not listed will do.
  private static let pathOnly: CInt = 0o10000000

  /// Opens an asset's file for reading and makes sure that it is still the content the catalog knows.
  ///
  /// The folder is opened by its path and the name within it without following a link, so a file that
  /// was replaced by a link to somewhere else is not opened. Blocks on slow disks: call it from a
  /// `BlockingPool`.
  ///
  /// - Throws: `MediaFailure`: `.vanished` when it is gone or has changed, `.unreadable` when the
  ///   system refuses.
  static func open(_ path: FilePath, version: ContentVersion) throws(MediaFailure) -> OpenFile {
    let file: OpenFile
    let found: stat
    do throws(SystemError) {
      let folder = try FileDescriptor.open(path.parent, flags: pathOnly | O_DIRECTORY)
      // O_NONBLOCK: a file that became a pipe must not hold us.
      file = OpenFile(
        descriptor: try folder.open(
          FilePath(bytes: path.nameBytes), flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
        path: path)
      found = try file.descriptor.status()
    } catch {
      switch error.code {
      case ENOENT, ENOTDIR, ELOOP:
        throw MediaFailure(.vanished, "The file is not there any more; scan again.")
      default:
        throw MediaFailure(.unreadable, "The file cannot be read: \(error.reason).")
      }
    }
    guard found.st_mode & S_IFMT == S_IFREG else {
      throw MediaFailure(.vanished, "There is no file at this path any more; scan again.")
    }
    guard contentVersion(of: found) == version else {
      throw MediaFailure(.vanished, "The file has changed since it was scanned; scan again.")
    }
    return file
  }

  /// The XMP sidecar of a file: `IMG_1.jpg.xmp`, or `IMG_1.xmp`; nil when there is none to read.
  static func sidecar(of path: FilePath) -> OpenFile? {
    guard let folder = try? FileDescriptor.open(path.parent, flags: pathOnly | O_DIRECTORY) else {
      return nil
    }
    let name = Array(path.nameBytes)
    var candidates = [name]
    if let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 {
      candidates.append(Array(name[..<dot]))
    }
    for candidate in candidates {
      for suffix in [".xmp", ".XMP"] {
        let sidecar = FilePath(bytes: candidate + Array(suffix.utf8))
        guard
          let descriptor = try? folder.open(
            sidecar, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
          let status = try? descriptor.status(), status.st_mode & S_IFMT == S_IFREG
        else { continue }
        return OpenFile(
          descriptor: descriptor, path: path.parent.appending(bytes: sidecar.bytes))
      }
    }
    return nil
  }

  static func contentVersion(of status: stat) -> ContentVersion {
    ContentVersion(
      byteCount: Int64(status.st_size),
      modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000
        + Int64(status.st_mtim.tv_nsec),
      inode: UInt64(status.st_ino))
  }
}
