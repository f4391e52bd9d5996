import Catalog
import Glibc
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing
import Thumbnails

@Suite(.timeLimit(.minutes(2))) struct ThumbnailStoreTests {
  @Test
  func `many requests for one asset make one decode, which gives both sizes and a placeholder`()
    async throws
  {
    let fixture = try await StoreFixture()
    let id = try #require(try await fixture.add(["a.jpg"]).first)
    fixture.renderer.close()
    let store = fixture.store
    let all = Task {
      try await withThrowingTaskGroup(of: Thumbnail.self) { group in
        for index in 0..<40 {
          group.addTask {
            try await store.thumbnail(id, size: index.isMultiple(of: 2) ? .small : .large)
          }
        }
        return try await group.reduce(into: [Thumbnail]()) { $0.append($1) }
      }
    }
    await fixture.renderer.waitUntilStarted(1)
    while fixture.store.statistics().joined < 39 { await Task.yield() }
    fixture.renderer.open()
    let thumbnails = try await all.value
    #expect(thumbnails.count == 40)
    #expect(fixture.renderer.started == ["a.jpg"])
    #expect(Set(thumbnails.map { $0.bytes.count }) == [2000])
    #expect(
      Set(thumbnails.map { StoreFixture.text($0) }) == ["256 a", "512 a"])
    await fixture.store.flush()
    let summary = try #require(try await fixture.catalog.asset(id)?.summary)
    #expect(summary.placeholder == [1, 2, 3])
    #expect(fixture.store.statistics().made == 1)
    #expect(fixture.store.statistics().pending == 0)
    // From memory now, then from the disk in another store.
    _ = try await fixture.store.thumbnail(id, size: .small, version: summary.version)
    #expect(fixture.store.cachedThumbnail(id, size: .large, version: summary.version) != nil)
    #expect(fixture.renderer.started.count == 1)
    await fixture.store.close()
    let again = try await ThumbnailStore(
      directory: fixture.directory.path.appending("library"), catalog: fixture.catalog,
      renderer: fixture.renderer, budget: MemoryBudget(byteLimit: 64 << 20))
    let found = try await again.thumbnail(id, size: .large)
    #expect(StoreFixture.text(found) == "512 a")
    #expect(again.statistics().diskHits == 1)
    #expect(fixture.renderer.started.count == 1)
    await again.close()
  }

  @Test func `visible goes before prefetch before background, and a job rises with who joins it`()
    async throws
  {
    var options = ThumbnailOptions()
    options.runningLimit = 1
    let fixture = try await StoreFixture(options: options)
    let names = ["0.jpg", "b1.jpg", "b2.jpg", "p1.jpg", "v1.jpg", "b3.jpg"]
    let ids = try await fixture.add(names)
    let store = fixture.store
    fixture.renderer.close()
    let first = Task { try await store.thumbnail(ids[0], size: .small) }
    await fixture.renderer.waitUntilStarted(1)
    var tasks: [Task<Thumbnail, any Error>] = []
    func ask(_ index: Int, _ priority: ThumbnailPriority, pending: Int) async {
      tasks.append(Task { try await store.thumbnail(ids[index], size: .small, priority: priority) })
      while store.statistics().pending + store.statistics().joined < pending { await Task.yield() }
    }
    await ask(1, .background, pending: 2)
    await ask(2, .background, pending: 3)
    await ask(3, .prefetch, pending: 4)
    await ask(4, .visible, pending: 5)
    await ask(5, .background, pending: 6)
    // Somebody looks at b2 now: it rises, behind the visible one that came before... it was first.
    await ask(2, .visible, pending: 7)
    fixture.renderer.open()
    _ = try await first.value
    for task in tasks { _ = try await task.value }
    #expect(
      fixture.renderer.started == ["0.jpg", "b2.jpg", "v1.jpg", "p1.jpg", "b1.jpg", "b3.jpg"])
    await store.close()
  }

  @Test func `a job ends when the last who waits leaves, and not before`() async throws {
    var options = ThumbnailOptions()
    options.runningLimit = 1
    let fixture = try await StoreFixture(options: options)
    let ids = try await fixture.add(["a.jpg", "b.jpg", "c.jpg"])
    let store = fixture.store
    fixture.renderer.close()
    let one = Task { try await store.thumbnail(ids[0], size: .small) }
    let two = Task { try await store.thumbnail(ids[0], size: .large) }
    await fixture.renderer.waitUntilStarted(1)
    while store.statistics().joined < 1 { await Task.yield() }
    let queued = Task { try await store.thumbnail(ids[1], size: .small) }
    let last = Task { try await store.thumbnail(ids[2], size: .small) }
    while store.statistics().pending < 3 { await Task.yield() }
    one.cancel()
    await #expect(throws: CancellationError.self) { try await one.value }
    #expect(store.statistics().cancelled == 0)
    // One that has not started disappears without ever being rendered.
    queued.cancel()
    await #expect(throws: CancellationError.self) { try await queued.value }
    two.cancel()
    await #expect(throws: CancellationError.self) { try await two.value }
    // Its place is free at once.
    await fixture.renderer.waitUntilStarted(2)
    fixture.renderer.open()
    _ = try await last.value
    #expect(fixture.renderer.started == ["a.jpg", "c.jpg"])
    #expect(store.statistics().cancelled == 2)
    #expect(store.statistics().pending == 0)
    // Nobody's fault: it works when somebody asks again.
    _ = try await store.thumbnail(ids[0], size: .small)
    #expect(try await fixture.catalog.counts().broken == 0)
    await store.close()
  }

  @Test func `a full queue refuses`() async throws {
    var options = ThumbnailOptions()
    options.runningLimit = 1
    options.queueLimit = 2
    let fixture = try await StoreFixture(options: options)
    let ids = try await fixture.add(["a.jpg", "b.jpg", "c.jpg", "d.jpg"])
    let store = fixture.store
    fixture.renderer.close()
    var tasks: [Task<Thumbnail, any Error>] = []
    for index in 0..<3 {
      tasks.append(Task { try await store.thumbnail(ids[index], size: .small) })
      while store.statistics().pending < index + 1 { await Task.yield() }
    }
    await #expect(throws: ThumbnailError.busy(waiting: 2)) {
      try await store.thumbnail(ids[3], size: .small)
    }
    fixture.renderer.open()
    for task in tasks { _ = try await task.value }
    _ = try await store.thumbnail(ids[3], size: .small)
    await store.close()
  }

  @Test func `a changed file never shows its old picture`() async throws {
    let fixture = try await StoreFixture()
    let id = try #require(try await fixture.add(["a.jpg"]).first)
    let old = try await fixture.store.thumbnail(id, size: .small)
    // The file changes behind the catalog's back: its old thumbnail is still right for the catalog,
    // but nothing new is made from the new bytes under the old version.
    try fixture.write("b.jpg", "b")
    let other = try #require(try await fixture.add(["b.jpg"]).first)
    try fixture.write("b.jpg", "changed")
    await #expect(
      throws: ThumbnailError.changed(fixture.directory.path.appending("pictures/b.jpg"))
    ) {
      try await fixture.store.thumbnail(other, size: .small)
    }
    #expect(fixture.changed.withLock { $0 } == [other])
    #expect(fixture.renderer.started == ["a.jpg"])
    // The scan sees the change.
    try await fixture.add(["a.jpg"], content: "two")
    let new = try await fixture.store.thumbnail(id, size: .small, version: nil)
    #expect(new.version != old.version)
    #expect(fixture.renderer.started == ["a.jpg", "a.jpg"])
    #expect(fixture.store.cachedThumbnail(id, size: .small, version: old.version) == nil)
    // Also when the caller still knows the old one, and from the disk.
    let asked = try await fixture.store.thumbnail(id, size: .small, version: old.version)
    #expect(asked.version == new.version)
    await fixture.store.close()
  }

  @Test func `a failure is remembered until the file changes or the user asks`() async throws {
    let fixture = try await StoreFixture()
    let id = try #require(try await fixture.add(["bad.jpg"]).first)
    let path = fixture.directory.path.appending("pictures/bad.jpg")
    let failure = MediaFailure(.truncated, "The picture ends after 12 of 40 rows.")
    fixture.renderer.fail("bad.jpg", with: failure)
    for _ in 0..<3 {
      await #expect(throws: ThumbnailError.broken(path, failure)) {
        try await fixture.store.thumbnail(id, size: .small)
      }
    }
    #expect(fixture.renderer.started.count == 1)
    var record = try #require(try await fixture.catalog.asset(id))
    #expect(record.summary.state == .broken)
    #expect(record.summary.failure?.stage == .thumbnail)
    #expect(record.summary.failure?.failure == failure)
    #expect(record.summary.failure?.attemptCount == 1)
    // The user asks.
    #expect(try await fixture.catalog.clearFailures([id]) == 1)
    await #expect(throws: ThumbnailError.broken(path, failure)) {
      try await fixture.store.thumbnail(id, size: .small)
    }
    #expect(fixture.renderer.started.count == 2)
    // The file changes.
    fixture.renderer.fail("bad.jpg", with: nil)
    try await fixture.add(["bad.jpg"], content: "mended")
    _ = try await fixture.store.thumbnail(id, size: .small)
    record = try #require(try await fixture.catalog.asset(id))
    #expect(record.summary.state == .ok)
    #expect(record.summary.failure == nil)
    await fixture.store.close()
  }

  @Test func `bad luck is tried again later, and other errors are not the file's fault`()
    async throws
  {
    var options = ThumbnailOptions()
    options.retryDelay = .seconds(0)
    let fixture = try await StoreFixture(options: options)
    let id = try #require(try await fixture.add(["slow.jpg"]).first)
    struct PoolIsDown: Error {}
    fixture.renderer.fail("slow.jpg", with: PoolIsDown())
    await #expect(throws: PoolIsDown.self) {
      try await fixture.store.thumbnail(id, size: .small)
    }
    #expect(try await fixture.catalog.counts().broken == 0)
    fixture.renderer.fail("slow.jpg", with: MediaFailure(.timedOut, "It took over 10 seconds."))
    await #expect(throws: ThumbnailError.self) {
      try await fixture.store.thumbnail(id, size: .small)
    }
    #expect(try await fixture.catalog.counts().broken == 1)
    fixture.renderer.fail("slow.jpg", with: nil)
    _ = try await fixture.store.thumbnail(id, size: .small)
    await fixture.store.flush()
    #expect(try await fixture.catalog.counts().broken == 0)
    await fixture.store.close()
  }

  @Test func `files that are gone, unreadable or unknown each say so`() async throws {
    let fixture = try await StoreFixture()
    let ids = try await fixture.add(["gone.jpg"])
    let path = fixture.directory.path.appending("pictures/gone.jpg")
    _ = path.withCString { unlink($0) }
    await #expect(throws: ThumbnailError.missing(path)) {
      try await fixture.store.thumbnail(ids[0], size: .small)
    }
    #expect(fixture.changed.withLock { $0 } == ids)
    await #expect(throws: ThumbnailError.unknownAsset(AssetID(rawValue: 999))) {
      try await fixture.store.thumbnail(AssetID(rawValue: 999), size: .small)
    }
    #expect(try await fixture.catalog.counts().broken == 0)
    await fixture.store.close()
    await #expect(throws: (any Error).self) {
      try await fixture.store.thumbnail(ids[0], size: .small)
    }
  }

  @Test func `everything missing is made once, in the background, and can be paused`() async throws
  {
    let fixture = try await StoreFixture()
    let names = (0..<60).map { "\($0).jpg" }
    let ids = try await fixture.add(names)
    fixture.renderer.fail("7.jpg", with: MediaFailure(.corrupt, "Bad."))
    let store = fixture.store
    store.setBackgroundPaused(true)
    let all = Task { try await store.makeMissing() }
    while store.statistics().pending < 8 { await Task.yield() }
    #expect(fixture.renderer.started.isEmpty)
    // Somebody looks: that is made, also while the background is paused.
    _ = try await store.thumbnail(ids[59], size: .large)
    #expect(fixture.renderer.started == ["59.jpg"])
    await store.flush()
    store.setBackgroundPaused(false)
    let done = try await all.value
    #expect(done.examined == 60)
    #expect(done.made + done.present == 59)
    #expect(done.failed == 1)
    #expect(done.failures.count == 1)
    #expect(Set(fixture.renderer.started) == Set(names))
    let again = try await store.makeMissing()
    #expect(again.present == 59)
    #expect(again.made == 0)
    #expect(fixture.store.statistics().made == 59)
    await store.close()
  }

  @Test func `the background begins nothing while somebody is expected to look`() async throws {
    let fixture = try await StoreFixture()
    let ids = try await fixture.add((0..<4).map { "\($0).jpg" })
    let store = fixture.store
    // Far beyond the test: only the end of the wait or of the task ends it.
    store.expectLooks(for: .seconds(600))
    let held = Task { try await store.makeMissing() }
    // Who looks is served meanwhile.
    _ = try await store.thumbnail(ids[3], size: .small)
    #expect(fixture.renderer.started == ["3.jpg"])
    held.cancel()
    await #expect(throws: CancellationError.self) { try await held.value }
    #expect(fixture.renderer.started == ["3.jpg"])
    await store.close()
  }

  @Test func `a look holds the background back for a while, and no longer`() async throws {
    let fixture = try await StoreFixture()
    let ids = try await fixture.add((0..<4).map { "\($0).jpg" })
    let store = fixture.store
    let begun = monotonicNanoseconds()
    _ = try await store.thumbnail(ids[0], size: .small)
    await store.flush()
    let done = try await store.makeMissing()
    #expect(done.made == 3)
    #expect(monotonicNanoseconds() - begun >= 700_000_000)
    await store.close()
  }
}
