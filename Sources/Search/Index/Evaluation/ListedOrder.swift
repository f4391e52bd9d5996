/// Orders a result by lists of ids, e.g. the members of albums; what is in none comes behind, by id.
struct ListedOrder {
  let index: SearchIndex
  /// One after another; they are only walked, for whoever made them was charged for them.
  let lists: [[UInt32]]
  let isAscending: Bool

  func page(_ result: ResultSet, _ range: Range<Int>) throws(SearchIndexError) -> [UInt32] {
    let (listed, rest) = try unsafe split(result)
    let first = range.clamped(to: 0..<listed.count)
    var page = unsafe Array(listed[first])
    if range.upperBound > listed.count {
      let behind = max(0, range.lowerBound - listed.count)..<(range.upperBound - listed.count)
      page += index.identifiers(rest, behind, isAscending: isAscending)
    }
    return page
  }

  func all(
    _ result: ResultSet, into target: UnsafeMutableBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    let (listed, rest) = try unsafe split(result)
    _ = unsafe target.update(fromContentsOf: listed)
    try unsafe index.ordered(
      rest, order: ResultOrder(.identifier, isAscending: isAscending),
      into: UnsafeMutableBufferPointer(rebasing: target[listed.count...]))
  }

  /// The ids of the lists that are in the result, in order, and the rest of the result.
  private func split(
    _ result: ResultSet
  ) throws(SearchIndexError) -> (UnsafeMutableBufferPointer<UInt32>, ResultSet) {
    let store = index.store
    let left = try ChunkBitmaps(slotCount: store.chunks.count, memory: index.work)
    var counts = [Int](repeating: 0, count: store.chunks.count)
    result.forEach { id in
      guard let slot = store.slot(of: id) else { return }
      left[slot].insert(Int(id & 0xFFFF))
      counts[slot] += 1
    }
    let most = lists.reduce(0) { $0 + $1.count }
    let room = try unsafe index.scratch.ids.room(for: min(most, result.count))
    var listedCount = 0
    for ids in lists {
      for id in ids {
        // One that stands twice is gone the second time.
        guard let slot = store.slot(of: id), left[slot].remove(Int(id & 0xFFFF)) else { continue }
        counts[slot] -= 1
        unsafe room[listedCount] = id
        listedCount += 1
      }
    }
    var listed = unsafe UnsafeMutableBufferPointer(rebasing: room[..<listedCount])
    if !isAscending { unsafe listed.reverse() }
    return unsafe (
      listed, ResultSet(left, counts: counts, store: store, scratch: index.scratch)
    )
  }
}
