import Catalog
import Platform

/// A tag as a file says it, or as it goes into one: by name, not by number.
package struct NamedTag: Sendable, Hashable {
  /// Its name.
  package var name: TagName
  /// The name of its category in lower case; nil when the file says none.
  package var category: String?
  /// Who gave it.
  package var origin: TagOrigin
  /// How sure a model was, 0…255; 0 for other origins.
  package var confidence: UInt8
  /// Whether it stands for the user's removal of the tag.
  package var isRemoved: Bool

  package init(
    _ name: TagName, category: String? = nil, origin: TagOrigin = .imported, confidence: UInt8 = 0,
    isRemoved: Bool = false
  ) {
    self.name = name
    self.category = category
    self.origin = origin
    self.confidence = confidence
    self.isRemoved = isRemoved
  }
}

/// What a file says about one picture; nil is "says nothing", which changes nothing.
package struct PictureTags: Sendable, Equatable {
  /// Its tags, each name once, in the order of the file.
  package private(set) var tags: [NamedTag] = []
  /// Stars, 0…5, or -1 for rejected.
  package var stars: Int?
  /// For whom the picture is.
  package var rating: ContentRating?
  /// Who says so: the user's word stays when a file says something else later.
  package var ratingOrigin = TagOrigin.imported
  package var isFavourite: Bool?
  package var note: String?
  /// The picture this is a version or part of.
  package var parent: FilePath?
  /// Where the picture comes from, as URLs.
  package var sources: [String] = []

  private var names: Set<TagName> = []

  /// More tags than this of one picture are refused.
  package static let maximumTagCount = AssetTagCoding.tagLimit
  /// Bytes of a note that are kept.
  package static let maximumNoteByteCount = AssetEdit.noteByteLimit
  /// URLs that are kept, and the bytes of one.
  package static let maximumSourceCount = AssetEdit.sourceLimit
  package static let maximumSourceByteCount = AssetEdit.sourceByteLimit

  package init() {}

  /// Adds a tag unless one of this name is there; false when there are too many.
  @discardableResult
  package mutating func add(_ tag: NamedTag) -> Bool {
    guard tags.count < Self.maximumTagCount else { return false }
    if names.insert(tag.name).inserted { tags.append(tag) }
    return true
  }

  /// Adds a URL, unless it is there, or too long, or one too many.
  package mutating func addSource(_ url: String) {
    guard !url.isEmpty, url.utf8.count <= Self.maximumSourceByteCount,
      sources.count < Self.maximumSourceCount, !sources.contains(url),
      !url.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else { return }
    sources.append(url)
  }

  /// True when the file says nothing of what Albumen keeps.
  package var isEmpty: Bool {
    tags.isEmpty && stars == nil && rating == nil && isFavourite == nil && note == nil
      && sources.isEmpty && parent == nil
  }

  /// How many tags take about as much memory.
  package var tagWeight: Int {
    let textByteCount = sources.reduce(note?.utf8.count ?? 0) { $0 + $1.utf8.count }
    return tags.count + textByteCount / 512
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.tags == right.tags && left.stars == right.stars && left.rating == right.rating
      && left.ratingOrigin == right.ratingOrigin && left.parent == right.parent
      && left.isFavourite == right.isFavourite && left.note == right.note
      && left.sources == right.sources
  }
}
