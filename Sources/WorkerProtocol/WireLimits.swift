/// The bounds of everything that crosses between `albumen` and a worker.
///
/// Both sides keep them: the sender cuts or refuses, the receiver takes anything beyond for a lie.
/// No message makes the receiver allocate more than these add up to.
public enum WireLimits {
  /// The version of the messages. Both executables are built together; a mismatch means a mixed-up
  /// installation, which the first message tells.
  public static let version: UInt16 = 4
  /// Bytes of one message; a whole batch of the longest failures fits.
  public static let messageByteCount = 64 << 10
  /// Files of one probe batch.
  public static let batchFileCount = 64
  /// Descriptors of one message.
  public static let descriptorCount = 64
  /// Bytes of a file name extension.
  public static let extensionByteCount = 15
  /// Bytes of a camera's maker or model.
  public static let cameraByteCount = 128
  /// Bytes of a failure's sentence (`MediaFailure` cuts at 500, before repairing UTF-8).
  public static let failureByteCount = 512
  /// Bytes of a notice.
  public static let noticeByteCount = 500
  /// Bytes of the JPEGs that are in the answer itself: thumbnails mostly fit, and memory to share need
  /// not be mapped and touched for them.
  public static let jpegsByteCount = 60 << 10
  /// Bytes of a placeholder.
  public static let placeholderByteCount = 32
  /// The longest edge of a picture in pixels: what every format's header can say without a sign.
  public static let maximumEdge: UInt32 = 0x7fff_ffff
  /// The longest duration: a thousand hours.
  public static let maximumDurationMilliseconds: Int64 = 3_600_000_000
  /// The years a capture time may lie in, as wall milliseconds: 0001 to 9999.
  public static let captureMilliseconds: ClosedRange<Int64> =
    -62_135_596_800_000...253_402_300_799_999
  /// Minutes a zone may be away from UTC.
  public static let offsetMinutes: ClosedRange<Int16> = -1080...1080
  /// Bytes of one named text of the metadata (title, caption, …).
  public static let metadataTextByteCount = 16 << 10
  /// Keywords of one file, and the bytes of one.
  public static let keywordCount = 1000
  public static let keywordByteCount = 500
  /// Bytes of a metadata key and of its value.
  public static let fieldKeyByteCount = 255
  public static let fieldValueByteCount = 1000
  /// Bytes of all tags of a sidecar's state together.
  public static let stateByteCount = 768 << 10
  /// Bytes of the change of a sidecar: a state, and all names once more.
  public static let sidecarEditByteCount = 4 << 20
  /// Bytes of a sidecar, before and after a change of it.
  public static let sidecarByteCount = 4 << 20
  /// Bytes of a picture that gets metadata put into it.
  public static let embeddingByteCount = 256 << 20
  /// Bytes of the shared memory a worker writes metadata to: all of the above values fit.
  public static let metadataByteCount = 4 << 20
  /// Bytes of the shared memory a worker writes pictures to, at most.
  public static let outputByteCount = 1 << 30
}
