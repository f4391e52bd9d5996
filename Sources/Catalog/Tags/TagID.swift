/// A tag of the library: the row id in `tags`, from 1; never used for another tag, also after it was
/// deleted or merged.
public struct TagID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The row id.
  public let rawValue: UInt32

  /// An id from its number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public var description: String { String(rawValue) }

  public static func < (left: TagID, right: TagID) -> Bool { left.rawValue < right.rawValue }
}

/// A category of tags. The numbers of the built-in ones never change; the user's own begin at 16.
public struct TagCategoryID: RawRepresentable, Sendable, Hashable, Comparable,
  CustomStringConvertible
{
  /// The row id in `tag_categories`.
  public let rawValue: UInt16

  /// An id from its number.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// What has no other category.
  public static let general = TagCategoryID(rawValue: 0)
  /// Who made it.
  public static let artist = TagCategoryID(rawValue: 1)
  /// The work or brand it belongs to.
  public static let copyright = TagCategoryID(rawValue: 3)
  /// Who is in it.
  public static let character = TagCategoryID(rawValue: 4)
  /// What kind of being is in it.
  public static let species = TagCategoryID(rawValue: 5)
  /// About the file rather than what it shows.
  public static let meta = TagCategoryID(rawValue: 6)
  /// The first of the user's own.
  public static let firstUserDefined = TagCategoryID(rawValue: 16)

  /// True for those every library has; they can be renamed and recoloured, not removed.
  public var isBuiltIn: Bool { self < .firstUserDefined }

  public var description: String { String(rawValue) }

  public static func < (left: TagCategoryID, right: TagCategoryID) -> Bool {
    left.rawValue < right.rawValue
  }
}
