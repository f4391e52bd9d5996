import Catalog
import Media
import MemoryBudget
import Pixels
import Platform
import WorkerPool

/// A picture made for one look: as large as a screen, kept only in memory and only for a while.
public struct Preview: Sendable {
  /// A baseline JPEG, sRGB.
  public let bytes: [UInt8]
  /// The content it shows.
  public let version: ContentVersion
}

/// Makes previews for the viewer and keeps the last few: going back one picture costs nothing.
///
/// Everybody who wants the same preview waits for one decode. Thread-safe.
final class PreviewStore: Sendable {
  private struct Key: Hashable, Sendable {
    let asset: AssetID
    let version: ContentVersion
    let maxPixelSize: Int
  }

  private struct Making {
    let task: Task<Preview, any Error>
    var waiterCount: Int
  }

  private let workers: WorkerPool
  private let files: BlockingPool
  private let cache: ByteCache<Key, Preview>
  private let making = Locked<[Key: Making]>([:])

  /// The part of the budget previews may take.
  private static let share = 0.1
  /// Different previews being made or waited for; more are refused.
  static let makingLimit = 32

  init(workers: WorkerPool, files: BlockingPool, budget: MemoryBudget) {
    self.workers = workers
    self.files = files
    cache = ByteCache(
      account: budget.account("previews.memory", share: Self.share, recreationCost: .decode),
      budget: budget, entryFraction: 0.5)
  }

  /// The preview of an asset whose longer edge has at most this many pixels.
  func preview(of asset: AssetRecord, probe: Probe, maxPixelSize: Int) async throws -> Preview {
    let version = asset.summary.version
    let key = Key(asset: asset.id, version: version, maxPixelSize: maxPixelSize)
    if let found = cache.value(forKey: key) { return found }
    let task: Task<Preview, any Error>? = making.withLock { making in
      if making[key] != nil {
        making[key]?.waiterCount += 1
        return making[key]?.task
      }
      if making.count >= Self.makingLimit { return nil }
      let task = Task { [self] in
        defer { forget(key) }
        return try await make(asset.path, probe, key)
      }
      making[key] = Making(task: task, waiterCount: 1)
      return task
    }
    guard let task else { throw WorkerPoolError.queueFull(limit: Self.makingLimit) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      // The last one to leave ends the decode.
      let abandoned = making.withLock { making -> Task<Preview, any Error>? in
        making[key]?.waiterCount -= 1
        return making[key].flatMap { $0.waiterCount == 0 ? $0.task : nil }
      }
      abandoned?.cancel()
    }
  }

  private func forget(_ key: Key) {
    making.withLock { _ = $0.removeValue(forKey: key) }
  }

  private func make(_ path: FilePath, _ probe: Probe, _ key: Key) async throws -> Preview {
    let file = try await files.run { try AssetFile.open(path, version: key.version) }
    let request = RenderRequest(
      maxPixelSizes: [key.maxPixelSize], jpegQuality: 88, wantsPlaceholder: false)
    let result = try await workers.render(file, probe: probe, request: request, priority: .visible)
    guard let image = result.images.first else {
      throw MediaFailure(.corrupt, "The decoder did not make what it was asked for.")
    }
    let preview = Preview(bytes: image.jpeg, version: key.version)
    cache.insert(preview, byteCount: image.jpeg.count, forKey: key)
    return preview
  }
}
