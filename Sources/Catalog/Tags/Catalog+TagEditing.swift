import Media

/// What to do to the tags of assets.
public struct TagEdit: Sendable {
  /// A tag by name, made when it is new.
  public struct Tag: Sendable, Hashable {
    public let name: TagName
    /// The category when it is new.
    public let category: TagCategoryID

    /// A tag by name.
    public init(_ name: TagName, category: TagCategoryID = .general) {
      self.name = name
      self.category = category
    }
  }

  /// Given to all.
  public var add: [Tag] = []
  /// Taken from those that have them; names nobody knows are left out.
  public var remove: [TagName] = []
  /// What all have afterwards, beside what these imply; nil keeps the others.
  public var replaceWith: [Tag]?
  /// Who says so. What is not the user's own word does not bring back what the user took away.
  public var origin = TagOrigin.user
  /// Of a model.
  public var confidence: UInt8 = 0

  /// Does nothing.
  public init() {}
}

/// A tag of an asset with its name.
public struct NamedAssetTag: Sendable, Hashable {
  public let tag: TagRecord
  public let origin: TagOrigin
  /// Of a model, 0…255.
  public let confidence: UInt8
}

/// How many of some assets have a tag, and why.
public struct TagUse: Sendable, Hashable {
  public let tag: TagRecord
  /// How many of them have it.
  public let count: Int
  public let origins: Set<TagOrigin>
}

/// Tags of assets.
extension Catalog {
  /// The most tags one edit may name.
  public static let editedTagLimit = 1000

  /// Changes the tags of assets, all in one transaction.
  ///
  /// What the user adds is the user's, also where a file or a rule gave it before; what the user removes
  /// leaves a mark, so that files, rules and models do not bring it back.
  ///
  /// - Returns: how many assets changed, and the way back.
  /// - Throws: `EditError` when an asset is not known, or would have too many tags.
  public func editTags(
    _ edit: TagEdit, of selection: AssetSelection, label: String? = nil
  ) async throws -> EditResult {
    let named = edit.add.count + edit.remove.count + (edit.replaceWith?.count ?? 0)
    guard named <= Self.editedTagLimit else {
      throw EditError(
        .invalid, "One edit names at most \(Self.editedTagLimit) tags; do it in several.")
    }
    precondition(edit.origin != .rule, "what follows from rules is not said")
    let assets = try await ordered(selection)
    let text = label ?? edit.label(assetCount: assets.count)
    return try await self.edit(text) { operation in
      let changes = try operation.changes(for: edit)
      let removesOthers = edit.replaceWith != nil
      if changes.isEmpty && !removesOthers { return }
      try assets.forEach { asset in
        try operation.changeTags(changes, removesOthers: removesOthers, of: asset)
      }
    }
  }

  /// The tags of an asset in the order of categories and names.
  public func tags(of id: AssetID) async throws -> [NamedAssetTag] {
    try await read { database in
      let order = Dictionary(
        uniqueKeysWithValues: try database.tagCategories().enumerated().map { ($1.id, $0) })
      var tags: [NamedAssetTag] = []
      for tag in try database.assetTags(of: id) where !tag.isRemoved {
        guard let record = try database.tag(tag.id) else { continue }
        tags.append(NamedAssetTag(tag: record, origin: tag.origin, confidence: tag.confidence))
      }
      return tags.sorted {
        (order[$0.tag.category] ?? 0, $0.tag.name.key) < (
          order[$1.tag.category] ?? 0, $1.tag.name.key
        )
      }
    }
  }

  /// Which tags some assets have, and how many of them.
  ///
  /// - Returns: the most used first, at most `limit`; and how many assets there are.
  /// - Complexity: O(tags of all of them).
  public func tags(
    of selection: AssetSelection, limit: Int = 1000
  ) async throws -> (count: Int, tags: [TagUse]) {
    let assets = try await ordered(selection)
    return try await read { database in
      var uses: [UInt32: (count: Int, origins: UInt8)] = [:]
      var current: [AssetTag] = []
      try database.withStatement("SELECT tags FROM asset_tags WHERE asset_id = ?") { row in
        try assets.forEach { asset in
          try row.bind(asset, at: 1)
          if try row.step() {
            let isRight = unsafe row.withBytes(0) {
              AssetTagCoding.decode(unsafe RawSpan(_unsafeBytes: $0), into: &current)
            }
            guard isRight else { throw Self.unreadableTags(asset, in: database) }
            for tag in current where !tag.isRemoved {
              let use = uses[tag.id.rawValue] ?? (0, 0)
              uses[tag.id.rawValue] = (use.count + 1, use.origins | 1 << tag.origin.rawValue)
            }
          }
          row.reset()
        }
      }
      let most = uses.sorted {
        $0.value.count != $1.value.count ? $0.value.count > $1.value.count : $0.key < $1.key
      }
      let tags = try most.prefix(limit).compactMap { id, use -> TagUse? in
        guard let tag = try database.tag(TagID(rawValue: id)) else { return nil }
        return TagUse(
          tag: tag, count: use.count,
          origins: Set(TagOrigin.allCases.filter { use.origins & 1 << $0.rawValue != 0 }))
      }
      return (assets.count, tags)
    }
  }

  static func unreadableTags(_ asset: Int64, in database: Database) -> CatalogError {
    CatalogError(
      .corrupt, path: database.path, reason: "the tags of asset \(asset) cannot be read")
  }
}

extension Database {
  /// The tags and marks of removal of an asset, ascending by id.
  package func assetTags(of id: AssetID) throws -> [AssetTag] {
    try withStatement("SELECT tags FROM asset_tags WHERE asset_id = ?") { row in
      try row.bind(id.rawValue, at: 1)
      guard try row.step() else { return [] }
      guard let tags = AssetTagCoding.decode(row.bytes(0)) else {
        throw Catalog.unreadableTags(id.rawValue, in: self)
      }
      return tags
    }
  }
}

extension TagEdit {
  /// What the edit is called in the list of what can be taken back.
  func label(assetCount: Int) -> String {
    func list(_ names: [TagName]) -> String {
      names.prefix(3).map(\.text).joined(separator: ", ")
        + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
    var parts: [String] = []
    if let replaceWith { parts.append("Replace tags with \(list(replaceWith.map(\.name)))") }
    if !add.isEmpty { parts.append("Add \(list(add.map(\.name)))") }
    if !remove.isEmpty { parts.append("Remove \(list(remove))") }
    return (parts.isEmpty ? "Edit tags" : parts.joined(separator: ", "))
      + " (\(assetCount) \(assetCount == 1 ? "asset" : "assets"))"
  }
}

extension EditOperation {
  /// What an edit means for every asset, ascending by tag. A tag that is both added and removed is
  /// removed.
  func changes(for edit: TagEdit) throws -> [(id: TagID, change: TagChange)] {
    var changes: [TagID: TagChange] = [:]
    for tag in (edit.replaceWith ?? []) + edit.add {
      try requireCategory(tag.category)
      let id = try ensureTag(tag.name, category: tag.category)
      changes[id] = .say(AssetTag(id, edit.origin, confidence: edit.confidence))
    }
    for name in edit.remove {
      guard let id = try tag(named: name) else { continue }
      changes[id] = edit.origin == .user ? .remove : .takeBack(edit.origin)
    }
    return changes.sorted { $0.key < $1.key }.map { (id: $0.key, change: $0.value) }
  }
}
