import Glibc
import Platform

/// Finds `albumen-worker` and `albumen-worker-full`.
public enum WorkerExecutable {
  /// The worker: as given, as `ALBUMEN_WORKER` says, or beside this executable.
  public static func find(_ given: FilePath? = nil) throws(LibraryError) -> FilePath {
    if let named = given ?? LibraryLocation.environment("ALBUMEN_WORKER") {
      if isExecutable(named) { return named }
      throw LibraryError(
        .workerMissing, path: named,
        "\(named): is not the worker that decodes pictures; correct ALBUMEN_WORKER, or unset it.")
    }
    let directory = ownDirectory()
    // Installed beside, or in libexec; tests run from a bundle beside the products.
    for place in ["albumen-worker", "../libexec/albumen/albumen-worker"] {
      if let directory, isExecutable(directory.appending(place)) {
        return directory.appending(place)
      }
    }
    throw LibraryError(
      .workerMissing, path: directory,
      "The worker that decodes pictures (albumen-worker) is not beside this program"
        + (directory.map { " in \($0)" } ?? "")
        + "; build it with `swift build`, or name it in ALBUMEN_WORKER.")
  }

  /// The worker with every decoder, beside `albumen-worker`; nil for a worker of another name, which
  /// is taken to do everything.
  public static func full(beside worker: FilePath) throws(LibraryError) -> FilePath? {
    let path = FilePath("\(worker)-full")
    if isExecutable(path) { return path }
    if worker.name != "albumen-worker" { return nil }
    throw LibraryError(
      .workerMissing, path: path,
      "\(path), the worker for the rarer formats, is not there; build it with `swift build`.")
  }

  private static func ownDirectory() -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    return count > 0
      ? FilePath(bytes: buffer.prefix(count).map { UInt8(bitPattern: $0) }).parent : nil
  }

  private static func isExecutable(_ path: FilePath) -> Bool {
    unsafe path.withCString { unsafe access($0, X_OK) } == 0
  }
}
