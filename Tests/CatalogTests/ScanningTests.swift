import Catalog
import Media
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ScanningTests {
  @Test func `a changed file keeps its row and rating and loses what was made from it`()
    async throws
  {
    let fixture = try await CatalogFixture()
    let id = try #require(try await fixture.add([.jpeg("a.jpg")]).first)
    let version = try #require(try await fixture.catalog.asset(id)?.summary.version)
    try await fixture.catalog.setRating(4, for: [id])
    try await fixture.catalog.setPlaceholders([
      Catalog.Placeholder(id: id, version: version, bytes: [1, 2])
    ])
    var metadata = DeepMetadata()
    metadata.keywords = ["sea", "sun"]
    metadata.rating = 2
    try await fixture.catalog.setDeepMetadata([
      Catalog.NewMetadata(id: id, version: version, metadata: metadata)
    ])
    var record = try #require(try await fixture.catalog.asset(id))
    #expect(record.summary.placeholder == [1, 2])
    #expect(record.summary.rating == 4)
    #expect(record.hasMetadata)
    var changed = ScannedFile.jpeg("a.jpg", number: 2, byteCount: 77)
    changed.known = id
    #expect(try await fixture.add([changed]) == [id])
    record = try #require(try await fixture.catalog.asset(id))
    #expect(record.summary.placeholder == nil)
    #expect(record.summary.rating == 4)
    #expect(record.summary.byteCount == 77)
    #expect(!record.hasMetadata)
    // What was made from the old content comes too late.
    try await fixture.catalog.setPlaceholders([
      Catalog.Placeholder(id: id, version: version, bytes: [9])
    ])
    try await fixture.catalog.setFailures([
      Catalog.NewFailure(
        id: id, version: version, stage: .thumbnail, failure: MediaFailure(.corrupt, "Old."))
    ])
    record = try #require(try await fixture.catalog.asset(id))
    #expect(record.summary.placeholder == nil)
    #expect(record.summary.state == .ok)
  }

  /// Many rows go in with one statement; whatever lies between them must not show.
  @Test(arguments: 0..<24 as Range<UInt64>)
  func `a batch gives what its files give one by one`(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...80, using: &generator)
    // Some paths twice, some known before, some broken, some of another folder.
    let paths = (0..<count).map { index in
      "\(index / 7 % 3)/\(Int.random(in: 0..<(seed % 2 == 0 ? 10_000 : 60), using: &generator)).jpg"
    }
    let files = paths.enumerated().map { index, path in
      Int.random(in: 0..<30, using: &generator) == 0
        ? ScannedFile.broken(path, MediaFailure(.truncated, "It ends early."))
        : ScannedFile.jpeg(path, number: index + 1, capturedMilliseconds: Int64(index) * 1000)
    }
    let known = paths.filter { _ in Int.random(in: 0..<40, using: &generator) == 0 }
    let together = try await CatalogFixture()
    let singly = try await CatalogFixture()
    for fixture in [together, singly] {
      for path in Set(known).sorted() { try await fixture.add([.jpeg(path, number: 1000)]) }
    }
    var batch = ScanBatch(root: together.root.id)
    batch.upserts = files
    let result = try await together.catalog.apply(batch)
    var expected = ScanBatchResult()
    for file in files {
      var batch = ScanBatch(root: singly.root.id)
      batch.upserts = [file]
      let one = try await singly.catalog.apply(batch)
      expected.added += one.added
      expected.changed += one.changed
      expected.broken += one.broken
      expected.ids += one.ids
    }
    #expect(result.ids == expected.ids)
    #expect(result.added == expected.added)
    #expect(result.changed == expected.changed)
    #expect(result.broken == expected.broken)
    func rows(_ fixture: CatalogFixture) async throws -> [[String]] {
      try await fixture.catalog.read { database in
        // Times of adding and of failing differ.
        let columns = """
          id, folder_id, state, kind, aspect, captured_ms, byte_count, hex(name_key), hex(name),
          modified_ns, inode, format, stored_width, stored_height, orientation, offset_minutes,
          make_id, model_id, latitude, longitude, altitude, frame_count, duration_ms, bits,
          channels, flags, fingerprint_high, fingerprint_low, failure_stage, failure_kind,
          failure_message, failure_count
          """
        var rows: [[String]] = []
        try database.withStatement("SELECT \(columns) FROM assets ORDER BY id") { row in
          while try row.step() { rows.append((0..<32).map { row.text($0) }) }
        }
        try database.withStatement(
          "SELECT id, image_ok, image_broken, image_missing FROM folders ORDER BY id"
        ) { row in
          while try row.step() { rows.append((0..<4).map { row.text($0) }) }
        }
        #expect(try database.integer("SELECT count(*) FROM pragma_foreign_key_check") == 0)
        return rows
      }
    }
    #expect(try await rows(together) == rows(singly))
  }

  @Test func `a moved file keeps its row, and what hangs on it`() async throws {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add([
      .jpeg("old/a.jpg", number: 1), .jpeg("old/b.jpg", number: 2), .jpeg("c.jpg", number: 3),
    ])
    try await fixture.catalog.setRating(5, for: [ids[0]])
    var batch = ScanBatch(root: fixture.root.id)
    batch.missing = [ids[1]]
    _ = try await fixture.catalog.apply(batch)
    let finder = try await fixture.catalog.moveFinder()
    var wanted: [MoveFinder.File] = []
    for number in [1, 2, 9] {
      let file = ScannedFile.jpeg("x", number: number)
      wanted.append(
        MoveFinder.File(
          fingerprint: try #require(file.fingerprint), byteCount: file.byteCount))
    }
    // The same content of another size is not the same.
    wanted.append(MoveFinder.File(fingerprint: wanted[0].fingerprint, byteCount: 999))
    let candidates = try await finder.candidates(for: wanted)
    #expect(candidates.map(\.count) == [1, 1, 0, 0])
    #expect(candidates[0].first?.path == "/pictures/old/a.jpg")
    #expect(candidates[0].first?.isMissing == false)
    #expect(candidates[1].first?.isMissing == true)
    batch = ScanBatch(root: fixture.root.id)
    batch.moves = [
      MovedFile(id: ids[0], file: .jpeg("new/deep/A.jpg", number: 1)),
      MovedFile(id: ids[1], file: .jpeg("new/b.jpg", number: 2)),
    ]
    // In the same batch another file takes the old path.
    batch.upserts = [.jpeg("old/a.jpg", number: 50)]
    let result = try await fixture.catalog.apply(batch)
    #expect(result.moved == 2)
    #expect(result.added == 1)
    #expect(result.ids.count == 1)
    let record = try #require(try await fixture.catalog.asset(ids[0]))
    #expect(record.path == "/pictures/new/deep/A.jpg")
    #expect(record.summary.rating == 5)
    #expect(try await fixture.catalog.asset(ids[1])?.summary.state == .ok)
    #expect(try await fixture.catalog.asset(at: "/pictures/old/a.jpg")?.id != ids[0])
    let counts = try await fixture.catalog.counts()
    #expect(counts.assets == 4)
    #expect(counts.missing == 0)
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
    // A path that is taken: the file counts as a change of the row that has it.
    batch = ScanBatch(root: fixture.root.id)
    batch.moves = [MovedFile(id: ids[1], file: .jpeg("c.jpg", number: 2))]
    let taken = try await fixture.catalog.apply(batch)
    #expect(taken.moved == 0)
    #expect(taken.changed == 1)
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
  }

  @Test func `roots do not overlap, and an offline one keeps its assets`() async throws {
    let fixture = try await CatalogFixture()
    let id = try #require(try await fixture.add([.jpeg("a.jpg")]).first)
    #expect(try await fixture.catalog.addRoot("/pictures").id == fixture.root.id)
    for path in ["/pictures/inside", "/", "relative"] as [FilePath] {
      await #expect(throws: CatalogError.self) { try await fixture.catalog.addRoot(path) }
    }
    let other = try await fixture.catalog.addRoot("/pictures 2")
    try await fixture.catalog.setRootState(fixture.root.id, .offline)
    #expect(try await fixture.catalog.roots().map(\.state) == [.offline, .online])
    #expect(try await fixture.catalog.asset(id)?.summary.state == .ok)
    #expect(try await fixture.catalog.asset(id)?.rootState == .offline)
    #expect(try await fixture.catalog.needsThumbnail().isEmpty)
    #expect(try await fixture.catalog.knownFolders(root: other.id).map(\.relativePath) == [[]])
  }

  @Test func `folders that are gone take their assets to missing`() async throws {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add([
      .jpeg("gone/1.jpg"), .jpeg("gone/2.jpg", number: 2), .jpeg("gone/in/3.jpg", number: 3),
      .jpeg("here/4.jpg", number: 4),
    ])
    var folders: [KnownFolder] = []
    var after: [UInt8]?
    repeat {
      let page = try await fixture.catalog.knownFolders(
        root: fixture.root.id, after: after, limit: 2)
      folders += page
      after = page.last?.relativePath
    } while after != nil
    #expect(
      folders.map { String(decoding: $0.relativePath, as: UTF8.self) }
        == ["", "gone", "gone/in", "here"])
    #expect(folders.map(\.presentCount) == [0, 2, 1, 1])
    var batch = ScanBatch(root: fixture.root.id)
    batch.missingFolders = [folders[1].id, folders[2].id]
    #expect(try await fixture.catalog.apply(batch).missing == 3)
    let problems = try await fixture.catalog.problems(limit: 2)
    #expect(problems.map(\.id) == Array(ids[..<2]))
    #expect(try await fixture.catalog.problems(after: ids[1]).map(\.id) == [ids[2]])
    #expect(try await fixture.catalog.problems(states: [.broken]).isEmpty)
    #expect(try await fixture.catalog.asset(ids[3])?.summary.state == .ok)
  }

  @Test func `scan jobs that never ended are found after a restart`() async throws {
    let fixture = try await CatalogFixture()
    var done = try await fixture.catalog.beginScan(root: fixture.root.id)
    var crashed = try await fixture.catalog.beginScan(root: fixture.root.id, progress: [1, 2, 3])
    crashed.progress = [4, 5]
    try await fixture.catalog.saveScan(crashed)
    done.state = .finished
    try await fixture.catalog.saveScan(done)
    let jobs = try await fixture.reopened().unfinishedScans()
    #expect(jobs.map(\.id) == [crashed.id])
    #expect(jobs.first?.progress == [4, 5])
    #expect(jobs.first?.state == .running)
  }

  @Test func `retrying a file that could not be probed makes the next scan look at it`()
    async throws
  {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add([
      .broken("a.jpg", MediaFailure(.truncated, "Too short.")), .jpeg("b.jpg", number: 2),
    ])
    #expect(try await fixture.catalog.failureCounts() == [.truncated: 1])
    #expect(try await fixture.catalog.clearFailures() == 1)
    let known = try await fixture.catalog.knownFiles(inFolder: [], root: fixture.root.id)
    #expect(known[0].modifiedNanoseconds == -1)
    #expect(known[1].modifiedNanoseconds == 2_000_000)
    #expect(try await fixture.catalog.asset(ids[0])?.summary.state == .broken)
  }

  @Test func `deep metadata comes back as it was`() async throws {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add([.jpeg("a.jpg"), .jpeg("b.jpg", number: 2)])
    let pending = try await fixture.catalog.needsMetadata()
    #expect(pending.map(\.id) == ids)
    var metadata = DeepMetadata()
    metadata.lens = "RF 24-70 mm"
    metadata.exposureSeconds = 0.004
    metadata.fNumber = 2.8
    metadata.iso = 1600
    metadata.focalLengthMillimetres = 50
    metadata.rating = 9
    metadata.title = "Tïtle"
    metadata.caption = ""
    metadata.creator = "N. N."
    metadata.copyright = "©"
    metadata.keywords = ["b", "a", "日本"]
    metadata.fields = (0..<300).map {
      DeepMetadata.Field(key: "Exif.Photo.Key\($0)", value: String(repeating: "é", count: $0))
    }
    try await fixture.catalog.setDeepMetadata([
      Catalog.NewMetadata(id: ids[0], version: pending[0].version, metadata: metadata),
      Catalog.NewMetadata(id: ids[1], version: pending[1].version, metadata: nil),
    ])
    #expect(try await fixture.catalog.deepMetadata(of: ids[0]) == metadata)
    #expect(try await fixture.catalog.deepMetadata(of: ids[1]) == nil)
    // Out of the range of stars: clamped in the column that sorts.
    #expect(try await fixture.catalog.asset(ids[0])?.summary.rating == 5)
    #expect(try await fixture.catalog.needsMetadata().isEmpty)
  }
}
