import Catalog
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import TagExchange

/// Whole libraries, out and in again.
@Suite(.timeLimit(.minutes(2))) struct LibraryRoundTripTests {
  private struct Library {
    let directory: TemporaryDirectory
    let budget: MemoryBudget
    let catalog: Catalog
    let ids: [AssetID]

    /// A library of five pictures below a folder.
    init(root path: FilePath) async throws {
      directory = try TemporaryDirectory()
      budget = MemoryBudget(byteLimit: 256 << 20)
      catalog = try await Catalog.open(directory: directory.path, budget: budget)
      let root = try await catalog.addRoot(path)
      var batch = ScanBatch(root: root.id)
      batch.upserts = (1...5).map { number in
        ScannedFile(
          folder: Array("sub".utf8), name: Array("\(number).jpg".utf8), byteCount: 1000,
          modifiedNanoseconds: 1, inode: UInt64(number),
          probe: Probe(format: .jpeg, storedWidth: 4, storedHeight: 3),
          fingerprint: Fingerprint(high: UInt64(number), low: UInt64(number) &* 0x9E37_79B9))
      }
      ids = try await catalog.apply(batch).ids
    }

    func export(_ name: FilePath, _ format: LibraryExport.Format) async throws -> FilePath {
      let path = directory.path.appending(bytes: name.bytes)
      _ = try await LibraryExport.write(catalog, nil, as: format, to: path, budget: budget)
      return path
    }

    func take(_ path: FilePath) async throws -> ImportSummary {
      let file = OpenFile(descriptor: try FileDescriptor.open(path, flags: 0), path: path)
      let importer = TagImporter(catalog, budget: budget, isDry: false)
      return try await importer.takeDocument(file)
    }
  }

  private func fill(_ library: Library) async throws {
    let catalog = library.catalog
    let own = try await catalog.setTagCategory(nil, name: TagName("My | things"), color: 0x0102FF)
    var edit = TagEdit()
    edit.add = [
      TagEdit.Tag(try TagName("place/europe/rome"), category: .meta),
      TagEdit.Tag(try TagName("\"a\", b"), category: own.category.id),
    ]
    _ = try await catalog.editTags(edit, of: .assets(library.ids))
    var model = TagEdit()
    model.add = [TagEdit.Tag(try TagName("cat"))]
    model.origin = .model
    model.confidence = 87
    _ = try await catalog.editTags(model, of: .assets(Array(library.ids.prefix(3))))
    var removal = TagEdit()
    removal.remove = [try TagName("cat")]
    _ = try await catalog.editTags(removal, of: .assets([library.ids[0]]))
    let cat = try #require(try await catalog.read { try $0.tag(named: TagName("cat")) })
    _ = try await catalog.addAlias(try TagName("neko"), to: cat.id)
    _ = try await catalog.addImplication(from: cat.id, to: try TagName("animal"))
    var update = Catalog.TagUpdate()
    update.note = "four legs"
    _ = try await catalog.updateTag(cat.id, update)
    var marks = AssetEdit()
    marks.stars = 4
    marks.contentRating = .sensitive
    marks.isFavourite = true
    marks.note = "two\nlines"
    marks.sources = ["https://example.org/1"]
    marks.parent = .some(library.ids[3])
    _ = try await catalog.editAssets(marks, of: .assets([library.ids[1]]))
    var child = AssetEdit()
    child.parent = .some(library.ids[1])
    child.contentRating = ContentRating.none
    child.note = String(repeating: "é", count: AssetEdit.noteByteLimit / 2)
    child.sources = (0..<AssetEdit.sourceLimit).map { "https://example.org/\($0)" }
    _ = try await catalog.editAssets(child, of: .assets([library.ids[2]]))
    var rated = AssetEdit()
    rated.contentRating = .explicit
    rated.contentRatingOrigin = .imported
    _ = try await catalog.editAssets(rated, of: .assets([library.ids[4]]))
    let pool = try await catalog.createAlbum(try TagName("A pool"), kind: .pool).album
    var members = Catalog.MemberEdit()
    members.add = [library.ids[4], library.ids[0], library.ids[2]]
    _ = try await catalog.editMembers(members, of: pool.id)
    _ = try await catalog.createAlbum(try TagName("Smart"), kind: .smart, query: "cat -dog")
  }

  @Test(arguments: [LibraryExport.Format.json, .jsonLines])
  func `an empty library becomes the same by a document, and again changes nothing`(
    format: LibraryExport.Format
  ) async throws {
    let first = try await Library(root: "/pictures")
    try await fill(first)
    let document = try await first.export("one", format)
    let second = try await Library(root: "/pictures")
    let summary = try await second.take(document)
    #expect(summary.issues.count == 0 && summary.foundCount == 5 && summary.changedCount == 5)
    let again = try await second.export("two", format)
    let bytes = try FileDescriptor.open(document, flags: 0).read(at: 0, count: 1 << 20)
    // The order of new tags is that of the document, so the bytes are the same.
    #expect(try FileDescriptor.open(again, flags: 0).read(at: 0, count: 1 << 20) == bytes)
    #expect(try await second.take(document).changedCount == 0)
  }

  @Test func `a picture that would be part of itself is told, and takes the rest`() async throws {
    let first = try await Library(root: "/pictures")
    try await fill(first)
    let document = try await first.export("one", .json)
    let second = try await Library(root: "/pictures")
    var other = AssetEdit()
    other.parent = .some(second.ids[1])
    _ = try await second.catalog.editAssets(other, of: .assets([second.ids[3]]))
    let summary = try await second.take(document)
    #expect(summary.issues.count == 1 && summary.changedCount == 5)
    let remarks = try await second.catalog.remarks(of: second.ids[1])
    #expect(remarks.parent == nil && remarks.note == "two\nlines")
    #expect(remarks.children == [second.ids[2], second.ids[3]])
  }

  @Test func `a database for others has parents, also those nothing is said of`() async throws {
    let library = try await Library(root: "/pictures")
    var child = AssetEdit()
    child.parent = .some(library.ids[3])
    _ = try await library.catalog.editAssets(child, of: .assets([library.ids[1]]))
    func parents(_ path: FilePath) throws -> [String] {
      let database = try Database(path: path, access: .readOnly, pageCacheByteCount: 1 << 20)
      return try database.withStatement("SELECT id, parent_id FROM assets ORDER BY id") { row in
        var found: [String] = []
        while try row.step() { found.append("\(row.int(0)) \(row.optionalInt(1) ?? 0)") }
        return found
      }
    }
    let (one, parent) = (library.ids[1].rawValue, library.ids[3].rawValue)
    let all = try await library.export("all.db", .sqlite)
    #expect(try parents(all) == ["\(one) \(parent)", "\(parent) 0"])
    // Of some of them, only what is among them.
    let some = library.directory.path.appending(bytes: Array("some.db".utf8))
    _ = try await LibraryExport.write(
      library.catalog, [library.ids[1]], as: .sqlite, to: some, budget: library.budget)
    #expect(try parents(some) == ["\(one) 0"])
  }

  @Test func `pictures that are elsewhere are found by their content`() async throws {
    let first = try await Library(root: "/pictures")
    try await fill(first)
    let document = try await first.export("one", .jsonLines)
    let second = try await Library(root: "/moved/here")
    let summary = try await second.take(document)
    #expect(summary.foundCount == 5 && summary.missingCount == 0)
    // Albums name paths only: that is told.
    #expect(summary.issues.first.map(\.reason.description).contains { $0.hasPrefix("3 members") })
  }

  @Test func `a document that ends in the middle changes nothing`() async throws {
    let first = try await Library(root: "/pictures")
    try await fill(first)
    let document = try await first.export("one", .json)
    let bytes = try FileDescriptor.open(document, flags: 0).read(at: 0, count: 1 << 20)
    let second = try await Library(root: "/pictures")
    let cut = try second.directory.write("cut.json", Array(bytes.dropLast(30)))
    let before = second.catalog.changeNumber
    await #expect(throws: ExchangeError.self) { _ = try await second.take(cut) }
    #expect(second.catalog.changeNumber == before)
  }
}
