import Catalog
import Search

/// Searching.
extension Library {
  /// The assets of a query in order. What has no search comes from the catalog and needs no index.
  ///
  /// - Throws: `SearchError` for a query that cannot be read or answered, `BudgetError`, `CatalogError`.
  public func results(_ query: AssetQuery) async throws -> SearchResult {
    if query.search.isEmpty {
      return SearchResult(snapshot: try await catalog.snapshot(query))
    }
    return try await search.results(query)
  }
}
