/// One thing to do to a tag of an asset.
enum TagChange {
  /// Says this, unless something stronger is said; equally strong is replaced.
  case say(AssetTag)
  /// The user takes it away.
  case remove
  /// The file does not say it any more.
  case takeBack(TagOrigin)
  /// Nothing is said about it any more, also not that it was removed.
  case drop
  /// Back to what was before, if nobody else has changed it.
  case restore(expected: AssetTag?, old: AssetTag?)

  /// What is said afterwards.
  ///
  /// - Parameters:
  ///   - said: what is said now; nil for nothing, also when a rule gives the tag.
  ///   - isDerived: whether a rule gives it.
  func result(_ id: TagID, said: AssetTag?, isDerived: Bool) -> AssetTag? {
    switch self {
    case .say(let new):
      guard let said else { return new }
      return new.strength >= said.strength ? new : said
    case .remove: return said != nil || isDerived ? .removed(id) : nil
    case .takeBack(let origin):
      guard let said, said.origin == origin, !said.isRemoved else { return said }
      return nil
    case .drop: return nil
    case .restore(let expected, let old): return said == expected ? old : said
    }
  }
}

/// Changes the tags of assets one after the other: reads the packed row, changes what is said, adds
/// what follows from it by the rules, writes it back, and counts.
///
/// Confined to the writer's thread, inside of a transaction. Its arrays are used again for each asset,
/// so that a change of 100,000 assets allocates hardly anything.
final class AssetTagEditor {
  // The writer owns it.
  private unowned let writer: CatalogWriter
  private var current: [AssetTag] = []
  private var said: [AssetTag] = []
  private var next: [AssetTag] = []
  private var implied: [UInt32] = []
  private var bytes: [UInt8] = []
  private(set) var deltas: [TagDelta] = []

  init(writer: CatalogWriter) { self.writer = writer }

  /// Reads the tags of an asset.
  func tags(of asset: Int64) throws -> [AssetTag] {
    try load(asset)
    return current
  }

  /// Applies changes.
  ///
  /// - Parameters:
  ///   - changes: ascending by tag, each tag once.
  ///   - removesOthers: the user takes away all tags that are not named.
  ///   - asset: which asset.
  /// - Returns: true when its row changed; `deltas` says how.
  /// - Throws: `EditError` when there is no such asset, or it would have too many tags.
  func apply(
    _ changes: [(id: TagID, change: TagChange)], removesOthers: Bool = false, to asset: Int64
  ) throws -> Bool {
    try load(asset)
    return try finish(changes, removesOthers: removesOthers, asset: asset)
  }

  /// Applies changes to an asset whose packed tags are at hand.
  func apply(
    _ changes: [(id: TagID, change: TagChange)], to asset: Int64, packed: [UInt8]
  ) throws -> Bool {
    try unsafe unpack(packed.span.bytes, asset: asset)
    return try finish(changes, removesOthers: false, asset: asset)
  }

  private func load(_ asset: Int64) throws {
    let isKnown = try writer.database.withStatement(
      "SELECT tags FROM asset_tags WHERE asset_id = ?"
    ) { row in
      try row.bind(asset, at: 1)
      guard try row.step() else { return false }
      try unsafe row.withBytes(0) { bytes in
        try unpack(unsafe RawSpan(_unsafeBytes: bytes), asset: asset)
      }
      return true
    }
    if isKnown { return }
    current.removeAll(keepingCapacity: true)
    try writer.requireAsset(asset)
  }

  private func unpack(_ bytes: RawSpan, asset: Int64) throws {
    guard AssetTagCoding.decode(bytes, into: &current) else {
      throw CatalogError(
        .corrupt, path: writer.database.path, reason: "the tags of asset \(asset) cannot be read")
    }
  }

  private func finish(
    _ changes: [(id: TagID, change: TagChange)], removesOthers: Bool, asset: Int64
  ) throws -> Bool {
    change(changes, removesOthers: removesOthers)
    try derive()
    if next == current { return false }
    guard next.count <= AssetTagCoding.tagLimit else {
      throw EditError(
        .invalid,
        "Asset \(asset) would have \(next.count) tags; at most \(AssetTagCoding.tagLimit) fit. "
          + "Take some away first.")
    }
    count()
    try store(asset)
    writer.changes.assets.note(asset)
    return true
  }

  /// `current` and the changes make `said` and `deltas`.
  private func change(_ changes: [(id: TagID, change: TagChange)], removesOthers: Bool) {
    said.removeAll(keepingCapacity: true)
    deltas.removeAll(keepingCapacity: true)
    var (old, new) = (0, 0)
    while old < current.count || new < changes.count {
      let oldID = old < current.count ? current[old].id.rawValue : .max
      let newID = new < changes.count ? changes[new].id.rawValue : .max
      let id = TagID(rawValue: min(oldID, newID))
      let tag = oldID <= newID && old < current.count ? current[old] : nil
      let before = tag?.isDerived == true ? nil : tag
      let after: AssetTag?
      if newID <= oldID, new < changes.count {
        after = changes[new].change.result(id, said: before, isDerived: tag?.isDerived == true)
        new += 1
      } else if removesOthers {
        after = TagChange.remove.result(id, said: before, isDerived: tag?.isDerived == true)
      } else {
        after = before
      }
      if tag != nil { old += 1 }
      if let after { said.append(after) }
      if before != after { deltas.append(TagDelta(tag: id, old: before, new: after)) }
    }
  }

  /// `said` and the rules make `next`.
  private func derive() throws {
    implied.removeAll(keepingCapacity: true)
    for tag in said where !tag.isRemoved {
      implied.append(contentsOf: try writer.rules.implied(by: tag.id.rawValue))
    }
    next.removeAll(keepingCapacity: true)
    if implied.isEmpty {
      next.append(contentsOf: said)
      return
    }
    implied.sort()
    var index = 0
    var last: UInt32 = 0
    for id in implied where id != last {
      last = id
      while index < said.count, said[index].id.rawValue < id {
        next.append(said[index])
        index += 1
      }
      if index < said.count, said[index].id.rawValue == id { continue }
      next.append(AssetTag(TagID(rawValue: id), .rule))
    }
    next.append(contentsOf: said[index...])
  }

  /// Counts what `next` has otherwise than `current`.
  private func count() {
    var (old, new) = (0, 0)
    while old < current.count || new < next.count {
      let oldID = old < current.count ? current[old].id.rawValue : .max
      let newID = new < next.count ? next[new].id.rawValue : .max
      let before = oldID <= newID && old < current.count ? current[old] : nil
      let after = newID <= oldID && new < next.count ? next[new] : nil
      if before != nil { old += 1 }
      if after != nil { new += 1 }
      if before?.isRemoved == after?.isRemoved { continue }
      if let before { writer.countTag(before.id, isMark: before.isRemoved, by: -1) }
      if let after { writer.countTag(after.id, isMark: after.isRemoved, by: 1) }
    }
  }

  private func store(_ asset: Int64) throws {
    if next.isEmpty {
      try writer.database.withStatement("DELETE FROM asset_tags WHERE asset_id = ?") { row in
        try row.bind(asset, at: 1)
        try row.run()
      }
      return
    }
    AssetTagCoding.encode(next, into: &bytes)
    // A row that is there is not looked up among the assets again.
    let sql =
      current.isEmpty
      ? "INSERT INTO asset_tags (tags, asset_id) VALUES (?, ?)"
      : "UPDATE asset_tags SET tags = ? WHERE asset_id = ?"
    try writer.database.withStatement(sql) { row in
      try row.bind(bytes, at: 1)
      try row.bind(asset, at: 2)
      try row.run()
    }
  }
}

extension CatalogWriter {
  /// Makes all assets have what follows from the rules. Walks over all packed tags; rows that cannot be
  /// read stay as they are.
  func followRules() throws {
    var first: Int64 = 0
    while true {
      var rows: [(asset: Int64, packed: [UInt8])] = []
      try database.withStatement(
        "SELECT asset_id, tags FROM asset_tags WHERE asset_id > ? ORDER BY asset_id LIMIT 256"
      ) { row in
        try row.bind(first, at: 1)
        while try row.step() { rows.append((row.int(0), row.bytes(1))) }
      }
      guard let last = rows.last else { return }
      first = last.asset
      for row in rows where AssetTagCoding.decode(row.packed) != nil {
        _ = try tagEditor.apply([], to: row.asset, packed: row.packed)
        try writeTagTalliesIfMany()
      }
    }
  }
}
