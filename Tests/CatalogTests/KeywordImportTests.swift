import Media
import Platform
import TestSupport
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(2))) struct KeywordImportTests {
  private func read(_ fixture: CatalogFixture, _ id: AssetID, _ keywords: [String]?) async throws {
    let record = try #require(try await fixture.catalog.asset(id))
    let metadata = keywords.map { keywords in
      var metadata = DeepMetadata()
      metadata.keywords = keywords
      return metadata
    }
    try await fixture.catalog.setDeepMetadata([
      Catalog.NewMetadata(id: id, version: record.summary.version, metadata: metadata)
    ])
  }

  private func tags(_ catalog: Catalog, _ id: AssetID) async throws -> [String] {
    try await catalog.tags(of: id).map { "\($0.tag.name) \($0.origin.name)" }.sorted()
  }

  @Test(arguments: [
    (["sea", "Sun"], ["sea", "Sun"]),
    (["Rome", "place/Europe/Rome", "Europe"], ["place/Europe/Rome"]),
    (["Anna", "Beach", "People/Anna"], ["Beach", "People/Anna"]),
    (["a", "A", "a "], ["a"]), (["\u{0}", "/", "ok\u{0}"], ["ok"]),
    ([String(repeating: "x", count: 300)], []),
  ])
  func `a part of a path is no tag of its own`(keywords: [String], names: [String]) {
    #expect(KeywordImport.names(keywords).map(\.text) == names)
  }

  @Test func `a file's keywords come and go, the user's word stays`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let id = try #require(try await fixture.add([.jpeg("1.jpg")]).first)
    try await read(fixture, id, ["sea", "sun", "place/rome"])
    #expect(
      try await tags(catalog, id)
        == ["place rule", "place/rome imported", "sea imported", "sun imported"])
    #expect(try await catalog.undoRecords().isEmpty)

    var edit = TagEdit()
    edit.add = [TagEdit.Tag(try TagName("Sun")), TagEdit.Tag(try TagName("mine"))]
    edit.remove = [try TagName("sea")]
    _ = try await catalog.editTags(edit, of: .assets([id]))
    // Read again, the same and without most of it.
    try await read(fixture, id, ["sea", "sun", "place/rome"])
    #expect(
      try await tags(catalog, id) == ["mine user", "place rule", "place/rome imported", "sun user"])
    try await read(fixture, id, ["sea"])
    #expect(try await tags(catalog, id) == ["mine user", "sun user"])
    // What comes from elsewhere is not the file's to take.
    var other = TagEdit()
    other.origin = .imported
    other.add = [TagEdit.Tag(try TagName("from a sidecar"))]
    _ = try await catalog.editTags(other, of: .assets([id]))
    try await read(fixture, id, [])
    #expect(try await tags(catalog, id) == ["from a sidecar imported", "mine user", "sun user"])
    #expect(try await catalog.integrityCheck().isHealthy)
  }

  @Test func `what cannot be read takes no tags away`() async throws {
    let fixture = try await CatalogFixture()
    let id = try #require(try await fixture.add([.jpeg("1.jpg")]).first)
    try await read(fixture, id, ["a", "b"])
    try await read(fixture, id, nil)
    #expect(try await tags(fixture.catalog, id) == ["a imported", "b imported"])
    try await read(fixture, id, ["b"])
    #expect(try await tags(fixture.catalog, id) == ["b imported"])
  }

  @Test func `a keyword that is an alias becomes the tag`() async throws {
    let fixture = try await CatalogFixture()
    let id = try #require(try await fixture.add([.jpeg("1.jpg")]).first)
    let cat = try await fixture.catalog.createTag(TagName("cat")).tag
    _ = try await fixture.catalog.addAlias(TagName("kitty"), to: cat.id)
    try await read(fixture, id, ["Kitty"])
    #expect(try await tags(fixture.catalog, id) == ["cat imported"])
    try await read(fixture, id, [])
    #expect(try await tags(fixture.catalog, id) == [])
  }

  @Test func `a library from before there were tags gets them`() async throws {
    let directory = try TemporaryDirectory()
    do {
      let old = try Database(
        path: directory.path.appending("catalog.db"), access: .readWriteCreate,
        pageCacheByteCount: 65536)
      var report = CatalogOpenReport()
      try Migration(database: old, steps: Array(Schema.steps[..<3])).run(report: &report)
      try old.execute(
        """
        INSERT INTO roots (path, added_ms) VALUES (x'2F70', 1);
        INSERT INTO folders (root_id, path, path_key, image_ok) VALUES (1, x'', x'0000', 700);
        INSERT INTO keywords VALUES (1, 'sea'), (2, 'place/rome'), (3, 'rome'), (4, char(1));
        """)
      for id in 1...700 {
        try old.execute(
          """
          INSERT INTO assets (folder_id, state, kind, aspect, byte_count, name_key, name,
            modified_ns, inode, added_ms, format)
          VALUES (1, 1, 1, 128, 10, x'6100', CAST('\(id)' AS BLOB), 5, 6, 7, 1);
          INSERT INTO asset_keywords VALUES (\(id), 0, 1), (\(id), 1, 2), (\(id), 2, 3),
            (\(id), 3, 4);
          """)
      }
    }
    let catalog = try await Catalog.open(
      directory: directory.path, budget: .init(byteLimit: 64 << 20))
    #expect(catalog.openReport.migratedFromVersion == 3)
    for id: Int64 in [1, 512, 513, 700] {
      #expect(
        try await tags(catalog, AssetID(rawValue: id))
          == ["place rule", "place/rome imported", "sea imported"])
    }
    let sea = try await catalog.read { try $0.tag(named: TagName("sea")) }
    #expect(sea?.count == 700)
    #expect(try await catalog.integrityCheck().isHealthy)
  }
}
