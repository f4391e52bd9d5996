/// What Albumen keeps of a picture in XMP beyond what other programs understand: its own namespace, so
/// that what was written comes back as it was.
public struct SidecarState: Sendable, Hashable {
  /// Every tag exactly, and the user's removals: `user|character|saber`, as whoever writes tags packs
  /// them; at most `maximumTagCount` of at most `maximumTagByteCount` bytes.
  public var tags: [String] = []
  /// `general`, `sensitive`, `questionable` or `explicit`.
  public var contentRating: String?
  /// Whether it is one of the user's favourites; nil when nothing is said.
  public var isFavourite: Bool?
  /// The user's note, line ends escaped; at most `maximumNoteByteCount` bytes.
  public var note: String?

  /// As many as an asset may have.
  public static let maximumTagCount = 4096
  public static let maximumTagByteCount = 600
  public static let maximumNoteByteCount = 16 << 10

  /// A state that says nothing.
  public init() {}
}

/// A change of a picture's XMP: of a sidecar, or of the packet inside of a copy of the picture.
public struct SidecarEdit: Sendable, Hashable {
  /// The names of all its tags, levels separated by `/`; for `dc:subject`, `lr:hierarchicalSubject` and
  /// `digiKam:TagsList`.
  public var keywords: [String] = []
  /// Names the user took away: they go from the sidecar, whoever wrote them. Others that Albumen never
  /// wrote stay.
  public var removedKeywords: [String] = []
  /// Stars, -1…5; nil leaves those that are there.
  public var stars: Int?
  /// What goes into Albumen's own namespace.
  public var state = SidecarState()

  /// A change of nothing.
  public init() {}
}
