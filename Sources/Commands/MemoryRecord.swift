import Library
import Platform
import Server

/// The ledger of a command's run, left in the library's directory for `albumen memory`.
enum MemoryRecord {
  private static func path(in directory: FilePath) -> FilePath {
    directory.appending("last-run.json")
  }

  /// Leaves the ledger as it is now. It is a help, so that it cannot be written is no failure.
  static func save(of library: Library) async {
    guard let report = try? await library.memory.report() else { return }
    let json = MemoryJSON.object(report, library.tiers, jobs: library.workerJobs)
    try? AtomicFile.write(json.bytes, to: path(in: library.directory))
  }

  /// The ledger of the last run; nil when there was none.
  static func load(from directory: FilePath) -> [UInt8]? {
    try? WholeFile.read(path(in: directory))
  }
}
