import Glibc
import Media
import Platform

/// The page's files, served from a directory.
///
/// A name is letters, digits, `-`, `_` and `.`, never begins with a dot, and every directory and file
/// is opened relative to the one before without following links: nothing outside can be reached.
struct StaticFiles: Sendable {
  private let directory: OpenFile

  /// Files below `directory`.
  init(directory path: FilePath) throws(SystemError) {
    directory = OpenFile(
      descriptor: try .open(path, flags: O_RDONLY | O_DIRECTORY), path: path)
  }

  /// Answers for the file at these segments.
  func response(for segments: some Collection<String>, request: HTTPRequest) throws -> HTTPResponse
  {
    let missing = APIError.notFound("The page has no such file.")
    guard (1...8).contains(segments.count), segments.allSatisfy(Self.isPlainName) else {
      throw missing
    }
    let file: OpenFile
    do throws(SystemError) {
      var parent = directory
      for name in segments.dropLast() {
        parent = OpenFile(
          descriptor: try parent.descriptor.open(
            FilePath(name), flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
          path: parent.path.appending(name))
      }
      let name = Array(segments)[segments.count - 1]
      file = OpenFile(
        descriptor: try parent.descriptor.open(
          FilePath(name), flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
        path: parent.path.appending(name))
    } catch {
      throw missing
    }
    let status = try file.descriptor.status()
    guard status.st_mode & S_IFMT == S_IFREG, let type = Self.types[file.path.fileExtension] else {
      throw missing
    }
    let version = ContentVersion(
      byteCount: Int64(status.st_size),
      modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000
        + Int64(status.st_mtim.tv_nsec), inode: UInt64(status.st_ino))
    let tag = "\"\(version)\""
    // Checked on every load: the page must never run with the server of another version.
    var headers = [("ETag", tag), ("Cache-Control", "no-cache")]
    if Conditional.matches(request.headers.ifNoneMatch, tag: tag) {
      return HTTPResponse(304, headers: headers)
    }
    headers.append(("Content-Type", type))
    return HTTPResponse(
      200, headers: headers, body: .file(file, offset: 0, count: Int64(status.st_size)))
  }

  private static func isPlainName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: "."), name.utf8.count <= 128 else {
      return false
    }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
  }

  // Anything else (sources, tests, notes) is not part of the page.
  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon",
    "webmanifest": "application/manifest+json", "json": "application/json",
    "woff2": "font/woff2", "glsl": "text/plain; charset=utf-8",
  ]
}
