import MemoryBudget

/// The fingerprints of the assets known at one moment, sorted: finds moved files without an index
/// in the database, which would have to be kept up for every new file of a scan.
///
/// Sixteen bytes an asset, charged while it lives.
///
/// `@unchecked Sendable`: filled by the reader that builds it, only read afterwards.
final class MoveIndex: @unchecked Sendable {
  private var entries: MappedBuffer
  private var count = 0
  /// Rows up to this id are in it.
  private(set) var highestID: Int64 = 0
  /// The change number it was made at.
  private(set) var changeNumber: Int64 = 0

  /// An empty index with room for `capacity` assets.
  init(capacity: Int, reservation: consuming Reservation) throws {
    entries = try MappedBuffer(
      byteCount: capacity * MemoryLayout<NumberEntry>.stride, reservation: reservation)
  }

  static func reservedByteCount(capacity: Int) -> Int {
    MappedBuffer.reservedByteCount(for: capacity * MemoryLayout<NumberEntry>.stride)
  }

  /// Reads the fingerprints of all assets; false when they are more than there is room for.
  func fill(from database: Database) throws -> Bool {
    try database.readTransaction {
      changeNumber = try database.integer("SELECT value FROM meta WHERE key = 'change'") ?? 0
      return try database.withStatement(
        "SELECT id, fingerprint_low FROM assets WHERE fingerprint_low IS NOT NULL"
      ) { row in
        try unsafe entries.withUnsafeMutableBytes { bytes in
          let all = unsafe bytes.bindMemory(to: NumberEntry.self)
          count = 0
          while try row.step() {
            guard count < all.count else { return false }
            let id = row.int(0)
            unsafe all[count] = NumberEntry(
              key: UInt64(bitPattern: row.int(1)), payload: NumberEntry.payload(id: id, aspect: 0))
            count += 1
            highestID = max(highestID, id)
          }
          unsafe sortInPlace(
            UnsafeMutableBufferPointer(rebasing: all[..<count]),
            text: UnsafeRawBufferPointer(start: nil, count: 0))
          return true
        }
      }
    }
  }

  /// The ids of the assets whose fingerprints' lower halves are this.
  func ids(_ fingerprintLow: UInt64) -> [Int64] {
    unsafe entries.withUnsafeBytes { bytes in
      let all = unsafe bytes.bindMemory(to: NumberEntry.self)
      var low = 0
      var high = count
      while low < high {
        let middle = low + (high - low) / 2
        if unsafe all[middle].key < fingerprintLow { low = middle + 1 } else { high = middle }
      }
      var ids: [Int64] = []
      while low < count, unsafe all[low].key == fingerprintLow {
        ids.append(unsafe all[low].id.rawValue)
        low += 1
      }
      return ids
    }
  }
}
