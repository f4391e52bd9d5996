import Media
import MemoryBudget
import Platform
import Testing

@testable import Catalog
@testable import Search

/// How an engine follows its catalog, and how its index comes and goes.
@Suite struct EngineLifeTests {
  private func pictures(_ count: Int, from first: Int = 0) -> [ScannedFile] {
    (first..<first + count).map { .picture("folder \($0 / 100)/\($0).jpg", number: $0 + 1) }
  }

  @Test func `an edit is seen by the next search`() async throws {
    let fixture = try await EngineFixture()
    let ids = try await fixture.add(pictures(20))
    #expect(try await fixture.names("cat") == [])
    for (index, id) in ids.enumerated() {
      try await fixture.tag(id, ["cat"])
      #expect(try await fixture.names("cat").count == index + 1)
    }
    try await fixture.tag(ids[3], ["dog"])
    #expect(try await fixture.names("cat").count == 19)
    #expect(try await fixture.names("dog") == ["3.jpg"])
    try await fixture.catalog.setRating(5, for: [ids[7]])
    #expect(try await fixture.names("stars:5") == ["7.jpg"])
    var batch = ScanBatch(root: fixture.root.id)
    batch.missing = [ids[0]]
    _ = try await fixture.catalog.apply(batch)
    #expect(try await fixture.names("cat -is:missing").count == 18)
    #expect(try await fixture.names("is:missing") == ["0.jpg"])
  }

  @Test func `names and folders that come later have their place in every order`() async throws {
    let fixture = try await EngineFixture()
    try await fixture.add([.picture("m/b10.jpg", number: 1), .picture("z/b9.jpg", number: 2)])
    #expect(try await fixture.names("order:name") == ["b9.jpg", "b10.jpg"])
    #expect(try await fixture.names("folder:m") == ["b10.jpg"])
    #expect(try await fixture.names("is:duplicate") == [])
    try await fixture.add([.picture("a/b9a.jpg", number: 1), .picture("m/n/a1.jpg", number: 4)])
    #expect(try await fixture.names("is:duplicate") == ["b10.jpg", "b9a.jpg"])
    #expect(try await fixture.names("order:name") == ["a1.jpg", "b9.jpg", "b9a.jpg", "b10.jpg"])
    #expect(try await fixture.names("folder:m") == ["b10.jpg", "a1.jpg"])
    let byPath = AssetQuery(sort: .path)
    #expect(
      try await fixture.names("type:jpeg", byPath) == ["b9a.jpg", "b10.jpg", "a1.jpg", "b9.jpg"])
    var backwards = byPath
    backwards.ascending = false
    #expect(
      try await fixture.names("type:jpeg", backwards)
        == ["b9.jpg", "a1.jpg", "b10.jpg", "b9a.jpg"])
    #expect(
      try await fixture.names("limit:3", byPath) == ["b9a.jpg", "b10.jpg", "a1.jpg"])
  }

  @Test func `a search during a scan finds what is there, and in the end all of it`() async throws {
    let fixture = try await EngineFixture()
    let scan = Task {
      for batch in 0..<30 { try await fixture.add(pictures(100, from: batch * 100)) }
    }
    var last = 0
    repeat {
      let count = try await fixture.engine.count(AssetQuery(search: "type:jpeg"))
      #expect(count >= last && count % 100 == 0)
      last = count
      for sort in [AssetQuery.Sort.name, .path, .captureTime] {
        #expect(
          try await fixture.engine.results(AssetQuery(sort: sort, search: "type:jpeg"))
            .snapshot.count >= last)
      }
    } while last < 3000
    try await scan.value
    let found = try await fixture.engine.results(AssetQuery(sort: .path, search: "type:jpeg"))
    let known = try await fixture.catalog.snapshot(AssetQuery(sort: .path))
    #expect(found.snapshot.ids(in: 0..<3000) == known.ids(in: 0..<3000))
  }

  @Test(arguments: AssetQuery.Sort.allCases.filter { $0 != .random }, [true, false])
  func `a search for everything has the catalog's own order`(
    sort: AssetQuery.Sort, ascending: Bool
  ) async throws {
    let (fixture, _) = try await SearchEngineTests.library()
    var query = AssetQuery(sort: sort, ascending: ascending)
    let known = try await fixture.catalog.snapshot(query)
    query.search = "-unheard-of"
    let found = try await fixture.engine.results(query).snapshot
    #expect(found.ids(in: 0..<found.count) == known.ids(in: 0..<known.count))
    #expect(found.aspects(in: 0..<found.count) == known.aspects(in: 0..<known.count))
    #expect(found.timeline == known.timeline)
    #expect(found.undated == known.undated)
    #expect(found.changeNumber == fixture.catalog.changeNumber)
  }

  @Test func `many who wait for the index get it once, and who leaves does not take it along`()
    async throws
  {
    let fixture = try await EngineFixture()
    try await fixture.add(pictures(500))
    let leaving = Task { try await fixture.names("type:jpeg limit:1") }
    leaving.cancel()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await fixture.engine.count(AssetQuery(search: "type:jpeg"))
        }
      }
      for try await count in group { #expect(count == 500) }
    }
    #expect(await fixture.engine.openCount == 1)
  }

  @Test func `a budget without room for the index is refused with the numbers`() async throws {
    let fixture = try await EngineFixture(budgetByteCount: 16 << 20)
    try await fixture.add(pictures(2000))
    let account = fixture.budget.account("test.others")
    let free = fixture.budget.byteLimit - fixture.budget.snapshot().used
    let others = try await fixture.budget.reserve(free - (1 << 20) - (64 << 10), for: account)
    let error = await #expect(throws: SearchError.self) { try await fixture.names("type:jpeg") }
    #expect(error?.kind == .overBudget)
    #expect(error?.description.contains("MiB") == true)
    #expect(error?.description.contains("--memory") == true)
    others.release()
    #expect(try await fixture.engine.count(AssetQuery(search: "type:jpeg")) == 2000)
  }

  @Test func `unknown tags come with what may have been meant`() async throws {
    let (fixture, _) = try await SearchEngineTests.library()
    let result = try await fixture.engine.results(AssetQuery(search: "romw -oslp"))
    #expect(result.snapshot.count == 0)
    #expect(result.didYouMean == ["Rome", "oslo"])
  }

  @Test func `what cannot be read or answered is said with its place`() async throws {
    let fixture = try await EngineFixture()
    for (text, kind) in [
      ("(cat", SearchError.Kind.query), ("width:abc", .query), ("similar:3", .unanswerable),
    ] {
      let error = await #expect(throws: SearchError.self) { try await fixture.names(text) }
      #expect(error?.kind == kind)
      #expect((error?.range != nil) == (kind == .query))
    }
  }
}
