/// An order that looks random: the same seed gives every id the same place among the others, whatever
/// comes and goes.
///
/// The lower half of an id is shuffled among its 65,536 neighbours by a keyed permutation, so that the
/// first page of a large result is found by walking the places from the first on, without a sort.
enum RandomOrder {
  /// The place of an id: places compare as numbers, and no two ids share one.
  static func key(of id: UInt32, seed: UInt64) -> UInt64 {
    let chunk = id >> 16
    let place = permuted(UInt16(truncatingIfNeeded: id), keys(chunk: chunk, seed: seed))
    return UInt64(place) << 48 | tieBreak(chunk: chunk, place: place, seed: seed)
  }

  /// The id of a chunk at a place.
  static func id(chunk: UInt32, place: UInt16, seed: UInt64) -> UInt32 {
    chunk << 16 | UInt32(restored(place, keys(chunk: chunk, seed: seed)))
  }

  /// Which chunk comes first among those that share a place: 32 random bits, then the chunk.
  static func tieBreak(chunk: UInt32, place: UInt16, seed: UInt64) -> UInt64 {
    let mixed = mix(seed ^ (UInt64(chunk) << 16 | UInt64(place)) &* 0xD6E8_FEB8_6659_FD93)
    return (mixed >> 32) << 16 | UInt64(chunk)
  }

  /// The keys of four rounds.
  static func keys(chunk: UInt32, seed: UInt64) -> UInt64 {
    mix(seed &+ UInt64(chunk) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Four rounds of a Feistel network over two bytes.
  static func permuted(_ value: UInt16, _ keys: UInt64) -> UInt16 {
    var left = UInt8(value >> 8)
    var right = UInt8(truncatingIfNeeded: value)
    for round in 0..<4 { (left, right) = (right, left ^ Self.round(right, round, keys)) }
    return UInt16(left) << 8 | UInt16(right)
  }

  /// The inverse of `permuted`.
  static func restored(_ value: UInt16, _ keys: UInt64) -> UInt16 {
    var left = UInt8(value >> 8)
    var right = UInt8(truncatingIfNeeded: value)
    for round in (0..<4).reversed() {
      (left, right) = (right ^ Self.round(left, round, keys), left)
    }
    return UInt16(left) << 8 | UInt16(right)
  }

  private static func round(_ half: UInt8, _ round: Int, _ keys: UInt64) -> UInt8 {
    let key = UInt32(truncatingIfNeeded: keys >> (UInt64(round) * 16)) & 0xFFFF
    var mixed = (UInt32(half) &+ key) &* 0x9E37_79B1
    mixed ^= mixed >> 15
    mixed = mixed &* 0x85EB_CA77
    return UInt8(mixed >> 24)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
