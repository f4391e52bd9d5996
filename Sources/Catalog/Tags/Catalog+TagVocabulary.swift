/// Making, renaming, merging and deleting tags, and their categories.
extension Catalog {
  /// The tag a name or an alias stands for, made now with the levels above when there is none.
  ///
  /// - Throws: `EditError` when there is no such category.
  public func createTag(
    _ name: TagName, category: TagCategoryID = .general
  ) async throws -> (tag: TagRecord, result: EditResult) {
    let done = try await edit({ (tag: TagRecord) in "Create tag \(tag.name)" }) { operation in
      try operation.requireCategory(category)
      return try operation.requireTag(try operation.ensureTag(name, category: category))
    }
    return (done.value, done.result)
  }

  /// What `updateTag` sets; nil leaves as it is.
  public struct TagUpdate: Sendable {
    /// Another name; the tags below follow.
    public var name: TagName?
    public var category: TagCategoryID?
    /// At most 64 KiB; empty for none.
    public var note: String?

    /// Changes nothing.
    public init() {}
  }

  /// Renames or recategorises a tag, or sets its note.
  ///
  /// - Throws: `EditError`: `conflict` when the name is another tag's (merge them instead) or an alias
  ///   of one, `invalid` when it would be its own level above.
  public func updateTag(_ id: TagID, _ update: TagUpdate) async throws -> EditResult {
    if let note = update.note, note.utf8.count > 64 << 10 {
      throw EditError(.invalid, "A note has at most 65,536 bytes; shorten it.")
    }
    return try await edit({ (label: String) in label }) { operation in
      let tag = try operation.requireTag(id)
      var label = "Change tag \(tag.name)"
      if let category = update.category {
        try operation.requireCategory(category)
        try operation.setTag(id) { $0[2] = .integer(Int64(category.rawValue)) }
        label = "Recategorise tag \(tag.name)"
      }
      if let note = update.note {
        try operation.setTag(id) { $0[4] = note.isEmpty ? .null : .text(note) }
      }
      if let name = update.name, name.text != tag.name.text {
        try operation.rename(tag, to: name)
        label = "Rename tag \(tag.name) to \(name)"
      }
      return label
    }.result
  }

  /// Deletes a tag: it goes from all assets, with its aliases and rules.
  ///
  /// - Throws: `EditError`: `conflict` when tags are below it.
  public func deleteTag(_ id: TagID) async throws -> EditResult {
    try await edit({ (tag: TagRecord) in "Delete tag \(tag.name)" }) { operation in
      let tag = try operation.requireTag(id)
      try operation.requireNoChildren(tag, "delete")
      for alias in try operation.aliases(of: id) { try operation.setAlias(alias.name, to: nil) }
      for rule in try operation.implications(with: id) {
        try operation.setImplication(rule, isThere: false)
      }
      try operation.changeAssets(with: [id]) { _ in [(id, .drop)] }
      try operation.setRow(.tags, key: [.integer(Int64(id.rawValue))], to: nil)
      return tag
    }.result
  }

  /// Merges a tag into another: assets, aliases and rules go over, and its name becomes an alias.
  ///
  /// - Throws: `EditError`: `conflict` when tags are below it, or rules would run in a circle.
  public func mergeTag(_ id: TagID, into target: TagID) async throws -> EditResult {
    try await edit({ (label: String) in label }) { operation in
      let tag = try operation.requireTag(id)
      let into = try operation.requireTag(target)
      if id == target {
        throw EditError(.invalid, "A tag cannot be merged into itself; choose another one.")
      }
      try operation.requireNoChildren(tag, "merge")
      let aliases = try operation.aliases(of: id)
      let rules = try operation.implications(with: id)
      for rule in rules { try operation.setImplication(rule, isThere: false) }
      try operation.changeAssets(with: [id]) { packed in
        guard let said = AssetTagCoding.decode(packed)?.first(where: { $0.id == id }) else {
          return []
        }
        if said.isDerived { return [(id, .drop)] }
        let moved =
          said.isRemoved
          ? AssetTag.removed(target) : AssetTag(target, said.origin, confidence: said.confidence)
        let changes = [(id: id, change: TagChange.drop), (id: target, change: .say(moved))]
        return id < target ? changes : changes.reversed()
      }
      for alias in aliases {
        try operation.setAlias(alias.name, to: target)
      }
      try operation.setRow(.tags, key: [.integer(Int64(id.rawValue))], to: nil)
      try operation.setAlias(tag.name, to: target)
      for rule in rules {
        let moved = TagImplication(
          tag: rule.tag == id ? target : rule.tag,
          implied: rule.implied == id ? target : rule.implied)
        // One that led from the one to the other is fulfilled.
        if moved.tag != moved.implied { try operation.setImplication(moved, isThere: true) }
      }
      return "Merge tag \(tag.name) into \(into.name)"
    }.result
  }

  /// Makes a category of the user's own, or changes one.
  ///
  /// - Parameters:
  ///   - id: which; nil for a new one.
  ///   - name: its name; nil leaves as it is (a new one needs one).
  ///   - color: 0xRRGGBB.
  ///   - position: where it comes among the others; a new one comes last.
  /// - Throws: `EditError`: `conflict` when another has the name.
  public func setTagCategory(
    _ id: TagCategoryID?, name: TagName? = nil, color: UInt32? = nil, position: Int? = nil
  ) async throws -> (category: TagCategory, result: EditResult) {
    precondition(color.map { $0 <= 0xFF_FFFF } ?? true, "a color has 24 bits")
    let done = try await edit({ (category: TagCategory) in "Change category \(category.name)" }) {
      operation in
      let all = try operation.database.tagCategories()
      let key: Int64
      var row: [EditedValue]
      if let id {
        try operation.requireCategory(id)
        key = Int64(id.rawValue)
        row = try operation.row(.categories, key: [.integer(key)]) ?? []
      } else {
        guard let name else { throw EditError(.invalid, "A new category needs a name.") }
        let first = Int64(TagCategoryID.firstUserDefined.rawValue)
        key = max(first, (all.map { Int64($0.id.rawValue) }.max() ?? 0) + 1)
        guard key <= 255 else {
          throw EditError(
            .invalid, "A library has at most 240 categories of your own; use one again.")
        }
        row = [
          .text(name.key), .text(name.text), .integer(0x80_8080),
          .integer(Int64((all.last?.position ?? 0) + 1)),
        ]
      }
      if let name {
        row[0] = .text(name.key)
        row[1] = .text(name.text)
      }
      if let color { row[2] = .integer(Int64(color)) }
      if let position { row[3] = .integer(Int64(position)) }
      try operation.setRow(.categories, key: [.integer(key)], to: row)
      guard
        let made = try operation.database.tagCategories().first(where: {
          Int64($0.id.rawValue) == key
        })
      else { throw EditError(.notFound, "There is no category \(key).") }
      return made
    }
    return (done.value, done.result)
  }
}

extension EditOperation {
  /// Fails unless there is such a category.
  func requireCategory(_ id: TagCategoryID) throws {
    if try row(.categories, key: [.integer(Int64(id.rawValue))]) == nil {
      throw EditError(
        .notFound, "There is no category \(id); create it first, or choose one of those listed.")
    }
  }

  fileprivate func requireNoChildren(_ tag: TagRecord, _ verb: String) throws {
    let count = try childCount(of: tag.id)
    if count > 0 {
      throw EditError(
        .conflict,
        "\(count) \(count == 1 ? "tag is" : "tags are") below \"\(tag.name)\"; \(verb) or rename "
          + "\(count == 1 ? "it" : "them") first.")
    }
  }

  fileprivate func rename(_ tag: TagRecord, to name: TagName) throws {
    // Its own alias may become its name.
    if try database.alias(named: name) == tag.id { try setAlias(name, to: nil) }
    let isBelowItself = name.key.hasPrefix(tag.name.key + "/")
    if isBelowItself {
      throw EditError(
        .invalid, "\"\(name)\" is below \"\(tag.name)\" itself; choose a name beside it.")
    }
    let children = try database.withStatement(
      "SELECT \(TagRecord.columns) FROM tags WHERE parent_id = ? ORDER BY id"
    ) { row in
      try row.bind(Int64(tag.id.rawValue), at: 1)
      var children: [TagRecord] = []
      while try row.step() { children.append(TagRecord(from: row)) }
      return children
    }
    let parent = try name.parent.map { try ensureTag($0) }
    try setTag(tag.id) { row in
      row[0] = .text(name.key)
      row[1] = .text(name.text)
      row[3] = parent.map { .integer(Int64($0.rawValue)) } ?? .null
    }
    for child in children {
      let level = child.name.text.split(separator: "/").last ?? ""
      do {
        try rename(child, to: try TagName("\(name.text)/\(level)"))
      } catch let error as TagNameError {
        throw EditError(.invalid, "A tag below it could not be renamed: \(error).")
      }
    }
  }
}
