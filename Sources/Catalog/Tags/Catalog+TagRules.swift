import Platform

/// Aliases and implications.
extension Catalog {
  /// Gives a tag another name.
  ///
  /// - Throws: `EditError`: `conflict` when the name is a tag's (merge the two) or stands for another
  ///   one.
  public func addAlias(_ name: TagName, to id: TagID) async throws -> EditResult {
    try await edit({ (label: String) in label }) { operation in
      let tag = try operation.requireTag(id)
      if try operation.database.withStatement(
        "SELECT 1 FROM tags WHERE key = ?",
        { row in
          try row.bind(name.key, at: 1)
          return try row.step()
        })
      {
        throw EditError(
          .conflict,
          name.key == tag.name.key
            ? "\"\(name)\" is the tag's name already."
            : "\"\(name)\" is a tag of its own; merge it into \"\(tag.name)\" to make it an alias.")
      }
      if let other = try operation.database.alias(named: name), other != id {
        throw EditError(
          .conflict,
          "\"\(name)\" stands for \"\(try operation.requireTag(other).name)\" already; take it away "
            + "there first.")
      }
      try operation.setAlias(name, to: id)
      return "Alias \(name) of \(tag.name)"
    }.result
  }

  /// Takes one of a tag's other names away.
  ///
  /// - Throws: `EditError`: `notFound` when it has no such alias.
  public func removeAlias(_ name: TagName, from id: TagID) async throws -> EditResult {
    try await edit({ (label: String) in label }) { operation in
      let tag = try operation.requireTag(id)
      guard try operation.database.alias(named: name) == id else {
        throw EditError(.notFound, "\"\(tag.name)\" has no alias \"\(name)\".")
      }
      try operation.setAlias(name, to: nil)
      return "Remove alias \(name) of \(tag.name)"
    }.result
  }

  /// Makes a rule: what has one tag has the other too. Both are tags already, or are made.
  ///
  /// - Throws: `EditError`: `conflict` when the rules would run in a circle, with the circle.
  public func addImplication(from id: TagID, to implied: TagName) async throws -> EditResult {
    try await edit({ (label: String) in label }) { operation in
      try operation.addImplication(from: id, to: implied)
    }.result
  }

  /// Takes a rule away: assets lose what only it gave.
  ///
  /// - Throws: `EditError`: `notFound` when there is no such rule.
  public func removeImplication(from id: TagID, to implied: TagName) async throws -> EditResult {
    try await edit({ (label: String) in label }) { operation in
      try operation.removeImplication(from: id, to: implied)
    }.result
  }

  /// How many assets making or taking away a rule would change. Changes nothing.
  public func previewImplication(
    from id: TagID, to implied: TagName, isAdded: Bool
  ) async throws -> Int {
    let counted = Locked(0)
    do {
      try await write { writer in
        let operation = EditOperation(writer: writer, recordsUndo: false)
        _ =
          isAdded
          ? try operation.addImplication(from: id, to: implied)
          : try operation.removeImplication(from: id, to: implied)
        _ = try operation.finish(label: "")
        counted.withLock { $0 = operation.changedAssetCount }
        // Tried, counted, and rolled back: exactly what would happen.
        throw PreviewOnly()
      }
    } catch is PreviewOnly {}
    return counted.withLock { $0 }
  }

  private struct PreviewOnly: Error {}
}

extension EditOperation {
  /// Adds (a tag) or removes (nil) another name.
  func setAlias(_ name: TagName, to tag: TagID?) throws {
    let old = try row(.aliases, key: [.text(name.key)])
    let text = old?[0] ?? .text(name.text)
    try setRow(
      .aliases, key: [.text(name.key)], to: tag.map { [text, .integer(Int64($0.rawValue))] })
  }

  /// The other names of a tag.
  func aliases(of tag: TagID) throws -> [TagAlias] { try database.aliases(of: tag) }

  /// Adds or removes a rule.
  func setImplication(_ rule: TagImplication, isThere: Bool) throws {
    try setRow(
      .implications,
      key: [.integer(Int64(rule.tag.rawValue)), .integer(Int64(rule.implied.rawValue))],
      to: isThere ? [] : nil)
  }

  /// The rules a tag is part of.
  func implications(with tag: TagID) throws -> [TagImplication] {
    try database.withStatement(
      "SELECT tag_id, implied_id FROM tag_implications WHERE tag_id = ?1 OR implied_id = ?1"
    ) { row in
      try row.bind(Int64(tag.rawValue), at: 1)
      var rules: [TagImplication] = []
      while try row.step() {
        rules.append(
          TagImplication(
            tag: TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0))),
            implied: TagID(rawValue: UInt32(truncatingIfNeeded: row.int(1)))))
      }
      return rules
    }
  }

  /// Makes a rule; what to call the edit.
  fileprivate func addImplication(from id: TagID, to name: TagName) throws -> String {
    let tag = try requireTag(id)
    let implied = try ensureTag(name)
    if implied == id {
      throw EditError(.conflict, "\"\(tag.name)\" cannot imply itself; choose another tag.")
    }
    if let chain = try writer.rules.chain(from: implied, to: id) {
      throw EditError(
        .conflict,
        "\"\(tag.name)\" cannot imply \"\(name)\", which implies it already: \(try names(chain)). "
          + "Take one of these rules away first.")
    }
    try setImplication(TagImplication(tag: id, implied: implied), isThere: true)
    return "\(tag.name) implies \(name)"
  }

  /// Takes a rule away; what to call the edit.
  fileprivate func removeImplication(from id: TagID, to name: TagName) throws -> String {
    let tag = try requireTag(id)
    let implied = try requireTag(name)
    let rule = TagImplication(tag: id, implied: implied.id)
    guard try implications(with: id).contains(rule) else {
      throw EditError(
        .notFound,
        tag.parent == implied.id
          ? "\"\(implied.name)\" comes with \"\(tag.name)\" because it is the level above; rename the "
            + "tag to part them."
          : "\"\(tag.name)\" does not imply \"\(implied.name)\".")
    }
    try setImplication(rule, isThere: false)
    return "\(tag.name) no longer implies \(implied.name)"
  }
}

extension Database {
  /// The other names of a tag, by their keys.
  package func aliases(of tag: TagID) throws -> [TagAlias] {
    try withStatement("SELECT key, text FROM tag_aliases WHERE tag_id = ? ORDER BY key") { row in
      try row.bind(Int64(tag.rawValue), at: 1)
      var aliases: [TagAlias] = []
      while try row.step() {
        aliases.append(TagAlias(name: TagName(storedText: row.text(1), key: row.text(0)), tag: tag))
      }
      return aliases
    }
  }

  /// The tags a tag implies by rules of its own, by id.
  package func implied(by tag: TagID) throws -> [TagID] {
    try withStatement(
      "SELECT implied_id FROM tag_implications WHERE tag_id = ? ORDER BY implied_id"
    ) { row in
      try row.bind(Int64(tag.rawValue), at: 1)
      var ids: [TagID] = []
      while try row.step() { ids.append(TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0)))) }
      return ids
    }
  }
}
