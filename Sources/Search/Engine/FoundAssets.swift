import MemoryBudget

/// Ids that a walk over the catalog found, charged to the budget as they become more.
///
/// `@unchecked Sendable`: filled by the one thread that walks, only read afterwards.
final class FoundAssets: @unchecked Sendable {
  private(set) var ids: [UInt32] = []
  private var reservation: Reservation
  private let limit: Int

  /// No ids yet.
  init(budget: MemoryBudget) {
    let account = budget.account("search.queries")
    limit = budget.mostEver(for: account)
    guard let reservation = budget.reserveIfRoom(0, for: account) else {
      preconditionFailure("there is always room for nothing")
    }
    self.reservation = reservation
  }

  /// Adds an id.
  ///
  /// - Throws: `SearchError` when there is no memory for more.
  func append(_ id: UInt32) throws {
    if ids.count == ids.capacity {
      // While it grows, the old array is there beside the new one.
      let capacity = max(1024, ids.capacity * 2)
      let needed = (capacity + ids.capacity) * 4
      if needed > 64 << 10, needed > reservation.byteCount,
        !reservation.growIfRoom(to: needed)
      {
        throw SearchError(
          .overBudget,
          "What the query finds takes \(needed >> 10) KiB more of memory than there is; ask for less, "
            + "or raise --memory (at most \(limit >> 20) MiB can ever be given to it).")
      }
      ids.reserveCapacity(capacity)
    }
    ids.append(id)
  }

  /// Sorts the ids and leaves each once.
  func settle() {
    ids.sort()
    var count = 0
    for index in ids.indices where count == 0 || ids[count - 1] != ids[index] {
      ids[count] = ids[index]
      count += 1
    }
    ids.removeLast(ids.count - count)
  }
}
