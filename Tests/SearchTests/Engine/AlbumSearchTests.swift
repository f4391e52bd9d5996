import Media
import Testing

@testable import Catalog
@testable import Search

/// Albums in queries.
@Suite struct AlbumSearchTests {
  private func addAlbum(
    _ fixture: EngineFixture, _ name: String, _ kind: Album.Kind, query: String? = nil,
    members: [AssetID] = []
  ) async throws {
    try await fixture.catalog.write { writer in
      try writer.database.withStatement(
        "INSERT INTO albums (kind, name, key, query, created_ms) VALUES (?, ?, ?, ?, 0)"
      ) { row in
        try row.bind(Int64(kind.rawValue), at: 1)
        try row.bind(name, at: 2)
        try row.bind(name, at: 3)
        try row.bind(query, at: 4)
        try row.run()
      }
      let album = writer.database.lastInsertedID
      for (rank, member) in members.enumerated() {
        try writer.database.withStatement("INSERT INTO album_members VALUES (?, ?, ?)") { row in
          try row.bind(album, at: 1)
          try row.bind(Int64(rank), at: 2)
          try row.bind(member.rawValue, at: 3)
          try row.run()
        }
      }
      writer.changes.albums.note(album)
    }
  }

  @Test func `albums, pools and smart albums are found by their titles`() async throws {
    let (fixture, ids) = try await SearchEngineTests.library()
    let loop = try #require(ids["loop.gif"])
    let raw = try #require(ids["raw.cr3"])
    try await addAlbum(fixture, "Best of", .album, members: [raw, loop])
    try await addAlbum(fixture, "Best comic", .pool, members: [loop])
    try await addAlbum(fixture, "Romans", .smart, query: "rome or album:\"best of\"")
    try await addAlbum(fixture, "Largest", .smart, query: "order:size_desc limit:1")
    #expect(try await fixture.names("album:\"best of\"") == ["loop.gif", "raw.cr3"])
    #expect(try await fixture.names("pool:best*") == ["loop.gif"])
    func ordered(_ text: String) async throws -> [AssetID] {
      let found = try await fixture.engine.results(AssetQuery(search: text)).snapshot
      return found.ids(in: 0..<found.count)
    }
    #expect(try await ordered("album:\"best of\" order:album") == [raw, loop])
    #expect(try await ordered("album:\"best of\" order:album_desc") == [loop, raw])
    #expect(try await ordered("order:album limit:1 album:\"best of\"") == [raw])
    let all = try await ordered("album:\"best of\" or rome order:album")
    #expect(all.prefix(2) == [raw, loop] && all.dropFirst(2) == all.dropFirst(2).sorted()[...])
    // Without an album there is nothing to go by but the ids.
    #expect(try await ordered("order:album") == ordered("order:old"))
    #expect(try await fixture.names("album:comic") == [])
    #expect(
      try await fixture.names("album:romans")
        == ["IMG_10.jpg", "IMG_9.jpg", "loop.gif", "raw.cr3"])
    #expect(try await fixture.names("-album:romans is:animated") == [])
    #expect(try await fixture.names("album:largest") == ["Ölbild.PNG"])
    try await fixture.tag(raw, ["rome"])
    #expect(try await fixture.names("album:romans is:raw") == ["raw.cr3"])
  }

  @Test func `an album inside of itself is refused, and so is a deep one`() async throws {
    let (fixture, _) = try await SearchEngineTests.library()
    try await addAlbum(fixture, "one", .smart, query: "album:two")
    try await addAlbum(fixture, "two", .smart, query: "rome or -album:one")
    let error = await #expect(throws: SearchError.self) { try await fixture.names("album:one") }
    #expect(error?.kind == .circular)
    for depth in 1...10 {
      try await addAlbum(fixture, "deep\(depth)", .smart, query: "album:deep\(depth + 1)")
    }
    try await addAlbum(fixture, "deep11", .smart, query: "rome")
    #expect(try await fixture.names("album:deep4").count == 2)
    let deep = await #expect(throws: SearchError.self) { try await fixture.names("album:deep1") }
    #expect(deep?.kind == .circular)
    try await addAlbum(fixture, "wrong", .smart, query: "(cat")
    let wrong = await #expect(throws: SearchError.self) { try await fixture.names("album:wrong") }
    #expect(wrong?.description.contains("wrong") == true)
  }
}
