import Media

/// What a search index keeps of one asset, read where SQLite has it: no object and no copy an asset.
/// Valid during the call it is handed to.
@safe package struct IndexedAsset {
  fileprivate let row: Statement
  // The asset's own rows in other tables; nil when it has none.
  fileprivate let metadata: Statement?
  fileprivate let tags: Statement?
  fileprivate let marks: Statement?
  /// Whether it is the parent of another one.
  package let isParent: Bool

  /// What is read of `assets`, in this order: SQLite decodes a row from its start.
  fileprivate static let columns = """
    id, folder_id, state, kind, aspect, rating, captured_ms, byte_count, name, added_ms, format,
    stored_width, stored_height, orientation, make_id, model_id, latitude, longitude, frame_count,
    duration_ms, bits
    """
  fileprivate static let metadataColumns = "asset_id, lens, f_number, iso, focal_length"
  fileprivate static let markColumns =
    "asset_id, content_rating, is_favourite, parent_id, note IS NOT NULL"

  package var id: AssetID { AssetID(rawValue: row.int(0)) }
  package var folder: FolderID { FolderID(rawValue: row.int(1)) }
  package var state: AssetState {
    AssetState(rawValue: UInt8(truncatingIfNeeded: row.int(2))) ?? .ok
  }
  package var kind: MediaFormat.Kind { row.int(3) == 2 ? .video : .image }
  package var aspect: AspectByte { AspectByte(rawValue: UInt8(truncatingIfNeeded: row.int(4))) }
  /// Stars: 0…5, and -1 for rejected.
  package var stars: Int64 { row.int(5) }
  /// Milliseconds since 1970 by the camera's clock.
  package var capturedMilliseconds: Int64? { row.optionalInt(6) }
  package var byteCount: Int64 { row.int(7) }
  /// Milliseconds since 1970 UTC.
  package var addedMilliseconds: Int64 { row.int(9) }
  /// What the bytes say it is; nil when the header could not be read.
  package var format: MediaFormat? { MediaFormat(rawValue: UInt8(truncatingIfNeeded: row.int(10))) }

  /// Width and height as seen; nil when they are not known.
  package var dimensions: (width: Int64, height: Int64)? {
    let (width, height) = (row.int(11), row.int(12))
    guard width > 0, height > 0 else { return nil }
    let turn = Orientation(rawValue: UInt8(truncatingIfNeeded: row.int(13))) ?? .up
    return turn.swapsAxes ? (height, width) : (width, height)
  }

  /// The rows of the camera's maker and model, 0 for none: what tells cameras apart.
  package var camera: (make: Int64, model: Int64) { (row.int(14), row.int(15)) }

  /// Degrees north and east.
  package var position: (latitude: Double, longitude: Double)? {
    guard let latitude = row.optionalDouble(16), let longitude = row.optionalDouble(17) else {
      return nil
    }
    return (latitude, longitude)
  }

  /// Frames of an animation, pages of a document.
  package var frameCount: Int64 { max(1, row.int(18)) }
  /// Length of a video or an animation.
  package var durationMilliseconds: Int64? { row.optionalInt(19) }
  /// Bits of one channel as stored; 0 when unknown.
  package var bitsPerChannel: Int64 { row.int(20) }

  /// Aperture as an f-number.
  package var aperture: Double? { metadata?.optionalDouble(2) }
  package var iso: Int64? { metadata?.optionalInt(3) }
  /// Millimetres.
  package var focalLength: Double? { metadata?.optionalDouble(4) }

  /// The raw value of a `ContentRating`; 0 for none.
  package var contentRating: Int64 { marks?.int(1) ?? 0 }
  package var isFavourite: Bool { marks.map { $0.int(2) != 0 } ?? false }
  /// Whether another one is its parent.
  package var isChild: Bool { marks.map { !$0.isNull(3) } ?? false }
  package var hasNote: Bool { marks.map { $0.int(4) != 0 } ?? false }

  /// Lends the packed tags (`AssetTagCoding`), empty when there are none.
  package func withTags<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    guard let tags else { return try unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return try unsafe tags.withBytes(1, body)
  }

  /// Lends the file name.
  package func withName<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try unsafe row.withBytes(8, body)
  }

  /// Lends the lens model's text, empty when there is none.
  package func withLens<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    guard let metadata else { return try unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return try unsafe metadata.withBytes(1, body)
  }
}

/// Steps through a table beside another one, both in the order of the same key.
private struct SideRows {
  let statement: Statement
  private var isAtRow: Bool

  init(_ statement: Statement, from first: Int64) throws {
    self.statement = statement
    try statement.bind(first, at: 1)
    isAtRow = try statement.step()
  }

  /// The row of a key, which is not lower than the one before; nil when there is none.
  mutating func row(_ key: Int64) throws -> Statement? {
    while isAtRow, statement.int(0) < key { isAtRow = try statement.step() }
    return isAtRow && statement.int(0) == key ? statement : nil
  }
}

extension Database {
  /// Calls `body` with the assets whose ids lie in a range, ascending, at most `limit` of them.
  ///
  /// Reads the tables side by side in the order of their keys, instead of descending a tree for each
  /// asset.
  ///
  /// - Complexity: O(assets).
  package func forEachIndexedAsset(
    in ids: ClosedRange<Int64>, limit: Int, _ body: (IndexedAsset) throws -> Void
  ) throws {
    let first = ids.lowerBound
    func beside(_ columns: String, _ table: String) -> String {
      "SELECT \(columns) FROM \(table) WHERE asset_id >= ? ORDER BY asset_id"
    }
    try withStatement(beside(IndexedAsset.metadataColumns, "metadata")) { metadata in
      try withStatement(beside("asset_id, tags", "asset_tags")) { tags in
        try withStatement(beside(IndexedAsset.markColumns, "asset_marks")) { marks in
          try withStatement(
            "SELECT parent_id FROM asset_marks WHERE parent_id >= ? ORDER BY parent_id"
          ) { parents in
            try forEachIndexedAsset(
              in: ids, limit: limit, metadata: try SideRows(metadata, from: first),
              tags: try SideRows(tags, from: first), marks: try SideRows(marks, from: first),
              parents: try SideRows(parents, from: first), body)
          }
        }
      }
    }
  }

  private func forEachIndexedAsset(
    in ids: ClosedRange<Int64>, limit: Int, metadata: SideRows, tags: SideRows, marks: SideRows,
    parents: SideRows, _ body: (IndexedAsset) throws -> Void
  ) throws {
    var (metadata, tags, marks, parents) = (metadata, tags, marks, parents)
    try withStatement(
      "SELECT \(IndexedAsset.columns) FROM assets WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"
    ) { row in
      try row.bind(ids.lowerBound, at: 1)
      try row.bind(ids.upperBound, at: 2)
      try row.bind(limit, at: 3)
      while try row.step() {
        let id = row.int(0)
        try body(
          IndexedAsset(
            row: row, metadata: try metadata.row(id), tags: try tags.row(id),
            marks: try marks.row(id), isParent: try parents.row(id) != nil))
      }
    }
  }

  /// Calls `body` with these assets in their order; ids without an asset are left out.
  package func forEachIndexedAsset(
    _ ids: some Sequence<UInt32>, _ body: (IndexedAsset) throws -> Void
  ) throws {
    func single(_ columns: String, _ table: String) -> String {
      "SELECT \(columns) FROM \(table) WHERE asset_id = ?"
    }
    try withStatement(single(IndexedAsset.metadataColumns, "metadata")) { metadata in
      try withStatement(single("asset_id, tags", "asset_tags")) { tags in
        try withStatement(single(IndexedAsset.markColumns, "asset_marks")) { marks in
          try withStatement("SELECT 1 FROM asset_marks WHERE parent_id = ? LIMIT 1") { parents in
            try withStatement("SELECT \(IndexedAsset.columns) FROM assets WHERE id = ?") { row in
              for id in ids {
                func found(_ statement: Statement) throws -> Statement? {
                  statement.reset()
                  try statement.bind(Int64(id), at: 1)
                  return try statement.step() ? statement : nil
                }
                guard let row = try found(row) else { continue }
                try body(
                  IndexedAsset(
                    row: row, metadata: try found(metadata), tags: try found(tags),
                    marks: try found(marks), isParent: try found(parents) != nil))
              }
            }
          }
        }
      }
    }
  }

  /// The highest id an asset has had; no new one is lower.
  package func highestAssetID() throws -> Int64 {
    try integer("SELECT seq FROM sqlite_sequence WHERE name = 'assets'") ?? 0
  }
}
