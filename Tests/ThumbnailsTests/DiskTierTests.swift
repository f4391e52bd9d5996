import Catalog
import Glibc
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing
import Thumbnails

@Suite(.timeLimit(.minutes(2))) struct DiskTierTests {
  /// Another store over the same library, with nothing in memory.
  private func coldStore(
    _ fixture: StoreFixture, options: ThumbnailOptions = ThumbnailOptions(), laterBy: Int64 = 0
  ) async throws -> ThumbnailStore {
    try await ThumbnailStore(
      directory: fixture.directory.path.appending("library"), catalog: fixture.catalog,
      renderer: fixture.renderer, options: options, budget: MemoryBudget(byteLimit: 128 << 20),
      currentSeconds: { StoreFixture.startSeconds + laterBy })
  }

  @Test func `the file keeps to its limit and the least recently used go first`() async throws {
    var options = ThumbnailOptions()
    options.diskByteLimit = 2 << 20
    let fixture = try await StoreFixture(options: options)
    fixture.renderer.setJPEGByteCount(20_000)
    let ids = try await fixture.add((0..<30).map { "\($0).jpg" })
    // About 1.4 MB: all fit.
    for id in ids { _ = try await fixture.store.thumbnail(id, size: .small) }
    await fixture.store.flush()
    #expect(fixture.store.statistics().diskEvictions == 0)
    await fixture.store.close()
    // The first ten are used a second later, then thirty more come.
    let store = try await coldStore(fixture, options: options, laterBy: 1)
    for id in ids[..<10] { _ = try await store.thumbnail(id, size: .small) }
    for id in ids[..<10] { _ = try await store.thumbnail(id, size: .large) }
    await store.flush()
    let started = fixture.renderer.started.count
    let more = try await fixture.add((30..<60).map { "\($0).jpg" })
    for id in more {
      _ = try await store.thumbnail(id, size: .small)
      await store.flush()
    }
    let statistics = store.statistics()
    #expect(statistics.diskEvictions > 0)
    #expect(statistics.diskByteCount <= 2 << 20)
    await store.close()
    var status = stat()
    _ = fixture.derivedPath.withCString { stat($0, &status) }
    #expect(status.st_size <= 2 << 20)
    // Those that were used are still there, some of the others are not.
    let cold = try await coldStore(fixture, options: options)
    for id in ids[..<10] { _ = try await cold.thumbnail(id, size: .small) }
    #expect(fixture.renderer.started.count == started + 30)
    for id in ids[10...] { _ = try await cold.thumbnail(id, size: .small) }
    #expect(fixture.renderer.started.count > started + 30)
    await cold.close()
  }

  @Test func `closing leaves no log behind and all thumbnails in the file`() async throws {
    let fixture = try await StoreFixture()
    fixture.renderer.setJPEGByteCount(20_000)
    let ids = try await fixture.add((0..<10).map { "\($0).jpg" })
    for id in ids { _ = try await fixture.store.thumbnail(id, size: .small) }
    await fixture.store.flush()
    let log = FilePath(bytes: fixture.derivedPath.bytes + Array("-wal".utf8))
    func byteCount(_ path: FilePath) -> Int {
      var status = stat()
      return path.withCString { stat($0, &status) } == 0 ? Int(status.st_size) : 0
    }
    #expect(byteCount(log) > 10 * 20_000)
    await fixture.store.close()
    // Whether SQLite's connections are gone by now or not.
    #expect(byteCount(log) == 0)
    #expect(byteCount(fixture.derivedPath) > 10 * 20_000)
    let copy = fixture.directory.path.appending("copied.db")
    try FileDescriptor.open(copy, flags: O_WRONLY | O_CREAT, permissions: 0o644).write(
      FileDescriptor.open(fixture.derivedPath, flags: O_RDONLY).read(
        at: 0, count: byteCount(fixture.derivedPath)))
    let database = try Database(path: copy, access: .readWrite, pageCacheByteCount: 1 << 20)
    #expect(try database.integer("SELECT count(*) FROM entries") == 20)
    #expect(fixture.store.statistics().diskErrors == 0)
  }

  @Test func `deleting the file while running loses pictures only`() async throws {
    let fixture = try await StoreFixture()
    let ids = try await fixture.add((0..<5).map { "\($0).jpg" })
    for id in ids { _ = try await fixture.store.thumbnail(id, size: .small) }
    await fixture.store.flush()
    _ = fixture.derivedPath.withCString { unlink($0) }
    let more = try await fixture.add((5..<10).map { "\($0).jpg" })
    for id in more { _ = try await fixture.store.thumbnail(id, size: .small) }
    await fixture.store.flush()
    #expect(fixture.derivedPath.withCString { access($0, F_OK) } == 0)
    await fixture.store.close()
    let cold = try await coldStore(fixture)
    for id in more { _ = try await cold.thumbnail(id, size: .small) }
    #expect(cold.statistics().diskHits == 5)
    for id in ids { _ = try await cold.thumbnail(id, size: .small) }
    #expect(fixture.renderer.started.count == 15)
    // What the disk lost is made again by whoever makes all that is missing.
    await cold.close()
    _ = fixture.derivedPath.withCString { unlink($0) }
    let last = try await coldStore(fixture)
    #expect(try await last.makeMissing().made == 10)
    await last.close()
  }

  @Test(arguments: 0..<8) func `a damaged file is thrown away and filled again`(seed: Int)
    async throws
  {
    let fixture = try await StoreFixture()
    let ids = try await fixture.add((0..<20).map { "\($0).jpg" })
    for id in ids { _ = try await fixture.store.thumbnail(id, size: .small) }
    await fixture.store.close()
    var generator = SeededGenerator(seed: UInt64(seed))
    do {
      let file = try FileDescriptor.open(fixture.derivedPath, flags: O_RDWR)
      let size = try file.status().st_size
      // The first page, or a few pages anywhere.
      for _ in 0..<(seed == 0 ? 1 : 12) {
        let offset = seed == 0 ? 0 : Int.random(in: 0..<(size - 4096), using: &generator)
        let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(pwrite(file.rawValue, noise, noise.count, offset) == noise.count)
      }
    }
    let store = try await coldStore(fixture)
    let more = try await fixture.add((20..<30).map { "\($0).jpg" })
    // Whatever was hit, every request is answered.
    for id in ids + more {
      #expect(try await store.thumbnail(id, size: .small).bytes.count > 0)
    }
    await store.close()
    let cold = try await coldStore(fixture)
    let before = fixture.renderer.started.count
    for id in more { _ = try await cold.thumbnail(id, size: .small) }
    #expect(fixture.renderer.started.count == before)
    await cold.close()
  }

  @Test func `a disk that cannot be written costs speed and nothing else`() async throws {
    let fixture = try await StoreFixture()
    // A directory where the file should be.
    _ = fixture.derivedPath.withCString { mkdir($0, 0o755) }
    let ids = try await fixture.add(["a.jpg", "b.jpg"])
    for id in ids { _ = try await fixture.store.thumbnail(id, size: .small) }
    await fixture.store.flush()
    let statistics = fixture.store.statistics()
    #expect(statistics.made == 2)
    #expect(statistics.diskErrors > 0)
    #expect(statistics.lastDiskError?.contains("derived.db") == true)
    await fixture.store.close()
  }

  @Test func `memory goes back to the budget`() async throws {
    let fixture = try await StoreFixture(budgetByteCount: 96 << 20)
    let ids = try await fixture.add((0..<50).map { "\($0).jpg" })
    for id in ids { _ = try await fixture.store.thumbnail(id, size: .small) }
    #expect(fixture.budget.snapshot()["thumbnails.memory"]?.bytes ?? 0 >= 50 * 4000)
    await fixture.store.flush()
    #expect(fixture.budget.snapshot()["thumbnails.staging"]?.bytes == 0)
    await fixture.store.close()
  }
}
