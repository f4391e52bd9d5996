import CXXHash

/// What has one of many tags.
final class TagUnion {
  let bitmaps: ChunkBitmaps
  let counts: [Int]
  let count: Int

  init(_ bitmaps: ChunkBitmaps) {
    self.bitmaps = bitmaps
    counts = (0..<bitmaps.slotCount).map { bitmaps[$0].count() }
    count = counts.reduce(0, +)
  }

  /// Nil where nothing is.
  subscript(slot: Int) -> Bits? {
    slot < counts.count && counts[slot] > 0 ? bitmaps[slot] : nil
  }
}

/// The last few unions: who refines a search by a wildcard asks for the same one again and again.
final class UnionCache {
  private static let limit = 4
  private static let listsAhead = 4

  private struct Key: Equatable {
    var high: UInt64
    var low: UInt64
    var version: UInt64
  }

  // The one used last is the last.
  private var entries: [(key: Key, union: TagUnion)] = []

  /// Gives all of it back.
  func removeAll() { entries.removeAll() }

  func union(
    of tags: [UInt32], in index: SearchIndex
  ) throws(SearchIndexError) -> TagUnion {
    var key = Key(high: 0, low: 0, version: index.tagVersion)
    unsafe tags.withUnsafeBytes { bytes in
      unsafe cxxhash_fingerprint(
        UInt64(tags.count), bytes.baseAddress, bytes.count, nil, 0, &key.high, &key.low)
    }
    if let place = entries.firstIndex(where: { $0.key == key }) {
      entries.append(entries.remove(at: place))
      return entries[entries.count - 1].union
    }
    entries.removeAll { $0.key.version != index.tagVersion }
    if entries.count >= Self.limit { entries.removeFirst() }
    let union = try make(tags, index)
    entries.append((key, union))
    return union
  }

  private func make(_ tags: [UInt32], _ index: SearchIndex) throws(SearchIndexError) -> TagUnion {
    let store = index.store
    let bitmaps = try ChunkBitmaps(slotCount: store.chunks.count, memory: index.work)
    // The frequent ones first, as far as powers of two tell: when they have everything, the rest need not
    // be read.
    var byLength = [[PackedList]](repeating: [], count: 33)
    for tag in tags {
      switch index.tags[tag] {
      case .none: break
      case .one(let id): bitmaps[store.knownSlot(id)].insert(Int(id & 0xFFFF))
      case .list(let list): byLength[32 - UInt32(list.count).leadingZeroBitCount].append(list)
      case .dense(let dense):
        for slot in store.chunks.indices {
          if let bits = dense[slot] { _ = bitmaps[slot].or(bits) }
        }
      }
    }
    let lists = Array(byLength.reversed().joined())
    var unchecked = store.assetCount
    for (place, list) in lists.enumerated() {
      if unchecked >= store.assetCount {
        unchecked = 0
        let isFull = store.chunks.indices.allSatisfy {
          bitmaps[$0].count() == store.chunks[$0].aliveCount
        }
        if isFull { break }
      }
      // Lists lie anywhere: while one is read, a later one is fetched.
      if place + Self.listsAhead < lists.count { lists[place + Self.listsAhead].fetch() }
      list.set(in: bitmaps, slots: store.movedSlots)
      unchecked += list.count
    }
    return TagUnion(bitmaps)
  }
}
