import Catalog
import Glibc
import Media
import Platform

/// Writes a plain relational database of tags for other programs: `assets`, `tags`, `asset_tags`,
/// `aliases`, `implications`, `categories`, `albums`, `album_members`, `sources`.
///
/// An asset and a tag are a row each, and so is every pair of them, unlike in the catalog. One thread at
/// a time; writing blocks. It appears at its place whole or not at all.
package final class RelationalDump {
  /// The bytes of its page cache, which the caller has charged.
  package static let pageCacheByteCount = 4 << 20

  private let path: FilePath
  private let temporary: FilePath
  private let database: Database
  private var isFinished = false

  /// Begins a database beside its place.
  package init(_ path: FilePath) throws {
    self.path = path
    temporary = path.parent.appending(
      bytes: Array(".\(getpid())-".utf8) + Array(path.nameBytes).suffix(200) + Array(".part".utf8))
    Self.remove(temporary)
    database = try Database(
      path: temporary, access: .readWriteCreate, pageCacheByteCount: Self.pageCacheByteCount)
    // It is nobody's until it is renamed, so nothing has to survive before that.
    try database.execute("PRAGMA journal_mode = OFF")
    try database.execute("PRAGMA synchronous = OFF")
    try database.execute(Self.schema)
    try database.execute("BEGIN")
  }

  deinit { if !isFinished { Self.remove(temporary) } }

  private static let schema = """
    CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL, color TEXT NOT NULL, position INTEGER NOT NULL);
    CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, category_id INTEGER NOT NULL REFERENCES categories(id), note TEXT);
    CREATE TABLE aliases (name TEXT PRIMARY KEY, tag_id INTEGER NOT NULL REFERENCES tags(id));
    CREATE TABLE implications (tag_id INTEGER NOT NULL REFERENCES tags(id), implied_id INTEGER NOT NULL REFERENCES tags(id), PRIMARY KEY (tag_id, implied_id)) WITHOUT ROWID;
    CREATE TABLE assets (id INTEGER PRIMARY KEY, path TEXT NOT NULL, stars INTEGER, rating TEXT, favourite INTEGER NOT NULL, note TEXT, fingerprint TEXT, byte_count INTEGER, parent_id INTEGER REFERENCES assets(id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE asset_tags (asset_id INTEGER NOT NULL REFERENCES assets(id), tag_id INTEGER NOT NULL REFERENCES tags(id), origin TEXT NOT NULL, confidence INTEGER, removed INTEGER NOT NULL, PRIMARY KEY (asset_id, tag_id)) WITHOUT ROWID;
    CREATE TABLE sources (asset_id INTEGER NOT NULL REFERENCES assets(id), position INTEGER NOT NULL, url TEXT NOT NULL, PRIMARY KEY (asset_id, position)) WITHOUT ROWID;
    CREATE TABLE albums (id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, query TEXT, note TEXT);
    CREATE TABLE album_members (album_id INTEGER NOT NULL REFERENCES albums(id), position INTEGER NOT NULL, asset_id INTEGER NOT NULL REFERENCES assets(id), PRIMARY KEY (album_id, position)) WITHOUT ROWID;
    """

  package func add(_ category: TagCategory) throws {
    try database.withStatement("INSERT INTO categories VALUES (?, ?, ?, ?)") { row in
      try row.bind(Int64(category.id.rawValue), at: 1)
      try row.bind(category.name, at: 2)
      let digits = String(category.color, radix: 16)
      try row.bind("#" + String(repeating: "0", count: 6 - digits.count) + digits, at: 3)
      try row.bind(category.position, at: 4)
      try row.run()
    }
  }

  package func add(_ tag: TagRecord) throws {
    try database.withStatement("INSERT INTO tags VALUES (?, ?, ?, ?)") { row in
      try row.bind(Int64(tag.id.rawValue), at: 1)
      try row.bind(tag.name.text, at: 2)
      try row.bind(Int64(tag.category.rawValue), at: 3)
      try row.bind(tag.note, at: 4)
      try row.run()
    }
  }

  package func add(_ alias: TagAlias) throws {
    try database.withStatement("INSERT INTO aliases VALUES (?, ?)") { row in
      try row.bind(alias.name.text, at: 1)
      try row.bind(Int64(alias.tag.rawValue), at: 2)
      try row.run()
    }
  }

  package func add(_ rule: TagImplication) throws {
    try database.withStatement("INSERT INTO implications VALUES (?, ?)") { row in
      try row.bind(Int64(rule.tag.rawValue), at: 1)
      try row.bind(Int64(rule.implied.rawValue), at: 2)
      try row.run()
    }
  }

  package func add(_ found: LibraryTags.Row) throws {
    let (id, asset, picture) = (found.id.rawValue, found.asset, found.asset.picture)
    try database.withStatement("INSERT INTO assets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)") { row in
      try row.bind(id, at: 1)
      // A path that is not UTF-8 stays bytes.
      if String(validating: asset.path.bytes, as: UTF8.self) != nil {
        try row.bind(textBytes: asset.path.bytes, at: 2)
      } else {
        try row.bind(asset.path.bytes, at: 2)
      }
      try row.bind(picture.stars.map { Int64($0) }, at: 3)
      try row.bind(picture.rating?.name, at: 4)
      try row.bind(picture.isFavourite == true ? 1 : 0, at: 5)
      try row.bind(picture.note, at: 6)
      try row.bind(asset.fingerprint, at: 7)
      try row.bind(asset.byteCount, at: 8)
      try row.bind(found.parent?.rawValue, at: 9)
      try row.run()
    }
    try database.withStatement("INSERT INTO asset_tags VALUES (?, ?, ?, ?, ?)") { row in
      for tag in found.tags {
        try row.bind(id, at: 1)
        try row.bind(Int64(tag.id.rawValue), at: 2)
        try row.bind(tag.origin.name, at: 3)
        try row.bind(tag.origin == .model ? Int64(tag.confidence) : nil, at: 4)
        try row.bind(tag.isRemoved ? 1 : 0, at: 5)
        try row.run()
      }
    }
    try database.withStatement("INSERT INTO sources VALUES (?, ?, ?)") { row in
      for (position, url) in picture.sources.enumerated() {
        try row.bind(id, at: 1)
        try row.bind(position, at: 2)
        try row.bind(url, at: 3)
        try row.run()
      }
    }
  }

  /// Adds an asset nothing is said of but that it is in an album, unless it is there.
  package func ensureAsset(_ id: Int64, in library: LibraryTags) throws {
    let isThere = try database.withStatement("SELECT 1 FROM assets WHERE id = ?") { row in
      try row.bind(id, at: 1)
      return try row.step()
    }
    if isThere { return }
    try library.forEachAsset([AssetID(rawValue: id)]) { try add($0) }
  }

  /// Adds assets nothing is said of but that others are parts of them.
  package func addParents(from library: LibraryTags) throws {
    while true {
      let missing = try database.withStatement(
        """
        SELECT DISTINCT parent_id FROM assets
        WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM assets) LIMIT 1000
        """
      ) { row in
        var missing: [Int64] = []
        while try row.step() { missing.append(row.int(0)) }
        return missing
      }
      if missing.isEmpty { return }
      for id in missing { try ensureAsset(id, in: library) }
    }
  }

  /// Adds an album with the ids of its members in their order.
  package func add(_ album: Album, members: (_ add: (AssetID) throws -> Void) throws -> Void) throws
  {
    try database.withStatement("INSERT INTO albums VALUES (?, ?, ?, ?, ?)") { row in
      try row.bind(album.id.rawValue, at: 1)
      try row.bind(album.name, at: 2)
      try row.bind(album.kind.name, at: 3)
      try row.bind(album.query, at: 4)
      try row.bind(album.note, at: 5)
      try row.run()
    }
    var position = 0
    try database.withStatement("INSERT INTO album_members VALUES (?, ?, ?)") { row in
      try members { asset in
        try row.bind(album.id.rawValue, at: 1)
        try row.bind(position, at: 2)
        try row.bind(asset.rawValue, at: 3)
        try row.run()
        position += 1
      }
    }
  }

  /// Makes it durable and puts it into its place.
  package func finish() throws {
    // Of a part of a library only.
    try database.execute(
      "UPDATE assets SET parent_id = NULL WHERE parent_id NOT IN (SELECT id FROM assets)")
    try database.execute("CREATE INDEX asset_tags_tags ON asset_tags (tag_id)")
    try database.execute("COMMIT")
    do throws(SystemError) {
      let file = try FileDescriptor.open(temporary, flags: O_RDONLY)
      try AtomicFile.finish(file, at: temporary, to: path)
    } catch { throw ExchangeError(error, path: path) }
    isFinished = true
  }

  private static func remove(_ path: FilePath) {
    _ = unsafe path.withCString { unsafe unlink($0) }
  }
}
