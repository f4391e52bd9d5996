import Catalog

/// What a binder asks about the names of tags.
protocol TagVocabulary {
  /// The tag of a name, also of an alias; nil when there is none.
  func tag(named name: TagName) -> UInt32?
  /// The tags whose name, or one of whose aliases, a pattern matches, each once.
  func tags(matching pattern: NamePattern) -> [UInt32]
  /// The category of a tag.
  func category(of tag: UInt32) -> TagCategoryID
  /// The category people call so; nil when there is none.
  func category(named name: String) -> TagCategoryID?
  /// Names like one that does not exist, the likeliest first.
  func names(like name: String, limit: Int) -> [String]
}
