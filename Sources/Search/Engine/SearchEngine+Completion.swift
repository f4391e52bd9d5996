import Catalog

/// What could be typed at a place of a query.
public struct SearchCompletion: Sendable, Equatable {
  /// One thing that could be typed.
  public struct Item: Sendable, Equatable {
    /// What to put in the place of `range`.
    public let insert: String
    /// What people see.
    public let label: String
    /// `tag`, `alias`, `field` or `value`.
    public let kind: String
    /// Of a tag, the name of its category.
    public let category: String?
    /// How many assets it would find, if that is known.
    public let count: Int?
    /// Of an alias, the name that was typed.
    public let alias: String?
    /// Of a field, what it finds.
    public let summary: String?
  }

  /// What of the text is replaced, in UTF-16.
  public let range: Range<Int>
  /// The best first.
  public let items: [Item]
}

extension SearchEngine {
  /// What could be typed at a place of a query, which need not mean anything yet.
  ///
  /// - Parameters:
  ///   - text: the query so far.
  ///   - cursor: where the cursor is, in UTF-16.
  ///   - limit: at most so many.
  public func completion(
    of text: String, at cursor: Int, limit: Int
  ) async throws -> SearchCompletion {
    try await request { engine in
      let open = try await engine.current()
      let completer = Completer(
        names: open.names, categories: open.categories, count: { open.index.tagCount($0) },
        values: { field, typed, limit in
          (try? open.values(of: field, containing: typed, limit: limit)) ?? []
        })
      let found = completer.complete(text, cursor: cursor, limit: limit)
      return SearchCompletion(
        range: found.utf16,
        items: found.items.map { item in
          SearchCompletion.Item(
            insert: item.insert, label: item.label, kind: item.kind.rawValue,
            category: item.category.flatMap { open.categoryName($0) }, count: item.count,
            alias: item.alias, summary: item.summary)
        })
    }
  }
}

extension OpenIndex {
  /// Names a field has in this library that contain some text, the most frequent first.
  fileprivate func values(
    of field: NameField, containing typed: String, limit: Int
  ) throws -> [(name: String, count: Int)] {
    let pattern = FoldedPattern(
      NamePattern([.anything, .literal(typed), .anything]), findsParts: false)
    switch field {
    case .camera: return try values(.camera, rows.cameras, pattern, limit)
    case .lens: return try values(.lens, rows.lenses, pattern, limit)
    case .ext: return try values(.fileExtension, rows.extensions, pattern, limit)
    case .folder: return try folders(pattern, limit)
    case .album, .pool:
      return try albums().filter {
        ($0.kind == .pool) == (field == .pool) && pattern.matches($0.name)
      }.sorted { $0.count > $1.count }.prefix(limit).map {
        ($0.name, $0.count)
      }
    case .rating, .type, .path, .filename, .source: return []
    }
  }

  private func values(
    _ column: FacetColumn, _ names: FacetNames, _ pattern: FoldedPattern, _ limit: Int
  ) throws -> [(name: String, count: Int)] {
    var found: [(name: String, count: Int)] = []
    for (value, count) in try index.facetCounts(try index.evaluate(.everything), column) {
      guard found.count < limit else { break }
      if let name = names.text(value), pattern.matches(name) { found.append((name, count)) }
    }
    return found
  }
}
