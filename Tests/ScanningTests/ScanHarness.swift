import Catalog
import Foundation
import Media
import MemoryBudget
import Platform
import Scanning
import Synchronization
import TestSupport
import WorkerProtocol

/// Probes by reading: content that begins with "IMG" is a picture, all else is broken. Its
/// fingerprint is the whole content's, as the real one's is for small files.
final class ReadingProber: AssetProber {
  let probedCount = Atomic<Int>(0)
  let probedNames = Locked<[String]>([])
  /// Asked before each batch.
  let beforeBatch: @Sendable (Int) async throws -> Void

  init(beforeBatch: @escaping @Sendable (Int) async throws -> Void = { _ in }) {
    self.beforeBatch = beforeBatch
  }

  func probe(_ files: [OpenFile]) async throws -> [Result<ProbeReport, MediaFailure>] {
    try await beforeBatch(files.count)
    probedCount.add(files.count, ordering: .relaxed)
    probedNames.withLock { $0 += files.map(\.path.name) }
    return files.map { file in
      guard let bytes = try? file.descriptor.read(at: 0, count: 1 << 16) else {
        return .failure(MediaFailure(.unreadable, "unreadable"))
      }
      return Self.report(bytes)
    }
  }

  static func report(_ bytes: [UInt8]) -> Result<ProbeReport, MediaFailure> {
    if bytes.isEmpty { return .failure(MediaFailure(.empty, "The file is empty.")) }
    var low: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { low = (low ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let fingerprint = Fingerprint(high: low ^ 0x5555, low: low)
    guard bytes.starts(with: Array("IMG".utf8)) else {
      var failure = MediaFailure(.unrecognised, "The file is no picture.")
      failure.fingerprint = fingerprint
      return .failure(failure)
    }
    return .success(
      ProbeReport(
        probe: Probe(format: .jpeg, storedWidth: 40, storedHeight: 30), fingerprint: fingerprint))
  }
}

/// The ticks of a scan, given by the test.
final class ManualTicks: Sendable {
  private let asked = AsyncStream.makeStream(of: Void.self)
  private let given = AsyncStream.makeStream(of: Void.self)

  /// What the scanner calls: waits for the next one, or the end of the scan.
  var tick: Scanning.Scanner.Tick {
    { [self] in
      asked.continuation.yield()
      for await _ in given.stream { return }
    }
  }

  /// Gives one when the scanner waits for it: what the one before it began is done then.
  func advance() async {
    for await _ in asked.stream { break }
    given.continuation.yield()
  }
}

/// A root folder, a catalog and a scanner.
final class ScanBench: Sendable {
  let directory: TemporaryDirectory
  let root: FilePath
  let catalog: Catalog
  let budget: MemoryBudget
  let prober: ReadingProber
  let scanner: Scanning.Scanner
  let rootID: RootID

  init(
    options: ScanOptions = ScanOptions(), fileSystem: FileSystem = FileSystem(),
    prober: ReadingProber = ReadingProber(), ticks: ManualTicks? = nil
  ) async throws {
    directory = try TemporaryDirectory()
    root = directory.path.appending("root")
    try FileManager.default.createDirectory(
      atPath: root.description, withIntermediateDirectories: true)
    budget = MemoryBudget(byteLimit: 256 << 20)
    catalog = try await Catalog.open(directory: directory.path.appending("library"), budget: budget)
    rootID = try await catalog.addRoot(root).id
    self.prober = prober
    scanner =
      if let ticks {
        Scanning.Scanner(
          catalog: catalog, prober: prober, options: options, budget: budget,
          fileSystem: fileSystem, tick: ticks.tick)
      } else {
        Scanning.Scanner(
          catalog: catalog, prober: prober, options: options, budget: budget,
          fileSystem: fileSystem)
      }
  }

  /// Writes a picture whose content is told by `content`.
  @discardableResult
  func picture(_ path: String, _ content: String) throws -> FilePath {
    try directory.write("root/\(path)", Array("IMG \(content)".utf8))
  }

  func write(_ path: String, _ text: String) throws {
    _ = try directory.write("root/\(path)", Array(text.utf8))
  }

  func full(_ path: String) -> String { "\(root)/\(path)" }

  func move(_ from: String, _ to: String) throws {
    let parent = (full(to) as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: parent, withIntermediateDirectories: true)
    guard rename(full(from), full(to)) == 0 else { throw SystemError.last("rename") }
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(atPath: full(path))
  }

  /// All assets: path below the root → (id, state).
  func assets() async throws -> [String: (id: AssetID, state: AssetState)] {
    var result: [String: (id: AssetID, state: AssetState)] = [:]
    var folders: [FolderID: String] = [:]
    for folder in try await catalog.folders() {
      folders[folder.id] = String(decoding: folder.relativePath, as: UTF8.self)
    }
    var key: PageKey?
    repeat {
      let page = try await catalog.page(
        AssetQuery(states: Set(AssetState.allCases), sort: .added), after: key, limit: 200)
      for asset in page.assets {
        let folder = folders[asset.folder] ?? "?"
        result[folder.isEmpty ? asset.name : "\(folder)/\(asset.name)"] = (asset.id, asset.state)
      }
      key = page.next
    } while key != nil
    return result
  }

  /// Paths of what is there, good or broken.
  func present() async throws -> Set<String> {
    Set(try await assets().filter { $0.value.state != .missing }.keys)
  }
}
