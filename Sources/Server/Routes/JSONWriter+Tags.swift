import Catalog
import Platform

/// The shapes of tags, albums and what else people say.
extension JSONWriter {
  /// What a tag with its name, aliases and rules may take in a list.
  static let tagByteCount = 2048

  /// Writes what an edit did.
  mutating func editMembers(_ result: EditResult) {
    member("changed", result.changed)
    member("undo", result.undo?.rawValue)
  }

  /// Writes a tag's id, name and category.
  mutating func tagMembers(_ tag: TagRecord, _ categories: [TagCategoryID: String]) {
    member("id", tag.id.rawValue)
    member("name", tag.name.text)
    member("category", categories[tag.category] ?? "general")
  }

  /// Writes a tag as lists have it.
  mutating func tagMembers(_ listed: ListedTag, _ categories: [TagCategoryID: String]) {
    tagMembers(listed.tag, categories)
    member("count", listed.tag.count)
    array("aliases") { json in for alias in listed.aliases { json.string(alias.text) } }
    array("implies") { json in
      for implied in listed.implied {
        json.object { json in
          json.member("id", implied.id.rawValue)
          json.member("name", implied.name.text)
        }
      }
    }
    member("note", listed.tag.note)
  }

  /// Writes a category.
  mutating func categoryMembers(_ category: TagCategory) {
    member("id", category.id.rawValue)
    member("name", category.name)
    member("color", Self.color(category.color))
    member("order", category.position)
  }

  private static func color(_ color: UInt32) -> String {
    let digits = String(color & 0xFF_FFFF, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
  }

  /// Writes an album.
  mutating func albumMembers(_ album: Album) {
    member("id", album.id.rawValue)
    member("name", album.name)
    member("kind", album.kind.name)
    member("query", album.query)
    member("note", album.note)
    member("count", album.count)
    member("createdAt", Self.time(milliseconds: album.createdMilliseconds))
  }

  /// Writes a saved search.
  mutating func searchMembers(_ search: SavedSearch) {
    member("id", search.id)
    member("name", search.name)
    member("query", search.query)
    member("createdAt", Self.time(milliseconds: search.createdMilliseconds))
  }

  /// Writes what people say about an asset.
  mutating func remarkMembers(
    _ remarks: AssetRemarks, tags: [NamedAssetTag], _ categories: [TagCategoryID: String]
  ) {
    array("tags") { json in
      for tag in tags {
        json.object { json in
          json.tagMembers(tag.tag, categories)
          json.member("origin", tag.origin.name)
          json.member("confidence", tag.origin == .model ? Double(tag.confidence) / 255 : nil)
        }
      }
    }
    member("contentRating", remarks.contentRating == .none ? nil : remarks.contentRating.name)
    member("favourite", remarks.isFavourite)
    member("note", remarks.note)
    member("parent", remarks.parent?.rawValue)
    array("children") { json in for child in remarks.children { json.number(child.rawValue) } }
    array("sources") { json in for source in remarks.sources { json.string(source) } }
    array("albums") { json in
      for album in remarks.albums {
        json.object { json in
          json.member("id", album.id.rawValue)
          json.member("name", album.name)
          json.member("kind", album.kind.name)
        }
      }
    }
  }
}
