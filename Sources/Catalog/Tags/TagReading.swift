import Media

/// What a search index reads. Several of these in one `readTransaction` see the same moment.
extension Database {
  /// The catalog's change number at the moment that is seen.
  package func storedChangeNumber() throws -> Int64 {
    try integer("SELECT value FROM meta WHERE key = 'change'") ?? 0
  }

  /// The change number of the last transaction after which queries may find something else. Scans that
  /// find nothing new and the history of searches raise the change number alone.
  package func queryChangeNumber() throws -> Int64 {
    try integer("SELECT value FROM meta WHERE key = 'queries'") ?? storedChangeNumber()
  }

  /// Calls `body` with all tags in the order of their ids.
  package func forEachTag(_ body: (TagRecord) throws -> Void) throws {
    try withStatement("SELECT \(TagRecord.columns) FROM tags ORDER BY id") { row in
      while try row.step() { try body(TagRecord(from: row)) }
    }
  }

  /// One tag; nil when there is none with this id.
  package func tag(_ id: TagID) throws -> TagRecord? {
    try withStatement("SELECT \(TagRecord.columns) FROM tags WHERE id = ?") { row in
      try row.bind(Int64(id.rawValue), at: 1)
      return try row.step() ? TagRecord(from: row) : nil
    }
  }

  /// The tag a name or one of its aliases stands for.
  package func tag(named name: TagName) throws -> TagRecord? {
    try withStatement("SELECT \(TagRecord.columns) FROM tags WHERE key = ?") { row in
      try row.bind(name.key, at: 1)
      return try row.step() ? TagRecord(from: row) : nil
    } ?? alias(named: name).flatMap { try tag($0) }
  }

  /// The tag an alias stands for.
  func alias(named name: TagName) throws -> TagID? {
    try withStatement("SELECT tag_id FROM tag_aliases WHERE key = ?") { row in
      try row.bind(name.key, at: 1)
      return try row.step() ? TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0))) : nil
    }
  }

  /// Calls `body` with all aliases in the order of their keys.
  package func forEachAlias(_ body: (TagAlias) throws -> Void) throws {
    try withStatement("SELECT key, text, tag_id FROM tag_aliases ORDER BY key") { row in
      while try row.step() {
        try body(
          TagAlias(
            name: TagName(storedText: row.text(1), key: row.text(0)),
            tag: TagID(rawValue: UInt32(truncatingIfNeeded: row.int(2)))))
      }
    }
  }

  /// Calls `body` with all implications, those of a tag together. The levels of a name (`TagRecord
  /// .parent`) are not among them.
  package func forEachImplication(_ body: (TagImplication) throws -> Void) throws {
    try withStatement(
      "SELECT tag_id, implied_id FROM tag_implications ORDER BY tag_id, implied_id"
    ) { row in
      while try row.step() {
        try body(
          TagImplication(
            tag: TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0))),
            implied: TagID(rawValue: UInt32(truncatingIfNeeded: row.int(1)))))
      }
    }
  }

  /// The categories in their order.
  package func tagCategories() throws -> [TagCategory] {
    try withStatement(
      "SELECT id, name, color, position FROM tag_categories ORDER BY position, id"
    ) { row in
      var categories: [TagCategory] = []
      while try row.step() {
        categories.append(
          TagCategory(
            id: TagCategoryID(rawValue: UInt16(truncatingIfNeeded: row.int(0))),
            name: row.text(1), color: UInt32(truncatingIfNeeded: row.int(2)),
            position: Int(row.int(3))))
      }
      return categories
    }
  }

  /// Calls `body` with assets that have tags or marks of removal, by ascending id, and their packed
  /// tags (`AssetTagCoding`), which are valid during the call.
  ///
  /// - Parameters:
  ///   - first: the lowest id.
  ///   - last: the highest id.
  ///   - limit: at most so many.
  /// - Complexity: O(assets), in the order of the pages.
  package func forEachAssetTags(
    from first: Int64, to last: Int64 = .max, limit: Int = .max,
    _ body: (UInt32, RawSpan) throws -> Void
  ) throws {
    try withStatement(
      "SELECT asset_id, tags FROM asset_tags WHERE asset_id BETWEEN ? AND ? ORDER BY asset_id LIMIT ?"
    ) { row in
      try row.bind(first, at: 1)
      try row.bind(last, at: 2)
      try row.bind(limit, at: 3)
      while try row.step() {
        try unsafe row.withBytes(1) { bytes in
          try body(
            UInt32(truncatingIfNeeded: row.int(0)), unsafe RawSpan(_unsafeBytes: bytes))
        }
      }
    }
  }

  /// Calls `body` with these assets in their order and their packed tags, empty for none.
  package func forEachAssetTags(
    _ ids: some Sequence<UInt32>, _ body: (UInt32, RawSpan) throws -> Void
  ) throws {
    try withStatement("SELECT tags FROM asset_tags WHERE asset_id = ?") { row in
      for id in ids {
        try row.bind(Int64(id), at: 1)
        if try row.step() {
          try unsafe row.withBytes(0) { bytes in
            try body(id, unsafe RawSpan(_unsafeBytes: bytes))
          }
        } else {
          try body(id, RawSpan())
        }
        row.reset()
      }
    }
  }

  /// Calls `body` with assets in a range of ids that have marks, ascending.
  package func forEachAssetMarks(
    from first: Int64, to last: Int64 = .max, _ body: (AssetMarks) throws -> Void
  ) throws {
    try withStatement(
      """
      SELECT asset_id, content_rating, is_favourite, parent_id, note IS NOT NULL FROM asset_marks
      WHERE asset_id BETWEEN ? AND ? ORDER BY asset_id
      """
    ) { row in
      try row.bind(first, at: 1)
      try row.bind(last, at: 2)
      while try row.step() {
        try body(
          AssetMarks(
            id: AssetID(rawValue: row.int(0)),
            contentRating: ContentRating(rawValue: UInt8(truncatingIfNeeded: row.int(1)))
              ?? .none,
            isFavourite: row.int(2) != 0,
            parent: row.optionalInt(3).map { AssetID(rawValue: $0) }, hasNote: row.int(4) != 0))
      }
    }
  }

  /// Calls `body` with where assets in a range of ids come from, by id and in the order given.
  package func forEachSource(
    from first: Int64, to last: Int64 = .max, _ body: (AssetID, String) throws -> Void
  ) throws {
    try withStatement(
      """
      SELECT asset_id, url FROM asset_sources WHERE asset_id BETWEEN ? AND ?
      ORDER BY asset_id, position
      """
    ) { row in
      try row.bind(first, at: 1)
      try row.bind(last, at: 2)
      while try row.step() { try body(AssetID(rawValue: row.int(0)), row.text(1)) }
    }
  }

  /// Calls `body` with the members of an album in its order.
  package func forEachMember(of album: AlbumID, _ body: (AssetID) throws -> Void) throws {
    try withStatement("SELECT asset_id FROM album_members WHERE album_id = ? ORDER BY rank") {
      row in
      try row.bind(album.rawValue, at: 1)
      while try row.step() { try body(AssetID(rawValue: row.int(0))) }
    }
  }

  /// All albums by name, with what a smart one asks for.
  package func albums() throws -> [Album] {
    try withStatement("SELECT \(Album.columns) FROM albums ORDER BY key") { row in
      var albums: [Album] = []
      while try row.step() { albums.append(Album(from: row)) }
      return albums
    }
  }
}
