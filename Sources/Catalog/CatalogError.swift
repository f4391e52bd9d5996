import CSQLite
import Platform

/// Why the catalog could not do something: what, on which file, why, and the way out.
public struct CatalogError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds a caller may want to tell apart.
  public enum Kind: Sendable, Equatable {
    /// Another program holds the database.
    case locked
    /// The database's pages contradict each other.
    case corrupt
    /// The file is something else than a database.
    case notADatabase
    /// A database, but not of this program.
    case foreign
    /// No room left on the disk.
    case full
    /// The file or its directory cannot be written.
    case readOnly
    /// The file cannot be opened or made.
    case cannotOpen
    /// Made by a newer version of the program.
    case newerVersion(found: Int, known: Int)
    /// The disk would not read or write.
    case inputOutput
    /// No memory for the operation.
    case outOfMemory
    /// A root that is not in the catalog, or overlaps one that is.
    case invalidRoot
    /// The operation was interrupted; callers see `CancellationError` instead.
    case interrupted
    /// Anything else SQLite says: a fault of the program.
    case other
  }

  /// What kind it is.
  public let kind: Kind
  /// The database file, or the path the call was about.
  public let path: FilePath
  /// SQLite's extended result code; 0 when SQLite was not asked.
  public let code: Int32
  /// What SQLite or the system said.
  public let reason: String
  /// The SQL that failed, without the values bound to it.
  public let sql: String?
  /// The `errno` behind the failure; 0 when there is none.
  public let systemCode: Int32

  /// An error from its parts.
  package init(
    _ kind: Kind, path: FilePath, reason: String, code: Int32 = 0, sql: String? = nil,
    systemCode: Int32 = 0
  ) {
    self.kind = kind
    self.path = path
    self.code = code
    self.reason = reason
    self.sql = sql
    self.systemCode = systemCode
  }

  /// What SQLite reported, translated once.
  package init(code: Int32, reason: String, path: FilePath, sql: String?, systemCode: Int32) {
    let kind: Kind =
      switch code & 0xFF {
      case SQLITE_BUSY, SQLITE_LOCKED: .locked
      case SQLITE_CORRUPT: .corrupt
      case SQLITE_NOTADB: .notADatabase
      case SQLITE_FULL: .full
      case SQLITE_READONLY, SQLITE_PERM: .readOnly
      case SQLITE_CANTOPEN: .cannotOpen
      // ENOSPC and EDQUOT come back as I/O errors when SQLite did not see them in write(2).
      case SQLITE_IOERR: systemCode == 28 || systemCode == 122 ? .full : .inputOutput
      case SQLITE_NOMEM: .outOfMemory
      case SQLITE_INTERRUPT: .interrupted
      default: .other
      }
    self.init(
      kind, path: path, reason: reason, code: code, sql: sql, systemCode: systemCode)
  }

  private var cause: String {
    systemCode == 0
      ? reason : "\(reason): \(SystemError(code: systemCode, call: "sqlite").reason)"
  }

  /// One sentence: what, which file, why and the way out.
  public var description: String {
    switch kind {
    case .locked:
      "\(path): another program is using the library (\(cause)); close it and try again."
    case .corrupt:
      "\(path): the database is damaged (\(cause)); your pictures are untouched. Run \"albumen "
        + "doctor\" on the library, or put back one of the backups beside the file."
    case .notADatabase:
      "\(path): this is not a database (\(cause)); move it away or choose another library directory."
    case .foreign:
      "\(path): this database belongs to another program (\(cause)); choose another library "
        + "directory."
    case .full:
      "\(path): the disk is full (\(cause)); nothing already saved is lost. Make room and try again."
    case .readOnly:
      "\(path): the library cannot be written (\(cause)); make the file and its directory writable, "
        + "or choose another library directory."
    case .cannotOpen:
      "\(path): the library cannot be opened (\(cause)); check that the directory exists and that "
        + "you may write to it, or choose another library directory."
    case .newerVersion(let found, let known):
      "\(path): the library was made by a newer Albumen (format \(found), this one knows \(known)); "
        + "update Albumen. Nothing was changed."
    case .inputOutput:
      "\(path): the disk failed (\(cause)); check the disk and its connection, then try again."
    case .outOfMemory: "\(path): no memory left for the database (\(cause)); close other programs."
    case .invalidRoot: "\(path): \(reason)."
    case .interrupted: "\(path): the operation was cancelled."
    case .other:
      "\(path): the database refused an operation (\(cause), code \(code)"
        + (sql.map { ", in: \($0)" } ?? "") + "); please report this."
    }
  }
}
