/// What one or several transactions changed: where to read again.
public struct CatalogChangeSet: Sendable, Equatable {
  /// Tables that are read as a whole.
  public struct Topics: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Folders were added, or a root.
    public static let folders = Topics(rawValue: 1 << 0)
    public static let categories = Topics(rawValue: 1 << 1)
    public static let aliases = Topics(rawValue: 1 << 2)
    public static let implications = Topics(rawValue: 1 << 3)
    /// Saved searches.
    public static let searches = Topics(rawValue: 1 << 4)
    /// There is another operation to take back.
    public static let undo = Topics(rawValue: 1 << 5)
  }

  /// The catalog's change number after them.
  public internal(set) var changeNumber: Int64 = 0
  /// Assets whose row, tags or marks (content rating, favourite, note, parent, sources) changed, and
  /// new ones.
  public internal(set) var assets = ChangedIDs()
  /// Whether files are among it: new ones, others in their place, moved, gone or back. Then names, folders
  /// and contents may be others too; after an edit they are not.
  public internal(set) var touchesFiles = false
  /// Tags that are new, gone, or have another name, category or note. Counts are not looked at.
  public internal(set) var tags = ChangedIDs()
  /// Albums that are new, gone, or have other members or another name.
  public internal(set) var albums = ChangedIDs()
  public internal(set) var topics: Topics = []

  /// Nothing changed.
  public init() {}

  /// True when nothing changed that anybody follows.
  public var isEmpty: Bool { assets.isEmpty && tags.isEmpty && albums.isEmpty && topics.isEmpty }

  /// True when queries may find something else than before: more changed than saved searches and what can
  /// be taken back.
  var concernsQueries: Bool {
    !assets.isEmpty || !tags.isEmpty || !albums.isEmpty
      || !topics.isSubset(of: [.searches, .undo])
  }

  /// Adds what others changed.
  mutating func formUnion(_ other: CatalogChangeSet) {
    changeNumber = max(changeNumber, other.changeNumber)
    assets.formUnion(other.assets)
    touchesFiles = touchesFiles || other.touchesFiles
    tags.formUnion(other.tags)
    albums.formUnion(other.albums)
    topics.formUnion(other.topics)
  }
}
