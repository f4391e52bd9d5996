import Glibc
import Media
import MemoryBudget
import Pixels
import Platform
import TestSupport
import WorkerPool

/// A pool of workers that do as their files say, and the files.
final class PoolFixture: Sendable {
  let budget: MemoryBudget
  let pool: WorkerPool
  let directory: TemporaryDirectory
  let notices = Locked<[String]>([])
  private let nextFile = Locked(0)

  /// The workers as they are used.
  static let realWorkers: [WorkerKind: String] = [
    .lean: "albumen-worker", .picture: "albumen-worker-picture", .full: "albumen-worker-full",
  ]

  init(
    workerCount: Int = 2, budgetByteCount: Int = 512 << 20, queueLimit: Int = 1000,
    workers: [WorkerKind: String] = [.full: "worker-fixture"],
    change: (inout WorkerPool.Configuration) -> Void = { _ in }
  ) throws {
    budget = MemoryBudget(byteLimit: budgetByteCount)
    directory = try TemporaryDirectory()
    var configuration = WorkerPool.Configuration(
      executables: workers.mapValues { BuiltProduct.path($0) }, workerCount: workerCount,
      queueLimit: queueLimit)
    let notices = self.notices
    configuration.noticeHandler = { text in notices.withLock { $0.append(text) } }
    if Sanitizer.isOn { configuration.environment += Sanitizer.workerEnvironment }
    change(&configuration)
    pool = try WorkerPool(configuration: configuration, budget: budget)
  }

  /// A file whose content tells the worker what to do.
  func file(_ content: String) throws -> OpenFile {
    let number = nextFile.withLock { number in
      number += 1
      return number
    }
    let path = try directory.write("\(number).jpg", Array(content.utf8))
    return OpenFile(descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
  }

  static let probe = Probe(format: .jpeg, storedWidth: 64, storedHeight: 64)

  /// A small render: reserves one mebibyte.
  func render(
    _ content: String, priority: JobPriority = .visible, sizes: [Int] = [16]
  ) async throws -> RenderResult {
    try await pool.render(
      try file(content), probe: Self.probe,
      request: RenderRequest(maxPixelSizes: sizes, reservedByteCount: 1 << 20),
      priority: priority)
  }

  /// The failure of a render that must fail; nil when it did not.
  func failure(_ content: String) async throws -> MediaFailure.Kind? {
    do {
      _ = try await render(content)
      return nil
    } catch let failure as MediaFailure { return failure.kind }
  }

  /// Bytes of the ledger that nobody should hold any more.
  var usedByteCount: Int { budget.snapshot().used }
}

/// Descriptors this process has open.
func openDescriptorCount() -> Int {
  guard let directory = opendir("/proc/self/fd") else { return -1 }
  defer { closedir(directory) }
  var count = 0
  while readdir(directory) != nil { count += 1 }
  return count
}
