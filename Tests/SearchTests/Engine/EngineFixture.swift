import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import Catalog
@testable import Search

/// A catalog in a directory of its own, an engine on it, and short ways to fill and ask it.
final class EngineFixture: Sendable {
  let directory: TemporaryDirectory
  let budget: MemoryBudget
  let catalog: Catalog
  let root: Root
  let engine: SearchEngine
  let notices = Locked<[String]>([])

  init(budgetByteCount: Int = 512 << 20) async throws {
    directory = try TemporaryDirectory()
    budget = MemoryBudget(byteLimit: budgetByteCount)
    catalog = try await Catalog.open(directory: directory.path, budget: budget)
    root = try await catalog.addRoot("/pictures")
    engine = Self.engine(on: catalog, in: directory.path, notices)
  }

  private static func engine(
    on catalog: Catalog, in directory: FilePath, _ notices: Locked<[String]>
  ) -> SearchEngine {
    SearchEngine(catalog: catalog, directory: directory) { notice in
      notices.withLock { $0.append(notice) }
    }
  }

  /// Another engine on the same catalog, as after a restart.
  func anotherEngine() -> SearchEngine {
    Self.engine(on: catalog, in: directory.path, notices)
  }

  /// Adds files and answers their ids.
  @discardableResult
  func add(_ files: [ScannedFile]) async throws -> [AssetID] {
    var batch = ScanBatch(root: root.id)
    batch.upserts = files
    return try await catalog.apply(batch).ids
  }

  /// Gives an asset exactly these tags, made when they are new.
  func tag(_ asset: AssetID, _ names: [String]) async throws {
    try await catalog.write { writer in
      // Not through an edit: tests of the engine want tags as they are, without what rules add.
      var ids: [UInt32] = []
      for name in names {
        let name = try TagName(name)
        try writer.database.withStatement(
          "INSERT INTO tags (key, text) VALUES (?, ?) ON CONFLICT DO NOTHING"
        ) { row in
          try row.bind(name.key, at: 1)
          try row.bind(name.text, at: 2)
          try row.run()
        }
        try writer.database.withStatement("SELECT id FROM tags WHERE key = ?") { row in
          try row.bind(name.key, at: 1)
          if try row.step() { ids.append(UInt32(row.int(0))) }
        }
      }
      let packed = AssetTagCoding.encode(
        Set(ids).sorted().map { AssetTag(TagID(rawValue: $0), .user) })
      try writer.database.withStatement(
        "INSERT OR REPLACE INTO asset_tags (asset_id, tags) VALUES (?, ?)"
      ) { row in
        try row.bind(asset.rawValue, at: 1)
        try row.bind(packed, at: 2)
        try row.run()
      }
      for id in ids { writer.changes.tags.note(Int64(id)) }
      writer.changes.assets.note(asset.rawValue)
    }
  }

  /// Stores what a file says about itself.
  func describe(_ asset: AssetID, _ change: (inout DeepMetadata) -> Void) async throws {
    var metadata = DeepMetadata()
    change(&metadata)
    let record = try #require(try await catalog.asset(asset))
    try await catalog.setDeepMetadata([
      Catalog.NewMetadata(id: asset, version: record.summary.version, metadata: metadata)
    ])
  }

  /// The file names of what a query finds, in order.
  func names(_ text: String, _ query: AssetQuery = AssetQuery(sort: .added)) async throws
    -> [String]
  {
    try await names(text, query, engine)
  }

  /// The same from another engine.
  func names(
    _ text: String, _ query: AssetQuery = AssetQuery(sort: .added), _ engine: SearchEngine
  ) async throws -> [String] {
    var query = query
    query.search = text
    let snapshot = try await engine.results(query).snapshot
    return try await catalog.assets(snapshot.ids(in: 0..<snapshot.count)).map(\.name)
  }
}

extension ScannedFile {
  /// A good picture, different for every `number`.
  static func picture(
    _ path: String, number: Int = 1, format: MediaFormat = .jpeg,
    _ change: (inout ScannedFile) -> Void = { _ in }
  ) -> ScannedFile {
    let probe = Probe(format: format, storedWidth: 4000, storedHeight: 3000)
    let file = FilePath(path)
    var scanned = ScannedFile(
      folder: path.contains("/") ? file.parent.bytes : [], name: Array(file.nameBytes),
      byteCount: 1000 + Int64(number), modifiedNanoseconds: Int64(number) * 1_000_000,
      inode: UInt64(number), probe: probe,
      fingerprint: Fingerprint(high: UInt64(number), low: UInt64(number) &* 0x9E37_79B9))
    change(&scanned)
    return scanned
  }
}
