import Media

/// What to say about assets; nil leaves as it is.
public struct AssetEdit: Sendable {
  /// 0…5, or -1 for rejected.
  public var stars: Int?
  /// `none` takes it away.
  public var contentRating: ContentRating?
  /// Who says the content rating; a file's word does not replace the user's.
  public var contentRatingOrigin = TagOrigin.user
  public var isFavourite: Bool?
  /// At most `noteByteLimit`; empty takes it away.
  public var note: String?
  /// The asset these are versions or parts of; `.some(nil)` takes it away.
  public var parent: AssetID??
  /// Addresses they come from, at most `sourceLimit` of `sourceByteLimit` bytes each; empty for none.
  public var sources: [String]?

  public static let noteByteLimit = 64 << 10
  public static let sourceLimit = 64
  public static let sourceByteLimit = 2048

  /// Changes nothing.
  public init() {}

  /// Fails when something is beyond its bounds.
  func check() throws {
    if let stars, !(-1...5).contains(stars) {
      throw EditError(.invalid, "Stars are 0 to 5, or -1 for rejected, not \(stars).")
    }
    if let note, note.utf8.count > Self.noteByteLimit {
      throw EditError(.invalid, "A note has at most \(Self.noteByteLimit) bytes; shorten it.")
    }
    guard let sources else { return }
    if sources.count > Self.sourceLimit {
      throw EditError(.invalid, "An asset has at most \(Self.sourceLimit) sources.")
    }
    for source in sources {
      let isClean = source.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      guard !source.isEmpty, source.utf8.count <= Self.sourceByteLimit, isClean else {
        throw EditError(
          .invalid,
          "A source is an address of at most \(Self.sourceByteLimit) bytes without control "
            + "characters.")
      }
    }
  }

  fileprivate func label(assetCount: Int) -> String {
    var parts: [String] = []
    if let stars { parts.append(stars < 0 ? "Reject" : "Give \(stars) stars") }
    if let contentRating { parts.append("Rate \(contentRating.name)") }
    if let isFavourite { parts.append(isFavourite ? "Make favourite" : "Make no favourite") }
    if note != nil { parts.append("Write note") }
    if parent != nil { parts.append("Set parent") }
    if sources != nil { parts.append("Set sources") }
    return (parts.isEmpty ? "Edit" : parts.joined(separator: ", "))
      + " (\(assetCount) \(assetCount == 1 ? "asset" : "assets"))"
  }
}

/// What people say about one asset, beside stars and tags.
public struct AssetRemarks: Sendable, Hashable {
  public let contentRating: ContentRating
  public let isFavourite: Bool
  public let note: String?
  public let parent: AssetID?
  /// Assets whose parent it is, by id; at most 1,000.
  public let children: [AssetID]
  public let sources: [String]
  /// The albums it is in, by name.
  public let albums: [Album]
}

/// Stars, content rating, favourites, notes, parents and sources.
extension Catalog {
  /// Says things about assets, all in one transaction.
  ///
  /// - Returns: how many assets changed, and the way back.
  /// - Throws: `EditError` when an asset is not known, a value is beyond its bounds, or an asset would
  ///   be its own ancestor.
  public func editAssets(_ edit: AssetEdit, of selection: AssetSelection) async throws -> EditResult
  {
    try edit.check()
    let assets = try await ordered(selection)
    return try await self.edit(edit.label(assetCount: assets.count)) { operation in
      if case .some(.some(let parent)) = edit.parent {
        try operation.writer.requireAsset(parent.rawValue)
      }
      try assets.forEach { asset in
        try operation.writer.requireAsset(asset)
        if try operation.apply(edit, to: asset) { operation.changedAssetCount += 1 }
      }
    }
  }

  /// What people say about an asset.
  public func remarks(of id: AssetID) async throws -> AssetRemarks {
    try await read { database in
      let marks = try database.withStatement(
        """
        SELECT content_rating, is_favourite, note, parent_id FROM asset_marks WHERE asset_id = ?
        """
      ) { row in
        try row.bind(id.rawValue, at: 1)
        return try row.step()
          ? (row.int(0), row.int(1) != 0, row.optionalText(2), row.optionalInt(3))
          : (0, false, nil, nil)
      }
      let children = try database.withStatement(
        "SELECT asset_id FROM asset_marks WHERE parent_id = ? ORDER BY asset_id LIMIT 1000"
      ) { row in
        try row.bind(id.rawValue, at: 1)
        var ids: [AssetID] = []
        while try row.step() { ids.append(AssetID(rawValue: row.int(0))) }
        return ids
      }
      return AssetRemarks(
        contentRating: ContentRating(rawValue: UInt8(truncatingIfNeeded: marks.0)) ?? .none,
        isFavourite: marks.1, note: marks.2, parent: marks.3.map { AssetID(rawValue: $0) },
        children: children, sources: try database.sources(of: id.rawValue),
        albums: try database.albums(of: id))
    }
  }
}

extension EditOperation {
  /// Says things about an asset; true when something was another before.
  func apply(_ edit: AssetEdit, to asset: Int64) throws -> Bool {
    var hasChanged = false
    if let stars = edit.stars {
      hasChanged = try setNumber(.stars, of: asset, to: Int64(stars + 1) | 16) || hasChanged
    }
    if let rating = edit.contentRating {
      let origin = Int64(edit.contentRatingOrigin.rawValue)
      let isUsers = try number(.contentRating, of: asset) >> 3 == TagOrigin.user.rawValue
      // Taken away by the user is the user's word too.
      if edit.contentRatingOrigin == .user || !isUsers {
        hasChanged =
          try setNumber(.contentRating, of: asset, to: Int64(rating.rawValue) | origin << 3)
          || hasChanged
      }
    }
    if let isFavourite = edit.isFavourite {
      hasChanged = try setNumber(.favourite, of: asset, to: isFavourite ? 1 : 0) || hasChanged
    }
    if let note = edit.note {
      hasChanged = try setNote(of: asset, to: note.isEmpty ? nil : note) || hasChanged
    }
    if let parent = edit.parent {
      if let parent { try requireNoCircle(asset, parent: parent.rawValue) }
      hasChanged = try setNumber(.parent, of: asset, to: parent?.rawValue ?? 0) || hasChanged
    }
    if let sources = edit.sources {
      hasChanged = try setSources(of: asset, to: sources) || hasChanged
    }
    return hasChanged
  }

  /// - Throws: `EditError` for a parent that is the asset itself or below it.
  func requireNoCircle(_ asset: Int64, parent: Int64) throws {
    var ancestor = parent
    var depth = 0
    while ancestor != 0 {
      // Deeper than this is no family, and would make this slow.
      guard ancestor != asset, depth < 100 else {
        throw EditError(
          .conflict, "Asset \(asset) cannot be below itself; choose another parent.")
      }
      ancestor = try number(.parent, of: ancestor)
      depth += 1
    }
  }
}
