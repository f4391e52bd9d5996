import Catalog
import Glibc
import Media
import MemoryBudget
import Pixels
import Platform
import TestSupport
import Testing
import Thumbnails

/// A renderer under the test's control: it notes what it is asked, and waits at a gate when closed.
final class FakeRenderer: ThumbnailRenderer {
  private struct State {
    var isOpen = true
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var cancelled: Set<UInt64> = []
    var next: UInt64 = 0
    var started: [String] = []
    var cancelledNames: [String] = []
    var startWaiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    var failures: [String: any Error] = [:]
    var jpegByteCount = 2000
    var sizes: [[Int]] = []
  }

  private let state = Locked(State())

  /// Names of the files it was asked to render, in order.
  var started: [String] { state.withLock { $0.started } }
  /// The sizes each of them was asked for.
  var sizes: [[Int]] { state.withLock { $0.sizes } }
  /// Names of the files whose render was cancelled.
  var cancelled: [String] { state.withLock { $0.cancelledNames } }

  func close() { state.withLock { $0.isOpen = false } }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting.removeAll() }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume() }
  }

  func fail(_ name: String, with error: (any Error)?) {
    state.withLock { $0.failures[name] = error }
  }

  func setJPEGByteCount(_ count: Int) { state.withLock { $0.jpegByteCount = count } }

  /// Waits until so many renders have begun.
  func waitUntilStarted(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.started.count >= count { return true }
        state.startWaiters.append((count, continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }

  func render(
    _ file: OpenFile, probe: Probe, request: RenderRequest, priority: ThumbnailPriority
  ) async throws -> RenderResult {
    let (identifier, ready) = state.withLock { state in
      state.next += 1
      state.started.append(file.path.name)
      state.sizes.append(request.maxPixelSizes)
      let count = state.started.count
      let ready = state.startWaiters.filter { $0.count <= count }.map(\.continuation)
      state.startWaiters.removeAll { $0.count <= count }
      return (state.next, ready)
    }
    for continuation in ready { continuation.resume() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mayGo = state.withLock { state in
          if state.isOpen || state.cancelled.contains(identifier) { return true }
          state.waiting[identifier] = continuation
          return false
        }
        if mayGo { continuation.resume() }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        state.cancelled.insert(identifier)
        return state.waiting.removeValue(forKey: identifier)
      }
      waiting?.resume()
    }
    if Task.isCancelled {
      state.withLock { $0.cancelledNames.append(file.path.name) }
      throw CancellationError()
    }
    let (failure, byteCount) = state.withLock { ($0.failures[file.path.name], $0.jpegByteCount) }
    if let failure { throw failure }
    // The picture names the content it was made from.
    let content = try file.descriptor.read(at: 0, count: 64)
    let images = request.maxPixelSizes.map { size in
      var jpeg = Array("\(size) ".utf8) + content
      jpeg += [UInt8](repeating: 0x2E, count: max(0, byteCount - jpeg.count))
      return RenderedImage(width: size, height: size, jpeg: jpeg)
    }
    return RenderResult(
      images: images, placeholder: request.wantsPlaceholder ? [1, 2, 3] : [], probe: probe)
  }
}

/// A library of real files, a fake renderer and a store.
final class StoreFixture: Sendable {
  let directory: TemporaryDirectory
  let budget: MemoryBudget
  let catalog: Catalog
  let renderer = FakeRenderer()
  let store: ThumbnailStore
  let root: Root
  let changed = Locked<[AssetID]>([])
  private let writeCount = Locked(Int(startSeconds))

  init(options: ThumbnailOptions = ThumbnailOptions(), budgetByteCount: Int = 256 << 20)
    async throws
  {
    directory = try TemporaryDirectory()
    _ = try directory.write("pictures/.keep")
    budget = MemoryBudget(byteLimit: budgetByteCount)
    catalog = try await Catalog.open(
      directory: directory.path.appending("library"), budget: budget)
    root = try await catalog.addRoot(directory.path.appending("pictures"))
    let changed = changed
    store = try await ThumbnailStore(
      directory: directory.path.appending("library"), catalog: catalog, renderer: renderer,
      options: options, budget: budget, currentSeconds: { Self.startSeconds },
      onChangedFile: { id, _ in changed.withLock { $0.append(id) } })
  }

  /// The time of the clock all stores of a test share.
  static let startSeconds: Int64 = 1_700_000_000

  var derivedPath: FilePath { directory.path.appending("library/derived.db") }

  /// Writes a picture with a time of change no other write of this test had: the clock of file
  /// systems is too coarse to tell two writes apart.
  @discardableResult
  func write(_ name: String, _ content: String) throws -> FilePath {
    let path = try directory.write("pictures/\(name)", Array(content.utf8))
    let time = timespec(
      tv_sec: writeCount.withLock {
        $0 += 1; return $0
      }, tv_nsec: 0)
    let code = path.withCString { utimensat(AT_FDCWD, $0, [time, time], 0) }
    if code != 0 { throw SystemError.last("utimensat") }
    return path
  }

  /// Writes pictures and tells the catalog, as a scan would.
  @discardableResult
  func add(_ names: [String], content: String = "one") async throws -> [AssetID] {
    var batch = ScanBatch(root: root.id)
    for name in names {
      let path = try write(name, "\(name) \(content)")
      let status = try FileDescriptor.open(path, flags: O_RDONLY).status()
      batch.upserts.append(
        ScannedFile(
          folder: [], name: Array(name.utf8), byteCount: Int64(status.st_size),
          modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000
            + Int64(status.st_mtim.tv_nsec), inode: UInt64(status.st_ino),
          probe: Probe(format: .jpeg, storedWidth: 40, storedHeight: 30), fingerprint: nil))
    }
    return try await catalog.apply(batch).ids
  }

  /// The text in a thumbnail the fake made, up to the first dot.
  static func text(_ thumbnail: Thumbnail) -> String {
    String(decoding: thumbnail.bytes.prefix { $0 != 0x2E }, as: UTF8.self)
  }
}
