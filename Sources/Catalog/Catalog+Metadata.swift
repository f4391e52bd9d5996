import Media
import Platform

/// Ratings and deep metadata.
extension Catalog {
  /// Sets the user's rating of assets; what files say about themselves never overrides it.
  ///
  /// - Parameter rating: 0…5 stars, or -1 for rejected.
  public func setRating(_ rating: Int, for ids: [AssetID]) async throws {
    precondition((-1...5).contains(rating), "a rating is -1…5")
    if ids.isEmpty { return }
    try await write { writer in
      try writer.database.withStatement(
        "UPDATE assets SET rating = ?1, rating_is_users = 1 WHERE id = ?2"
      ) { row in
        for id in ids {
          try row.bind(rating, at: 1)
          try row.bind(id.rawValue, at: 2)
          try row.run()
          writer.changes.assets.note(id.rawValue)
        }
      }
    }
  }

  /// What reading the deep metadata of a content gave.
  public struct NewMetadata: Sendable {
    /// The asset.
    public let id: AssetID
    /// The content that was read; nothing is stored when the file has changed since.
    public let version: ContentVersion
    /// What it says; nil when it could not be read, which is not tried again until it changes.
    public let metadata: DeepMetadata?

    /// Metadata from its parts.
    public init(id: AssetID, version: ContentVersion, metadata: DeepMetadata?) {
      self.id = id
      self.version = version
      self.metadata = metadata
    }
  }

  /// Stores deep metadata, also the rating where the user has set none, and makes tags of the keywords
  /// (`KeywordImport`). What could not be read takes no tags away. One transaction; an empty
  /// list touches nothing.
  public func setDeepMetadata(_ items: [NewMetadata]) async throws {
    if items.isEmpty { return }
    try await write { writer in
      let operation = EditOperation(writer: writer, recordsUndo: false)
      for item in items where try writer.hasVersion(item.version, item.id) {
        if let metadata = item.metadata {
          try operation.importKeywords(
            metadata.keywords, before: try writer.keywords(of: item.id.rawValue),
            of: item.id.rawValue)
        }
        try writer.store(item.metadata, for: item.id)
      }
      _ = try operation.finish(label: "")
    }
  }

  /// The deep metadata of an asset; nil when it has not been read or could not be.
  public func deepMetadata(of id: AssetID) async throws -> DeepMetadata? {
    try await read { database in
      let found: DeepMetadata? = try database.withStatement(
        """
        SELECT lens, exposure_seconds, f_number, iso, focal_length, rating, title, caption,
          creator, copyright, fields FROM metadata WHERE asset_id = ?
        """
      ) { row in
        try row.bind(id.rawValue, at: 1)
        guard try row.step() else { return nil }
        var metadata = DeepMetadata()
        metadata.lens = row.optionalText(0)
        metadata.exposureSeconds = row.optionalDouble(1)
        metadata.fNumber = row.optionalDouble(2)
        metadata.iso = row.optionalInt(3).map { Int($0) }
        metadata.focalLengthMillimetres = row.optionalDouble(4)
        metadata.rating = row.optionalInt(5).map { Int($0) }
        metadata.title = row.optionalText(6)
        metadata.caption = row.optionalText(7)
        metadata.creator = row.optionalText(8)
        metadata.copyright = row.optionalText(9)
        guard let fields = FieldCoding.decode(row.bytes(10)) else {
          throw CatalogError(
            .corrupt, path: database.path, reason: "the metadata of asset \(id) cannot be read")
        }
        metadata.fields = fields
        return metadata
      }
      guard var metadata = found else { return nil }
      metadata.keywords = try database.withStatement(
        """
        SELECT k.name FROM asset_keywords a JOIN keywords k ON k.id = a.keyword_id
        WHERE a.asset_id = ? ORDER BY a.position
        """
      ) { row in
        try row.bind(id.rawValue, at: 1)
        var keywords: [String] = []
        while try row.step() { keywords.append(row.text(0)) }
        return keywords
      }
      return metadata
    }
  }
}

extension CatalogWriter {
  fileprivate func store(_ metadata: DeepMetadata?, for id: AssetID) throws {
    changes.assets.note(id.rawValue)
    // Without metadata the keywords stay: the next reading tells which of them are gone.
    for table in metadata == nil ? ["metadata"] : ["asset_keywords", "metadata"] {
      try database.withStatement("DELETE FROM \(table) WHERE asset_id = ?") { row in
        try row.bind(id.rawValue, at: 1)
        try row.run()
      }
    }
    // 1: read, 2: could not be read.
    try database.withStatement(
      """
      UPDATE assets SET metadata_state = ?1,
        rating = CASE WHEN rating_is_users = 1 THEN rating ELSE ?2 END WHERE id = ?3
      """
    ) { row in
      try row.bind(Int64(metadata == nil ? 2 : 1), at: 1)
      try row.bind(Int64(max(-1, min(5, metadata?.rating ?? 0))), at: 2)
      try row.bind(id.rawValue, at: 3)
      try row.run()
    }
    guard let metadata else { return }
    try database.withStatement(
      "INSERT INTO metadata VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ) { row in
      try row.bind(id.rawValue, at: 1)
      try row.bind(metadata.lens, at: 2)
      try row.bind(metadata.exposureSeconds, at: 3)
      try row.bind(metadata.fNumber, at: 4)
      try row.bind(metadata.iso.map { Int64($0) }, at: 5)
      try row.bind(metadata.focalLengthMillimetres, at: 6)
      try row.bind(metadata.rating.map { Int64($0) }, at: 7)
      try row.bind(metadata.title, at: 8)
      try row.bind(metadata.caption, at: 9)
      try row.bind(metadata.creator, at: 10)
      try row.bind(metadata.copyright, at: 11)
      try row.bind(FieldCoding.encode(metadata.fields), at: 12)
      try row.run()
    }
    for (position, keyword) in metadata.keywords.enumerated() {
      try database.withStatement("INSERT INTO keywords (name) VALUES (?) ON CONFLICT DO NOTHING") {
        row in
        try row.bind(keyword, at: 1)
        try row.run()
      }
      try database.withStatement(
        "INSERT INTO asset_keywords SELECT ?1, ?2, id FROM keywords WHERE name = ?3"
      ) { row in
        try row.bind(id.rawValue, at: 1)
        try row.bind(position, at: 2)
        try row.bind(keyword, at: 3)
        try row.run()
      }
    }
  }
}

/// The compact form of metadata fields: per field the key and the value, each as a count (two bytes,
/// little-endian) and that many bytes of UTF-8.
enum FieldCoding {
  static func encode(_ fields: [DeepMetadata.Field]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields.prefix(DeepMetadata.maximumFieldCount) {
      for text in [field.key, field.value] {
        let utf8 = Array(text.utf8.prefix(0xFFFF))
        bytes.append(UInt8(utf8.count & 0xFF))
        bytes.append(UInt8(utf8.count >> 8))
        bytes += utf8
      }
    }
    return bytes
  }

  /// Nil when the bytes are not what `encode` makes.
  static func decode(_ bytes: [UInt8]) -> [DeepMetadata.Field]? {
    var index = 0
    func text() -> String? {
      guard index + 2 <= bytes.count else { return nil }
      let count = Int(bytes[index]) | Int(bytes[index + 1]) << 8
      index += 2
      guard index + count <= bytes.count else { return nil }
      defer { index += count }
      return String(decoding: bytes[index..<index + count], as: UTF8.self)
    }
    var fields: [DeepMetadata.Field] = []
    while index < bytes.count {
      guard let key = text(), let value = text(),
        fields.count < DeepMetadata.maximumFieldCount
      else { return nil }
      fields.append(DeepMetadata.Field(key: key, value: value))
    }
    return fields
  }
}
