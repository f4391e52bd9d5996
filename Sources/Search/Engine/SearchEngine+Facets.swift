import Catalog
import Media

extension SearchEngine {
  /// Counts the values of some fields among what a query finds now.
  ///
  /// - Parameters:
  ///   - query: the query of a result.
  ///   - fields: what to count.
  ///   - limit: at most this many values of each.
  /// - Throws: as `results`.
  public func facets(
    _ query: AssetQuery, fields: [SearchFacets.Field], limit: Int
  ) async throws -> SearchFacets {
    let parsed = try Self.parse(query.search)
    return try await request { engine in
      let (open, bound) = try await engine.bound(query, parsed)
      return try engine.translated(open.index.assetCount) {
        try open.putFoldersInOrder()
        var result = try open.index.evaluate(bound.plan)
        if let limit = bound.limit, limit < result.count {
          let first = try open.index.page(result, order: bound.order, range: 0..<limit)
          result = try open.index.evaluate(.assets(first.sorted()))
        }
        let counter = FacetCounter(open: open, result: result, limit: limit)
        return SearchFacets(
          count: result.count, facets: try fields.map { try counter.facet($0) })
      }
    }
  }
}

/// Counts the values of fields in one result.
private struct FacetCounter {
  let open: OpenIndex
  let result: ResultSet
  let limit: Int

  func facet(_ field: SearchFacets.Field) throws -> SearchFacets.Facet {
    let values =
      switch field {
      case .rating: try ratings()
      case .type: try types()
      case .camera: try named(.camera, open.rows.cameras, .camera)
      case .lens: try named(.lens, open.rows.lenses, .lens)
      case .year: try years()
      case .stars: try stars()
      case .folder: try folders()
      case .tags: try tags()
      }
    return SearchFacets.Facet(field: field, values: Array(values.prefix(limit)))
  }

  private func value(
    _ value: String, label: String, count: Int, _ expression: Expression
  ) -> SearchFacets.Value {
    SearchFacets.Value(
      value: value, label: label, count: count, query: Query(expression).description)
  }

  private func ratings() throws -> [SearchFacets.Value] {
    let counts = try open.index.facetCounts(result, .rating)
    return ContentRating.allCases.compactMap { rating in
      guard let found = counts.first(where: { $0.value == UInt32(rating.rawValue) }) else {
        return nil
      }
      return value(
        rating.name, label: rating.name, count: found.count,
        .values(.rating, [NamePattern(rating.name)]))
    }
  }

  private func types() throws -> [SearchFacets.Value] {
    try open.index.facetCounts(result, .format).compactMap { found in
      guard let format = MediaFormat(rawValue: UInt8(clamping: found.value)) else { return nil }
      return value(
        format.name, label: format.name.uppercased(), count: found.count,
        .values(.type, [NamePattern(format.name)]))
    }
  }

  private func named(
    _ column: FacetColumn, _ names: FacetNames, _ field: NameField
  ) throws -> [SearchFacets.Value] {
    try open.index.facetCounts(result, column).prefix(limit + 1).compactMap { found in
      guard let name = names.text(found.value) else { return nil }
      // With a star it is a pattern of the whole name: "EOS 5D" alone is also a part of "EOS 5D Mark II".
      return value(
        name, label: name, count: found.count,
        .values(field, [NamePattern([.anything, .literal(name)])]))
    }
  }

  /// The latest first.
  private func years() throws -> [SearchFacets.Value] {
    try open.index.facetCounts(result, .year).filter { $0.value > 0 }
      .sorted { $0.value > $1.value }
      .compactMap { found in
        guard let query = try? Query(parsing: "taken:\(found.value)", clock: .system()) else {
          return nil
        }
        return value(
          String(found.value), label: String(found.value), count: found.count, query.expression)
      }
  }

  /// The most first.
  private func stars() throws -> [SearchFacets.Value] {
    let counts = try open.index.counts(result, .stars, of: -1...5)
    return (Int64(-1)...5).reversed().compactMap { stars in
      let count = counts[stars]
      if count == 0 { return nil }
      return value(
        String(stars), label: stars < 0 ? "rejected" : String(stars), count: count,
        .range(.stars, lower: stars, upper: stars))
    }
  }

  /// The folders the result divides into: those in the deepest folder that has all of it.
  private func folders() throws -> [SearchFacets.Value] {
    let tree = try open.folderTree()
    if tree.count == 0 { return [] }
    let counts = try open.index.counts(result, .folderPlace, of: 0...Int64(tree.count - 1))
    return try tree.division(counts).sorted { $0.count > $1.count }.prefix(limit)
      .compactMap { found in
        guard let path = try open.folderPath(at: found.place), !path.isEmpty else { return nil }
        let name = path.split(separator: "/").last.map { String($0) } ?? path
        return value(
          path, label: name, count: found.count, .values(.folder, [NamePattern(path)]))
      }
  }

  /// The most frequent of those that some assets of the result have, evenly spread over it: whatever is
  /// frequent in a result is found among a thousand of it.
  private func tags() throws -> [SearchFacets.Value] {
    let sample = result.sample(Self.sampleCount)
    let candidates = try open.frequentTags(of: sample, limit: max(limit * 4, 64))
    let counts = try open.index.tagCounts(result, among: candidates)
    return zip(candidates, counts).filter { $0.1 > 0 }
      .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }.prefix(limit)
      .compactMap { tag, count in
        guard let name = open.names.name(of: tag) else { return nil }
        var value = value(
          name, label: name, count: count, .tag(NamePattern(name), category: nil))
        value.category = open.categoryName(open.names.category(of: tag))
        return value
      }
  }

  private static let sampleCount = 1000
}
