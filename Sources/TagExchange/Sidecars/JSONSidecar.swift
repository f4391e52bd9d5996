import Catalog
import Platform

/// Reads sidecars of JSON: `name.jpg.json` or `name.json`, of Hydrus, gallery-dl, and the answers of
/// Danbooru, e621 and Gelbooru for one post.
///
/// What is known is looked for by name, wherever it comes from:
/// - a list of texts is a list of tags (Hydrus);
/// - `tags` is a list of texts, a text (separated by commas, else by blanks), or lists by category
///   (e621: `{"general": […], "species": […]}`);
/// - `tags_general`, `tags_artist`, … (gallery-dl) and `tag_string_character`, … (Danbooru) say the
///   category, `tag_string` everything without; a name that comes with a category keeps it;
/// - `rating` is a content rating, by word or letter, `source` or `sources` where the picture comes from;
///   `score` and the like are not ours;
/// - an answer around one post (`post`, `posts`, a list of one object) is opened.
package enum JSONSidecar {
  /// Larger files are refused.
  package static let maximumByteCount = 4 << 20

  /// What the file says, and what of it could not be taken.
  ///
  /// - Throws: `ExchangeError` for what is no JSON, or says nothing of tags.
  package static func read(
    _ bytes: [UInt8], path: FilePath, namespaces: TagNamespaces
  ) throws(ExchangeError) -> (picture: PictureTags, issues: ExchangeIssues) {
    var reader = JSONReader(ByteFeed(bytes: bytes, path: path))
    let root = try reader.value()
    try reader.finish()
    var reading = SidecarReading(path: path, namespaces: namespaces)
    let post = try post(in: root, path)
    if let list = post.elements {
      for element in list {
        guard let text = element.text else {
          throw ExchangeError(path, "a list of tags must hold texts only.")
        }
        reading.add(text, line: 0)
      }
    } else {
      try take(post, into: &reading)
    }
    return (reading.picture, reading.issues)
  }

  /// The post itself, or a list of tags.
  private static func post(in root: JSONNode, _ path: FilePath) throws(ExchangeError) -> JSONNode {
    var node = root
    // An answer, a list, an object: nobody wraps deeper.
    for _ in 0..<3 {
      if let inner = node["posts"] ?? node["post"] {
        node = inner
      } else if let list = node.elements, list.contains(where: { $0.members != nil }) {
        guard list.count == 1 else {
          throw ExchangeError(
            path,
            "it is about \(list.count) pictures, and a sidecar is about one; import it as a "
              + "document, or split it.")
        }
        node = list[0]
      } else {
        break
      }
    }
    guard node.members != nil || node.elements != nil else {
      throw ExchangeError(path, "it says nothing about a picture: no object and no list of tags.")
    }
    return node
  }

  private static func take(
    _ post: JSONNode, into reading: inout SidecarReading
  ) throws(ExchangeError) {
    var isSaid = false
    // With a category first: a name that comes again without one is the same tag.
    for member in post.members ?? [] {
      for prefix in ["tag_string_", "tags_"] where member.name.hasPrefix(prefix) {
        guard let category = reading.namespaces.category(of: member.name.dropFirst(prefix.count))
        else { continue }
        isSaid = true
        for name in names(member.value) { reading.add(name, category: category, line: 0) }
      }
    }
    if let groups = post["tags"]?.members {
      isSaid = true
      for group in groups {
        // e621 has groups of its own (lore, invalid, contributor): their names stay, without one.
        let category = reading.namespaces.category(of: group.name)
        for name in names(group.value) { reading.add(name, category: category, line: 0) }
      }
    }
    for name in ["tags", "tag_string"] {
      guard let value = post[name], value.members == nil else { continue }
      isSaid = true
      for tag in names(value) {
        if isOfBoard(post) {
          // Names of boards have no blanks, and their colons are their own (`re:zero`).
          reading.add(tag, category: nil, line: 0)
        } else {
          reading.add(tag, line: 0)
        }
      }
    }
    if let word = post["rating"]?.text {
      isSaid = true
      if let rating = RatingWords.rating(word, sIsSafe: sIsSafe(post)) {
        reading.picture.rating = rating
      } else {
        reading.issues.add(
          ExchangeError(reading.path, "\"\(word.prefix(40))\" is no content rating that is known."))
      }
    }
    for name in ["source", "sources"] {
      guard let value = post[name] else { continue }
      // Danbooru has one, e621 a list, Moebooru several with line ends between.
      for text in value.elements?.compactMap(\.text) ?? value.text.map({ [$0] }) ?? [] {
        for url in text.split(whereSeparator: \.isNewline) where url.contains("://") {
          reading.picture.addSource(TagNamespaces.trimmed(url))
        }
      }
    }
    guard isSaid else {
      throw ExchangeError(
        reading.path, "it says nothing of tags: none of tags, tag_string and rating is in it.")
    }
  }

  /// The names of a list, or of a text: separated by commas if it has any, else by blanks.
  private static func names(_ value: JSONNode) -> [String] {
    if let list = value.elements { return list.compactMap(\.text) }
    guard let text = value.text else { return [] }
    let parts = text.contains(", ") ? text.split(separator: ",") : text.split(separator: " ")
    return parts.map(String.init)
  }

  private static func isOfBoard(_ post: JSONNode) -> Bool {
    post["tag_string"] != nil || post["tag_string_general"] != nil || post["tags_general"] != nil
  }

  /// Boards of before 2022, and those of their kind, have "safe" where Danbooru has "sensitive".
  private static func sIsSafe(_ post: JSONNode) -> Bool {
    if post["tags"]?.members != nil { return true }
    guard let site = post["category"]?.text else { return post["tag_string"] == nil }
    return site != "danbooru" && site != "aibooru"
  }
}
