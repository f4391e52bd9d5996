import Catalog
import MemoryBudget
import Platform

/// All that a query needs to know from the catalog's texts, and the queries of the smart albums in it.
struct CatalogAnswers: Sendable {
  private(set) var byLookup: [CatalogLookup: CatalogAnswer] = [:]
  /// By album.
  private(set) var albumQueries: [Int64: Query] = [:]
  /// Whether it asks for duplicates anywhere.
  private(set) var needsDuplicates = false
  /// Whether it asks for folders by their place.
  private(set) var needsFolders = false

  /// Nothing is known yet.
  private init() {}

  /// What is known of a query that asks nothing of the catalog's texts.
  init(_ expression: Expression) {
    var lookups: [CatalogLookup] = []
    gather(expression, into: &lookups)
    precondition(lookups.isEmpty, "the catalog has to be asked")
  }

  /// Whether a query asks anything of the catalog's texts.
  static func asksCatalog(_ expression: Expression) -> Bool {
    var answers = CatalogAnswers()
    var lookups: [CatalogLookup] = []
    answers.gather(expression, into: &lookups)
    return !lookups.isEmpty
  }

  /// Asks the catalog for everything in `expression`, on a reader's thread.
  ///
  /// - Throws: `SearchError`, `CatalogError`, `CancellationError`.
  static func read(_ expression: Expression, from catalog: Catalog) async throws -> CatalogAnswers {
    var answers = CatalogAnswers()
    var lookups: [CatalogLookup] = []
    answers.gather(expression, into: &lookups)
    let budget = catalog.budget
    let (begun, wanted) = (answers, lookups)
    return try await catalog.read { database in
      var answers = begun
      let looker = CatalogLooker(
        database: database, budget: budget,
        deadline: monotonicNanoseconds() + CatalogLooker.timeLimitNanoseconds)
      try answers.look(wanted, looker, inside: [])
      return answers
    }
  }

  /// The members of all albums and pools a query names, in their order.
  func listed(by expression: Expression) -> [[UInt32]] {
    var lists: [[UInt32]] = []
    expression.forEachLeaf { leaf in
      if case .values(let field, let patterns) = leaf,
        case .albums(let found)? = byLookup[.albums(field, patterns)]
      {
        lists += found.map(\.orderedMembers.ids)
      }
    }
    return lists
  }

  private mutating func look(
    _ lookups: [CatalogLookup], _ looker: CatalogLooker, inside path: [Int64]
  ) throws {
    for lookup in lookups {
      if byLookup[lookup] == nil { byLookup[lookup] = try looker.answer(lookup) }
      guard case .albums(let albums) = byLookup[lookup] else { continue }
      for album in albums {
        guard let text = album.query else { continue }
        try Binder.check(album, inside: path)
        let query: Query
        if let known = albumQueries[album.id] {
          query = known
        } else {
          do throws(QueryError) { query = try Query(parsing: text, clock: .system()) } catch {
            throw SearchError(
              .query, "The query of the album \"\(album.title)\" cannot be read: \(error.message)")
          }
          albumQueries[album.id] = query
        }
        var more: [CatalogLookup] = []
        gather(query.expression, into: &more)
        try look(more, looker, inside: path + [album.id])
      }
    }
  }

  private mutating func gather(_ expression: Expression, into lookups: inout [CatalogLookup]) {
    expression.forEachLeaf { leaf in
      switch leaf {
      case .text(let text): lookups.append(.text(text))
      case .flag(.duplicate): needsDuplicates = true
      case .values(let field, let patterns):
        switch field {
        case .folder:
          needsFolders = true
          lookups.append(.folders(patterns))
        case .album, .pool: lookups.append(.albums(field, patterns))
        case .path, .filename, .source: lookups.append(.names(field, patterns))
        case .rating, .ext, .type, .camera, .lens: break
        }
      default: break
      }
    }
  }
}
