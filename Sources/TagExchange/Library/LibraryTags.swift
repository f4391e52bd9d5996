import Catalog
import Media
import MemoryBudget
import Platform

/// The names of all tags and categories of a catalog, in memory that is reserved as long as this lives.
package final class LibraryTagNames: Sendable {
  /// The categories in their order.
  package let categories: [TagCategory]
  fileprivate let categoryNames: [TagCategoryID: String]
  fileprivate let names: [TagID: (name: TagName, category: TagCategoryID)]
  private let reservation: Reservation

  /// What a name takes in memory, two texts and their places in a table.
  private static let nameByteCount = 320

  private init(
    _ categories: [TagCategory], _ names: [TagID: (name: TagName, category: TagCategoryID)],
    _ reservation: consuming Reservation
  ) {
    self.categories = categories
    self.names = names
    self.reservation = reservation
    categoryNames = Dictionary(
      uniqueKeysWithValues: categories.map { ($0.id, $0.name.lowercased()) })
  }

  /// Reads the names.
  package static func read(
    from catalog: Catalog, budget: MemoryBudget
  ) async throws -> LibraryTagNames {
    let count = Int(try await catalog.read { try $0.integer("SELECT count(*) FROM tags") ?? 0 })
    // Room for those that are made in between.
    let reservation = try await budget.reserve(
      (count + count / 8 + 1024) * nameByteCount, for: budget.account("tags.exchange"))
    let (categories, names) = try await catalog.read { database in
      var names: [TagID: (name: TagName, category: TagCategoryID)] = [:]
      try database.forEachTag { names[$0.id] = ($0.name, $0.category) }
      return (try database.tagCategories(), names)
    }
    return LibraryTagNames(categories, names, reservation)
  }
}

/// What a catalog knows of tags: for a reader's thread, and for one moment inside of one transaction.
package struct LibraryTags {
  /// One asset as it is read.
  package struct Row {
    package let id: AssetID
    package let asset: LibraryDocument.Asset
    /// The asset it is a version or part of.
    package let parent: AssetID?
    /// Its tags by number, marks of removal too.
    package let tags: [AssetTag]
  }

  private let database: Database
  private let known: LibraryTagNames

  package init(_ database: Database, _ names: LibraryTagNames) {
    self.database = database
    known = names
  }

  /// The categories in their order.
  package var categories: [TagCategory] { known.categories }

  /// Calls `body` with assets in the order of their ids.
  ///
  /// - Parameters:
  ///   - ids: which, ascending; nil for all that something is said of.
  ///   - after: the id behind which to begin, of all.
  ///   - limit: at most so many, of all.
  package func forEachAsset(
    _ ids: [AssetID]?, after: Int64 = 0, limit: Int = .max, _ body: (Row) throws -> Void
  ) throws {
    let columns = """
      SELECT a.id, r.path, f.path, a.name, a.byte_count, a.fingerprint_high, a.fingerprint_low,
        a.rating, m.content_rating, m.is_favourite, m.note, t.tags,
        EXISTS (SELECT 1 FROM asset_sources s WHERE s.asset_id = a.id), a.rating_is_users,
        m.content_rating_origin, m.parent_id
      FROM assets a JOIN folders f ON f.id = a.folder_id JOIN roots r ON r.id = f.root_id
        LEFT JOIN asset_marks m ON m.asset_id = a.id LEFT JOIN asset_tags t ON t.asset_id = a.id
      """
    guard let ids else {
      var left = limit
      return try database.withStatement("\(columns) WHERE a.id > ? ORDER BY a.id") { row in
        try row.bind(after, at: 1)
        while left > 0, try row.step() {
          let found = try self.row(row)
          if found.asset.picture.isEmpty { continue }
          try body(found)
          left -= 1
        }
      }
    }
    try database.withStatement("\(columns) WHERE a.id = ?") { row in
      for id in ids {
        try row.bind(id.rawValue, at: 1)
        if try row.step() { try body(try self.row(row)) }
        row.reset()
      }
    }
  }

  /// Calls `body` with every tag as a document has it.
  package func forEachTag(_ body: (LibraryDocument.Tag) throws -> Void) throws {
    var aliases: [TagID: [TagName]] = [:]
    try database.forEachAlias { aliases[$0.tag, default: []].append($0.name) }
    var implied: [TagID: [TagName]] = [:]
    try database.forEachImplication { rule in
      if let name = known.names[rule.implied]?.name { implied[rule.tag, default: []].append(name) }
    }
    try database.forEachTag { record in
      var tag = LibraryDocument.Tag(
        record.name, category: known.categoryNames[record.category] ?? "general")
      tag.note = record.note
      tag.aliases = aliases[record.id] ?? []
      tag.implied = implied[record.id] ?? []
      try body(tag)
    }
  }

  /// Calls `body` with every album as a document has it, a large one in several parts.
  package func forEachAlbum(_ body: (LibraryDocument.Album) throws -> Void) throws {
    for album in try database.albums() {
      var part = LibraryDocument.Album(
        name: album.name, kind: album.kind.name, query: album.query, note: album.note)
      try database.forEachMember(of: album.id) { id in
        guard let path = try path(of: id) else { return }
        part.members.append(path)
        if part.members.count == LibraryDocument.memberCount {
          try body(part)
          part.members.removeAll(keepingCapacity: true)
        }
      }
      if !part.members.isEmpty || album.count == 0 { try body(part) }
    }
  }

  private func path(of id: AssetID) throws -> FilePath? {
    try database.withStatement(
      """
      SELECT r.path, f.path, a.name FROM assets a JOIN folders f ON f.id = a.folder_id
      JOIN roots r ON r.id = f.root_id WHERE a.id = ?
      """
    ) { row in
      try row.bind(id.rawValue, at: 1)
      guard try row.step() else { return nil }
      return FilePath(bytes: row.bytes(0)).appending(bytes: row.bytes(1))
        .appending(bytes: row.bytes(2))
    }
  }

  private func row(_ row: Statement) throws -> Row {
    let id = AssetID(rawValue: row.int(0))
    guard let tags = AssetTagCoding.decode(row.bytes(11)) else {
      throw CatalogError(
        .corrupt, path: database.path, reason: "the tags of asset \(id) cannot be read")
    }
    var picture = PictureTags()
    for tag in tags {
      guard let (name, category) = known.names[tag.id] else { continue }
      picture.add(
        NamedTag(
          name, category: known.categoryNames[category], origin: tag.origin,
          confidence: tag.confidence,
          isRemoved: tag.isRemoved))
    }
    if row.int(7) != 0 || row.int(13) != 0 { picture.stars = Int(row.int(7)) }
    picture.ratingOrigin =
      TagOrigin(rawValue: UInt8(truncatingIfNeeded: row.int(14))) ?? .imported
    // That there is none can be the user's word, too.
    picture.rating = ContentRating(rawValue: UInt8(truncatingIfNeeded: row.int(8)))
      .flatMap { $0 == .none && picture.ratingOrigin != .user ? nil : $0 }
    let parent = row.optionalInt(15).map { AssetID(rawValue: $0) }
    picture.parent = try parent.flatMap { try self.path(of: $0) }
    if row.int(9) != 0 { picture.isFavourite = true }
    picture.note = row.optionalText(10)
    if row.int(12) != 0 {
      try database.forEachSource(from: id.rawValue, to: id.rawValue) { picture.addSource($1) }
    }
    let fingerprint = row.optionalInt(5).flatMap { high in
      row.optionalInt(6).map { low in Self.digits(high) + Self.digits(low) }
    }
    let path = FilePath(bytes: row.bytes(1)).appending(bytes: row.bytes(2))
      .appending(bytes: row.bytes(3))
    return Row(
      id: id,
      asset: LibraryDocument.Asset(
        path: path, fingerprint: fingerprint, byteCount: row.int(4), picture: picture),
      parent: parent, tags: tags)
  }

  private static func digits(_ half: Int64) -> String {
    let digits = String(UInt64(bitPattern: half), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
