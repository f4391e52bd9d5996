import CSearchKernels

/// A bitmap of the 65,536 ids of one chunk, in memory that somebody else owns.
@safe struct Bits {
  static let wordCount = Int(CSEARCH_WORDS)
  static let byteCount = wordCount * 8
  /// How many ids a chunk has.
  static let idCount = wordCount * 64

  let words: UnsafeMutablePointer<UInt64>

  init(_ block: UnsafeMutableRawPointer) {
    unsafe words = block.assumingMemoryBound(to: UInt64.self)
  }

  init(words: UnsafeMutablePointer<UInt64>) { unsafe self.words = words }

  func contains(_ place: Int) -> Bool {
    unsafe words[(place & 0xFFFF) >> 6] >> UInt64(place & 63) & 1 != 0
  }

  /// Sets a bit; false when it was set.
  @discardableResult
  func insert(_ place: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(place & 63)
    let isNew = unsafe words[(place & 0xFFFF) >> 6] & bit == 0
    unsafe words[(place & 0xFFFF) >> 6] |= bit
    return isNew
  }

  /// Clears a bit; false when it was clear.
  @discardableResult
  func remove(_ place: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(place & 63)
    let wasThere = unsafe words[(place & 0xFFFF) >> 6] & bit != 0
    unsafe words[(place & 0xFFFF) >> 6] &= ~bit
    return wasThere
  }

  func word(_ index: Int) -> UInt64 { unsafe words[index] }
  func setWord(_ index: Int, _ value: UInt64) { unsafe words[index] = value }
  func clear() { unsafe words.update(repeating: 0, count: Self.wordCount) }
  func copy(_ other: Bits) { unsafe words.update(from: other.words, count: Self.wordCount) }

  /// The memory itself.
  var bytes: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: words, count: Self.byteCount)
  }

  func isSubset(of other: Bits) -> Bool { count(with: other) == count() }

  /// Each of these answers how many bits are set afterwards.
  func count() -> Int { Int(unsafe csearch_count(words)) }
  func count(with other: Bits) -> Int { Int(unsafe csearch_and_count(words, other.words)) }
  func and(_ other: Bits) -> Int { Int(unsafe csearch_and(words, other.words)) }
  func subtract(_ other: Bits) -> Int { Int(unsafe csearch_and_not(words, other.words)) }
  func or(_ other: Bits) -> Int { Int(unsafe csearch_or(words, other.words)) }
  func complement(in whole: Bits) -> Int { Int(unsafe csearch_complement(words, whole.words)) }

  /// Hands out the places of set bits, ascending.
  @inline(__always)
  func forEach<Failure: Error>(_ body: (Int) throws(Failure) -> Void) throws(Failure) {
    for index in 0..<Self.wordCount {
      var rest = unsafe words[index]
      while rest != 0 {
        try body(index << 6 | rest.trailingZeroBitCount)
        rest &= rest &- 1
      }
    }
  }
}
