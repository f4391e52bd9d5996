import Glibc
import Platform
import Server

/// Where the token of `serve` comes from: never from the command line, which every user of the machine
/// can read in `/proc` and which stays in the shell's history.
enum TokenSource {
  /// The token of `--token random`, `--token-file` or `ALBUMEN_TOKEN`, in this order; nil without any.
  ///
  /// - Throws: `UsageError` for a token on the command line, for a file others may read, and for a text
  ///   that cannot be a token. The text itself is in no message.
  static func token(_ arguments: Arguments) throws(UsageError) -> AccessToken? {
    if let word = arguments.text("token") {
      guard arguments.path("token-file") == nil else {
        throw UsageError("give --token random or --token-file, not both")
      }
      guard word == "random" else {
        throw UsageError(
          "others could read a token on the command line; put it into ALBUMEN_TOKEN or into a file "
            + "(chmod 600) named by --token-file, or let --token random make one")
      }
      return .random()
    }
    if let path = arguments.path("token-file") {
      return try token(try firstLine(of: path), from: "\(path)")
    }
    guard let text = unsafe getenv("ALBUMEN_TOKEN").map({ unsafe String(cString: $0) }),
      !text.isEmpty
    else { return nil }
    return try token(text, from: "ALBUMEN_TOKEN")
  }

  private static func token(_ text: String, from source: String) throws(UsageError) -> AccessToken {
    guard let token = AccessToken(text) else {
      throw UsageError(
        "\(source): a token has \(AccessToken.minimumByteCount) to 256 letters, digits and -._~")
    }
    return token
  }

  /// The first line of a file that belongs to this user (or to root) and that nobody else may read or
  /// write: what ssh(1) asks of a key.
  static func firstLine(of path: FilePath) throws(UsageError) -> String {
    let status: stat
    let bytes: [UInt8]
    do throws(SystemError) {
      // Not blocking: a named pipe must not hold up the start.
      let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
      status = try file.status()
      bytes = status.st_mode & S_IFMT == S_IFREG ? try file.read(at: 0, count: 4096) : []
    } catch {
      throw UsageError("\(path): the token cannot be read (\(error.reason))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw UsageError("\(path): is not a file with a token")
    }
    guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
      throw UsageError(
        "\(path): others could read or change this token; make it yours alone with chmod 600")
    }
    return String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
  }
}
