/// Finds a short text in a long one: all places, in their order.
///
/// 64 places at a time are asked whether the first and the last byte fit; only where both do the rest is
/// compared. Vectors of the standard library become the machine's own, whichever it has.
enum ByteScan {
  /// - Parameters:
  ///   - needle: what to find; not empty.
  ///   - text: where.
  ///   - body: called with each place; returns the place to go on from, which lets it pass over what it
  ///     need not see, or nil to end.
  /// - Complexity: O(length of the text), half an instruction a byte where nothing fits.
  static func forEachPlace(
    of needle: [UInt8], in text: UnsafeBufferPointer<UInt8>, _ body: (Int) -> Int?
  ) {
    precondition(!needle.isEmpty, "nothing is everywhere")
    guard let start = text.baseAddress, text.count >= needle.count else { return }
    let base = unsafe UnsafeRawPointer(start)
    let length = needle.count
    let first = SIMD64<UInt8>(repeating: needle[0])
    let last = SIMD64<UInt8>(repeating: needle[length - 1])
    var position = 0
    // What the body passed over.
    var resume = 0
    while position + 64 + length - 1 <= text.count {
      if position + 64 <= resume {
        position = resume
        continue
      }
      let heads = unsafe base.loadUnaligned(fromByteOffset: position, as: SIMD64<UInt8>.self)
      let tails = unsafe base.loadUnaligned(
        fromByteOffset: position + length - 1, as: SIMD64<UInt8>.self)
      // Zero where both fit; turned over, a byte of ones.
      let misses = (heads ^ first) | (tails ^ last)
      let fits = SIMD64<UInt8>(repeating: 0).replacing(with: 1, where: misses .== 0)
      let words = unsafe unsafeBitCast(fits, to: SIMD8<UInt64>.self)
      let pairs = words.lowHalf | words.highHalf
      let halves = pairs.lowHalf | pairs.highHalf
      if halves[0] | halves[1] != 0 {
        for word in 0..<8 {
          var bits = words[word]
          while bits != 0 {
            let place = position + word * 8 + bits.trailingZeroBitCount / 8
            bits &= bits - 1
            guard place >= resume, unsafe fitsBetween(needle, base, place) else { continue }
            guard let next = body(place) else { return }
            resume = next
          }
        }
      }
      position += 64
    }
    position = max(position, resume)
    while position + length <= text.count {
      if unsafe text[position] == needle[0],
        unsafe text[position + length - 1] == needle[length - 1],
        unsafe fitsBetween(needle, base, position)
      {
        guard let next = body(position) else { return }
        position = max(position + 1, next)
      } else {
        position += 1
      }
    }
  }

  /// Whether all between the first and the last byte fit too.
  @inline(__always)
  private static func fitsBetween(
    _ needle: [UInt8], _ base: UnsafeRawPointer, _ place: Int
  ) -> Bool {
    var index = 1
    while index < needle.count - 1 {
      if unsafe base.load(fromByteOffset: place + index, as: UInt8.self) != needle[index] {
        return false
      }
      index += 1
    }
    return true
  }
}
