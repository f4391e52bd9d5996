import Media

/// Stars, content rating, favourite, note, parent and sources of assets.
extension EditOperation {
  /// What is said of an asset as a number (`AssetField` says how).
  func number(_ field: AssetField, of asset: Int64) throws -> Int64 {
    let sql =
      switch field {
      case .stars: "SELECT rating + 1 + 16 * rating_is_users FROM assets WHERE id = ?"
      case .contentRating:
        "SELECT content_rating + 8 * content_rating_origin FROM asset_marks WHERE asset_id = ?"
      case .favourite: "SELECT is_favourite FROM asset_marks WHERE asset_id = ?"
      case .parent: "SELECT ifnull(parent_id, 0) FROM asset_marks WHERE asset_id = ?"
      }
    return try database.withStatement(sql) { row in
      try row.bind(asset, at: 1)
      return try row.step() ? row.int(0) : 0
    }
  }

  /// Says a number of an asset; true when it was another before.
  ///
  /// - Parameter expected: changes it only from this; nil from anything.
  @discardableResult
  func setNumber(
    _ field: AssetField, of asset: Int64, to new: Int64, onlyFrom expected: Int64? = nil
  ) throws -> Bool {
    let old = try number(field, of: asset)
    if old == new || (expected != nil && old != expected) { return false }
    if field != .stars { try ensureMarks(asset) }
    let sql =
      switch field {
      case .stars: "UPDATE assets SET rating = ?1, rating_is_users = ?2 WHERE id = ?3"
      case .contentRating:
        """
        UPDATE asset_marks SET content_rating = ?1, content_rating_origin = ?2 WHERE asset_id = ?3
        """
      case .favourite: "UPDATE asset_marks SET is_favourite = ?1 WHERE asset_id = ?3"
      case .parent: "UPDATE asset_marks SET parent_id = nullif(?1, 0) WHERE asset_id = ?3"
      }
    try database.withStatement(sql) { row in
      switch field {
      case .stars:
        try row.bind((new & 15) - 1, at: 1)
        try row.bind(new >> 4, at: 2)
      case .contentRating:
        try row.bind(new & 7, at: 1)
        try row.bind(new >> 3, at: 2)
      case .favourite, .parent: try row.bind(new, at: 1)
      }
      try row.bind(asset, at: 3)
      try row.run()
    }
    if field != .stars { try removeEmptyMarks(asset) }
    try undo?.record(field, old: old, new: new, asset: asset)
    // Who is a parent is another asset's property too.
    if field == .parent { for other in [old, new] where other > 0 { noteAsset(other) } }
    noteAsset(asset)
    return true
  }

  /// Writes a note, or takes it away (nil); true when it was another before.
  ///
  /// - Parameter expected: changes it only from this; nil from anything.
  @discardableResult
  func setNote(
    of asset: Int64, to new: String?, onlyFrom expected: String?? = nil
  ) throws -> Bool {
    let old = try database.withStatement("SELECT note FROM asset_marks WHERE asset_id = ?") { row in
      try row.bind(asset, at: 1)
      return try row.step() ? row.optionalText(0) : nil
    }
    if old == new { return false }
    if let expected, expected != old { return false }
    try ensureMarks(asset)
    try database.withStatement("UPDATE asset_marks SET note = ? WHERE asset_id = ?") { row in
      try row.bind(new, at: 1)
      try row.bind(asset, at: 2)
      try row.run()
    }
    try removeEmptyMarks(asset)
    try undo?.record(.note(asset: asset, old: old, new: new))
    noteAsset(asset)
    return true
  }

  /// Where an asset comes from, in order.
  func sources(of asset: Int64) throws -> [String] { try database.sources(of: asset) }

  /// Says where an asset comes from; true when it was something else before.
  @discardableResult
  func setSources(of asset: Int64, to new: [String]) throws -> Bool {
    let old = try sources(of: asset)
    if old == new { return false }
    try writer.requireAsset(asset)
    try database.withStatement("DELETE FROM asset_sources WHERE asset_id = ?") { row in
      try row.bind(asset, at: 1)
      try row.run()
    }
    try database.withStatement(
      "INSERT INTO asset_sources (asset_id, position, url) VALUES (?, ?, ?)"
    ) { row in
      for (position, url) in new.enumerated() {
        try row.bind(asset, at: 1)
        try row.bind(position, at: 2)
        try row.bind(url, at: 3)
        try row.run()
      }
    }
    try undo?.record(.sources(asset: asset, old: old, new: new))
    noteAsset(asset)
    return true
  }

  // Counts each asset once where its marks are set one after the other.
  private func noteAsset(_ asset: Int64) {
    writer.changes.assets.note(asset)
  }

  private func ensureMarks(_ asset: Int64) throws {
    try writer.requireAsset(asset)
    try database.withStatement("INSERT OR IGNORE INTO asset_marks (asset_id) VALUES (?)") { row in
      try row.bind(asset, at: 1)
      try row.run()
    }
  }

  private func removeEmptyMarks(_ asset: Int64) throws {
    try database.withStatement(
      """
      DELETE FROM asset_marks WHERE asset_id = ? AND content_rating = 0
      AND content_rating_origin = 0 AND is_favourite = 0 AND parent_id IS NULL AND note IS NULL
      """
    ) { row in
      try row.bind(asset, at: 1)
      try row.run()
    }
  }
}

extension Database {
  /// Where an asset comes from, in order.
  package func sources(of asset: Int64) throws -> [String] {
    try withStatement("SELECT url FROM asset_sources WHERE asset_id = ? ORDER BY position") { row in
      try row.bind(asset, at: 1)
      var urls: [String] = []
      while try row.step() { urls.append(row.text(0)) }
      return urls
    }
  }
}
