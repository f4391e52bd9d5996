import Catalog
import Library
import Platform

/// Albums, saved searches and the history of searches.
extension APIRoutes {
  var albumRoutes: [Route] {
    [
      Route(.get, "/api/v1/albums") { _ in try await albums() },
      Route(.post, "/api/v1/albums") { try await createAlbum($0) },
      Route(.patch, "/api/v1/albums/{id:number}") { call in
        let body = try BodyReading(call)
        return Self.response(
          try await library.catalog.updateAlbum(
            AlbumID(rawValue: call.number()), name: try body.name("name"),
            note: try body.text("note"), query: try body.text("query")))
      },
      Route(.delete, "/api/v1/albums/{id:number}") { call in
        Self.response(try await library.catalog.deleteAlbum(AlbumID(rawValue: call.number())))
      },
      Route(.post, "/api/v1/albums/{id:number}/edit") { try await editAlbum($0) },
      Route(.get, "/api/v1/searches") { _ in try await searches() },
      Route(.post, "/api/v1/searches") { try await saveSearch($0) },
      Route(.delete, "/api/v1/searches/{id:number}") { call in
        Self.response(try await library.catalog.deleteSearch(call.number()))
      },
      Route(.get, "/api/v1/searches/history") { try await searchHistory($0) },
      Route(.post, "/api/v1/searches/history") { call in
        guard let query = try BodyReading(call).text("query") else {
          throw APIError.invalid("query", "text")
        }
        try await library.catalog.noteSearch(query)
        return try await searchHistory(call)
      },
      Route(.delete, "/api/v1/searches/history") { _ in
        try await library.catalog.clearSearchHistory()
        return .json { $0.array("history") { _ in } }
      },
    ]
  }

  private func albums() async throws -> HTTPResponse {
    let albums = try await library.catalog.albums()
    let charge = try await charge(albums.count * JSONWriter.tagByteCount)
    return .json(keeping: charge) { json in
      json.array("albums") { json in
        for album in albums { json.object { $0.albumMembers(album) } }
      }
    }
  }

  private func createAlbum(_ call: Call) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    let name = try body.requiredName("name")
    guard let kind = Album.Kind(name: try body.text("kind") ?? "album") else {
      throw APIError.invalid("kind", "\"album\", \"pool\" or \"smart\"")
    }
    let made = try await library.catalog.createAlbum(name, kind: kind, query: body.text("query"))
    return .json { json in
      json.albumMembers(made.album)
      json.member("undo", made.result.undo?.rawValue)
    }
  }

  private func editAlbum(_ call: Call) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    var edit = Catalog.MemberEdit()
    edit.add = try body.assets("add") ?? []
    edit.remove = try body.assets("remove") ?? []
    edit.order = try body.assets("order") ?? []
    edit.position = try body.number("position", in: 0...Int(Int32.max))
    return Self.response(
      try await library.catalog.editMembers(edit, of: AlbumID(rawValue: call.number())))
  }

  private func searches() async throws -> HTTPResponse {
    let searches = try await library.catalog.savedSearches()
    return .json { json in
      json.array("searches") { json in
        for search in searches { json.object { $0.searchMembers(search) } }
      }
    }
  }

  private func saveSearch(_ call: Call) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    guard let query = try body.text("query") else { throw APIError.invalid("query", "text") }
    let saved = try await library.catalog.saveSearch(try body.requiredName("name"), query: query)
    return .json { json in
      json.searchMembers(saved.search)
      json.member("undo", saved.result.undo?.rawValue)
    }
  }

  private func searchHistory(_ call: Call) async throws -> HTTPResponse {
    let limit = try call.integer("limit", in: 1...Catalog.searchHistoryLimit) ?? 50
    let history = try await library.catalog.searchHistory(limit: limit)
    return .json { json in
      json.array("history") { json in
        for search in history {
          json.object { json in
            json.member("query", search.query)
            json.member("at", JSONWriter.time(milliseconds: search.usedMilliseconds))
          }
        }
      }
    }
  }
}
