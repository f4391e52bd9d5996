/// Orders a result by `RandomOrder`.
struct ShuffledOrder {
  let index: SearchIndex
  let seed: UInt64
  let isAscending: Bool

  func page(_ result: ResultSet, _ range: Range<Int>) throws(SearchIndexError) -> [UInt32] {
    var page: [UInt32] = []
    page.reserveCapacity(range.count)
    if isDense(result, upTo: range.upperBound) {
      walk(result) { position, id in
        if position >= range.lowerBound { page.append(id) }
        return position + 1 < range.upperBound
      }
      return page
    }
    let found = try unsafe sorted(result, upTo: range.upperBound)
    for position in range { page.append(unsafe found[position].id) }
    return page
  }

  func all(
    _ result: ResultSet, into target: UnsafeMutableBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    if isDense(result, upTo: result.count) {
      walk(result) { position, id in
        unsafe target[position] = id
        return true
      }
      return
    }
    let found = try unsafe sorted(result, upTo: result.count)
    for position in 0..<result.count { unsafe target[position] = unsafe found[position].id }
  }

  /// Whether walking the places till so many are found is less work than sorting all.
  private func isDense(_ result: ResultSet, upTo count: Int) -> Bool {
    guard case .bitmaps = result.contents, result.count > 1024 else { return false }
    let idCount = Double(result.keys.count * Bits.idCount)
    return idCount * Double(count) / Double(result.count) < 2 * Double(result.count)
  }

  private func sorted(
    _ result: ResultSet, upTo count: Int
  ) throws(SearchIndexError) -> UnsafeMutableBufferPointer<Candidate> {
    let room = try unsafe index.scratch.candidates.room(for: result.count)
    var found = 0
    result.forEach { id in
      unsafe room[found] = Candidate(key: RandomOrder.key(of: id, seed: seed), id: id)
      found += 1
    }
    let all = unsafe UnsafeMutableBufferPointer(rebasing: room[..<found])
    unsafe sortFirst(count, of: all, isAscending: isAscending)
    return unsafe all
  }

  /// Hands out ids in order until it is told to stop.
  private func walk(_ result: ResultSet, _ body: (_ position: Int, _ id: UInt32) -> Bool) {
    guard case .bitmaps(let bitmaps) = result.contents else { return }
    let slots = result.order.filter { result.counts[$0] > 0 }
    let keys = slots.map { RandomOrder.keys(chunk: result.keys[$0], seed: seed) }
    var position = 0
    var found: [(tie: UInt64, id: UInt32)] = []
    for step in 0..<Bits.idCount {
      let place = UInt16(isAscending ? step : Bits.idCount - 1 - step)
      found.removeAll(keepingCapacity: true)
      for (slot, keys) in zip(slots, keys) {
        let local = RandomOrder.restored(place, keys)
        guard bitmaps[slot].contains(Int(local)) else { continue }
        let chunk = result.keys[slot]
        let tie = RandomOrder.tieBreak(chunk: chunk, place: place, seed: seed)
        found.append((tie, chunk << 16 | UInt32(local)))
      }
      if found.count > 1 { found.sort { ($0.tie < $1.tie) == isAscending } }
      for entry in found {
        guard body(position, entry.id) else { return }
        position += 1
      }
    }
  }
}
