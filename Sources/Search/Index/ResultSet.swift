/// What a query found, as it was when it was evaluated: later changes of the index do not touch it.
///
/// A hundred thousand bytes for a million assets when many were found, charged to `search.work` while
/// it lives. Not Sendable: used where its index is.
package final class ResultSet {
  enum Contents {
    /// Few, ascending.
    case ids([UInt32])
    /// A bitmap for each slot.
    case bitmaps(ChunkBitmaps)
  }

  let contents: Contents
  /// How many of each slot, with bitmaps.
  let counts: [Int]
  /// The upper half of the ids of each slot, and the slots by ascending ids.
  let keys: [UInt32]
  let order: [Int]
  /// How many assets it has.
  package let count: Int
  private let scratch: QueryScratch

  init(ids: [UInt32], scratch: QueryScratch) {
    contents = .ids(ids)
    (counts, keys, order) = ([], [], [])
    count = ids.count
    self.scratch = scratch
  }

  init(_ bitmaps: ChunkBitmaps, counts: [Int], store: AssetStore, scratch: QueryScratch) {
    contents = .bitmaps(bitmaps)
    self.counts = counts
    keys = store.chunks.map(\.key)
    order = store.order
    count = counts.reduce(0, +)
    self.scratch = scratch
  }

  deinit { if case .bitmaps(let bitmaps) = contents { scratch.takeBack(bitmaps) } }

  /// Whether an asset is in it.
  package func contains(_ id: UInt32) -> Bool {
    switch contents {
    case .ids(let ids):
      var (low, high) = (0, ids.count)
      while low < high {
        let middle = (low + high) / 2
        if ids[middle] < id { low = middle + 1 } else { high = middle }
      }
      return low < ids.count && ids[low] == id
    case .bitmaps(let bitmaps):
      guard let slot = keys.firstIndex(of: id >> 16) else { return false }
      return counts[slot] > 0 && bitmaps[slot].contains(Int(id & 0xFFFF))
    }
  }

  /// Hands out every id, ascending.
  package func forEach<Failure: Error>(
    _ body: (UInt32) throws(Failure) -> Void
  ) throws(Failure) {
    switch contents {
    case .ids(let ids): for id in ids { try body(id) }
    case .bitmaps(let bitmaps):
      for slot in order where counts[slot] > 0 {
        let base = keys[slot] << 16
        try bitmaps[slot].forEach { place throws(Failure) in try body(base | UInt32(place)) }
      }
    }
  }

  /// Up to about so many of its assets, ascending and evenly spread over it. Complexity: a look at each
  /// word of its bitmaps.
  package func sample(_ wanted: Int) -> [UInt32] {
    let step = max(1, count / max(1, wanted))
    switch contents {
    case .ids(let ids): return stride(from: 0, to: ids.count, by: step).map { ids[$0] }
    case .bitmaps(let bitmaps):
      var found: [UInt32] = []
      // How many of those to come are passed over.
      var rest = 0
      for slot in order where counts[slot] > 0 {
        for index in 0..<Bits.wordCount {
          var word = bitmaps[slot].word(index)
          var left = word.nonzeroBitCount
          while rest < left {
            for _ in 0..<rest { word &= word &- 1 }
            left -= rest + 1
            found.append(keys[slot] << 16 | UInt32(index << 6 | word.trailingZeroBitCount))
            word &= word &- 1
            rest = step - 1
          }
          rest -= left
        }
      }
      return found
    }
  }
}
