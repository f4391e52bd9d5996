import CSearchKernels

/// Evaluates operations one chunk after another, on bitmaps of 8 KiB that stay in the processor's nearest
/// cache.
///
/// Every method answers how many assets its bitmap has afterwards. At 0 a bitmap need not have been
/// written.
struct ChunkEvaluator {
  let store: AssetStore
  let scratch: QueryScratch

  func evaluate(
    _ part: Planned, _ slot: Int, into target: Bits, level: Int
  ) throws(SearchIndexError) -> Int {
    let chunk = store.chunks[slot]
    switch part.operation {
    case .nothing: return 0
    case .everything: return copy(chunk.alive, into: target)
    case .dense, .union, .flag:
      guard let bits = ready(part, slot) else { return 0 }
      return copy(bits, into: target)
    case .list(let list):
      target.clear()
      list.set(in: target, chunk: chunk.key)
      return target.count()
    case .ids(let ids): return set(ids, chunk.key, in: target)
    case .values(let test):
      return test.evaluate(chunk, into: target, other: try scratch.bits(level))
    case .near(let test): return try near(test, chunk, into: target, level: level)
    case .and(let parts): return try and(parts, slot, into: target, level: level)
    case .or(let parts): return try or(parts, slot, into: target, level: level)
    case .not(let inner):
      if isReady(inner) {
        guard let bits = ready(inner, slot) else { return copy(chunk.alive, into: target) }
        return unsafe Int(csearch_and_not_into(target.words, chunk.alive.words, bits.words))
      }
      let count = try evaluate(inner, slot, into: target, level: level)
      return count == 0 ? copy(chunk.alive, into: target) : target.complement(in: chunk.alive)
    case .atLeast(let least, let parts):
      return try atLeast(least, parts, slot, into: target, level: level)
    }
  }

  private func copy(_ bits: Bits, into target: Bits) -> Int {
    unsafe Int(csearch_and_into(target.words, bits.words, bits.words))
  }

  /// Whether the operation has its bitmaps already.
  private func isReady(_ part: Planned) -> Bool {
    switch part.operation {
    case .dense, .union, .flag, .everything: true
    default: false
    }
  }

  /// The bitmap it has for a chunk, if any.
  private func ready(_ part: Planned, _ slot: Int) -> Bits? {
    switch part.operation {
    case .dense(let dense): dense[slot]
    case .union(let union): union[slot]
    case .flag(let flag): store.chunks[slot].flags[flag]
    case .everything: store.chunks[slot].alive
    default: nil
    }
  }

  private func set(_ ids: [UInt32], _ key: UInt32, in target: Bits) -> Int {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] >> 16 < key { low = middle + 1 } else { high = middle }
    }
    guard low < ids.count, ids[low] >> 16 == key else { return 0 }
    target.clear()
    var count = 0
    while low < ids.count, ids[low] >> 16 == key {
      if target.insert(Int(ids[low] & 0xFFFF)) { count += 1 }
      low += 1
    }
    return count
  }

  private func near(
    _ test: NearTest, _ chunk: Chunk, into target: Bits, level: Int
  ) throws(SearchIndexError) -> Int {
    let other = try scratch.bits(level)
    let more = try scratch.bits(level + 1)
    guard test.box.latitudes.evaluate(chunk, into: target, other: other) > 0,
      test.box.longitudes.evaluate(chunk, into: other, other: more) > 0
    else { return 0 }
    var count = target.and(other)
    target.forEach { place in
      if !test.passes(chunk, place) {
        target.remove(place)
        count -= 1
      }
    }
    return count
  }

  private func and(
    _ parts: [Planned], _ slot: Int, into target: Bits, level: Int
  ) throws(SearchIndexError) -> Int {
    var count: Int
    var next = 1
    if isReady(parts[0]), let step = pair(parts[0], parts[1], slot, into: target) {
      count = step
      next = 2
    } else {
      count = try evaluate(parts[0], slot, into: target, level: level)
    }
    while next < parts.count, count > 0 {
      count = try meet(parts[next], slot, target, count, level: level)
      next += 1
    }
    return count
  }

  /// Two that have their bitmaps, in one step; nil when they have not.
  private func pair(_ one: Planned, _ other: Planned, _ slot: Int, into target: Bits) -> Int? {
    guard let first = ready(one, slot) else { return 0 }
    if isReady(other) {
      guard let second = ready(other, slot) else { return 0 }
      return unsafe Int(csearch_and_into(target.words, first.words, second.words))
    }
    if case .not(let inner) = other.operation, isReady(inner), let gone = ready(inner, slot) {
      return unsafe Int(csearch_and_not_into(target.words, first.words, gone.words))
    }
    return nil
  }

  private func meet(
    _ part: Planned, _ slot: Int, _ target: Bits, _ count: Int, level: Int
  ) throws(SearchIndexError) -> Int {
    if isReady(part) {
      guard let bits = ready(part, slot) else { return 0 }
      return target.and(bits)
    }
    let other = try scratch.bits(level)
    if case .not(let inner) = part.operation {
      if isReady(inner) {
        guard let bits = ready(inner, slot) else { return count }
        return target.subtract(bits)
      }
      let gone = try evaluate(inner, slot, into: other, level: level + 1)
      return gone == 0 ? count : target.subtract(other)
    }
    if case .values(let test) = part.operation {
      let found = test.evaluate(
        store.chunks[slot], into: other, other: try scratch.bits(level + 1), within: target)
      return found == 0 ? 0 : target.and(other)
    }
    let found = try evaluate(part, slot, into: other, level: level + 1)
    return found == 0 ? 0 : target.and(other)
  }

  private func or(
    _ parts: [Planned], _ slot: Int, into target: Bits, level: Int
  ) throws(SearchIndexError) -> Int {
    let all = store.chunks[slot].aliveCount
    var count = 0
    for part in parts where count < all {
      if count == 0 {
        count = try evaluate(part, slot, into: target, level: level)
      } else if case .list(let list) = part.operation {
        list.set(in: target, chunk: store.chunks[slot].key)
        count = target.count()
      } else if isReady(part) {
        if let bits = ready(part, slot) { count = target.or(bits) }
      } else {
        let other = try scratch.bits(level)
        if try evaluate(part, slot, into: other, level: level + 1) > 0 { count = target.or(other) }
      }
    }
    return count
  }

  private func atLeast(
    _ least: Int, _ parts: [Planned], _ slot: Int, into target: Bits, level: Int
  ) throws(SearchIndexError) -> Int {
    let planeCount = Int.bitWidth - parts.count.leadingZeroBitCount
    guard parts.count >= least else { return 0 }
    let planes = try scratch.bitmaps(planeCount)
    defer { scratch.takeBack(planes) }
    for plane in 0..<planeCount { planes[plane].clear() }
    let other = try scratch.bits(level)
    for part in parts {
      if isReady(part) {
        if let bits = ready(part, slot) {
          unsafe csearch_add(planes.first.words, planeCount, bits.words)
        }
      } else if try evaluate(part, slot, into: other, level: level + 1) > 0 {
        unsafe csearch_add(planes.first.words, planeCount, other.words)
      }
    }
    return unsafe Int(
      csearch_at_least(planes.first.words, planeCount, UInt32(least), target.words))
  }
}
