import Glibc
import Platform

/// Finds the page's files: given, installed (`share/albumen/Web` beside `bin`), or in the checkout the
/// executable was built in.
enum WebDirectory {
  /// The directory with `index.html`; nil when there is none.
  ///
  /// - Throws: `ServerError` when one was given that is none.
  static func find(_ given: FilePath?) throws(ServerError) -> FilePath? {
    if let given {
      if hasPage(given) { return given }
      throw ServerError("\(given): has no index.html; give the page's directory with --web DIR.")
    }
    guard let executable = executablePath() else { return nil }
    var directory = executable.parent
    // .build/x86_64-unknown-linux-gnu/release/albumen is four levels below the checkout.
    for _ in 0..<6 {
      for place in ["Web", "share/albumen/Web"] where hasPage(directory.appending(place)) {
        return directory.appending(place)
      }
      if directory == directory.parent { break }
      directory = directory.parent
    }
    return nil
  }

  /// `openapi.json` in the page's directory, or in `docs` beside it.
  static func description(beside web: FilePath) -> OpenFile? {
    for path in [web.appending("openapi.json"), web.parent.appending("docs/openapi.json")] {
      if let descriptor = try? FileDescriptor.open(path, flags: O_RDONLY) {
        return OpenFile(descriptor: descriptor, path: path)
      }
    }
    return nil
  }

  private static func hasPage(_ directory: FilePath) -> Bool {
    unsafe directory.appending("index.html").withCString { unsafe access($0, R_OK) } == 0
  }

  private static func executablePath() -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    return count > 0 ? FilePath(bytes: buffer.prefix(count).map { UInt8(bitPattern: $0) }) : nil
  }
}
