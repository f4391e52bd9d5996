/// A media file the library knows; never reused, also after the file is gone.
public struct AssetID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The row id in the catalog, from 1.
  public let rawValue: Int64

  /// An id from its number.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  public var description: String { String(rawValue) }

  public static func < (left: AssetID, right: AssetID) -> Bool { left.rawValue < right.rawValue }
}

/// Which content of a file something was made from: changes whenever the file does.
///
/// A hash of (size, mtime in nanoseconds, inode), so it is known from `stat` alone. Thumbnails,
/// ETags and immutable addresses carry it: a changed file can never show an old picture.
public struct ContentVersion: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The hash.
  public let rawValue: UInt64

  /// A version from its number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The version of a file with this `stat`.
  public init(byteCount: Int64, modifiedNanoseconds: Int64, inode: UInt64) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for word in [UInt64(bitPattern: byteCount), UInt64(bitPattern: modifiedNanoseconds), inode] {
      // One round of a 64-bit finaliser (SplitMix64) per word: all bits of each reach the result.
      hash = (hash ^ word) &* 0xBF58_476D_1CE4_E5B9
      hash = (hash ^ (hash >> 29)) &* 0x94D0_49BB_1331_11EB
      hash ^= hash >> 32
    }
    rawValue = hash
  }

  /// Sixteen hexadecimal digits.
  public var description: String {
    // By hand: it is part of every thumbnail's entity tag.
    unsafe String(unsafeUninitializedCapacity: 16) { text in
      for index in 0..<16 {
        let digit = UInt8(truncatingIfNeeded: rawValue >> UInt64(60 - index * 4)) & 15
        unsafe text[index] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
      }
      return 16
    }
  }

  /// Reads what `description` writes; nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
    rawValue = value
  }
}
