import Catalog
import Glibc
import Media
import MemoryBudget
import Platform

/// The disk tier: thumbnails in `derived.db`, written behind in batches.
///
/// It never fails a request: what cannot be read is a miss, what cannot be written is made again
/// another time; both are counted. Thread-safe.
final class DerivedStore: Sendable {
  /// Memory of a thumbnail that is not on the disk yet.
  private final class Staged: Sendable {
    let blob: DerivedBlob
    let sequence: UInt64
    private let reservation: Reservation

    init(_ blob: DerivedBlob, sequence: UInt64, reservation: consuming Reservation) {
      self.blob = blob
      self.sequence = sequence
      self.reservation = reservation
    }
  }

  private struct State {
    var staged: [DerivedKey: Staged] = [:]
    var stagedByteCount = 0
    var nextSequence: UInt64 = 0
    var isFlushScheduled = false
    /// The write that began last: writes follow each other.
    var lastFlush: Task<Void, Never>?
    var used: Set<DerivedKey> = []
    var statistics = ThumbnailStatistics()
  }

  private let file: DerivedFile
  private let budget: MemoryBudget
  private let account: Account
  private let pageReservation: Reservation
  private let currentSeconds: @Sendable () -> Int64
  private let state = Locked(State())

  /// At most this many bytes wait for the disk; beyond it, whoever made one waits for its write.
  private static let stagingByteLimit = 8 << 20
  /// A batch this big is written at once; smaller ones after `flushDelay`.
  private static let batchCount = 100
  private static let flushDelay = Duration.milliseconds(250)
  /// So many uses are noted before they are written without a new thumbnail.
  private static let usedLimit = 4096
  static let pageCacheByteCount = 2 << 20

  init(
    path: FilePath, byteLimit: Int, usesWriteAheadLog: Bool, budget: MemoryBudget,
    pageReservation: consuming Reservation, currentSeconds: @escaping @Sendable () -> Int64
  ) {
    self.currentSeconds = currentSeconds
    file = DerivedFile(
      path: path, byteLimit: byteLimit, pageCacheByteCount: Self.pageCacheByteCount,
      usesWriteAheadLog: usesWriteAheadLog)
    self.budget = budget
    account = budget.account("thumbnails.staging")
    self.pageReservation = pageReservation
  }

  /// The counts of this tier; the others are 0.
  var statistics: ThumbnailStatistics { state.withLock { $0.statistics } }

  // MARK: Reading

  /// The thumbnail of exactly this content; nil when there is none.
  func thumbnail(_ key: DerivedKey, version: ContentVersion) async throws -> Thumbnail? {
    let staged = state.withLock { $0.staged[key] }
    if let staged, staged.blob.version == version {
      state.withLock { $0.statistics.diskHits += 1 }
      return Thumbnail(bytes: staged.blob.bytes, version: version, size: key.size)
    }
    let bytes = try await onDisk { connections in
      try await connections.read { database in
        try database.withStatement(
          """
          SELECT b.bytes FROM entries e JOIN blobs b ON b.id = e.blob_id
          WHERE e.asset_id = ? AND e.size = ? AND e.version = ?
          """
        ) { row in
          try row.bind(key.asset.rawValue, at: 1)
          try row.bind(key.size.rawValue, at: 2)
          try row.bind(Int64(bitPattern: version.rawValue), at: 3)
          return try row.step() ? row.bytes(0) : nil
        }
      }
    }
    guard let bytes = bytes ?? nil else {
      state.withLock { $0.statistics.diskMisses += 1 }
      return nil
    }
    let mustWriteUses = state.withLock { state in
      state.statistics.diskHits += 1
      state.used.insert(key)
      return state.used.count >= Self.usedLimit
    }
    if mustWriteUses { scheduleFlush(after: .zero) }
    return Thumbnail(bytes: bytes, version: version, size: key.size)
  }

  /// Those of the assets that lack a thumbnail of their content in any size.
  func incomplete(_ assets: [PendingAsset]) async throws -> [PendingAsset] {
    let staged = state.withLock { $0.staged.mapValues(\.blob.version) }
    let complete: Set<AssetID>? = try await onDisk { connections in
      try await connections.read { database in
        try database.withStatement(
          "SELECT count(*) FROM entries WHERE asset_id = ? AND version = ?"
        ) { row in
          var complete: Set<AssetID> = []
          for asset in assets {
            try row.bind(asset.id.rawValue, at: 1)
            try row.bind(Int64(bitPattern: asset.version.rawValue), at: 2)
            if try row.step(), row.int(0) == ThumbnailSize.allCases.count {
              complete.insert(asset.id)
            }
            row.reset()
          }
          return complete
        }
      }
    }
    return assets.filter { asset in
      !(complete ?? []).contains(asset.id)
        && !ThumbnailSize.allCases.allSatisfy {
          staged[DerivedKey(asset: asset.id, size: $0)] == asset.version
        }
    }
  }

  // MARK: Writing

  /// Takes thumbnails in; they are readable at once and on the disk soon.
  func insert(_ blobs: [DerivedBlob]) async {
    var refused: [DerivedBlob] = []
    var mustFlush = false
    for blob in blobs {
      let hasRoom = state.withLock {
        $0.stagedByteCount + blob.bytes.count <= Self.stagingByteLimit
      }
      guard hasRoom, let reservation = budget.reserveIfRoom(blob.bytes.count, for: account) else {
        refused.append(blob)
        continue
      }
      mustFlush = stage(blob, reservation: reservation) || mustFlush
    }
    if !refused.isEmpty {
      // No room to wait in: written now, which also slows down whoever makes them.
      await flush(adding: refused)
    } else {
      scheduleFlush(after: mustFlush ? .zero : Self.flushDelay)
    }
  }

  private func stage(_ blob: DerivedBlob, reservation: consuming Reservation) -> Bool {
    let sequence = state.withLock { state in
      state.nextSequence += 1
      return state.nextSequence
    }
    let staged = Staged(blob, sequence: sequence, reservation: reservation)
    return state.withLock { state in
      // A newer one of the same key may have come between.
      if let other = state.staged[blob.key], other.sequence > sequence { return false }
      if let old = state.staged.updateValue(staged, forKey: blob.key) {
        state.stagedByteCount -= old.blob.bytes.count
      }
      state.stagedByteCount += blob.bytes.count
      return state.staged.count >= Self.batchCount
    }
  }

  private func scheduleFlush(after delay: Duration) {
    let mustStart = state.withLock { state in
      if delay == .zero { return true }
      if state.isFlushScheduled { return false }
      state.isFlushScheduled = true
      return true
    }
    guard mustStart else { return }
    Task {
      if delay != .zero {
        // A cancelled sleep only flushes earlier.
        try? await Task.sleep(for: delay)
        state.withLock { $0.isFlushScheduled = false }
      }
      await flush(adding: [])
    }
  }

  /// Writes what waits, after the writes that are under way: when it returns, all that was staged
  /// before it was called is on the disk or given up, and its memory is given back.
  func flush(adding more: [DerivedBlob] = []) async {
    let write = state.withLock { state in
      let before = state.lastFlush
      let task = Task {
        await before?.value
        await writeStaged(adding: more)
      }
      state.lastFlush = task
      return task
    }
    await write.value
  }

  /// Writes what waits. What was replaced meanwhile stays staged.
  private func writeStaged(adding more: [DerivedBlob]) async {
    let (batch, used) = state.withLock { state in
      defer { state.used.removeAll() }
      return (Array(state.staged.values), state.used)
    }
    if batch.isEmpty && used.isEmpty && more.isEmpty { return }
    let now = currentSeconds()
    let blobs = batch.map(\.blob) + more
    let outcome = try? await onDisk(isForWriting: true) { connections in
      try await connections.write { try $0.store(blobs, used: used, now: now) }
    }
    state.withLock { state in
      for staged in batch where state.staged[staged.blob.key]?.sequence == staged.sequence {
        // Also after a failure: keeping them would fill the room for those that come.
        state.staged.removeValue(forKey: staged.blob.key)
        state.stagedByteCount -= staged.blob.bytes.count
      }
      if let result = outcome ?? nil {
        state.statistics.diskByteCount = result.byteCount
        state.statistics.diskEvictions += result.evicted
      }
    }
  }

  /// Writes what waits and closes the file.
  func close() async {
    await flush()
    if let error = await file.close() { count(error) }
  }

  private func count(_ error: any Error) {
    state.withLock {
      $0.statistics.diskErrors += 1
      $0.statistics.lastDiskError = String(describing: error)
    }
  }

  /// Runs `body` with the connections; nil when the disk fails, which is counted. Once more with a
  /// new file when the old one was deleted or damaged.
  private func onDisk<Value: Sendable>(
    isForWriting: Bool = false, _ body: (Connections<DerivedWriter>) async throws -> Value
  ) async throws -> Value? {
    for _ in 0..<2 {
      var used: Connections<DerivedWriter>?
      do {
        let connections = try await file.connections(isForWriting: isForWriting)
        used = connections
        return try await body(connections)
      } catch let error as CancellationError {
        if Task.isCancelled { throw error }
        return nil
      } catch {
        count(error)
        if let used { await file.failed(used, with: error) } else { return nil }
      }
    }
    return nil
  }
}
