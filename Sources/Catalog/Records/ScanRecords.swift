import Media
import Platform

/// A file the catalog knows in a folder: what a rescan compares with `stat`.
public struct KnownFile: Sendable, Hashable {
  /// Its row.
  public let id: AssetID
  /// Its name as bytes.
  public let name: [UInt8]
  /// Its size when last seen.
  public let byteCount: Int64
  /// Its time of change when last seen, nanoseconds since 1970 UTC.
  public let modifiedNanoseconds: Int64
  /// Its inode when last seen.
  public let inode: UInt64
  /// Its state; a `missing` one whose file is there again belongs into `ScanBatch.found`.
  public let state: AssetState
}

/// A folder the catalog knows below a root.
public struct KnownFolder: Sendable, Hashable {
  /// Its row.
  public let id: FolderID
  /// Its path below the root; empty for the root's own folder.
  public let relativePath: [UInt8]
  /// Assets directly in it that are not missing.
  public let presentCount: Int
}

/// A new or changed file with what its probe gave.
public struct ScannedFile: Sendable {
  /// The row of a file the catalog knows and that changed; nil for a path it does not know. (A
  /// path it knows after all is taken as changed.)
  public var known: AssetID?
  /// Path of the folder below the root; empty for the root's own folder. Files of one folder
  /// should follow each other in a batch.
  public var folder: [UInt8]
  /// Its name as bytes.
  public var name: [UInt8]
  /// Its size.
  public var byteCount: Int64
  /// Its time of change, nanoseconds since 1970 UTC.
  public var modifiedNanoseconds: Int64
  /// Its inode.
  public var inode: UInt64
  /// What its header said; nil when that failed.
  public var probe: Probe?
  /// What finds it again after a move; nil when it could not be read.
  public var fingerprint: Fingerprint?
  /// Why there is no probe.
  public var failure: MediaFailure?

  /// A scanned file from its parts.
  public init(
    known: AssetID? = nil, folder: [UInt8], name: [UInt8], byteCount: Int64,
    modifiedNanoseconds: Int64, inode: UInt64, probe: Probe?, fingerprint: Fingerprint?,
    failure: MediaFailure? = nil
  ) {
    self.known = known
    self.folder = folder
    self.name = name
    self.byteCount = byteCount
    self.modifiedNanoseconds = modifiedNanoseconds
    self.inode = inode
    self.probe = probe
    self.fingerprint = fingerprint
    self.failure = failure
  }
}

/// A known asset whose file is at another path now: it keeps its row and all that hangs on it.
public struct MovedFile: Sendable {
  /// Its row.
  public var id: AssetID
  /// The new path, `stat` and probe; `known` is ignored.
  public var file: ScannedFile

  /// A move from its parts.
  public init(id: AssetID, file: ScannedFile) {
    self.id = id
    self.file = file
  }
}

/// What a scan found since its last batch, applied in one transaction. At least 500 files a batch
/// keep the cost of a transaction out of the picture.
public struct ScanBatch: Sendable {
  /// The root all of it is below.
  public var root: RootID
  /// New and changed files.
  public var upserts: [ScannedFile] = []
  /// Files found at another path.
  public var moves: [MovedFile] = []
  /// Unchanged files whose rows say `missing`.
  public var found: [AssetID] = []
  /// Rows whose files are gone.
  public var missing: [AssetID] = []
  /// Folders that are gone: every asset directly in them is missing. (Folders below are listed
  /// on their own.)
  public var missingFolders: [FolderID] = []

  /// An empty batch.
  public init(root: RootID) { self.root = root }

  /// True when there is nothing to apply.
  public var isEmpty: Bool {
    upserts.isEmpty && moves.isEmpty && found.isEmpty && missing.isEmpty && missingFolders.isEmpty
  }
}

/// What a batch did.
public struct ScanBatchResult: Sendable, Hashable {
  /// Rows made.
  public var added = 0
  /// Rows whose files had changed.
  public var changed = 0
  /// Rows that follow their files to a new path.
  public var moved = 0
  /// Rows that were missing and are back.
  public var found = 0
  /// Rows whose files are gone.
  public var missing = 0
  /// Files among added and changed that cannot be probed.
  public var broken = 0
  /// The row of every upsert, in the batch's order.
  public var ids: [AssetID] = []
  /// The catalog's change number after it; that of before when nothing changed.
  public var changeNumber: Int64 = 0

  /// Nothing done.
  public init() {}
}

/// A known asset with the same content as a file at a path the catalog does not know.
public struct MoveCandidate: Sendable, Hashable {
  /// Its row.
  public let id: AssetID
  /// The absolute path it was last seen at.
  public let path: FilePath
  /// True when it is known to be gone from there; else look whether it still is.
  public let isMissing: Bool
  /// Its inode when last seen: a rename keeps it, a copy does not.
  public let inode: UInt64
  /// Its time of change when last seen.
  public let modifiedNanoseconds: Int64
}

/// What is remembered about a scan of one root, so that it resumes after a crash.
public struct ScanJob: Sendable, Hashable {
  /// How far it is. The raw values are stored: never renumber them.
  public enum State: UInt8, Sendable {
    case running = 1
    case paused = 2
    case finished = 3
    case cancelled = 4
  }

  /// Its row; never reused.
  public let id: Int64
  /// The root it scans.
  public let root: RootID
  /// How far it is. `running` after a start means that the program ended in the middle.
  public var state: State
  /// When it began, milliseconds since 1970 UTC.
  public let startedMilliseconds: Int64
  /// When it ended.
  public var finishedMilliseconds: Int64?
  /// The scanner's own record, at most 64 KiB.
  public var progress: [UInt8]
}
