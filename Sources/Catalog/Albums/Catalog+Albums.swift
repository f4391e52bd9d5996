import Media
import MemoryBudget

/// Albums, pools and smart albums.
extension Catalog {
  /// The longest query that can be stored.
  public static let queryByteLimit = 64 << 10

  /// All albums by name.
  public func albums() async throws -> [Album] { try await read { try $0.albums() } }

  /// One album; nil when there is none with this id.
  public func album(_ id: AlbumID) async throws -> Album? { try await read { try $0.album(id) } }

  /// The members of an album in its order from a position on; empty for a smart one.
  public func members(of id: AlbumID, at position: Int, count: Int) async throws -> [AssetID] {
    try await read { database in
      try database.withStatement(
        "SELECT asset_id FROM album_members WHERE album_id = ? ORDER BY rank LIMIT ? OFFSET ?"
      ) { row in
        try row.bind(id.rawValue, at: 1)
        try row.bind(max(0, min(count, 1000)), at: 2)
        try row.bind(max(0, position), at: 3)
        var ids: [AssetID] = []
        while try row.step() { ids.append(AssetID(rawValue: row.int(0))) }
        return ids
      }
    }
  }

  /// Makes an album.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - kind: what it is.
  ///   - query: what a smart one asks for; nil for the others.
  /// - Throws: `EditError`: `conflict` when another has the name; `invalid` for a smart one without a
  ///   query or another with one.
  public func createAlbum(
    _ name: TagName, kind: Album.Kind, query: String? = nil
  ) async throws -> (album: Album, result: EditResult) {
    try Self.check(query: query, kind: kind)
    let done = try await edit({ (album: Album) in "Create album \(album.name)" }) { operation in
      let id = try operation.newID(.albums)
      try operation.setRow(
        .albums, key: [.integer(id)],
        to: [
          .text(name.key), .text(name.text), .integer(Int64(kind.rawValue)), .optional(query),
          .null, .integer(currentMilliseconds()),
        ])
      return try operation.requireAlbum(AlbumID(rawValue: id))
    }
    return (done.value, done.result)
  }

  /// Renames an album, or changes its note or query; nil leaves as it is.
  public func updateAlbum(
    _ id: AlbumID, name: TagName? = nil, note: String? = nil, query: String? = nil
  ) async throws -> EditResult {
    if let note, note.utf8.count > AssetEdit.noteByteLimit {
      throw EditError(.invalid, "A note has at most \(AssetEdit.noteByteLimit) bytes; shorten it.")
    }
    return try await edit({ (label: String) in label }) { operation in
      let album = try operation.requireAlbum(id)
      if let query { try Self.check(query: query, kind: album.kind) }
      var row = try operation.row(.albums, key: [.integer(id.rawValue)]) ?? []
      if let name {
        row[0] = .text(name.key)
        row[1] = .text(name.text)
      }
      if let query { row[3] = .text(query) }
      if let note { row[4] = note.isEmpty ? .null : .text(note) }
      try operation.setRow(.albums, key: [.integer(id.rawValue)], to: row)
      return "Change album \(album.name)"
    }.result
  }

  /// Deletes an album; its pictures stay.
  public func deleteAlbum(_ id: AlbumID) async throws -> EditResult {
    let reservation = try await reserveMembers(of: id, more: 0)
    defer { withExtendedLifetime(reservation) {} }
    return try await edit({ (label: String) in label }) { operation in
      let album = try operation.requireAlbum(id)
      var members: [Int64] = []
      try operation.database.forEachMember(of: id) { members.append($0.rawValue) }
      try operation.removeMembers(members, of: id.rawValue)
      try operation.setRow(.albums, key: [.integer(id.rawValue)], to: nil)
      return "Delete album \(album.name)"
    }.result
  }

  /// What to do to the members of an album: in this order, removing, adding, ordering.
  public struct MemberEdit: Sendable {
    public var remove: [AssetID] = []
    /// Added where they are not members, in this order.
    public var add: [AssetID] = []
    /// Where the first of those goes; nil for the end.
    public var position: Int?
    /// These get the places they have together, in this order.
    public var order: [AssetID] = []

    /// Does nothing.
    public init() {}
  }

  /// Changes the members of an album.
  ///
  /// - Throws: `EditError`: `notFound` for an album or asset that is not known, `invalid` for a smart
  ///   album.
  public func editMembers(_ edit: MemberEdit, of id: AlbumID) async throws -> EditResult {
    let reservation = try await reserveMembers(
      of: id, more: edit.add.count + edit.remove.count + edit.order.count)
    defer { withExtendedLifetime(reservation) {} }
    return try await self.edit({ (label: String) in label }) { operation in
      let album = try operation.requireAlbum(id)
      if album.kind == .smart {
        throw EditError(
          .invalid, "\"\(album.name)\" is a smart album: what it has follows from its query.")
      }
      try operation.removeMembers(edit.remove.map(\.rawValue), of: id.rawValue)
      let positions = edit.position.map { first in
        edit.add.indices.map { Int64(first) + Int64($0) }
      }
      try operation.insertMembers(edit.add.map(\.rawValue), at: positions, of: id.rawValue)
      try operation.orderMembers(edit.order.map(\.rawValue), of: id.rawValue)
      return "Change pictures of album \(album.name)"
    }.result
  }

  /// What editing an album takes while it runs: its members, where they are, and what is recorded.
  private func reserveMembers(of id: AlbumID, more: Int) async throws -> Reservation {
    let count = try await album(id)?.count ?? 0
    let byteCount = (count + more).multipliedReportingOverflow(by: 64)
    return try await budget.reserve(
      max(1, byteCount.overflow ? .max : byteCount.partialValue),
      for: budget.account("catalog.edits"))
  }

  static func check(query: String?, kind: Album.Kind) throws {
    if (query != nil) != (kind == .smart) {
      throw EditError(
        .invalid,
        kind == .smart ? "A smart album needs a query." : "Only a smart album has a query.")
    }
    if let query, query.utf8.count > queryByteLimit {
      throw EditError(.invalid, "A query has at most \(queryByteLimit) bytes; shorten it.")
    }
  }
}

extension EditOperation {
  /// The album with an id.
  func requireAlbum(_ id: AlbumID) throws -> Album {
    guard let album = try database.album(id) else {
      throw EditError(.notFound, "There is no album \(id) (any more); load the list again.")
    }
    return album
  }
}

extension Database {
  /// One album; nil when there is none with this id.
  package func album(_ id: AlbumID) throws -> Album? {
    try withStatement("SELECT \(Album.columns) FROM albums WHERE id = ?") { row in
      try row.bind(id.rawValue, at: 1)
      return try row.step() ? Album(from: row) : nil
    }
  }

  /// The albums an asset is a member of, by name.
  package func albums(of id: AssetID) throws -> [Album] {
    try withStatement(
      """
      SELECT \(Album.columns) FROM albums
      WHERE id IN (SELECT album_id FROM album_members WHERE asset_id = ?) ORDER BY key
      """
    ) { row in
      try row.bind(id.rawValue, at: 1)
      var albums: [Album] = []
      while try row.step() { albums.append(Album(from: row)) }
      return albums
    }
  }
}
