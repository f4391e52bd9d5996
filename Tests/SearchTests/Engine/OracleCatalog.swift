import Media
import Platform
import Testing

@testable import Catalog
@testable import Search

/// An `OracleLibrary` in a real catalog, each asset as far as a catalog can have it so: where one thing
/// follows from another (megapixels from width and height), the oracle's asset is changed to agree.
struct OracleCatalog {
  let fixture: EngineFixture
  let library: OracleLibrary

  /// - Parameter whenHalfDone: called when the files are there and nothing is said about them yet.
  init(
    count: Int, seed: UInt64, whenHalfDone: (EngineFixture) async throws -> Void
  ) async throws {
    var library = OracleLibrary(count: count, seed: seed)
    for index in library.assets.indices { Self.settle(&library.assets[index]) }
    Self.settleDuplicates(&library.assets)
    let fixture = try await EngineFixture()
    try await Self.addFiles(library.assets, to: fixture)
    try await whenHalfDone(fixture)
    let (tags, categories, assets) = (library.tags, library.categories, library.assets)
    try await fixture.catalog.write { writer in
      try Self.addNames(tags, categories, to: writer)
      try Self.addAlbums(assets, to: writer)
      for asset in assets { try Self.describe(asset, in: writer) }
      writer.changes.assets.note(1...Int64(assets.count))
      writer.changes.tags.note(1...Int64(tags.count))
      writer.changes.topics.formUnion([.aliases, .categories])
    }
    self.fixture = fixture
    self.library = library
  }

  // MARK: What agrees

  private static func settle(_ asset: inout OracleAsset) {
    asset.numbers[.size] = asset.numbers[.size] ?? 1000
    asset.numbers[.stars] = asset.numbers[.stars] ?? 0
    if let width = asset.numbers[.width], let height = asset.numbers[.height] {
      asset.numbers[.mp] = width * height
      asset.numbers[.ratio] = Int64((Double(width) / Double(height) * 10_000).rounded())
    } else {
      for field in [NumberField.width, .height, .mp, .ratio] { asset.numbers[field] = nil }
    }
    asset.flags.remove(.raw)
    if asset.format == .cameraRaw { asset.flags.insert(.raw) }
    if ![.gif, .png].contains(asset.format) { asset.flags.remove(.animated) }
    // Nothing in a catalog says so yet.
    asset.flags.subtract([.edits, .sidecar])
    // Who is whose parent is said below: of all that ask for one.
    asset.flags.subtract([.parent, .child])
  }

  /// One content for all of them.
  private static func settleDuplicates(_ assets: inout [OracleAsset]) {
    for index in assets.indices where assets[index].flags.contains(.missing) {
      assets[index].flags.remove(.duplicate)
    }
    // Each tenth has the one before it as its parent.
    for index in stride(from: 10, to: assets.count, by: 10) {
      assets[index].flags.insert(.parent)
      assets[index - 1].flags.insert(.child)
    }
  }

  // MARK: Files

  private static func addFiles(_ assets: [OracleAsset], to fixture: EngineFixture) async throws {
    // The same path again is one below another root.
    var roots = [fixture.root.id]
    var seen: [String: Int] = [:]
    for asset in assets {
      let path = asset.names[.path] ?? ""
      let number = seen[path, default: 0]
      seen[path] = number + 1
      if number == roots.count {
        roots.append(try await fixture.catalog.addRoot(FilePath("/more\(number)")).id)
      }
      var batch = ScanBatch(root: roots[number])
      batch.upserts = [file(asset, path)]
      let ids = try await fixture.catalog.apply(batch).ids
      #expect(ids == [AssetID(rawValue: Int64(asset.id))])
    }
  }

  private static func file(_ asset: OracleAsset, _ path: String) -> ScannedFile {
    .picture(path, number: Int(asset.id), format: asset.format) { file in
      file.byteCount = asset.numbers[.size] ?? 0
      if asset.flags.contains(.duplicate) { file.fingerprint = Fingerprint(high: 1, low: 1) }
      file.probe?.storedWidth = UInt32(asset.numbers[.width] ?? 0)
      file.probe?.storedHeight = UInt32(asset.numbers[.height] ?? 0)
      file.probe?.captureTime = asset.numbers[.taken].map { CaptureTime(wallMilliseconds: $0) }
      file.probe?.cameraModel = asset.names[.camera]
      file.probe?.durationMilliseconds = asset.numbers[.duration]
      file.probe?.frameCount = asset.flags.contains(.animated) ? 3 : 1
      file.probe?.bitsPerChannel = asset.flags.contains(.hdr) ? 32 : 8
      file.probe?.position = asset.position.flatMap {
        GeoPosition(latitude: $0.latitude, longitude: $0.longitude)
      }
    }
  }

  // MARK: What is said about them

  private static func addNames(
    _ tags: [OracleLibrary.Tag], _ categories: [TagCategory], to writer: CatalogWriter
  ) throws {
    for category in categories where !category.id.isBuiltIn {
      try run("INSERT INTO tag_categories VALUES (?, ?, ?, 0, 9)", in: writer) { row in
        try row.bind(Int64(category.id.rawValue), at: 1)
        try row.bind(category.name, at: 2)
        try row.bind(try TagName(category.name).key, at: 3)
      }
    }
    for (index, tag) in tags.enumerated() {
      let name = try TagName(tag.name)
      try run("INSERT INTO tags (id, key, text, category_id) VALUES (?, ?, ?, ?)", in: writer) {
        row in
        try row.bind(index + 1, at: 1)
        try row.bind(name.key, at: 2)
        try row.bind(name.text, at: 3)
        try row.bind(Int64(tag.category.rawValue), at: 4)
      }
      for alias in tag.aliases {
        let name = try TagName(alias)
        try run("INSERT INTO tag_aliases VALUES (?, ?, ?)", in: writer) { row in
          try row.bind(name.key, at: 1)
          try row.bind(name.text, at: 2)
          try row.bind(index + 1, at: 3)
        }
      }
    }
  }

  private static func addAlbums(_ assets: [OracleAsset], to writer: CatalogWriter) throws {
    for (field, kind, names) in [
      (NameField.album, Album.Kind.album, OracleLibrary.albums),
      (.pool, .pool, OracleLibrary.pools),
    ] {
      for name in names {
        try run(
          "INSERT INTO albums (kind, name, key, created_ms) VALUES (?, ?, ?, 0)", in: writer
        ) { row in
          try row.bind(Int64(kind.rawValue), at: 1)
          try row.bind(name, at: 2)
          try row.bind("\(kind.name) \(name)", at: 3)
        }
        let album = writer.database.lastInsertedID
        for asset in assets where asset.names[field] == name {
          try run("INSERT INTO album_members VALUES (?, ?, ?)", in: writer) { row in
            try row.bind(album, at: 1)
            try row.bind(OracleLibrary.rank(of: asset.id), at: 2)
            try row.bind(Int64(asset.id), at: 3)
          }
        }
      }
    }
  }

  private static func describe(_ asset: OracleAsset, in writer: CatalogWriter) throws {
    let id = Int64(asset.id)
    let state: AssetState =
      asset.flags.contains(.broken) ? .broken : asset.flags.contains(.missing) ? .missing : .ok
    try run("UPDATE assets SET state = ?, rating = ?, added_ms = ? WHERE id = ?", in: writer) {
      row in
      try row.bind(Int64(state.rawValue), at: 1)
      try row.bind(asset.numbers[.stars], at: 2)
      try row.bind(asset.numbers[.added], at: 3)
      try row.bind(id, at: 4)
    }
    try run(
      "INSERT INTO metadata (asset_id, lens, f_number, iso, focal_length) VALUES (?, ?, ?, ?, ?)",
      in: writer
    ) { row in
      try row.bind(id, at: 1)
      try row.bind(asset.names[.lens], at: 2)
      try row.bind(asset.numbers[.aperture].map { Double($0) / 100 }, at: 3)
      try row.bind(asset.numbers[.iso], at: 4)
      try row.bind(asset.numbers[.focal].map { Double($0) / 10 }, at: 5)
    }
    if !asset.tags.isEmpty {
      let tags = asset.tags.sorted().map { AssetTag(TagID(rawValue: UInt32($0 + 1)), .user) }
      try run("INSERT INTO asset_tags (asset_id, tags) VALUES (?, ?)", in: writer) { row in
        try row.bind(id, at: 1)
        try row.bind(AssetTagCoding.encode(tags), at: 2)
      }
    }
    let rating = asset.names[.rating].flatMap { ContentRating(name: $0) } ?? .none
    try run(
      """
      INSERT INTO asset_marks (asset_id, content_rating, is_favourite, parent_id, note)
      VALUES (?, ?, ?, ?, ?)
      """, in: writer
    ) { row in
      try row.bind(id, at: 1)
      try row.bind(Int64(rating.rawValue), at: 2)
      try row.bind(Int64(asset.flags.contains(.favourite) ? 1 : 0), at: 3)
      try row.bind(asset.flags.contains(.parent) ? id - 1 : nil, at: 4)
      try row.bind(asset.flags.contains(.note) ? "zweifellos" : nil, at: 5)
    }
    if let source = asset.names[.source] {
      try run("INSERT INTO asset_sources VALUES (?, 0, ?)", in: writer) { row in
        try row.bind(id, at: 1)
        try row.bind(source, at: 2)
      }
    }
  }

  private static func run(
    _ sql: String, in writer: CatalogWriter, _ bind: (Statement) throws -> Void
  ) throws {
    try writer.database.withStatement(sql) { row in
      try bind(row)
      try row.run()
    }
  }
}
