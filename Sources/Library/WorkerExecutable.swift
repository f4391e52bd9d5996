import Glibc
import Platform
import WorkerPool

/// Finds `albumen-worker` and, beside it, `albumen-worker-picture` and `albumen-worker-full`.
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

  /// All kinds of workers, given the lean one. A worker of another name that has none beside it is
  /// taken to do everything.
  public static func kinds(
    beside worker: FilePath
  ) throws(LibraryError) -> [WorkerKind: FilePath] {
    let others: [WorkerKind: FilePath] = [
      .picture: FilePath("\(worker)-picture"), .full: FilePath("\(worker)-full"),
    ]
    if worker.name != "albumen-worker", !others.values.contains(where: isExecutable) {
      return [.full: worker]
    }
    for path in others.values where !isExecutable(path) {
      throw LibraryError(
        .workerMissing, path: path,
        "\(path), a worker for the rarer formats, is not there; build it with `swift build`.")
    }
    return others.merging([.lean: worker]) { first, _ in first }
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
