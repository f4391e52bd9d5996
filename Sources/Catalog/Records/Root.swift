import Platform

/// A root folder's row in the catalog; never reused.
public struct RootID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The row id, from 1.
  public let rawValue: Int64
  /// An id from its number.
  public init(rawValue: Int64) { self.rawValue = rawValue }
  public var description: String { String(rawValue) }
  public static func < (left: RootID, right: RootID) -> Bool { left.rawValue < right.rawValue }
}

/// A folder's row in the catalog; never reused.
public struct FolderID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The row id, from 1.
  public let rawValue: Int64
  /// An id from its number.
  public init(rawValue: Int64) { self.rawValue = rawValue }
  public var description: String { String(rawValue) }
  public static func < (left: FolderID, right: FolderID) -> Bool { left.rawValue < right.rawValue }
}

/// One of the folders the user pointed the library at.
public struct Root: Sendable, Hashable {
  /// Whether its files can be reached.
  public enum State: UInt8, Sendable {
    /// It can be read.
    case online = 1
    /// It cannot (an unplugged disk, an unmounted share); its assets keep all they have.
    case offline = 2
  }

  /// Its row.
  public let id: RootID
  /// Its absolute path.
  public let path: FilePath
  /// Whether its files can be reached.
  public let state: State
  /// When it was added, milliseconds since 1970 UTC.
  public let addedMilliseconds: Int64
}

/// A folder with how many assets it shows (broken ones too, missing ones not).
public struct FolderSummary: Sendable, Hashable {
  /// Its row.
  public let id: FolderID
  /// The root it is below.
  public let root: RootID
  /// The folder it is in; nil for a root's own folder.
  public let parent: FolderID?
  /// Its path below the root, without slashes at the ends; empty for the root's own folder.
  public let relativePath: [UInt8]
  /// Its last component (of the root's path for a root's own folder), as bytes.
  public let nameBytes: [UInt8]
  /// Assets directly in it.
  public let directCount: Int
  /// Assets in it and in all folders below.
  public let totalCount: Int

  /// The name for people; invalid UTF-8 is repaired.
  public var name: String { String(decoding: nameBytes, as: UTF8.self) }
}

/// How many assets there are.
public struct AssetCounts: Sendable, Hashable {
  /// Good and broken ones; missing ones are counted apart.
  public var assets = 0
  /// Pictures among `assets`.
  public var images = 0
  /// Videos among `assets`.
  public var videos = 0
  /// Broken ones among `assets`.
  public var broken = 0
  /// Files that are gone for now.
  public var missing = 0

  /// No assets at all.
  public init() {}
}
