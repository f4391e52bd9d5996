import Catalog
import MemoryBudget

/// Results as snapshots.
extension OpenIndex {
  /// The snapshot of a result, the first `count` of it in order.
  func snapshot(
    of result: ResultSet, _ bound: BoundQuery, _ query: AssetQuery, count: Int, room: SnapshotRoom
  ) throws -> ResultSnapshot {
    let isByTime = bound.order.key == .column(.captured)
    return try unsafe room.finish(
      query, count: count, changeNumber: index.changeNumber,
      capturedMilliseconds: isByTime ? { [index] in index.value(.captured, of: $0) } : nil
    ) { ids, aspects in
      if bound.isByFolder {
        try unsafe fillByFolder(ids, result, bound.order)
      } else if count == result.count {
        try unsafe index.ordered(result, order: bound.order, into: ids)
      } else {
        let page = try index.page(result, order: bound.order, range: 0..<count)
        _ = unsafe ids.update(fromContentsOf: page)
      }
      for position in 0..<count {
        unsafe aspects[position] = index.aspect(of: ids[position]) ?? 128
      }
    }
  }

  /// Folder by folder, and in each by name: sorted by name first, then dealt out to the folders.
  private func fillByFolder(
    _ ids: UnsafeMutableBufferPointer<UInt32>, _ result: ResultSet, _ order: ResultOrder
  ) throws {
    let byteCount = result.count * 4
    let account = budget.account("search.queries")
    let size = MappedBuffer.reservedByteCount(for: byteCount)
    guard let reservation = budget.reserveIfRoom(size, for: account) else {
      throw BudgetError.neverFits(needed: size, limit: budget.mostEver(for: account))
    }
    var byName = try MappedBuffer(byteCount: byteCount, reservation: reservation)
    // Where the next one of each folder goes; the last folder first when the order is descending.
    var places = [Int](repeating: 0, count: folders.count + 1)
    func slot(_ id: UInt32) -> Int {
      let place = Int(index.value(.folderPlace, of: id) ?? 0)
      return order.isAscending ? place : folders.count - 1 - place
    }
    try unsafe byName.withUnsafeMutableBytes { bytes in
      let sorted = unsafe UnsafeMutableBufferPointer(
        rebasing: bytes.bindMemory(to: UInt32.self)[..<result.count])
      try unsafe index.ordered(result, order: order, into: sorted)
      for position in 0..<result.count { places[slot(unsafe sorted[position]) + 1] += 1 }
      for place in 1..<places.count { places[place] += places[place - 1] }
      for position in 0..<result.count {
        let id = unsafe sorted[position]
        let slot = slot(id)
        // Past the end of a result with a limit.
        if places[slot] < ids.count { unsafe ids[places[slot]] = id }
        places[slot] += 1
      }
    }
  }
}
