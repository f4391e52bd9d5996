import Media

/// The keywords of files as tags.
///
/// `asset_keywords` stays what the file said when it was last read, also what is no name for a tag; the
/// tags are what the asset has, after aliases, rules and the user's word. Comparing the two lists of a
/// file tells which keywords are gone from it, and only those imported tags go.
package enum KeywordImport {
  /// The tags that keywords name, each once.
  ///
  /// Programs that write a hierarchy write its parts as flat keywords too (`Rome` beside
  /// `place/europe/rome`); those are left out where the path is there.
  package static func names(_ keywords: [String]) -> [TagName] {
    var seen: Set<String> = []
    var names: [TagName] = []
    for keyword in keywords {
      guard let name = TagName(importing: keyword), seen.insert(name.key).inserted else { continue }
      names.append(name)
    }
    let parts = Set(names.flatMap { $0.levelKeys.count > 1 ? $0.levelKeys : [] })
    return names.filter { $0.levelKeys.count > 1 || !parts.contains($0.key[...]) }
  }
}

extension EditOperation {
  /// Follows what a file says now, and said before. The user's word is not touched. An asset that would
  /// have too many tags keeps those it has.
  func importKeywords(_ keywords: [String], before: [String] = [], of asset: Int64) throws {
    if keywords.isEmpty && before.isEmpty { return }
    var changes: [TagID: TagChange] = [:]
    for name in KeywordImport.names(before) {
      if let id = try tag(named: name) { changes[id] = .takeBack(.imported) }
    }
    for name in KeywordImport.names(keywords) {
      let id = try ensureTag(name)
      changes[id] = .say(AssetTag(id, .imported))
    }
    do {
      try changeTags(
        changes.sorted { $0.key < $1.key }.map { (id: $0.key, change: $0.value) }, of: asset)
    } catch let error as EditError where error.kind == .invalid {
      return
    }
  }
}

extension CatalogWriter {
  /// The keywords of a file as they were last read.
  func keywords(of asset: Int64) throws -> [String] {
    try database.withStatement(
      """
      SELECT k.name FROM asset_keywords a JOIN keywords k ON k.id = a.keyword_id
      WHERE a.asset_id = ? ORDER BY a.position
      """
    ) { row in
      try row.bind(asset, at: 1)
      var keywords: [String] = []
      while try row.step() { keywords.append(row.text(0)) }
      return keywords
    }
  }

  /// Makes tags of all keywords that were read before there were tags. Runs in the transaction that
  /// brings a library up to date.
  func importAllKeywords() throws {
    let operation = EditOperation(writer: self, recordsUndo: false)
    var last: Int64 = 0
    while true {
      let assets = try database.withStatement(
        "SELECT DISTINCT asset_id FROM asset_keywords WHERE asset_id > ? ORDER BY asset_id LIMIT 512"
      ) { row in
        try row.bind(last, at: 1)
        var assets: [Int64] = []
        while try row.step() { assets.append(row.int(0)) }
        return assets
      }
      guard let end = assets.last else { break }
      last = end
      for asset in assets {
        try operation.importKeywords(try keywords(of: asset), of: asset)
      }
    }
    _ = try operation.finish(label: "")
    try writeTagTallies()
  }
}
