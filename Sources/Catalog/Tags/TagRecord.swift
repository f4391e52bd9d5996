import Media

/// A tag as the catalog has it.
public struct TagRecord: Sendable, Hashable {
  /// Its id.
  public let id: TagID
  /// What people see and what is compared.
  public let name: TagName
  public let category: TagCategoryID
  /// The tag one level up.
  public let parent: TagID?
  /// How many assets have it, missing ones too.
  public let count: Int
  /// What the user wrote about it.
  public let note: String?

  /// What `init(from:)` reads, in this order.
  static let columns = "id, key, text, category_id, parent_id, live_count, note"

  /// From a row of `columns`.
  init(from row: Statement) {
    id = TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0)))
    name = TagName(storedText: row.text(2), key: row.text(1))
    category = TagCategoryID(rawValue: UInt16(truncatingIfNeeded: row.int(3)))
    parent = row.optionalInt(4).map { TagID(rawValue: UInt32(truncatingIfNeeded: $0)) }
    count = Int(row.int(5))
    note = row.optionalText(6)
  }
}

/// Another name of a tag.
public struct TagAlias: Sendable, Hashable {
  /// The other name.
  public let name: TagName
  /// The tag it stands for.
  public let tag: TagID
}

/// A rule: what has one tag has another too.
public struct TagImplication: Sendable, Hashable {
  /// The tag that brings the other along.
  public let tag: TagID
  /// The tag that comes along.
  public let implied: TagID
}

/// A category of tags.
public struct TagCategory: Sendable, Hashable {
  public let id: TagCategoryID
  public let name: String
  /// 0xRRGGBB.
  public let color: UInt32
  /// Where it comes among the others, ascending.
  public let position: Int
}

/// What people say about an asset beside its tags. Few assets have any.
package struct AssetMarks: Sendable, Hashable {
  package let id: AssetID
  package let contentRating: ContentRating
  package let isFavourite: Bool
  /// The asset it is a version or part of.
  package let parent: AssetID?
  package let hasNote: Bool
}
