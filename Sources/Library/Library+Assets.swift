import Catalog
import Media
import Platform
import Thumbnails
import WorkerPool

/// How the tiers of thumbnails did.
public struct LibraryTiers: Sendable {
  /// Memory, disk and making.
  public let thumbnails: ThumbnailStatistics
}

/// What pages and programs want of single assets.
extension Library {
  /// How the tiers did since the library was opened.
  public var tiers: LibraryTiers { LibraryTiers(thumbnails: thumbnails.statistics()) }

  /// What every worker is at, by process id; those without a job are not in it.
  public var workerJobs: [Int32: String] {
    var jobs: [Int32: String] = [:]
    for worker in workers.snapshot() { jobs[worker.processIdentifier] = worker.job }
    return jobs
  }

  /// An asset's file, open for reading and checked to be the content the catalog knows.
  ///
  /// - Throws: `ThumbnailError.unknownAsset`, `MediaFailure` when the file is not there or not readable,
  ///   `CatalogError`.
  public func openOriginal(_ id: AssetID) async throws -> (asset: AssetRecord, file: OpenFile) {
    guard let asset = try await catalog.asset(id) else { throw ThumbnailError.unknownAsset(id) }
    let file = try await files.run {
      try AssetFile.open(asset.path, version: asset.summary.version)
    }
    return (asset, file)
  }

  /// A picture of an asset as large as a screen, made now or kept from a moment ago.
  ///
  /// - Throws: as `openOriginal`; `MediaFailure` for a bad file; `WorkerPoolError`.
  public func preview(_ id: AssetID, maxPixelSize: Int) async throws -> Preview {
    guard let asset = try await catalog.asset(id) else { throw ThumbnailError.unknownAsset(id) }
    if let failure = asset.summary.failure?.failure, !failure.kind.isTransient { throw failure }
    guard let probe = asset.probe else { throw ThumbnailError.missing(asset.path) }
    // Never larger than the picture is; what has no size of its own (SVG) is as large as is asked for.
    let longerEdge = Int(max(probe.width, probe.height))
    var size = longerEdge > 0 ? min(maxPixelSize, longerEdge) : maxPixelSize
    while true {
      do {
        return try await previews.preview(of: asset, probe: probe, maxPixelSize: size)
      } catch let failure as MediaFailure
        where failure.kind == .overBudget && size > Self.smallestPreview
      {
        // What can never fit into the budget is shown smaller.
        size = max(Self.smallestPreview, size / 2)
      }
    }
  }

  private static let smallestPreview = 512

  /// Everything an asset's file says about itself: from the catalog, or read now; nil when it can't
  /// be read.
  public func deepMetadata(of asset: AssetRecord) async throws -> DeepMetadata? {
    if let known = try await catalog.deepMetadata(of: asset.id) { return known }
    guard !asset.hasMetadata, asset.summary.state != .missing, let probe = asset.probe else {
      return nil
    }
    let pending = PendingMetadata(
      id: asset.id, path: asset.path, format: probe.format, version: asset.summary.version)
    do {
      let metadata = try await readMetadata(pending, priority: .visible)
      try await catalog.setDeepMetadata([
        Catalog.NewMetadata(id: asset.id, version: asset.summary.version, metadata: metadata)
      ])
      return metadata
    } catch is MediaFailure {
      return nil
    } catch is WorkerPoolError {
      return nil
    }
  }

  /// What an asset's file and its XMP sidecar say now, read anew; nothing is stored.
  ///
  /// - Throws: `MediaFailure` when the file is not there, has changed or cannot be read;
  ///   `WorkerPoolError`, `CatalogError`.
  public func readMetadata(of id: AssetID) async throws -> DeepMetadata {
    guard let asset = try await catalog.asset(id), let probe = asset.probe else {
      throw MediaFailure(.vanished, "Its header was never read; scan again.")
    }
    return try await readMetadata(
      PendingMetadata(
        id: id, path: asset.path, format: probe.format, version: asset.summary.version),
      priority: .background)
  }

  /// Forgets failures so that files are tried again; nil for all. Starts a scan when one of them has
  /// to be probed again. Returns how many there were.
  public func retryFailures(_ ids: [AssetID]?) async throws -> Int {
    let count = try await catalog.clearFailures(ids)
    if count > 0 {
      startScan()
      wakeBackground()
    }
    return count
  }

  /// What reading the deep metadata of one file needs.
  struct PendingMetadata: Sendable {
    let id: AssetID
    let path: FilePath
    let format: MediaFormat
    let version: ContentVersion
  }

  func readMetadata(
    _ asset: PendingMetadata, priority: JobPriority
  ) async throws -> DeepMetadata {
    let (file, sidecar) = try await files.run {
      (try AssetFile.open(asset.path, version: asset.version), AssetFile.sidecar(of: asset.path))
    }
    return try await workers.metadata(
      file, sidecar: sidecar, format: asset.format, priority: priority)
  }
}
