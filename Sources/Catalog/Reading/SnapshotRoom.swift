import Media
import MemoryBudget

/// Memory for a snapshot whose ids something else than the catalog finds, charged before they are
/// known.
///
/// Used by one owner at a time; `finish` hands its memory to the snapshot.
package final class SnapshotRoom {
  /// The most assets it has room for.
  package let capacity: Int
  // Taken by `finish`.
  private var idBytes: MappedBuffer?
  private var aspectBytes: MappedBuffer?

  private init(capacity: Int, reservation: consuming Reservation) throws {
    self.capacity = capacity
    var reservation = reservation
    let idByteCount = MappedBuffer.reservedByteCount(for: capacity * 4)
    idBytes = try MappedBuffer(
      byteCount: capacity * 4, reservation: reservation.split(idByteCount))
    aspectBytes = try MappedBuffer(byteCount: capacity, reservation: reservation)
  }

  private static func byteCount(_ capacity: Int) -> Int {
    MappedBuffer.reservedByteCount(for: capacity * 4)
      + MappedBuffer.reservedByteCount(for: capacity)
  }

  /// Room for so many assets, if there is memory for it now.
  package static func ifRoom(_ capacity: Int, in catalog: Catalog) throws -> SnapshotRoom? {
    guard
      let reservation = catalog.budget.reserveIfRoom(
        byteCount(capacity), for: catalog.snapshotAccount)
    else { return nil }
    return try SnapshotRoom(capacity: capacity, reservation: reservation)
  }

  /// Room for so many assets, when there is memory for it.
  ///
  /// - Throws: `BudgetError` when the budget can never hold it.
  package static func wait(
    for capacity: Int, in catalog: Catalog
  ) async throws -> sending SnapshotRoom {
    let reservation = try await catalog.budget.reserve(
      byteCount(capacity), for: catalog.snapshotAccount)
    return try SnapshotRoom(capacity: capacity, reservation: reservation)
  }

  /// Makes the snapshot, in one go.
  ///
  /// - Parameters:
  ///   - count: how many assets there are, at most `capacity`.
  ///   - capturedMilliseconds: when an asset was taken, asked in the order of the ids, so that what has
  ///     no time comes last; nil where the order is another one.
  ///   - fill: writes the ids in order, and beside each its `AspectByte`.
  package func finish(
    _ query: AssetQuery, count: Int, changeNumber: Int64,
    capturedMilliseconds: ((UInt32) -> Int64?)?,
    fill: (
      _ ids: UnsafeMutableBufferPointer<UInt32>, _ aspects: UnsafeMutableBufferPointer<UInt8>
    ) throws -> Void
  ) rethrows -> ResultSnapshot {
    precondition(count <= capacity, "a snapshot with more assets than there is room for")
    guard var ids = idBytes.take(), var aspects = aspectBytes.take() else {
      preconditionFailure("the room of a snapshot was used twice")
    }
    var timeline = TimelineMaker()
    var datedCount = 0
    try unsafe ids.withUnsafeMutableBytes { idBytes in
      try unsafe aspects.withUnsafeMutableBytes { aspectBytes in
        let places = unsafe UnsafeMutableBufferPointer(
          rebasing: idBytes.bindMemory(to: UInt32.self)[..<count])
        let shapes = unsafe UnsafeMutableBufferPointer(
          rebasing: aspectBytes.bindMemory(to: UInt8.self)[..<count])
        try unsafe fill(places, shapes)
        guard let capturedMilliseconds else { return }
        while datedCount < count,
          let milliseconds = capturedMilliseconds(unsafe places[datedCount])
        {
          timeline.add(milliseconds, at: datedCount)
          datedCount += 1
        }
      }
    }
    ids.shrink(to: count * 4)
    aspects.shrink(to: count)
    return ResultSnapshot(
      query: query, count: count, changeNumber: changeNumber, timeline: timeline.buckets,
      undated: capturedMilliseconds == nil ? count..<count : datedCount..<count,
      ids: ids, idByteCount: 4, aspects: aspects)
  }
}
