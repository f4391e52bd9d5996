import Catalog
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

/// A catalog in a directory of its own with one root, and short ways to fill it.
final class CatalogFixture: Sendable {
  let directory: TemporaryDirectory
  let budget: MemoryBudget
  let catalog: Catalog
  let root: Root

  init(
    options: CatalogOptions = CatalogOptions(), budgetByteCount: Int = 512 << 20
  ) async throws {
    directory = try TemporaryDirectory()
    budget = MemoryBudget(byteLimit: budgetByteCount)
    catalog = try await Catalog.open(directory: directory.path, options: options, budget: budget)
    root = try await catalog.addRoot("/pictures")
  }

  /// Opens the same library once more.
  func reopened() async throws -> Catalog {
    try await Catalog.open(directory: directory.path, budget: budget)
  }

  /// Adds files and answers their ids.
  @discardableResult
  func add(_ files: [ScannedFile]) async throws -> [AssetID] {
    var batch = ScanBatch(root: root.id)
    batch.upserts = files
    return try await catalog.apply(batch).ids
  }

  /// All ids of a query, read page by page from a snapshot.
  func ids(_ query: AssetQuery) async throws -> [AssetID] {
    let snapshot = try await catalog.snapshot(query)
    return snapshot.ids(in: 0..<snapshot.count)
  }

  /// All names of a query.
  func names(_ query: AssetQuery) async throws -> [String] {
    let snapshot = try await catalog.snapshot(query)
    var names: [String] = []
    for position in stride(from: 0, to: snapshot.count, by: 200) {
      names += try await catalog.assets(in: snapshot, at: position, count: 200).map(\.name)
    }
    return names
  }
}

extension ScannedFile {
  /// A good JPEG, different for every `number`.
  static func jpeg(
    _ path: String, number: Int = 1, byteCount: Int64 = 1000, capturedMilliseconds: Int64? = nil,
    width: UInt32 = 4000, height: UInt32 = 3000
  ) -> ScannedFile {
    var probe = Probe(format: .jpeg, storedWidth: width, storedHeight: height)
    probe.captureTime = capturedMilliseconds.map {
      CaptureTime(wallMilliseconds: $0, offsetMinutes: 60)
    }
    probe.cameraMake = "Canon"
    probe.cameraModel = "EOS \(number % 7)"
    let file = FilePath(path)
    let folder = path.contains("/") ? file.parent.bytes : []
    return ScannedFile(
      folder: folder, name: Array(file.nameBytes), byteCount: byteCount,
      modifiedNanoseconds: Int64(number) * 1_000_000, inode: UInt64(number), probe: probe,
      fingerprint: Fingerprint(high: UInt64(number), low: UInt64(number) &* 0x9E37_79B9))
  }

  /// A file that cannot be probed.
  static func broken(_ path: String, _ failure: MediaFailure) -> ScannedFile {
    var file = jpeg(path)
    file.probe = nil
    file.failure = failure
    return file
  }
}
