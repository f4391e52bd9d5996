import Media
import MemoryBudget
import Platform

/// Finding files that moved.
extension Catalog {
  /// Prepares the search for moved files among the assets known now; call it once when a scan begins.
  ///
  /// Costs a walk over all assets and sixteen bytes for each, charged to `catalog.moves` for as long
  /// as the finder lives. An empty catalog costs nothing.
  public func moveFinder() async throws -> MoveFinder {
    let account = budget.account("catalog.moves")
    var capacity = 0
    while true {
      let count = try await read { database in
        Int(
          try database.integer(
            "SELECT count(*) FROM assets WHERE fingerprint_low IS NOT NULL") ?? 0)
      }
      capacity = max(capacity, count + count / 64 + (count == 0 ? 0 : 64))
      let reservation = try await budget.reserve(
        MoveIndex.reservedByteCount(capacity: capacity), for: account)
      let index = try MoveIndex(capacity: capacity, reservation: reservation)
      if capacity == 0 { return MoveFinder(catalog: self, index: index) }
      if try await read({ try index.fill(from: $0) }) {
        return MoveFinder(catalog: self, index: index)
      }
      capacity += max(1024, capacity / 8)
    }
  }
}

/// Finds assets by their content. Thread-safe.
public final class MoveFinder: Sendable {
  private let catalog: Catalog
  private let index: MoveIndex

  init(catalog: Catalog, index: MoveIndex) {
    self.catalog = catalog
    self.index = index
  }

  /// A file at a path the catalog does not know.
  public struct File: Sendable, Hashable {
    /// Its content.
    public let fingerprint: Fingerprint
    /// Its size.
    public let byteCount: Int64

    /// A file from its parts.
    public init(fingerprint: Fingerprint, byteCount: Int64) {
      self.fingerprint = fingerprint
      self.byteCount = byteCount
    }
  }

  /// The assets with the same content as each file, in the files' order; those known to be missing
  /// come first, then by id. For the others the caller looks whether the old path still has them: if
  /// it has, the new file is a copy.
  ///
  /// - Complexity: O(files × log assets); files without a match never touch the database.
  public func candidates(for files: [File]) async throws -> [[MoveCandidate]] {
    let ids = files.map { index.ids($0.fingerprint.low) }
    if ids.allSatisfy(\.isEmpty) { return files.map { _ in [] } }
    return try await catalog.read { database in
      try zip(files, ids).map { file, ids in
        // A popular content (an empty picture, a logo) must not cost a walk over all its copies.
        try ids.prefix(64).compactMap { try Self.candidate($0, file, in: database) }
          .sorted { $0.isMissing != $1.isMissing ? $0.isMissing : $0.id < $1.id }
      }
    }
  }

  private static func candidate(
    _ id: Int64, _ file: File, in database: Database
  ) throws -> MoveCandidate? {
    try database.withStatement(
      """
      SELECT r.path, f.path, a.name, a.state, a.inode, a.modified_ns
      FROM assets a JOIN folders f ON f.id = a.folder_id JOIN roots r ON r.id = f.root_id
      WHERE a.id = ? AND a.fingerprint_high = ? AND a.fingerprint_low = ? AND a.byte_count = ?
      """
    ) { row in
      try row.bind(id, at: 1)
      try row.bind(Int64(bitPattern: file.fingerprint.high), at: 2)
      try row.bind(Int64(bitPattern: file.fingerprint.low), at: 3)
      try row.bind(file.byteCount, at: 4)
      guard try row.step() else { return nil }
      return MoveCandidate(
        id: AssetID(rawValue: id),
        path: FilePath(bytes: row.bytes(0)).appending(bytes: row.bytes(1))
          .appending(bytes: row.bytes(2)),
        isMissing: row.int(3) == 3, inode: UInt64(bitPattern: row.int(4)),
        modifiedNanoseconds: row.int(5))
    }
  }
}
