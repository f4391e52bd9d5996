import Glibc
import Media

/// One asset while a snapshot is sorted: a sort key that compares as a number, and the asset.
protocol SnapshotEntry: BitwiseCopyable {
  /// The sort value, or the beginning of it.
  var key: UInt64 { get }
  /// The id in the upper 56 bits, the aspect in the lower 8.
  var payload: UInt64 { get }

  /// The strict order: by key, then by what more there is in `text`, then by id.
  func precedes(_ other: Self, _ text: UnsafeRawBufferPointer) -> Bool
}

extension SnapshotEntry {
  var id: AssetID { AssetID(rawValue: Int64(payload >> 8)) }
  var aspect: UInt8 { UInt8(truncatingIfNeeded: payload) }

  static func payload(id: Int64, aspect: Int64) -> UInt64 {
    UInt64(id) << 8 | UInt64(UInt8(truncatingIfNeeded: aspect))
  }
}

/// An asset sorted by a number.
struct NumberEntry: SnapshotEntry {
  var key: UInt64
  var payload: UInt64

  func precedes(_ other: NumberEntry, _ text: UnsafeRawBufferPointer) -> Bool {
    key != other.key ? key < other.key : payload < other.payload
  }
}

/// An asset sorted by bytes that lie in a buffer; `key` and `more` decide most comparisons without
/// them. Eight bytes would not: camera names begin alike, and each look at the bytes misses the cache.
struct TextEntry: SnapshotEntry {
  var key: UInt64
  /// What sorts after `key`.
  var more: UInt64
  var payload: UInt64
  /// Where the bytes begin, in the upper 48 bits, and how many they are.
  var text: UInt64

  static func text(offset: Int, count: Int) -> UInt64 { UInt64(offset) << 16 | UInt64(count) }

  func precedes(_ other: TextEntry, _ text: UnsafeRawBufferPointer) -> Bool {
    if key != other.key { return key < other.key }
    if more != other.more { return more < other.more }
    let count = Int(self.text & 0xFFFF)
    let otherCount = Int(other.text & 0xFFFF)
    if let base = text.baseAddress {
      let order = unsafe memcmp(
        base + Int(self.text >> 16), base + Int(other.text >> 16), min(count, otherCount))
      if order != 0 { return order < 0 }
    }
    return count != otherCount ? count < otherCount : payload < other.payload
  }
}

/// Sort values as numbers that compare without a sign.
enum SortKey {
  /// Assets without a capture time come last.
  static let undated = UInt64.max

  static func number(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) ^ (1 << 63) }

  static func value(_ key: UInt64) -> Int64 { Int64(bitPattern: key ^ (1 << 63)) }

  /// A capture time; a clock at the end of time must not look like none.
  static func captureTime(_ milliseconds: Int64?) -> UInt64 {
    milliseconds.map { min(number($0), undated - 1) } ?? undated
  }

  /// A number that looks random and is the same for the same seed and id (SplitMix64).
  static func random(seed: UInt64, id: Int64) -> UInt64 {
    var mixed = UInt64(bitPattern: id) &* 0x9E37_79B9_7F4A_7C15 &+ seed
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Up to eight bytes from `offset` on as a number that compares like them.
  static func prefix(
    _ bytes: UnsafeRawBufferPointer, from offset: Int = 0, byteCount: Int = 8
  ) -> UInt64 {
    if byteCount == 8, offset + 8 <= bytes.count {
      return unsafe UInt64(
        bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var key: UInt64 = 0
    for index in offset..<offset + byteCount {
      key = key << 8 | (index < bytes.count ? UInt64(unsafe bytes[index]) : 0)
    }
    return key
  }
}
