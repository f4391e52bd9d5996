import Media
import Platform

/// Whether an asset can be seen. The raw values are stored: never renumber them.
public enum AssetState: UInt8, Sendable, CaseIterable, Hashable {
  /// Nothing is known to be wrong.
  case ok = 1
  /// The file is there but cannot be probed or decoded; `AssetFailure` says why.
  case broken = 2
  /// The file is gone; it keeps everything and comes back with it.
  case missing = 3
}

/// What kept an asset from being seen.
public struct AssetFailure: Sendable, Hashable {
  /// What was tried. The raw values are stored: never renumber them.
  public enum Stage: UInt8, Sendable {
    /// Reading the header.
    case probe = 1
    /// Making the thumbnail.
    case thumbnail = 2
  }

  /// What was tried.
  public let stage: Stage
  /// Why it did not work.
  public let failure: MediaFailure
  /// When, in milliseconds since 1970 UTC.
  public let failedMilliseconds: Int64
  /// How often in a row, from 1.
  public let attemptCount: Int

  /// A failure from its parts.
  public init(
    stage: Stage, failure: MediaFailure, failedMilliseconds: Int64, attemptCount: Int
  ) {
    self.stage = stage
    self.failure = failure
    self.failedMilliseconds = failedMilliseconds
    self.attemptCount = attemptCount
  }
}

/// What a grid needs to show an asset. About 300 bytes.
public struct AssetSummary: Sendable, Hashable {
  /// Its row.
  public let id: AssetID
  /// The folder it is in.
  public let folder: FolderID
  /// Its file name as bytes; it need not be UTF-8.
  public let nameBytes: [UInt8]
  /// What the bytes say it is; nil when the header could not be read.
  public let format: MediaFormat?
  /// Picture or video; of an unreadable file what its extension promises.
  public let kind: MediaFormat.Kind
  /// Width as seen, in pixels; 0 when unknown.
  public let width: UInt32
  /// Height as seen, in pixels; 0 when unknown.
  public let height: UInt32
  /// When it was taken.
  public let captureTime: CaptureTime?
  /// When the library first saw it, milliseconds since 1970 UTC.
  public let addedMilliseconds: Int64
  /// Size of the file.
  public let byteCount: Int64
  /// Stars, 0…5; -1 is rejected.
  public let rating: Int
  /// Length of a video or an animation.
  public let durationMilliseconds: Int64?
  /// Frames of an animation, pages of a document.
  public let frameCount: UInt32
  /// The content a thumbnail must be of to be shown.
  public let version: ContentVersion
  /// At most 32 bytes that draw a blurred picture.
  public let placeholder: [UInt8]?
  /// Whether it can be seen.
  public let state: AssetState
  /// Why it cannot; kept while the file is missing.
  public let failure: AssetFailure?
  /// Where it was taken.
  public let position: GeoPosition?

  /// The name for people; invalid UTF-8 is repaired.
  public var name: String { String(decoding: nameBytes, as: UTF8.self) }
}

/// All the catalog knows of one asset but its deep metadata.
public struct AssetRecord: Sendable, Hashable {
  /// What the grid shows.
  public let summary: AssetSummary
  /// The root it is below.
  public let root: RootID
  /// Whether that root can be reached.
  public let rootState: Root.State
  /// Its absolute path.
  public let path: FilePath
  /// What its header said; nil when it could not be read.
  public let probe: Probe?
  /// When the file was changed, nanoseconds since 1970 UTC.
  public let modifiedNanoseconds: Int64
  /// The inode of the file.
  public let inode: UInt64
  /// What finds it again after a move; nil when the file could not be read.
  public let fingerprint: Fingerprint?
  /// True when the deep metadata has been read.
  public let hasMetadata: Bool

  /// Its row.
  public var id: AssetID { summary.id }
}

/// What a thumbnail or metadata job needs to know about an asset.
public struct PendingAsset: Sendable, Hashable {
  /// Its row.
  public let id: AssetID
  /// Its absolute path.
  public let path: FilePath
  /// What its header said.
  public let probe: Probe
  /// The content the job is for: a file with another version must be scanned again first.
  public let version: ContentVersion
  /// True when it has a placeholder, so its thumbnail has been made before.
  public let hasPlaceholder: Bool

  /// A job's subject from its parts.
  public init(
    id: AssetID, path: FilePath, probe: Probe, version: ContentVersion, hasPlaceholder: Bool
  ) {
    self.id = id
    self.path = path
    self.probe = probe
    self.version = version
    self.hasPlaceholder = hasPlaceholder
  }
}
