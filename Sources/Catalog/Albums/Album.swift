/// An album of the library, the row id in `albums`; never used again.
public struct AlbumID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The row id.
  public let rawValue: Int64

  /// An id from its number.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  public var description: String { String(rawValue) }

  public static func < (left: AlbumID, right: AlbumID) -> Bool { left.rawValue < right.rawValue }
}

/// An ordered collection of assets, or a query that is asked anew each time.
public struct Album: Sendable, Hashable {
  /// What an album is.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// Chosen pictures.
    case album = 1
    /// Pictures that belong together in this order, like the pages of a story.
    case pool = 2
    /// A stored query.
    case smart = 3

    /// The name in JSON.
    public var name: String {
      switch self {
      case .album: "album"
      case .pool: "pool"
      case .smart: "smart"
      }
    }

    /// The kind with this name.
    public init?(name: String) {
      guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
      self = found
    }
  }

  public let id: AlbumID
  public let kind: Kind
  public let name: String
  /// The name without differences of case and blanks: no two albums have the same.
  public let key: String
  /// What a smart album asks for; nil for the others.
  public let query: String?
  public let note: String?
  /// Milliseconds since 1970 UTC.
  public let createdMilliseconds: Int64
  /// How many members it has; 0 for a smart one, whose members are the query's.
  public let count: Int

  /// What `init(from:)` reads, in this order.
  static let columns = "id, kind, name, key, query, note, created_ms, member_count"

  /// From a row of `columns`.
  init(from row: Statement) {
    id = AlbumID(rawValue: row.int(0))
    kind = Kind(rawValue: UInt8(truncatingIfNeeded: row.int(1))) ?? .album
    name = row.text(2)
    key = row.text(3)
    query = row.optionalText(4)
    note = row.optionalText(5)
    createdMilliseconds = row.int(6)
    count = Int(row.int(7))
  }
}
