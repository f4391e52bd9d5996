import Catalog
import Media
import Platform
import Testing
import Thumbnails

/// What somebody waits for is made before what nobody waits for, also within one picture.
@Suite(.timeLimit(.minutes(2))) struct SmallFirstTests {
  private func fixture(_ isSmallFirst: Bool = true) async throws -> StoreFixture {
    var options = ThumbnailOptions()
    options.runningLimit = 1
    options.isSmallFirst = isSmallFirst
    return try await StoreFixture(options: options)
  }

  @Test func `who looks waits for the small size alone, and the background makes the rest`()
    async throws
  {
    let fixture = try await fixture()
    let id = try #require(try await fixture.add(["a.jpg"]).first)
    let small = try await fixture.store.thumbnail(id, size: .small)
    #expect(StoreFixture.text(small) == "256 a")
    #expect(fixture.renderer.sizes == [[256]])
    let done = try await fixture.store.makeMissing(onlyNew: true)
    #expect(done.made == 1)
    #expect(fixture.renderer.sizes == [[256], [256, 512]])
    #expect(try await fixture.catalog.asset(id)?.summary.placeholder == [1, 2, 3])
    let large = try await fixture.store.thumbnail(id, size: .large)
    #expect(StoreFixture.text(large) == "512 a")
    #expect(fixture.renderer.sizes.count == 2)
    await fixture.store.close()
  }

  @Test func `without a background everything is made at once`() async throws {
    let fixture = try await fixture(false)
    let id = try #require(try await fixture.add(["a.jpg"]).first)
    _ = try await fixture.store.thumbnail(id, size: .small)
    #expect(fixture.renderer.sizes == [[256, 512]])
    await fixture.store.close()
  }

  @Test(arguments: [(ThumbnailSize.large, ThumbnailPriority.visible), (.small, .background)])
  func `who waits beside it for more gets all from one decode`(
    size: ThumbnailSize, priority: ThumbnailPriority
  ) async throws {
    let fixture = try await fixture()
    let ids = try await fixture.add(["first.jpg", "a.jpg"])
    let store = fixture.store
    fixture.renderer.close()
    let first = Task { try await store.thumbnail(ids[0], size: .small) }
    await fixture.renderer.waitUntilStarted(1)
    let one = Task { try await store.thumbnail(ids[1], size: .small) }
    while store.statistics().pending < 2 { await Task.yield() }
    let other = Task { try await store.thumbnail(ids[1], size: size, priority: priority) }
    while store.statistics().joined < 1 { await Task.yield() }
    fixture.renderer.open()
    _ = try await first.value
    #expect(try await one.value.size == .small)
    #expect(try await other.value.size == size)
    #expect(fixture.renderer.sizes == [[256], [256, 512]])
    await store.close()
  }

  @Test func `who comes while the small size is made and needs more waits for the next job`()
    async throws
  {
    let fixture = try await fixture()
    let id = try #require(try await fixture.add(["a.jpg"]).first)
    let store = fixture.store
    fixture.renderer.close()
    let one = Task { try await store.thumbnail(id, size: .small) }
    await fixture.renderer.waitUntilStarted(1)
    let other = Task { try await store.thumbnail(id, size: .large) }
    let gone = Task { try await store.thumbnail(id, size: .large) }
    while store.statistics().joined < 2 { await Task.yield() }
    gone.cancel()
    await #expect(throws: CancellationError.self) { try await gone.value }
    fixture.renderer.open()
    #expect(try await one.value.size == .small)
    #expect(StoreFixture.text(try await other.value) == "512 a")
    #expect(fixture.renderer.sizes == [[256], [256, 512]])
    #expect(store.statistics().pending == 0)
    await store.close()
  }

  @Test func `a failure is everybody's`() async throws {
    let fixture = try await fixture()
    let id = try #require(try await fixture.add(["a.jpg"]).first)
    let store = fixture.store
    fixture.renderer.fail("a.jpg", with: MediaFailure(.corrupt, "Broken."))
    fixture.renderer.close()
    let one = Task { try await store.thumbnail(id, size: .small) }
    await fixture.renderer.waitUntilStarted(1)
    let other = Task { try await store.thumbnail(id, size: .large) }
    while store.statistics().joined < 1 { await Task.yield() }
    fixture.renderer.open()
    await #expect(throws: ThumbnailError.self) { try await one.value }
    await #expect(throws: ThumbnailError.self) { try await other.value }
    #expect(fixture.renderer.sizes == [[256]])
    await store.close()
  }
}
