import Formats
import Media

extension Codecs {
  /// Bytes of a sidecar that are read.
  private static let sidecarByteCount = 4 << 20
  /// Bytes of a picture that gets metadata.
  private static let pictureByteCount = 256 << 20

  /// A sidecar, or a picture, with a change of its keywords, stars and own state; everything else in it
  /// stays. Without a source a new packet is made.
  ///
  /// Keywords that other programs wrote since Albumen last did stay beside Albumen's; those Albumen
  /// wrote before and has no more go.
  ///
  /// Call `prepareMetadata()` before. One thread at a time.
  ///
  /// - Throws: `.corrupt` for what cannot be read or written, `.unsupported` for a picture that is no
  ///   JPEG, `.tooLarge`, `.unreadable`.
  public static func edited(
    _ source: (any ByteSource)?, _ edit: SidecarEdit, isPicture: Bool
  ) throws(MediaFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    if let source {
      let limit = isPicture ? pictureByteCount : sidecarByteCount
      guard source.byteCount <= Int64(limit) else {
        throw MediaFailure(
          .tooLarge, "It has \(source.byteCount) bytes; at most \(limit) are changed.")
      }
      bytes = try source.read(at: 0, count: limit)
    }
    guard isPicture else {
      return Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8) + (try changed(bytes, edit))
    }
    let picture = try JPEGPacket(bytes)
    return try picture.replaced(in: bytes, by: try changed(picture.packet(in: bytes), edit))
  }

  /// A packet with a change in it.
  private static func changed(
    _ packet: [UInt8], _ edit: SidecarEdit
  ) throws(MediaFailure) -> [UInt8] {
    let editor = try SidecarEditor(packet)
    let names = try KeywordMerge(editor, edit)
    try editor.set("Xmp.dc.subject", .bag, names.plain)
    try editor.set(
      "Xmp.lr.hierarchicalSubject", .bag,
      names.paths.map { path in String(path.map { $0 == "/" ? "|" : $0 }) })
    try editor.set("Xmp.digiKam.TagsList", .sequence, names.paths)
    if let stars = edit.stars { try editor.set("Xmp.xmp.Rating", .text, [String(stars)]) }
    try editor.set(OwnTags.tags, .bag, edit.state.tags)
    try editor.set(OwnTags.contentRating, .text, edit.state.contentRating.map { [$0] } ?? [])
    try editor.set(
      OwnTags.favourite, .text, edit.state.isFavourite.map { [$0 ? "True" : "False"] } ?? [])
    try editor.set(OwnTags.note, .text, edit.state.note.map { [$0] } ?? [])
    return try editor.finish()
  }
}

/// Albumen's own properties of XMP.
enum OwnTags {
  static let tags = "Xmp.albumen.tags"
  static let contentRating = "Xmp.albumen.contentRating"
  static let favourite = "Xmp.albumen.favourite"
  static let note = "Xmp.albumen.note"
}

/// Albumen's names together with those that others wrote.
private struct KeywordMerge {
  /// For `dc:subject`: the last level of each name.
  private(set) var plain: [String] = []
  /// Every name as a path.
  private(set) var paths: [String] = []

  init(_ editor: borrowing SidecarEditor, _ edit: SidecarEdit) throws(MediaFailure) {
    // What Albumen wrote last time. Its last words are the name.
    let before = Set(
      try editor.values(OwnTags.tags).map { item in
        Self.key(item.split(separator: "|", maxSplits: 2).last ?? "")
      })
    let gone = before.union(edit.removedKeywords.map { Self.key($0) })
    let goneLevels = Set(gone.map { Self.leaf($0) })
    let own = Set(edit.keywords.map { Self.key($0) })
    paths = edit.keywords
    plain = edit.keywords.map { Self.leaf($0) }
    var knownPaths = own
    for tag in ["Xmp.lr.hierarchicalSubject", "Xmp.digiKam.TagsList"] {
      for value in try editor.values(tag) {
        let path = String(value.map { $0 == "|" ? "/" : $0 })
        let key = Self.key(path)
        if gone.contains(key) || !knownPaths.insert(key).inserted { continue }
        paths.append(path)
        plain.append(Self.leaf(path))
      }
    }
    var knownPlain = Set(plain.map { Self.key($0) })
    plain = Self.eachOnce(plain)
    for value in try editor.values("Xmp.dc.subject") {
      let key = Self.key(value)
      if gone.contains(key) || goneLevels.contains(key) || !knownPlain.insert(key).inserted {
        continue
      }
      plain.append(value)
    }
  }

  private static func eachOnce(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// Near enough to how the catalog compares names.
  private static func key(_ name: some StringProtocol) -> String {
    String(name.lowercased().map { $0 == " " ? "_" : $0 })
  }

  private static func leaf(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }
}
