import Catalog
import Media

/// Puts ids and numbers in the place of a query's names.
///
/// Runs where the index is, with what the catalog was asked before (`CatalogLookups`).
struct Binder {
  let names: TagNames
  let categories: [TagCategory]
  /// How many assets have a tag.
  let count: (UInt32) -> Int
  let rows: RowReader
  let folders: FolderPlaces
  let answers: CatalogAnswers
  /// Assets with the same content as another one; only asked for when the query does.
  let duplicates: [UInt32]
  /// What a smart album's own query finds, for one that has a limit.
  let firstOf: (PlanNode, Query) throws -> [UInt32]

  /// Names of tags that do not exist, as typed, each once, with what may have been meant.
  private(set) var unknown: [(name: String, suggestions: [String])] = []
  /// Smart albums being looked into.
  private var path: [Int64] = []

  /// More unknown names than this are not told of.
  private static let unknownLimit = 5
  private static let suggestionLimit = 3
  /// Smart albums inside of smart albums.
  static let albumDepthLimit = 8

  init(
    names: TagNames, categories: [TagCategory], count: @escaping (UInt32) -> Int, rows: RowReader,
    folders: FolderPlaces, answers: CatalogAnswers,
    duplicates: [UInt32], firstOf: @escaping (PlanNode, Query) throws -> [UInt32]
  ) {
    self.names = names
    self.categories = categories
    self.count = count
    self.rows = rows
    self.folders = folders
    self.answers = answers
    self.duplicates = duplicates
    self.firstOf = firstOf
  }

  /// What the index evaluates.
  mutating func bind(_ expression: Expression) throws -> PlanNode {
    switch expression {
    case .everything: return .everything
    case .tag(let pattern, let category): return bind(pattern, category: category)
    case .atLeast(let count, let parts):
      return .atLeast(count, try parts.map { try bind($0) })
    case .and(let parts): return .and(try parts.map { try bind($0) })
    case .or(let parts): return .or(try parts.map { try bind($0) })
    case .not(let part): return .not(try bind(part))
    case .text(let text): return try bind(CatalogLookup.text(text))
    case .range(let field, let lower, let upper):
      let (lower, upper) = (lower ?? .min, upper ?? .max)
      return lower <= upper ? .range(field.column, lower...upper) : .nothing
    case .values(let field, let patterns): return try bind(field, patterns)
    case .flag(let flag): return bind(flag)
    case .near(let latitude, let longitude, let kilometres):
      return .near(latitude: latitude, longitude: longitude, kilometres: kilometres)
    case .similar:
      throw SearchError(
        .unanswerable,
        "similar: cannot be answered yet: this library keeps nothing that pictures could be compared "
          + "by. is:duplicate finds those with the same content.")
    }
  }

  // MARK: Tags

  private mutating func bind(_ pattern: NamePattern, category name: String?) -> PlanNode {
    guard let name else { return bind(pattern, in: nil) }
    let key = (try? TagName(name))?.key
    guard let category = categories.first(where: { (try? TagName($0.name))?.key == key }) else {
      return bind(Expression.uncategorised(pattern, category: name), in: nil)
    }
    return bind(pattern, in: category.id)
  }

  private mutating func bind(_ pattern: NamePattern, in category: TagCategoryID?) -> PlanNode {
    guard let literal = pattern.literal else {
      let found = names.tags(matching: pattern)
        .filter { tag in category.map { names.category(of: tag) == $0 } ?? true }
      return found.isEmpty ? .nothing : .anyTag(found)
    }
    if let name = try? TagName(literal), let tag = names.tag(named: name),
      category.map({ names.category(of: tag) == $0 }) ?? true
    {
      return .tag(tag)
    }
    if unknown.count < Self.unknownLimit, !unknown.contains(where: { $0.name == literal }) {
      unknown.append(
        (literal, names.names(like: literal, limit: Self.suggestionLimit, count: count)))
    }
    return .nothing
  }

  // MARK: Fields

  private mutating func bind(_ field: NameField, _ patterns: [NamePattern]) throws -> PlanNode {
    switch field {
    case .rating: bindRating(patterns)
    case .type: bindType(patterns)
    case .ext: facet(.fileExtension, rows.extensions, patterns, field)
    case .camera: facet(.camera, rows.cameras, patterns, field)
    case .lens: facet(.lens, rows.lenses, patterns, field)
    case .folder: try bind(CatalogLookup.folders(patterns))
    case .album, .pool: try bind(CatalogLookup.albums(field, patterns))
    case .path, .filename, .source: try bind(CatalogLookup.names(field, patterns))
    }
  }

  private func facet(
    _ column: FacetColumn, _ names: FacetNames, _ patterns: [NamePattern], _ field: NameField
  ) -> PlanNode {
    var ids: Set<UInt32> = []
    for pattern in patterns {
      let folded = FoldedPattern(pattern, findsParts: field.findsPartsOfValues)
      ids.formUnion(names.ids(matching: folded))
    }
    return ids.isEmpty ? .nothing : .facet(column, ids.sorted())
  }

  private func bindRating(_ patterns: [NamePattern]) -> PlanNode {
    let ratings = patterns.compactMap { $0.literal.flatMap { ContentRating(name: $0) } }
    var parts: [PlanNode] = []
    let said = ratings.filter { $0 != .none }.map { UInt32($0.rawValue) }
    if !said.isEmpty { parts.append(.facet(.rating, said)) }
    if ratings.contains(.none) {
      let all = ContentRating.allCases.filter { $0 != .none }.map { UInt32($0.rawValue) }
      parts.append(.not(.facet(.rating, all)))
    }
    return Self.any(parts)
  }

  private func bindType(_ patterns: [NamePattern]) -> PlanNode {
    var formats: [UInt32] = []
    var parts: [PlanNode] = []
    for word in patterns.compactMap({ $0.literal?.lowercased() }) {
      switch word {
      case "video": parts.append(.flags(.video))
      case "image": parts.append(.not(.flags(.video)))
      default: if let format = MediaFormat(name: word) { formats.append(UInt32(format.rawValue)) }
      }
    }
    if !formats.isEmpty { parts.append(.facet(.format, formats)) }
    return Self.any(parts)
  }

  private static func any(_ parts: [PlanNode]) -> PlanNode {
    parts.isEmpty ? .nothing : parts.count == 1 ? parts[0] : .or(parts)
  }

  private func bind(_ flag: FlagField) -> PlanNode {
    switch flag {
    case .favourite: .flags(.favourite)
    case .video: .flags(.video)
    case .animated: .flags(.animated)
    case .raw: .flags(.raw)
    case .hdr: .flags(.hdr)
    case .broken: .facet(.state, [UInt32(AssetState.broken.rawValue)])
    case .missing: .facet(.state, [UInt32(AssetState.missing.rawValue)])
    case .untagged: .range(.tagCount, 0...0)
    case .duplicate: .assets(duplicates)
    case .parent: .flags(.parent)
    case .child: .flags(.child)
    case .gps: .flags(.gps)
    case .edits: .flags(.edits)
    case .sidecar: .flags(.sidecar)
    case .note: .flags(.note)
    }
  }

  // MARK: What the catalog was asked

  private mutating func bind(_ lookup: CatalogLookup) throws -> PlanNode {
    switch answers.byLookup[lookup] {
    case nil: preconditionFailure("a query was bound before the catalog was asked")
    case .assets(let found): return .assets(found.ids)
    case .folders(let found):
      return Self.any(folders.ranges(of: found).map { .range(.folderPlace, $0) })
    case .albums(let found):
      return Self.any(try found.map { try bind($0) })
    }
  }

  private mutating func bind(_ album: FoundAlbum) throws -> PlanNode {
    guard album.query != nil else { return .assets(album.members.ids) }
    guard let query = answers.albumQueries[album.id] else { return .nothing }
    try Self.check(album, inside: path)
    path.append(album.id)
    defer { path.removeLast() }
    let node = try bind(query.expression)
    return query.limit == nil ? node : .assets(try firstOf(node, query).sorted())
  }

  /// Refuses an album inside of itself, and ones nested too deep.
  static func check(_ album: FoundAlbum, inside path: [Int64]) throws {
    if path.contains(album.id) {
      throw SearchError(
        .circular,
        "The album \"\(album.title)\" is made of itself; change its query, or that of an album in it."
      )
    }
    if path.count >= albumDepthLimit {
      throw SearchError(
        .circular,
        "The album \"\(album.title)\" is the \(albumDepthLimit + 1)th inside of others; at most "
          + "\(albumDepthLimit) are followed.")
    }
  }
}

extension Expression {
  /// Calls `body` with every part that has no parts of its own.
  func forEachLeaf(_ body: (Expression) throws -> Void) rethrows {
    switch self {
    case .atLeast(_, let parts), .and(let parts), .or(let parts):
      for part in parts { try part.forEachLeaf(body) }
    case .not(let part): try part.forEachLeaf(body)
    default: try body(self)
    }
  }

  /// Whether it asks for a flag anywhere.
  func mentions(_ flag: FlagField) -> Bool {
    var isFound = false
    forEachLeaf { if $0 == .flag(flag) { isFound = true } }
    return isFound
  }
}
