import Catalog
import Media
import MemoryBudget
import Platform

/// What a search found.
public struct SearchResult: Sendable {
  /// The assets in order.
  public let snapshot: ResultSnapshot
  /// What the text itself says the order is, e.g. `taken_desc`; nil where it leaves that to the query.
  public let orderedBy: String?
  /// For tags that do not exist: what may have been meant, the likeliest first.
  public let didYouMean: [String]

  /// A result from its parts.
  public init(
    snapshot: ResultSnapshot, orderedBy: String? = nil, didYouMean: [String] = []
  ) {
    self.snapshot = snapshot
    self.orderedBy = orderedBy
    self.didYouMean = didYouMean
  }
}

/// Answers of the catalog's texts to a query.
struct KeptAnswers {
  let expression: Expression
  let changeNumber: Int64
  let answers: CatalogAnswers
}

/// A query as it is evaluated.
struct BoundQuery {
  let plan: PlanNode
  let order: ResultOrder
  /// By folder, and in each in `order`.
  let isByFolder: Bool
  let limit: Int?
  let didYouMean: [String]
}

extension SearchEngine {
  /// The assets of a query in order.
  ///
  /// - Throws: `SearchError`, `BudgetError`, `CatalogError`, `CancellationError`.
  public func results(_ query: AssetQuery) async throws -> SearchResult {
    let parsed = try Self.parse(query.search)
    return try await request { engine in
      var room: SnapshotRoom?
      while true {
        let (open, bound) = try await engine.bound(query, parsed)
        let result = try engine.translated(open.index.assetCount) {
          try open.index.evaluate(bound.plan)
        }
        let count = min(result.count, bound.limit ?? .max)
        if room == nil || (room?.capacity ?? 0) < count {
          room = try SnapshotRoom.ifRoom(count, in: engine.catalog)
        }
        guard let room, room.capacity >= count else {
          // Others get their turn meanwhile, so there may be a few more afterwards.
          room = try await SnapshotRoom.wait(for: count + count / 64 + 64, in: engine.catalog)
          continue
        }
        let snapshot = try engine.translated(open.index.assetCount) {
          try open.snapshot(of: result, bound, query, count: count, room: room)
        }
        return SearchResult(
          snapshot: snapshot, orderedBy: parsed.order?.name, didYouMean: bound.didYouMean)
      }
    }
  }

  /// How many assets a query finds.
  public func count(_ query: AssetQuery) async throws -> Int {
    let parsed = try Self.parse(query.search)
    return try await request { engine in
      let (open, bound) = try await engine.bound(query, parsed)
      let count = try engine.translated(open.index.assetCount) {
        try open.index.evaluate(bound.plan).count
      }
      return min(count, bound.limit ?? .max)
    }
  }

  /// Reads a query's text.
  static func parse(_ text: String) throws -> Query {
    do throws(QueryError) { return try Query(parsing: text, clock: .system()) } catch {
      throw SearchError(error, in: text)
    }
  }

  // MARK: - Binding

  /// A query with ids and numbers in the place of names, and the index in step with the catalog and with
  /// everything the query needs. Nothing may be waited for between this and using it.
  func bound(
    _ query: AssetQuery, _ parsed: Query
  ) async throws -> (open: OpenIndex, bound: BoundQuery) {
    var duplicates: [UInt32]?
    var hasAskedForPlaces = false
    while true {
      let open = try await current()
      guard let answers = try await answers(parsed.expression, open) else { continue }
      let order = Self.order(of: query, parsed, answers)
      if answers.needsDuplicates, duplicates == nil {
        if let known = open.duplicates {
          duplicates = known
        } else {
          let generation = open.generation
          let found = try await catalog.duplicates()
          duplicates = found
          if case let now = try await current(), now === open, now.generation == generation {
            now.duplicates = found
            try now.charge()
          }
          continue
        }
      }
      if order.key == .column(.namePlace), !open.hasNamePlaces, !hasAskedForPlaces {
        var all = AssetQuery()
        all.states = Set(AssetState.allCases)
        all.sort = .name
        let names = try await catalog.snapshot(all)
        let now = try await current()
        try translated(now.index.assetCount) {
          try now.takeNamePlaces(names)
        }
        // While a scan goes on there is always a name more.
        hasAskedForPlaces = true
        continue
      }
      let isByFolder = query.sort == .path && parsed.order == nil
      if answers.needsFolders || query.folder != nil || isByFolder {
        try translated(open.index.assetCount) { try open.putFoldersInOrder() }
      }
      let (plan, didYouMean) = try plan(query, parsed, open, answers, duplicates ?? [])
      return (
        open,
        BoundQuery(
          plan: plan, order: order, isByFolder: isByFolder, limit: parsed.limit,
          didYouMean: didYouMean)
      )
    }
  }

  private func plan(
    _ query: AssetQuery, _ parsed: Query, _ open: OpenIndex, _ answers: CatalogAnswers,
    _ duplicates: [UInt32]
  ) throws -> (PlanNode, [String]) {
    var binder = Binder(
      names: open.names, categories: open.categories, count: { open.index.tagCount($0) },
      rows: open.rows, folders: open.folders, answers: answers,
      duplicates: duplicates,
      firstOf: { node, album in
        let result = try open.index.evaluate(node)
        return try open.index.page(
          result, order: Self.order(of: AssetQuery(sort: .added), album, answers),
          range: 0..<(album.limit ?? result.count))
      })
    var parts: [PlanNode] = []
    if let folder = query.folder {
      let below = try open.folders(at: folder, isRecursive: query.recursive)
      let ranges = open.folders.ranges(of: below).map { PlanNode.range(.folderPlace, $0) }
      parts.append(ranges.count == 1 ? ranges[0] : .or(ranges))
    }
    switch query.kind {
    case .image: parts.append(.not(.flags(.video)))
    case .video: parts.append(.flags(.video))
    case nil: break
    }
    var states = query.states
    if parsed.expression.mentions(.missing) { states.insert(.missing) }
    if parsed.expression.mentions(.broken) { states.insert(.broken) }
    if states.count < AssetState.allCases.count {
      parts.append(.facet(.state, states.map { UInt32($0.rawValue) }.sorted()))
    }
    let found = try binder.bind(parsed.expression)
    if found != .everything { parts.append(found) }
    let didYouMean = binder.unknown.flatMap(\.suggestions)
    return (parts.count == 1 ? parts[0] : .and(parts), didYouMean)
  }

  /// The answers of the catalog's texts, asked for once a state of the catalog; nil when the index was
  /// not the same any more afterwards.
  private func answers(
    _ expression: Expression, _ open: OpenIndex
  ) async throws -> CatalogAnswers? {
    let number = open.index.changeNumber
    keptAnswers.removeAll { $0.changeNumber != number }
    if let kept = keptAnswers.first(where: { $0.expression == expression }) { return kept.answers }
    guard CatalogAnswers.asksCatalog(expression) else { return CatalogAnswers(expression) }
    let answers = try await CatalogAnswers.read(expression, from: catalog)
    if keptAnswers.count >= Self.keptAnswerLimit { keptAnswers.removeFirst() }
    keptAnswers.append(
      KeptAnswers(expression: expression, changeNumber: number, answers: answers))
    return nil
  }

  private static let keptAnswerLimit = 4

  /// What orders a query: its text, else its sort.
  static func order(
    of query: AssetQuery, _ parsed: Query, _ answers: CatalogAnswers
  ) -> ResultOrder {
    if let order = parsed.order {
      let key: ResultOrder.Key =
        switch order.field {
        case .new: .identifier
        case .taken: .column(.captured)
        case .name: .column(.namePlace)
        case .size: .column(.byteCount)
        case .mp: .column(.pixels)
        case .stars: .column(.stars)
        case .tagcount: .column(.tagCount)
        case .album: .listed(answers.listed(by: parsed.expression))
        case .random: .random(seed: order.seed)
        }
      return ResultOrder(key, isAscending: order.isAscending)
    }
    let key: ResultOrder.Key =
      switch query.sort {
      case .captureTime: .column(.captured)
      case .name, .path: .column(.namePlace)
      case .byteCount: .column(.byteCount)
      case .added: .identifier
      case .rating: .column(.stars)
      case .random: .random(seed: query.seed)
      }
    return ResultOrder(key, isAscending: query.ascending)
  }
}

extension Query.Order {
  /// As it stands in a query: `taken_desc`.
  var name: String {
    field == .random
      ? "random:\(seed)" : "\(field.rawValue)_\(isAscending ? "asc" : "desc")"
  }
}
