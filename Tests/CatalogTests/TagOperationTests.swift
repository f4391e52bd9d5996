import Glibc
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(3))) struct TagOperationTests {
  private func edit(
    add: [String] = [], remove: [String] = [], origin: TagOrigin = .user
  ) throws -> TagEdit {
    var edit = TagEdit()
    edit.add = try add.map { TagEdit.Tag(try TagName($0)) }
    edit.remove = try remove.map { try TagName($0) }
    edit.origin = origin
    return edit
  }

  private func tags(_ catalog: Catalog, _ id: AssetID) async throws -> [String] {
    try await catalog.tags(of: id).map { "\($0.tag.name) \($0.origin.name)" }.sorted()
  }

  private func id(_ catalog: Catalog, _ name: String) async throws -> TagID {
    try #require(try await catalog.tag(named: TagName(name))).tag.id
  }

  @Test func `what the user took away stays away`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add([.jpeg("1.jpg"), .jpeg("2.jpg", number: 2)])
    let cat = try await catalog.createTag(TagName("cat")).tag.id
    _ = try await catalog.addImplication(from: cat, to: TagName("animal"))
    _ = try await catalog.editTags(edit(add: ["cat"]), of: .assets(ids))
    _ = try await catalog.editTags(edit(remove: ["animal"]), of: .assets([ids[0]]))
    #expect(try await tags(catalog, ids[0]) == ["cat user"])
    for origin in [TagOrigin.imported, .model] {
      _ = try await catalog.editTags(edit(add: ["animal"], origin: origin), of: .assets([ids[0]]))
      #expect(try await tags(catalog, ids[0]) == ["cat user"])
    }
    // The rule is made anew.
    _ = try await catalog.removeImplication(from: cat, to: TagName("animal"))
    #expect(try await tags(catalog, ids[1]) == ["cat user"])
    _ = try await catalog.addImplication(from: cat, to: TagName("animal"))
    #expect(try await tags(catalog, ids[0]) == ["cat user"])
    #expect(try await tags(catalog, ids[1]) == ["animal rule", "cat user"])
    // Until the user says otherwise.
    _ = try await catalog.editTags(edit(add: ["animal"]), of: .assets([ids[0]]))
    #expect(try await tags(catalog, ids[0]) == ["animal user", "cat user"])
  }

  @Test func `a merge takes everything along and is taken back`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add((0..<4).map { .jpeg("\($0).jpg", number: $0) })
    _ = try await catalog.editTags(edit(add: ["kitty"]), of: .assets(Array(ids[0...1])))
    _ = try await catalog.editTags(edit(add: ["cat"]), of: .assets(Array(ids[1...2])))
    let (cat, kitty) = (try await id(catalog, "cat"), try await id(catalog, "kitty"))
    _ = try await catalog.addAlias(TagName("pussycat"), to: kitty)
    _ = try await catalog.addImplication(from: kitty, to: TagName("pet"))
    let before = try await catalog.saidState()
    let merged = try await catalog.mergeTag(kitty, into: cat)
    #expect(merged.changed == 3)
    let tag = try #require(try await catalog.tag(cat))
    #expect(tag.tag.count == 3)
    #expect(tag.aliases.map(\.text) == ["kitty", "pussycat"])
    #expect(tag.implied.map(\.name.text) == ["pet"])
    #expect(try await catalog.tag(kitty) == nil)
    #expect(try await tags(catalog, ids[2]) == ["cat user", "pet rule"])
    // The old name still means it.
    _ = try await catalog.editTags(edit(add: ["Kitty"]), of: .assets([ids[3]]))
    #expect(try await tags(catalog, ids[3]) == ["cat user", "pet rule"])
    _ = try await catalog.undo(try #require(try await catalog.undoRecords().first).id)
    _ = try await catalog.undo(try #require(merged.undo))
    #expect(try await catalog.saidState() == before)
    #expect(try await catalog.integrityCheck().isHealthy)
  }

  @Test func `rules that run in a circle are refused with the circle`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let a = try await catalog.createTag(TagName("a")).tag.id
    _ = try await catalog.addImplication(from: a, to: TagName("b"))
    let b = try await id(catalog, "b")
    _ = try await catalog.addImplication(from: b, to: TagName("c/d"))
    let before = try await catalog.saidState()
    for (from, to) in [("c", "a"), ("c/d", "a"), ("b", "a"), ("a", "a")] {
      let error = await #expect(throws: EditError.self) {
        try await catalog.addImplication(from: self.id(catalog, from), to: TagName(to))
      }
      #expect(error?.kind == .conflict)
      if from == "c" {
        #expect(
          error?.description.contains("a → b → c/d → c") == true, "\(error?.description ?? "")")
      }
    }
    // A level above is a rule too.
    await #expect(throws: EditError.self) {
      var update = Catalog.TagUpdate()
      update.name = try TagName("c/d/a")
      _ = try await catalog.updateTag(try await self.id(catalog, "c"), update)
    }
    #expect(try await catalog.saidState() == before)
  }

  @Test func `a preview counts what a rule would change, and changes nothing`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add((0..<50).map { .jpeg("\($0).jpg", number: $0) })
    _ = try await catalog.editTags(edit(add: ["cat"]), of: .assets(Array(ids[0..<40])))
    _ = try await catalog.editTags(edit(add: ["pet"]), of: .assets(Array(ids[0..<10])))
    let cat = try await id(catalog, "cat")
    let before = try await catalog.saidState()
    let number = try await catalog.readChangeNumber()
    #expect(
      try await catalog.previewImplication(from: cat, to: TagName("pet"), isAdded: true) == 30)
    #expect(try await catalog.saidState() == before)
    #expect(try await catalog.readChangeNumber() == number)
    #expect(try await catalog.addImplication(from: cat, to: TagName("pet")).changed == 30)
    #expect(
      try await catalog.previewImplication(from: cat, to: TagName("pet"), isAdded: false) == 30)
    #expect(try await catalog.removeImplication(from: cat, to: TagName("pet")).changed == 30)
  }

  @Test func `an edit of many is all or nothing when the program is killed`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path.description
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let catalog = try await Catalog.open(
        directory: FilePath(path), budget: MemoryBudget(byteLimit: 64 << 20))
      let root = try await catalog.addRoot("/pictures")
      var batch = ScanBatch(root: root.id)
      batch.upserts = (0..<5000).map { .jpeg("a/\($0).jpg", number: $0) }
      let ids = try await catalog.apply(batch).ids
      var edit = TagEdit()
      edit.add = [TagEdit.Tag(try TagName("kept"))]
      _ = try await catalog.editTags(edit, of: .assets(ids))
      // The same work as a second edit does, killed near its end.
      try await catalog.write { writer in
        let operation = EditOperation(writer: writer)
        let tag = try operation.ensureTag(try TagName("half/done"))
        for (index, id) in ids.enumerated() {
          try operation.changeTags([(tag, .say(AssetTag(tag, .user)))], of: id.rawValue)
          if index == 4900 { kill(getpid(), SIGKILL) }
        }
      }
    }
    let catalog = try await Catalog.open(
      directory: directory.path, budget: MemoryBudget(byteLimit: 64 << 20))
    #expect(try await catalog.tag(named: TagName("kept"))?.tag.count == 5000)
    #expect(try await catalog.tag(named: TagName("half")) == nil)
    #expect(try await catalog.undoRecords().count == 1)
    #expect(try await catalog.integrityCheck().isHealthy)
    let records = try await catalog.undoRecords()
    #expect(try await catalog.undo(try #require(records.first).id).changed == 5000)
    #expect(try await catalog.tag(named: TagName("kept")) == nil)
  }

  @Test func `a whole result is edited and taken back in one operation`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    // More than are kept as a list.
    let ids = try await fixture.add((0..<9000).map { .jpeg("\($0).jpg", number: $0) })
    let snapshot = try await catalog.snapshot(AssetQuery(sort: .name))
    let changes = catalog.changes()
    let before = try await catalog.saidState()
    let added = try await catalog.editTags(edit(add: ["x", "y/z"]), of: .result(snapshot))
    #expect(added.changed == 9000)
    #expect(changes.take()?.assets.ranges == [1...9000])
    #expect(try await tags(catalog, ids[8999]) == ["x user", "y rule", "y/z user"])
    let uses = try await catalog.tags(of: .result(snapshot))
    #expect(uses.count == 9000)
    #expect(uses.tags.map(\.count) == [9000, 9000, 9000])
    #expect(try await catalog.integrityCheck().isHealthy)
    #expect(try await catalog.undo(try #require(added.undo)).changed == 9000)
    #expect(try await catalog.saidState() == before)
  }

  @Test func `what can be taken back is bounded, the newest stays`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add([.jpeg("1.jpg")])
    var first: UndoID?
    for number in 0..<UndoRecorder.recordLimit + 20 {
      let result = try await catalog.editTags(edit(add: ["t\(number)"]), of: .assets(ids))
      first = first ?? result.undo
    }
    #expect(try await catalog.undoRecords(limit: 1000).count == UndoRecorder.recordLimit)
    #expect(
      try await catalog.read { try $0.integer("SELECT count(*) FROM undo_parts") }
        == Int64(UndoRecorder.recordLimit))
    await #expect(throws: EditError.self) { try await catalog.undo(try #require(first)) }
  }

  @Test func `an asset has a bounded number of tags`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add([.jpeg("1.jpg")])
    for start in stride(from: 0, to: 4000, by: 1000) {
      _ = try await catalog.editTags(
        edit(add: (start..<start + 1000).map { "t\($0)" }), of: .assets(ids))
    }
    let before = try await catalog.saidState()
    await #expect(throws: EditError.self) {
      try await catalog.editTags(edit(add: (0..<200).map { "more\($0)" }), of: .assets(ids))
    }
    #expect(try await catalog.saidState() == before)
  }

  @Test func `wrong counts and rows are found, counts set right`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add((0..<5).map { .jpeg("\($0).jpg", number: $0) })
    _ = try await catalog.editTags(edit(add: ["a/b", "c"]), of: .assets(ids))
    try await catalog.connections.write { writer in
      try writer.database.execute(
        """
        UPDATE tags SET live_count = 77 WHERE key = 'c';
        UPDATE asset_tags SET tags = x'0105' WHERE asset_id = 1;
        """)
    }
    var health = try await catalog.integrityCheck()
    // Asset 1 has the level above alone, as the user's.
    #expect(health.miscountedTags == 2)
    try await catalog.connections.write { writer in
      try writer.database.execute(
        "UPDATE asset_tags SET tags = x'0109' WHERE asset_id = 2")
    }
    health = try await catalog.integrityCheck()
    #expect(health.staleImpliedTags == 1)
    try await catalog.repairCounts()
    health = try await catalog.integrityCheck()
    #expect(health.isHealthy, "\(health)")
    try await catalog.connections.write { writer in
      try writer.database.execute("UPDATE asset_tags SET tags = x'0200' WHERE asset_id = 3")
    }
    #expect(try await catalog.integrityCheck().damagedTagRows == 1)
  }

  @Test func `rules that tags suggest, and tags that come together`() async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add((0..<100).map { .jpeg("\($0).jpg", number: $0) })
    _ = try await catalog.editTags(edit(add: ["animal"]), of: .assets(Array(ids[0..<60])))
    _ = try await catalog.editTags(edit(add: ["cat"]), of: .assets(Array(ids[0..<30])))
    _ = try await catalog.editTags(edit(add: ["indoors"]), of: .assets(Array(ids[20..<80])))
    let found = try await catalog.suggestedImplications()
    #expect(found.map { "\($0.tag.name) \($0.implied.name)" } == ["cat animal"])
    #expect(found.first?.suggestion.together == 30)
    let related = try await catalog.relatedTags(of: try await id(catalog, "cat"))
    #expect(related.map(\.tag.name.text) == ["animal", "indoors"])
    _ = try await catalog.addImplication(
      from: try await id(catalog, "cat"), to: TagName("animal"))
    #expect(try await catalog.suggestedImplications().isEmpty)
    // Pure arithmetic: alike beats frequent.
    let scored = RelatedTags.related(
      count: 10, together: [TagID(rawValue: 1): 10, TagID(rawValue: 2): 8],
      counts: { $0.rawValue == 1 ? 1000 : 8 }, limit: 5)
    #expect(scored.map(\.tag.rawValue) == [2, 1])
  }
}
