/// A search the user keeps under a name.
public struct SavedSearch: Sendable, Hashable {
  /// The row id.
  public let id: Int64
  public let name: String
  public let query: String
  /// Milliseconds since 1970 UTC.
  public let createdMilliseconds: Int64
}

/// A search the user made.
public struct PastSearch: Sendable, Hashable {
  public let query: String
  /// The last time, in milliseconds since 1970 UTC.
  public let usedMilliseconds: Int64
}

/// Saved searches and the history.
extension Catalog {
  /// Searches the history keeps.
  public static let searchHistoryLimit = 200

  /// The saved searches by name.
  public func savedSearches() async throws -> [SavedSearch] {
    try await read { database in
      try database.withStatement("SELECT id, name, query, created_ms FROM searches ORDER BY key") {
        row in
        var searches: [SavedSearch] = []
        while try row.step() {
          searches.append(
            SavedSearch(
              id: row.int(0), name: row.text(1), query: row.text(2),
              createdMilliseconds: row.int(3)))
        }
        return searches
      }
    }
  }

  /// Keeps a search under a name; one that has the name already asks this from now on.
  public func saveSearch(
    _ name: TagName, query: String
  ) async throws -> (search: SavedSearch, result: EditResult) {
    try Self.check(query: query, kind: .smart)
    let done = try await edit({ (search: SavedSearch) in "Save search \(search.name)" }) {
      operation in
      let known = try operation.database.withStatement(
        "SELECT id, created_ms FROM searches WHERE key = ?"
      ) { row in
        try row.bind(name.key, at: 1)
        return try row.step() ? (row.int(0), row.int(1)) : nil
      }
      let (id, created) = try known ?? (operation.newID(.searches), currentMilliseconds())
      try operation.setRow(
        .searches, key: [.integer(id)],
        to: [.text(name.key), .text(name.text), .text(query), .integer(created)])
      return SavedSearch(id: id, name: name.text, query: query, createdMilliseconds: created)
    }
    return (done.value, done.result)
  }

  /// Forgets a saved search.
  ///
  /// - Throws: `EditError`: `notFound` when there is none with this id.
  public func deleteSearch(_ id: Int64) async throws -> EditResult {
    try await edit({ (label: String) in label }) { operation in
      guard let row = try operation.row(.searches, key: [.integer(id)]) else {
        throw EditError(.notFound, "There is no saved search \(id) (any more).")
      }
      try operation.setRow(.searches, key: [.integer(id)], to: nil)
      return "Delete search \(row[1].text ?? "")"
    }.result
  }

  /// Searches made, the latest first.
  public func searchHistory(limit: Int = 50) async throws -> [PastSearch] {
    try await read { database in
      try database.withStatement(
        "SELECT query, used_ms FROM search_history ORDER BY used_ms DESC, id DESC LIMIT ?"
      ) { row in
        try row.bind(max(0, min(limit, Self.searchHistoryLimit)), at: 1)
        var searches: [PastSearch] = []
        while try row.step() {
          searches.append(PastSearch(query: row.text(0), usedMilliseconds: row.int(1)))
        }
        return searches
      }
    }
  }

  /// Notes that a search was made; the oldest go beyond `searchHistoryLimit`. One that is empty or too
  /// long to keep is not noted.
  public func noteSearch(_ query: String) async throws {
    if query.isEmpty || query.utf8.count > 4096 { return }
    try await write { writer in
      for sql in [
        "DELETE FROM search_history WHERE query = ?1",
        "INSERT INTO search_history (query, used_ms) VALUES (?1, ?2)",
      ] {
        try writer.database.withStatement(sql) { row in
          try row.bind(query, at: 1)
          if sql.contains("?2") { try row.bind(currentMilliseconds(), at: 2) }
          try row.run()
        }
      }
      try writer.database.execute(
        """
        DELETE FROM search_history WHERE id NOT IN
        (SELECT id FROM search_history ORDER BY id DESC LIMIT \(Self.searchHistoryLimit))
        """)
    }
  }

  /// Forgets all searches made.
  public func clearSearchHistory() async throws {
    try await write { try $0.database.execute("DELETE FROM search_history") }
  }
}
