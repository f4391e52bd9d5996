import Platform

/// How a catalog is opened.
public struct CatalogOptions: Sendable {
  /// How changes reach the disk.
  public enum Journal: Sendable {
    /// A write-ahead log, but on a network file system a rollback journal.
    case automatic
    /// A write-ahead log.
    case writeAheadLog
    /// A rollback journal: slower, readers and the writer wait for each other.
    case rollback
  }

  /// How changes reach the disk.
  public var journal = Journal.automatic
  /// Reader connections.
  public var readerCount = 2
  /// What all connections together may keep of the file, charged to `catalog.pages`; nil for a
  /// sixteenth of the budget, between 2 and 24 MiB.
  public var pageCacheByteCount: Int?
  /// How long a call waits for another program's lock.
  public var busyMilliseconds: Int32 = 5000

  /// The defaults.
  public init() {}
}

/// What opening found worth telling.
public struct CatalogOpenReport: Sendable, Equatable {
  /// The network file system the library is on, e.g. "NFS"; nil for a local one.
  public var networkFileSystem: String?
  /// True when changes go through a write-ahead log.
  public var usesWriteAheadLog = true
  /// The format it had before; nil when it was made now or needed no change.
  public var migratedFromVersion: Int?
  /// The copy made before the format was changed.
  public var backup: FilePath?
  /// True when the catalog was made now.
  public var wasCreated = false

  /// Nothing to tell.
  public init() {}

  /// Sentences for the user; usually none.
  public var notices: [String] {
    var notices: [String] = []
    if let networkFileSystem, !usesWriteAheadLog {
      notices.append(
        "The library is on a network file system (\(networkFileSystem)), so it is kept without a "
          + "write-ahead log, which is slower. --library DIR puts it on a local disk.")
    } else if let networkFileSystem {
      notices.append(
        "The library is on a network file system (\(networkFileSystem)) with a write-ahead log as "
          + "you asked: use it from one machine only.")
    }
    if let migratedFromVersion, let backup {
      notices.append(
        "The library was brought from format \(migratedFromVersion) to this one; the old catalog is "
          + "kept in \(backup).")
    }
    return notices
  }
}
