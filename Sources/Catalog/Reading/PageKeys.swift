import Media

/// Sort values of single assets, to find the place of a page key in a snapshot.
struct PageKeys {
  let query: AssetQuery
  let database: Database

  /// The key of an asset as it is now; nil when there is none.
  func key(of id: AssetID) throws -> PageKey? {
    try database.withStatement(
      """
      SELECT a.captured_ms, a.name_key, a.byte_count, a.rating, f.root_id, f.path_key
      FROM assets a JOIN folders f ON f.id = a.folder_id WHERE a.id = ?
      """
    ) { row in
      try row.bind(id.rawValue, at: 1)
      guard try row.step() else { return nil }
      let bytes: [UInt8] =
        switch query.sort {
        case .captureTime: Self.bytes(SortKey.captureTime(row.optionalInt(0)))
        case .name: row.bytes(1)
        case .path:
          Self.bytes(SortKey.number(row.int(4))) + Self.escaped(row.bytes(5)) + row.bytes(1)
        case .byteCount: Self.bytes(SortKey.number(row.int(2)))
        case .rating: Self.bytes(SortKey.number(row.int(3)))
        case .added: Self.bytes(SortKey.number(id.rawValue))
        case .random: Self.bytes(SortKey.random(seed: query.seed, id: id.rawValue))
        }
      return PageKey(asset: id, sortKey: bytes)
    }
  }

  /// Where what comes after a key begins. Complexity: O(log count) look-ups.
  func position(after key: PageKey, in snapshot: ResultSnapshot) throws -> Int {
    var low = 0
    var high = snapshot.count
    while low < high {
      let middle = low + (high - low) / 2
      // A row that is gone has no place of its own; it counts as before.
      if let found = try self.key(of: snapshot.id(at: middle)), comesAfter(found, key) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }

  private func comesAfter(_ key: PageKey, _ other: PageKey) -> Bool {
    if query.sort == .captureTime {
      let undated = Self.bytes(SortKey.undated)
      if (key.sortKey == undated) != (other.sortKey == undated) { return key.sortKey == undated }
    }
    if key == other { return false }
    let isGreater =
      key.sortKey == other.sortKey
      ? key.asset > other.asset : other.sortKey.lexicographicallyPrecedes(key.sortKey)
    return isGreater == query.ascending
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
  }

  /// Bytes that compare the same and whose end comes before anything that could go on.
  private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
    var escaped: [UInt8] = []
    for byte in bytes {
      escaped.append(byte)
      if byte == 0 { escaped.append(1) }
    }
    return escaped + [0, 0]
  }
}
