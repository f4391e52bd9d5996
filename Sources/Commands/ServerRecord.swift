import Glibc
import Library
import Platform

/// Where the server of a library listens, left in the library's directory for other commands.
///
/// The file holds the token, if there is one, so only its owner may read it.
struct ServerRecord: Sendable {
  let address: String

  private static func path(in directory: FilePath) -> FilePath {
    directory.appending("server.json")
  }

  /// Leaves the record; that it could not be written is no reason not to serve.
  func save(in directory: FilePath, console: Console) {
    var json = JSONWriter()
    json.object { json in
      json.member("address", address)
      json.member("pid", getpid())
    }
    do throws(SystemError) {
      try AtomicFile.write(json.bytes, to: Self.path(in: directory), permissions: 0o600)
    } catch {
      console.note("`albumen memory` will not find this server: \(error)")
    }
  }

  /// Takes the record away.
  static func remove(from directory: FilePath) {
    _ = unsafe path(in: directory).withCString { unsafe unlink($0) }
  }

  /// The server that runs on the library now; nil when none does.
  static func running(in directory: FilePath) -> ServerRecord? {
    guard let bytes = try? WholeFile.read(path(in: directory)),
      case .object(let members)? = JSONValue(json: bytes),
      case .string(let address)? = members["address"], case .integer(let pid)? = members["pid"],
      // A killed server leaves its record, but not the library's lock.
      let holder = LibraryHolder.of(directory)?.processID, holder == Int(pid)
    else { return nil }
    return ServerRecord(address: address)
  }
}

/// Small files of our own.
enum WholeFile {
  /// All bytes of a file of at most 1 MiB.
  static func read(_ path: FilePath) throws(SystemError) -> [UInt8] {
    try FileDescriptor.open(path, flags: O_RDONLY).read(at: 0, count: 1 << 20)
  }
}
