import Glibc
import Media
import Platform
import Testing

@testable import Catalog
@testable import Search

/// How the index of an engine is kept on the disk.
@Suite struct EngineSnapshotTests {
  @Test func `an index that is closed is there again from its snapshot`() async throws {
    let (fixture, _) = try await SearchEngineTests.library()
    let expected = try await fixture.names("rome order:name")
    await fixture.engine.close()
    await #expect(throws: SearchError.self) { try await fixture.names("rome") }
    let again = fixture.anotherEngine()
    #expect(
      try await fixture.names("rome order:name", AssetQuery(sort: .added), again) == expected)
    #expect(try await fixture.names("camera:nikon", AssetQuery(sort: .added), again).count == 1)
    #expect(await again.cameFromSnapshot)
    await again.close()
    #expect(fixture.notices.withLock { $0 } == [])
  }

  @Test func `an index that was not closed is made again from the catalog`() async throws {
    let (fixture, ids) = try await SearchEngineTests.library()
    _ = try await fixture.names("rome")
    await fixture.engine.saveNow()
    // As after a kill: what changed since is in the catalog and not in the snapshot.
    try await fixture.tag(try #require(ids["raw.cr3"]), ["rome"])
    let again = fixture.anotherEngine()
    #expect(try await fixture.names("rome", AssetQuery(sort: .added), again).count == 3)
    #expect(await !again.cameFromSnapshot)
    #expect(fixture.notices.withLock { $0 } == [])
  }

  @Test func `what no query can notice leaves the snapshot as it is`() async throws {
    let (fixture, ids) = try await SearchEngineTests.library()
    let expected = try await fixture.names("rome order:name")
    await fixture.engine.close()
    let before = fixture.catalog.changeNumber
    try await fixture.catalog.noteSearch("rome")
    _ = try await fixture.catalog.saveSearch(try TagName("Rome"), query: "rome")
    #expect(fixture.catalog.changeNumber > before)
    let path = fixture.directory.path.appending("search.index")
    let written = try FileDescriptor.open(path, flags: O_RDONLY).status().st_ino
    let again = fixture.anotherEngine()
    #expect(
      try await fixture.names("rome order:name", AssetQuery(sort: .added), again) == expected)
    #expect(await again.cameFromSnapshot)
    // While it is open they do not concern it either.
    try await fixture.catalog.noteSearch("rome -night")
    _ = try await fixture.names("rome", AssetQuery(sort: .added), again)
    await again.close()
    #expect(try FileDescriptor.open(path, flags: O_RDONLY).status().st_ino == written)
    // A change of tags does.
    try await fixture.tag(try #require(ids["raw.cr3"]), ["rome"])
    let third = fixture.anotherEngine()
    #expect(try await fixture.names("rome", AssetQuery(sort: .added), third).count == 3)
    #expect(await !third.cameFromSnapshot)
    await third.close()
    #expect(try FileDescriptor.open(path, flags: O_RDONLY).status().st_ino != written)
    #expect(fixture.notices.withLock { $0 } == [])
  }

  @Test(arguments: ["search.index", "search.names"], [0, 1, 2])
  func `a damaged snapshot is told of and made again`(file: String, damage: Int) async throws {
    let (fixture, _) = try await SearchEngineTests.library()
    let expected = try await fixture.names("rome order:name")
    await fixture.engine.close()
    let path = fixture.directory.path.appending(file)
    var bytes = try FileDescriptor.open(path, flags: O_RDONLY).read(at: 0, count: 1 << 24)
    switch damage {
    case 0: bytes.removeLast(bytes.count / 2)
    case 1: bytes[bytes.count / 2] ^= 0x40
    default: bytes = []
    }
    try AtomicFile.write(bytes, to: path)
    let again = fixture.anotherEngine()
    #expect(
      try await fixture.names("rome order:name", AssetQuery(sort: .added), again) == expected)
    #expect(await !again.cameFromSnapshot)
    #expect(fixture.notices.withLock { $0 }.count == 1)
    // The next one is whole.
    await again.close()
    let third = fixture.anotherEngine()
    _ = try await fixture.names("rome", AssetQuery(sort: .added), third)
    #expect(await third.cameFromSnapshot)
  }

  @Test func `an index let go of while nobody asks is loaded again`() async throws {
    let (fixture, _) = try await SearchEngineTests.library()
    let held = fixture.budget.snapshot().used
    _ = try await fixture.names("rome")
    await fixture.engine.release(idleFor: .seconds(1000))
    #expect(await fixture.engine.isOpen)
    await fixture.engine.release(idleFor: .zero)
    #expect(await !fixture.engine.isOpen)
    #expect(fixture.budget.snapshot().used == held)
    #expect(try await fixture.names("rome").count == 2)
    #expect(await fixture.engine.cameFromSnapshot)
  }
}
