import Media
import TestSupport
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(2))) struct ChangesTests {
  @Test(arguments: UInt64(0)..<50)
  func `noted ids are covered by few ordered ranges`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var changed = ChangedIDs()
    var all: Set<Int64> = []
    let span: Int64 = [100, 10_000, 1_000_000].randomElement(using: &generator) ?? 100
    for _ in 0..<Int.random(in: 0...3000, using: &generator) {
      let first = Int64.random(in: 1...span, using: &generator)
      let last = first + Int64.random(in: 0...3, using: &generator)
      changed.note(first...last)
      all.formUnion(first...last)
    }
    let ranges = changed.ranges
    #expect(ranges.count <= ChangedIDs.rangeLimit)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
    #expect(all.allSatisfy(changed.contains))
    if ranges.count < ChangedIDs.rangeLimit / 2, all.count < 100 {
      #expect(ranges.reduce(0) { $0 + $1.count } == all.count)
    }
    var union = ChangedIDs()
    union.formUnion(changed)
    let hasAll = union.ranges.count <= ChangedIDs.rangeLimit && all.allSatisfy(union.contains)
    #expect(hasAll)
    union.formUnion(.everything)
    #expect(union.isEverything)
    #expect(union.ranges.isEmpty)
  }

  @Test func `few ids are noted exactly`() {
    var changed = ChangedIDs()
    for id: Int64 in [9, 3, 4, 5, 10, 4, 1] { changed.note(id) }
    #expect(changed.ranges == [1...1, 3...5, 9...10])
    #expect(changed.contains(4))
    #expect(!changed.contains(6))
    #expect(!changed.isEmpty)
  }

  @Test func `what a call changed is there when it returns`() async throws {
    let fixture = try await CatalogFixture()
    let changes = fixture.catalog.changes()
    #expect(changes.take() == nil)
    let ids = try await fixture.add((0..<20).map { .jpeg("a/\($0).jpg", number: $0) })
    let added = try #require(changes.take())
    #expect(added.assets.ranges == [1...20])
    #expect(added.topics == [.folders])
    #expect(added.changeNumber == fixture.catalog.changeNumber)
    #expect(changes.take() == nil)

    try await fixture.catalog.setRating(3, for: [ids[4]])
    try await fixture.catalog.setRating(3, for: [ids[7], ids[5]])
    var batch = ScanBatch(root: fixture.root.id)
    batch.missing = [ids[19]]
    _ = try await fixture.catalog.apply(batch)
    #expect(changes.take()?.assets.ranges == [5...6, 8...8, 20...20])

    var file = ScannedFile.jpeg("a/9.jpg", number: 99)
    file.known = ids[9]
    try await fixture.add([file])
    let version = ContentVersion(byteCount: 1000, modifiedNanoseconds: 0, inode: 0)
    try await fixture.catalog.setDeepMetadata([
      Catalog.NewMetadata(id: ids[0], version: version, metadata: DeepMetadata())
    ])
    try await fixture.catalog.setFailures([
      Catalog.NewFailure(
        id: ids[1],
        version: ContentVersion(byteCount: 1000, modifiedNanoseconds: 1_000_000, inode: 1),
        stage: .thumbnail, failure: MediaFailure(.corrupt, "No."))
    ])
    #expect(changes.take()?.assets.ranges == [1...2, 10...10])
    try await fixture.catalog.clearFailures()
    #expect(changes.take()?.assets.ranges == [2...2])
    // Nobody who follows reads placeholders.
    try await fixture.catalog.setPlaceholders([
      Catalog.Placeholder(
        id: ids[1],
        version: ContentVersion(byteCount: 1000, modifiedNanoseconds: 1_000_000, inode: 1),
        bytes: [1])
    ])
    #expect(changes.take() == nil)
  }

  @Test func `what was rolled back has not changed`() async throws {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add([.jpeg("1.jpg")])
    let changes = fixture.catalog.changes()
    struct Refusal: Error {}
    await #expect(throws: Refusal.self) {
      try await fixture.catalog.write { writer in
        writer.changes.assets.note(ids[0].rawValue)
        _ = try writer.folderID(root: RootID(rawValue: 1), path: [1])
        throw Refusal()
      }
    }
    #expect(changes.take() == nil)
    try await fixture.catalog.setRating(1, for: ids)
    #expect(changes.take()?.topics == [])
  }

  @Test func `who waits is woken by a change, by the end and by being cancelled`() async throws {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add([.jpeg("1.jpg")])
    let changes = fixture.catalog.changes()
    let others = fixture.catalog.changes()
    let first = Task { await changes.next() }
    try await fixture.catalog.setRating(1, for: ids)
    #expect(await first.value?.assets.ranges == [1...1])
    let cancelled = Task { await changes.next() }
    cancelled.cancel()
    #expect(await cancelled.value == nil)
    #expect(await others.next()?.assets.ranges == [1...1])
    let last = Task { await changes.next() }
    try await fixture.catalog.close()
    #expect(await last.value == nil)
    #expect(await fixture.catalog.changes().next() == nil)
  }
}
