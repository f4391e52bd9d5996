import Catalog
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct CatalogTests {
  @Test func `what was added can be read back field by field`() async throws {
    let fixture = try await CatalogFixture()
    var file = ScannedFile.jpeg(
      "2024/06/IMG_1.JPG", number: 7, capturedMilliseconds: 1_718_000_000_123)
    file.probe?.orientation = .right
    file.probe?.position = GeoPosition(latitude: 52.5, longitude: -13.25, altitudeMetres: 34.5)
    file.probe?.frameCount = 3
    file.probe?.durationMilliseconds = 1234
    file.probe?.bitsPerChannel = 16
    file.probe?.channelCount = 4
    file.probe?.hasAlpha = true
    file.probe?.isProgressive = true
    file.inode = .max
    let id = try #require(try await fixture.add([file]).first)
    let record = try #require(try await fixture.catalog.asset(id))
    #expect(record.probe == file.probe)
    #expect(record.path == "/pictures/2024/06/IMG_1.JPG")
    #expect(record.fingerprint == file.fingerprint)
    #expect(record.inode == .max)
    #expect(record.summary.width == 3000)
    #expect(record.summary.height == 4000)
    #expect(record.summary.state == .ok)
    #expect(
      record.summary.version
        == ContentVersion(byteCount: 1000, modifiedNanoseconds: 7_000_000, inode: .max))
    #expect(try await fixture.catalog.asset(at: "/pictures/2024/06/IMG_1.JPG")?.id == id)
    #expect(try await fixture.catalog.asset(at: "/pictures/2024/06/none.JPG") == nil)
    #expect(try await fixture.catalog.asset(AssetID(rawValue: 99)) == nil)
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
  }

  @Test func `names that are not UTF-8 stay as they are`() async throws {
    let fixture = try await CatalogFixture()
    var names: [[UInt8]] = [
      [0xFF, 0xFE, 0x2E, 0x6A, 0x70, 0x67], Array("line\nbreak.jpg".utf8),
      Array("\"quoted\" <b>.jpg".utf8), [0xC3], Array("é.jpg".utf8),
    ]
    var files = names.enumerated().map { index, name in
      var file = ScannedFile.jpeg("x", number: index)
      file.folder = [0x64, 0x80]
      file.name = name
      return file
    }
    let ids = try await fixture.add(files)
    names.sort { $0.lexicographicallyPrecedes($1) }
    let known = try await fixture.catalog.knownFiles(inFolder: [0x64, 0x80], root: fixture.root.id)
    #expect(known.map(\.name) == names)
    for (id, file) in zip(ids, files) {
      let record = try #require(try await fixture.catalog.asset(id))
      #expect(record.path.bytes == Array("/pictures/".utf8) + [0x64, 0x80, 0x2F] + file.name)
    }
    // The same paths again change rows, and add none.
    files = files.map { file in
      var file = file
      file.byteCount = 5
      return file
    }
    var batch = ScanBatch(root: fixture.root.id)
    batch.upserts = files
    let result = try await fixture.catalog.apply(batch)
    #expect(result.changed == 5)
    #expect(result.added == 0)
    #expect(result.ids == ids)
  }

  @Test func `an empty batch touches nothing`() async throws {
    let fixture = try await CatalogFixture()
    try await fixture.add([.jpeg("a.jpg")])
    let before = fixture.catalog.changeNumber
    let changes = try await fixture.catalog.connections.write { $0.database.totalChangedRowCount }
    let version = try await fixture.catalog.read { try $0.integer("PRAGMA data_version") }
    let result = try await fixture.catalog.apply(ScanBatch(root: fixture.root.id))
    try await fixture.catalog.setPlaceholders([])
    try await fixture.catalog.setFailures([])
    try await fixture.catalog.setDeepMetadata([])
    try await fixture.catalog.setRating(3, for: [])
    #expect(try await fixture.catalog.clearFailures([]) == 0)
    #expect(result.changeNumber == before)
    #expect(try await fixture.catalog.readChangeNumber() == before)
    #expect(
      try await fixture.catalog.connections.write { $0.database.totalChangedRowCount } == changes)
    #expect(try await fixture.catalog.read { try $0.integer("PRAGMA data_version") } == version)
    // A write that finds nothing to change does not raise the number either.
    try await fixture.catalog.setRootState(fixture.root.id, .online)
    #expect(fixture.catalog.changeNumber == before)
  }

  @Test func `counts and folders follow every change`() async throws {
    let fixture = try await CatalogFixture()
    var video = ScannedFile.jpeg("b/clip.mp4", number: 5)
    video.probe = Probe(format: .mp4, storedWidth: 10, storedHeight: 10)
    let ids = try await fixture.add([
      .jpeg("a/1.jpg"), .jpeg("a/2.jpg", number: 2), .jpeg("a/deep/3.jpg", number: 3), video,
      .broken("a/4.jpg", MediaFailure(.truncated, "The file ends too early.")),
      .broken("b/bad.mkv", MediaFailure(.corrupt, "No.")),
    ])
    var counts = try await fixture.catalog.counts()
    #expect(counts.assets == 6)
    #expect(counts.images == 4)
    #expect(counts.videos == 2)
    #expect(counts.broken == 2)
    var batch = ScanBatch(root: fixture.root.id)
    batch.missing = [ids[0], ids[4], ids[0]]
    let result = try await fixture.catalog.apply(batch)
    #expect(result.missing == 2)
    counts = try await fixture.catalog.counts()
    #expect(counts.assets == 4)
    #expect(counts.missing == 2)
    #expect(counts.broken == 1)
    let folders = try await fixture.catalog.folders()
    #expect(folders.map(\.name) == ["pictures", "a", "deep", "b"])
    #expect(folders.map(\.directCount) == [0, 1, 1, 2])
    #expect(folders.map(\.totalCount) == [4, 2, 1, 2])
    #expect(folders[2].parent == folders[1].id)
    // Back with everything: the broken one is broken still.
    batch = ScanBatch(root: fixture.root.id)
    batch.found = [ids[0], ids[4]]
    #expect(try await fixture.catalog.apply(batch).found == 2)
    #expect(try await fixture.catalog.counts().broken == 2)
    #expect(try await fixture.catalog.asset(ids[4])?.summary.failure?.failure.kind == .truncated)
    #expect(try await fixture.catalog.integrityCheck().isHealthy)
  }
}
