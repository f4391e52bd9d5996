import CXXHash
import Media

extension Formats {
  /// How many bytes of the end of a file go into its fingerprint.
  static let fingerprintTailByteCount = 16_384

  /// Fingerprints a file: XXH3-128 over its size (eight bytes, little-endian), its first 64 KiB and
  /// its last 16 KiB. The tail starts where the head ends when the two would overlap.
  ///
  /// Reads at most 80 KiB, and nothing but the tail when the head has been read before.
  ///
  /// - Throws: `.unreadable`.
  public static func fingerprint(_ source: some ByteSource) throws(MediaFailure) -> Fingerprint {
    let head = try source.head()
    let tailStart = max(
      Int64(head.count), source.byteCount - Int64(fingerprintTailByteCount))
    let tail: [UInt8] =
      tailStart < source.byteCount
      ? try source.read(at: tailStart, count: fingerprintTailByteCount) : []
    var high: UInt64 = 0
    var low: UInt64 = 0
    unsafe head.withUnsafeBytes { head in
      unsafe tail.withUnsafeBytes { tail in
        unsafe cxxhash_fingerprint(
          UInt64(source.byteCount), head.baseAddress, head.count, tail.baseAddress, tail.count,
          &high, &low)
      }
    }
    return Fingerprint(high: high, low: low)
  }
}
