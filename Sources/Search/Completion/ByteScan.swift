import CSearchKernels

/// Finds a short text in a long one: all places, in their order.
///
/// Rejected: `memmem`, a tenth as fast where nothing fits; vectors of the standard library, which became
/// one instruction after another for each byte.
enum ByteScan {
  /// - Parameters:
  ///   - needle: what to find; not empty.
  ///   - text: where.
  ///   - body: called with each place; returns the place to go on from, which lets it pass over what it
  ///     need not see, or nil to end.
  /// - Complexity: O(length of the text), a quarter of an instruction a byte where nothing fits.
  static func forEachPlace(
    of needle: [UInt8], in text: UnsafeBufferPointer<UInt8>, _ body: (Int) -> Int?
  ) {
    precondition(!needle.isEmpty, "nothing is everywhere")
    guard let start = text.baseAddress else { return }
    var position = 0
    while true {
      let place = unsafe csearch_find(start, text.count, needle, needle.count, position)
      guard place < text.count, let next = body(place) else { return }
      position = max(place + 1, next)
    }
  }
}
