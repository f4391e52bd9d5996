/// How the three tiers did since the store was opened.
public struct ThumbnailStatistics: Sendable, Hashable {
  /// Found in memory, and not.
  public var memoryHits = 0
  public var memoryMisses = 0
  /// Bytes in memory now.
  public var memoryByteCount = 0
  /// Found on disk (or on the way there), and not.
  public var diskHits = 0
  public var diskMisses = 0
  /// Bytes of the file on disk that are in use, by the last write.
  public var diskByteCount = 0
  /// Thumbnails taken off the disk to keep to its limit.
  public var diskEvictions = 0
  /// Times the disk tier failed; each was answered by making the thumbnail again.
  public var diskErrors = 0
  /// What the disk tier said last when it failed.
  public var lastDiskError: String?
  /// Assets decoded.
  public var made = 0
  /// Assets whose decoding failed.
  public var failed = 0
  /// Jobs nobody waited for any more.
  public var cancelled = 0
  /// Requests that joined a job already there.
  public var joined = 0
  /// Jobs waiting or running now.
  public var pending = 0

  /// Nothing yet.
  public init() {}
}
