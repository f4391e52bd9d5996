import Glibc
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(3))) struct FaultTests {
  private func open(
    _ directory: FilePath, options: CatalogOptions = CatalogOptions()
  ) async throws -> Catalog {
    try await Catalog.open(
      directory: directory, options: options, budget: MemoryBudget(byteLimit: 64 << 20))
  }

  /// The error of opening a directory, checked for a sentence that names the file and a way out.
  private func openError(_ directory: FilePath) async throws -> CatalogError {
    do {
      _ = try await open(directory)
    } catch let error as CatalogError {
      #expect(error.description.hasPrefix("\(error.path): "))
      #expect(error.description.hasSuffix("."))
      #expect(error.path.isWithin(directory) || directory.isWithin(error.path))
      return error
    }
    throw CatalogError(.other, path: directory, reason: "it opened")
  }

  @Test func `a file that is no database is left as it is`() async throws {
    let directory = try TemporaryDirectory()
    let text = Array(String(repeating: "This is not a database. ", count: 100).utf8)
    let path = try directory.write("catalog.db", text)
    #expect(try await openError(directory.path).kind == .notADatabase)
    #expect(try FileDescriptor.open(path, flags: O_RDONLY).read(at: 0, count: 9999) == text)
  }

  @Test func `another program's database is refused`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path.appending("catalog.db")
    do {
      let other = try Database(path: path, access: .readWriteCreate, pageCacheByteCount: 65536)
      try other.execute("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')")
    }
    #expect(try await openError(directory.path).kind == .foreign)
    let other = try Database(path: path, access: .readOnly, pageCacheByteCount: 65536)
    #expect(try other.integer("SELECT count(*) FROM notes") == 1)
  }

  @Test func `a newer library is refused and not changed`() async throws {
    let fixture = try await CatalogFixture()
    try await fixture.catalog.connections.write {
      try $0.database.execute("PRAGMA user_version = 999")
    }
    let error = try await openError(fixture.directory.path)
    #expect(error.kind == .newerVersion(found: 999, known: Schema.currentVersion))
    #expect(error.description.contains("update Albumen"))
  }

  @Test func `a directory that cannot be made or written says so`() async throws {
    let directory = try TemporaryDirectory()
    _ = try directory.write("file", [1])
    for path in ["file/library", "file"] {
      let kind = try await openError(directory.path.appending(path)).kind
      #expect(kind == .cannotOpen || kind == .readOnly)
    }
    // Not even the superuser makes a directory here.
    let kind = try await openError("/proc/albumen-test").kind
    #expect(kind == .cannotOpen || kind == .readOnly)
  }

  @Test func `a lock held by another program is waited for, then named`() async throws {
    var options = CatalogOptions()
    options.busyMilliseconds = 50
    let fixture = try await CatalogFixture(options: options)
    let other = try Database(
      path: fixture.catalog.path, access: .readWrite, pageCacheByteCount: 65536)
    try other.execute("BEGIN IMMEDIATE")
    do {
      try await fixture.add([.jpeg("a.jpg")])
      Issue.record("the write went through a lock")
    } catch let error as CatalogError {
      #expect(error.kind == .locked)
      #expect(error.description.contains("another program"))
    }
    // Reading goes on meanwhile, and nothing is half done.
    #expect(try await fixture.catalog.counts().assets == 0)
    try other.execute("ROLLBACK")
    try await fixture.add([.jpeg("a.jpg")])
    #expect(try await fixture.catalog.counts().assets == 1)
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
  }

  @Test func `a full disk loses only the batch that did not fit`() async throws {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add((0..<500).map { .jpeg("first/\($0).jpg", number: $0) })
    let pages = try await fixture.catalog.read { try $0.integer("PRAGMA page_count") ?? 0 }
    try await fixture.catalog.connections.write {
      _ = try $0.database.integer("PRAGMA max_page_count = \(pages + 4)")
    }
    do {
      try await fixture.add((0..<2000).map { .jpeg("second/\($0).jpg", number: 10_000 + $0) })
      Issue.record("the batch fitted")
    } catch let error as CatalogError {
      #expect(error.kind == .full)
      #expect(error.description.contains("disk is full"))
    }
    #expect(try await fixture.catalog.counts().assets == 500)
    #expect(try await fixture.catalog.asset(ids[499]) != nil)
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
    // There is room again: the same batch goes in, also its folder, whose row was rolled back.
    try await fixture.catalog.connections.write {
      _ = try $0.database.integer("PRAGMA max_page_count = 1000000")
    }
    try await fixture.add((0..<2000).map { .jpeg("second/\($0).jpg", number: 10_000 + $0) })
    #expect(try await fixture.catalog.counts().assets == 2500)
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
  }

  @Test(arguments: 0..<24)
  func `a damaged file is named and never taken for an empty library`(seed: Int) async throws {
    let directory = try TemporaryDirectory()
    var ids: [AssetID] = []
    do {
      let catalog = try await open(directory.path)
      let root = try await catalog.addRoot("/pictures")
      var batch = ScanBatch(root: root.id)
      batch.upserts = (0..<2000).map { .jpeg("f/\($0).jpg", number: $0) }
      ids = try await catalog.apply(batch).ids
      try await catalog.close()
    }
    do {
      var generator = SeededGenerator(seed: UInt64(seed))
      let file = try FileDescriptor.open(
        directory.path.appending("catalog.db"), flags: O_RDWR)
      let pages = Int(try file.status().st_size) / 4096
      for _ in 0..<8 {
        let page = Int.random(in: (seed < 4 ? 0 : 1)..<pages, using: &generator)
        let noise = (0..<2048).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(pwrite(file.rawValue, noise, noise.count, page * 4096) == noise.count)
      }
    }
    do {
      let catalog = try await open(directory.path)
      let health = try await catalog.integrityCheck()
      #expect(!health.isHealthy)
      // What can still be read is right; what cannot is an error, not an absence.
      for id in ids {
        guard let record = try await catalog.asset(id) else { continue }
        #expect(record.id == id)
      }
      _ = try await catalog.snapshot(AssetQuery(sort: .name))
    } catch let error as CatalogError {
      let damage: [CatalogError.Kind] = [.corrupt, .notADatabase, .foreign]
      var isNewer = false
      if case .newerVersion = error.kind { isNewer = true }
      #expect(damage.contains(error.kind) || isNewer, "\(error)")
      #expect(error.description.contains("catalog.db"))
    }
  }

  @Test func `what was acknowledged survives a kill in the middle of a transaction`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path.description
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let catalog = try await Catalog.open(
        directory: FilePath(path), budget: MemoryBudget(byteLimit: 64 << 20))
      let root = try await catalog.addRoot("/pictures")
      for start in stride(from: 0, to: 5000, by: 500) {
        var batch = ScanBatch(root: root.id)
        batch.upserts = (start..<start + 500).map { .jpeg("a/\($0).jpg", number: $0) }
        _ = try await catalog.apply(batch)
      }
      try await catalog.write { writer in
        for index in 0..<2000 {
          _ = try writer.folderID(root: root.id, path: Array("half/\(index)".utf8))
        }
        try writer.database.execute("DELETE FROM assets WHERE id < 2000")
        kill(getpid(), SIGKILL)
      }
    }
    let catalog = try await open(directory.path)
    #expect(try await catalog.counts().assets == 5000)
    #expect(try await catalog.folders().count == 2)
    #expect(try await catalog.integrityCheck().isHealthy)
    let snapshot = try await catalog.snapshot(AssetQuery())
    #expect(snapshot.count == 5000)
  }

  @Test func `a cancelled read stops and the next one works`() async throws {
    let fixture = try await CatalogFixture()
    try await fixture.add((0..<3000).map { .jpeg("\($0).jpg", number: $0) })
    let started = Locked(false)
    let slow = Task {
      try await fixture.catalog.read { database in
        started.withLock { $0 = true }
        // Nine billion rows: it ends by being interrupted or not at all.
        return try database.integer(
          "SELECT count(*) FROM assets a, assets b, assets c WHERE a.id + b.id + c.id > 0")
      }
    }
    while !started.withLock({ $0 }) { await Task.yield() }
    // The statement may not be running yet; it is stopped all the same.
    slow.cancel()
    await #expect(throws: CancellationError.self) { try await slow.value }
    #expect(try await fixture.catalog.counts().assets == 3000)
  }

  @Test func `an older library is copied and brought up to date`() async throws {
    for version in 1..<Schema.currentVersion {
      let directory = try TemporaryDirectory()
      let path = directory.path.appending("catalog.db")
      do {
        // As a program of that version left it.
        let old = try Database(path: path, access: .readWriteCreate, pageCacheByteCount: 65536)
        var report = CatalogOpenReport()
        try Migration(database: old, steps: Array(Schema.steps[..<version])).run(report: &report)
        #expect(report.wasCreated)
        try old.execute(
          """
          INSERT INTO roots (path, added_ms) VALUES (x'2F70', 1);
          INSERT INTO folders (root_id, path, path_key, image_ok) VALUES (1, x'', x'0000', 1);
          INSERT INTO assets (folder_id, state, kind, aspect, byte_count, name_key, name,
            modified_ns, inode, added_ms, format, rating)
          VALUES (1, 1, 1, 128, 10, x'6100', x'61', 5, 6, 7, 1, 3);
          """)
      }
      let catalog = try await open(directory.path)
      #expect(catalog.openReport.migratedFromVersion == version)
      #expect(catalog.openReport.notices.count == 1)
      let backup = try #require(catalog.openReport.backup)
      #expect(backup == directory.path.appending("catalog.db.backup-v\(version)"))
      let copy = try Database(path: backup, access: .readOnly, pageCacheByteCount: 65536)
      #expect(try copy.integer("PRAGMA user_version") == Int64(version))
      #expect(try copy.integer("SELECT count(*) FROM assets") == 1)
      let record = try #require(try await catalog.asset(at: "/p/a"))
      #expect(record.summary.rating == 3)
      let job = try await catalog.beginScan(root: record.root)
      #expect(job.id == 1)
      #expect(try await catalog.deepMetadata(of: record.id) == nil)
      #expect(try await catalog.integrityCheck().isHealthy)
      // Once only.
      try await catalog.close()
      #expect(
        try await open(directory.path).openReport
          == {
            var report = CatalogOpenReport()
            report.networkFileSystem = catalog.openReport.networkFileSystem
            report.usesWriteAheadLog = catalog.openReport.usesWriteAheadLog
            return report
          }())
    }
  }

  @Test func `a migration that fails changes nothing`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path.appending("catalog.db")
    let database = try Database(path: path, access: .readWriteCreate, pageCacheByteCount: 65536)
    var report = CatalogOpenReport()
    try Migration(database: database, steps: [Schema.steps[0]]).run(report: &report)
    #expect(throws: CatalogError.self) {
      try Migration(
        database: database,
        steps: [Schema.steps[0], "CREATE TABLE extra (x); CREATE TABLE roots (x)"]
      ).run(report: &report)
    }
    #expect(try database.integer("PRAGMA user_version") == 1)
    #expect(
      try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'") == 0)
  }

  @Test func `without a write-ahead log everything works the same`() async throws {
    var options = CatalogOptions()
    options.journal = .rollback
    let fixture = try await CatalogFixture(options: options)
    #expect(!fixture.catalog.openReport.usesWriteAheadLog)
    try await fixture.add((0..<500).map { .jpeg("\($0).jpg", number: $0) })
    #expect(try await fixture.catalog.counts().assets == 500)
    #expect(access("\(fixture.catalog.path)-wal", F_OK) != 0)
    // A library on a network is opened like this by itself.
    #expect(FileSystemKind.networkName(magic: 0x6969) == "NFS")
    #expect(FileSystemKind.networkName(magic: 0xFE53_4D42) == "SMB 2")
    #expect(FileSystemKind.networkName(magic: 0xEF53) == nil)
    var report = CatalogOpenReport()
    report.networkFileSystem = "NFS"
    report.usesWriteAheadLog = false
    #expect(report.notices.first?.contains("NFS") == true)
  }

  @Test func `counts that went wrong are found and repaired`() async throws {
    let fixture = try await CatalogFixture()
    try await fixture.add((0..<10).map { .jpeg("a/\($0).jpg", number: $0) })
    try await fixture.catalog.connections.write {
      try $0.database.execute("UPDATE folders SET image_ok = 77, video_missing = 3")
    }
    #expect(try await fixture.catalog.integrityCheck().miscountedFolders == 2)
    try await fixture.catalog.repairCounts()
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
    #expect(try await fixture.catalog.counts().assets == 10)
  }
}
