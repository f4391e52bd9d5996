import Media
import MemoryBudget

/// Finding assets with equal content among those whose files are there.
extension Catalog {
  /// The ids of all assets that another one has the content of, ascending.
  ///
  /// Takes a walk over all assets and sixteen bytes for each, charged to `catalog.moves` while it runs,
  /// instead of an index in the database that each new file of a scan would have to be put into.
  ///
  /// - Throws: `BudgetError` when the budget can never hold it.
  package func duplicates() async throws -> [UInt32] {
    let account = budget.account("catalog.moves")
    var capacity = 0
    while true {
      let count = try await read { database in
        Int(try database.integer("SELECT count(*) FROM assets WHERE state <> 3") ?? 0)
      }
      capacity = max(capacity, count + count / 64 + 64)
      let byteCount = capacity * MemoryLayout<NumberEntry>.stride
      let reservation = try await budget.reserve(
        MappedBuffer.reservedByteCount(for: byteCount), for: account)
      let sorter = try DuplicateSorter(byteCount: byteCount, reservation: reservation)
      if let found = try await read({ try sorter.duplicates(in: $0) }) { return found }
      capacity += max(1024, capacity / 8)
    }
  }
}

/// Sorts fingerprints to see which come twice.
///
/// `@unchecked Sendable`: made by the task that waits for the reader, used by that reader alone.
private final class DuplicateSorter: @unchecked Sendable {
  private var entries: MappedBuffer

  init(byteCount: Int, reservation: consuming Reservation) throws {
    entries = try MappedBuffer(byteCount: byteCount, reservation: reservation)
  }

  /// The ids in order; nil when there are more assets than there is room for.
  func duplicates(in database: Database) throws -> [UInt32]? {
    try unsafe entries.withUnsafeMutableBytes { bytes in
      let all = unsafe bytes.bindMemory(to: NumberEntry.self)
      var count = 0
      let fits = try database.withStatement(
        """
        SELECT id, fingerprint_low, fingerprint_high FROM assets
        WHERE fingerprint_low IS NOT NULL AND state <> 3
        """
      ) { row in
        while try row.step() {
          guard count < all.count else { return false }
          // Both halves in one key: two contents that meet by chance in 64 bits are not to be seen in
          // any library (a million files: one chance in 37 million).
          let key =
            UInt64(bitPattern: row.int(1)) ^ UInt64(bitPattern: row.int(2)) &* 0x9E37_79B9_7F4A_7C15
          unsafe all[count] = NumberEntry(
            key: key, payload: NumberEntry.payload(id: row.int(0), aspect: 0))
          count += 1
        }
        return true
      }
      guard fits else { return nil }
      let found = unsafe UnsafeMutableBufferPointer(rebasing: all[..<count])
      unsafe sortInPlace(found, text: UnsafeRawBufferPointer(start: nil, count: 0))
      var ids: [UInt32] = []
      for index in 0..<count {
        let isLikeBefore = unsafe index > 0 && found[index - 1].key == found[index].key
        let isLikeNext = unsafe index + 1 < count && found[index + 1].key == found[index].key
        if isLikeBefore || isLikeNext {
          ids.append(UInt32(truncatingIfNeeded: unsafe found[index].id.rawValue))
        }
      }
      ids.sort()
      return ids
    }
  }
}
