import Catalog
import Platform

/// Reads Albumen's own document: one object of JSON, or JSON lines.
///
/// An entry that says something impossible is reported with its line and passed over; text that is no
/// JSON ends the reading. In memory is one entry at a time.
package struct LibraryDocumentReader {
  private enum Place {
    case outside, object
    case list(kind: String)
  }

  private var reader: JSONReader
  private let path: FilePath
  private var place = Place.outside
  private var hasFormat = false
  /// What was wrong so far.
  package private(set) var issues = ExchangeIssues()

  package init(_ feed: ByteFeed) {
    path = feed.path
    reader = JSONReader(feed)
  }

  /// Whether the file begins like such a document.
  package static func recognizes(_ beginning: some Collection<UInt8>) -> Bool {
    let text = String(decoding: beginning.prefix(200), as: UTF8.self)
      .filter { !$0.isWhitespace && $0 != "\u{FEFF}" }
    return text.hasPrefix("{\"format\":\"\(LibraryDocument.format)\"")
  }

  /// The next entry in the order of the file; nil at the end.
  ///
  /// - Throws: `ExchangeError` when it is no such document, or no JSON from here on.
  package mutating func next() throws(ExchangeError) -> LibraryDocument.Item? {
    while true {
      switch place {
      case .outside:
        guard try reader.peek() != nil else {
          guard hasFormat else { throw ExchangeError(path, "it is empty.") }
          return nil
        }
        try reader.openObject()
        place = .object
      case .object:
        guard let name = try reader.nextMember() else {
          place = .outside
          continue
        }
        if let item = try member(name) { return item }
      case .list(let kind):
        guard try reader.nextElement() else {
          place = .object
          continue
        }
        if let item = try item(kind) { return item }
      }
    }
  }

  /// Takes a member of an object at the top, and goes into its lists.
  private mutating func member(_ name: String) throws(ExchangeError) -> LibraryDocument.Item? {
    if name == "format" {
      guard try reader.value().text == LibraryDocument.format else {
        throw reader.error("it is a document of another program.")
      }
      hasFormat = true
      return nil
    }
    guard hasFormat else {
      throw reader.error("it is not one of Albumen's documents: \"format\" must be its first word.")
    }
    switch name {
    case "version":
      guard let version = try reader.value().wholeNumber, version <= LibraryDocument.version else {
        throw reader.error("it was written by a newer Albumen; update this one.")
      }
    case "categories", "tags", "assets", "albums":
      try reader.openList()
      place = .list(kind: name == "categories" ? "category" : String(name.dropLast()))
    case "category", "tag", "asset", "album": return try item(name)
    default: try reader.skip()
    }
    return nil
  }

  /// Takes one entry; nil for one that says something impossible.
  private mutating func item(_ kind: String) throws(ExchangeError) -> LibraryDocument.Item? {
    _ = try reader.peek()
    let line = reader.line
    let node = try reader.value()
    do throws(EntryProblem) {
      return switch kind {
      case "category": .category(try Self.category(node))
      case "tag": .tag(try Self.tag(node))
      case "asset": .asset(try Self.asset(node))
      default: .album(try Self.album(node))
      }
    } catch {
      issues.add(ExchangeError(path, line: line, error.reason))
      return nil
    }
  }

  /// What is wrong with one entry.
  private struct EntryProblem: Error { let reason: String }

  private static func category(_ node: JSONNode) throws(EntryProblem) -> LibraryDocument.Category {
    guard let name = node["name"]?.text, let text = node["color"]?.text, text.hasPrefix("#"),
      text.utf8.count == 7, let color = UInt32(text.dropFirst(), radix: 16)
    else { throw EntryProblem(reason: "a category needs a name and a color like #3b82d6.") }
    let position = node["position"]?.wholeNumber ?? 0
    return LibraryDocument.Category(
      name: name, color: color, position: min(max(position, 0), 10_000))
  }

  private static func tag(_ node: JSONNode) throws(EntryProblem) -> LibraryDocument.Tag {
    var tag = LibraryDocument.Tag(
      try name(node["name"]), category: node["category"]?.text ?? "general")
    tag.note = node["note"]?.text
    for alias in node["aliases"]?.elements ?? [] { tag.aliases.append(try name(alias)) }
    for implied in node["implies"]?.elements ?? [] { tag.implied.append(try name(implied)) }
    return tag
  }

  private static func asset(_ node: JSONNode) throws(EntryProblem) -> LibraryDocument.Asset {
    guard let path = DocumentPath.read(node["path"]) else {
      throw EntryProblem(reason: "a picture needs a path.")
    }
    var picture = PictureTags()
    if let value = node["stars"] {
      guard let stars = value.wholeNumber, (-1...5).contains(stars) else {
        throw EntryProblem(reason: "stars are 0 to 5, or -1 for rejected.")
      }
      picture.stars = stars
    }
    if let value = node["rating"] {
      guard let rating = value.text.flatMap({ ContentRating(name: $0) }) else {
        throw EntryProblem(reason: "a rating is general, sensitive, questionable or explicit.")
      }
      picture.rating = rating
    }
    if let value = node["ratingOrigin"] {
      guard let origin = value.text.flatMap({ TagOrigin(name: $0) }) else {
        throw EntryProblem(reason: "who gave a rating is user, imported, rule or model.")
      }
      picture.ratingOrigin = origin
    }
    if let value = node["parent"] {
      guard let parent = DocumentPath.read(value) else {
        throw EntryProblem(reason: "what a picture is a part of is a path.")
      }
      picture.parent = parent
    }
    picture.isFavourite = node["favourite"]?.truth
    if let note = node["note"]?.text {
      guard note.utf8.count <= PictureTags.maximumNoteByteCount else {
        throw EntryProblem(
          reason: "a note has at most \(PictureTags.maximumNoteByteCount) bytes.")
      }
      picture.note = note
    }
    for url in node["sources"]?.elements ?? [] { url.text.map { picture.addSource($0) } }
    for group in node["tags"]?.members ?? [] {
      for entry in group.value.elements ?? [] {
        let tag: NamedTag
        switch group.name {
        case "removed": tag = NamedTag(try name(entry), origin: .user, isRemoved: true)
        case "model":
          guard let parts = entry.elements, parts.count == 2,
            let confidence = parts[1].wholeNumber.flatMap({ UInt8(exactly: $0) })
          else {
            throw EntryProblem(reason: "a model's tag is a name and a confidence of 0 to 255.")
          }
          tag = NamedTag(try name(parts[0]), origin: .model, confidence: confidence)
        default:
          guard let origin = TagOrigin(name: group.name) else {
            throw EntryProblem(
              reason: "tags are user, imported, rule, model or removed, not \"\(group.name)\".")
          }
          tag = NamedTag(try name(entry), origin: origin)
        }
        guard picture.add(tag) else {
          throw EntryProblem(
            reason: "a picture has at most \(PictureTags.maximumTagCount) tags.")
        }
      }
    }
    let fingerprint = node["fingerprint"]?.text.flatMap { text in
      text.utf8.count == 32 && text.allSatisfy(\.isHexDigit) ? text.lowercased() : nil
    }
    return LibraryDocument.Asset(
      path: path, fingerprint: fingerprint,
      byteCount: node["byteCount"]?.wholeNumber.map { Int64($0) }, picture: picture)
  }

  private static func album(_ node: JSONNode) throws(EntryProblem) -> LibraryDocument.Album {
    guard let name = node["name"]?.text, let kind = node["kind"]?.text,
      Album.Kind(name: kind) != nil
    else {
      throw EntryProblem(reason: "an album needs a name and a kind: album, pool or smart.")
    }
    var album = LibraryDocument.Album(
      name: name, kind: kind, query: node["query"]?.text, note: node["note"]?.text)
    for member in node["members"]?.elements ?? [] {
      guard let path = DocumentPath.read(member) else {
        throw EntryProblem(reason: "members of albums are paths.")
      }
      album.members.append(path)
    }
    return album
  }

  private static func name(_ node: JSONNode?) throws(EntryProblem) -> TagName {
    guard let text = node?.text else { throw EntryProblem(reason: "a tag needs a name.") }
    do throws(TagNameError) { return try TagName(text) } catch {
      throw EntryProblem(reason: "\(error).")
    }
  }
}
