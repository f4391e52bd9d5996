/// Two LRU lists, `recent` and `frequent`, whose border moves to where the misses hurt: ARC, but an
/// entry is frequent only when it comes back after it was evicted.
///
/// A grid asks for each thumbnail twice in a row, ahead of the scroll and when it is drawn, and the
/// viewer's strip asks nine times: to ARC, SIEVE and S3-FIFO a scan looks popular. Here such a burst stays
/// in `recent`. A key that comes back from `recent`'s ghosts says that `recent` is too small, one from
/// `frequent`'s ghosts the opposite. Megiddo and Modha, "ARC", FAST 2003; the filter for bursts is
/// that of Johnson and Shasha, "2Q", VLDB 1994.
final class AdaptivePolicy: EvictionPolicy {
  private struct Entry {
    var keyHash = 0
    var byteCount = 0
    var isFrequent = false
  }

  private var links = SlotLinks()
  private var recent = SlotList()
  private var frequent = SlotList()
  private var recentByteCount = 0
  private var frequentByteCount = 0
  private var entries: [Entry] = []
  private var recentGhosts = GhostQueue()
  private var frequentGhosts = GhostQueue()
  /// The bytes that `recent` may hold before it is evicted from; moves between 0 and all.
  private var recentTarget = 0

  var count: Int { recent.count + frequent.count }

  func insert(slot: Int, keyHash: Int, byteCount: Int) {
    while entries.count <= slot { entries.append(Entry()) }
    let whole = recentByteCount + frequentByteCount
    var isFrequent = true
    if recentGhosts.remove(keyHash) {
      let weight = max(1, frequentGhosts.count / max(1, recentGhosts.count))
      recentTarget = min(whole, recentTarget + min(whole, byteCount * weight))
    } else if frequentGhosts.remove(keyHash) {
      let weight = max(1, recentGhosts.count / max(1, frequentGhosts.count))
      recentTarget = max(0, recentTarget - min(whole, byteCount * weight))
    } else {
      isFrequent = false
    }
    entries[slot] = Entry(keyHash: keyHash, byteCount: byteCount, isFrequent: isFrequent)
    if isFrequent {
      frequent.pushFront(slot, &links)
      frequentByteCount += byteCount
    } else {
      recent.pushFront(slot, &links)
      recentByteCount += byteCount
    }
  }

  func touch(slot: Int) {
    if entries[slot].isFrequent {
      frequent.remove(slot, &links)
      frequent.pushFront(slot, &links)
    } else {
      recent.remove(slot, &links)
      recent.pushFront(slot, &links)
    }
  }

  func remove(slot: Int) {
    if entries[slot].isFrequent {
      frequent.remove(slot, &links)
      frequentByteCount -= entries[slot].byteCount
    } else {
      recent.remove(slot, &links)
      recentByteCount -= entries[slot].byteCount
    }
  }

  func evict() -> Int? {
    // As many ghosts as entries on each side, but enough to start with.
    let ghostLimit = max(64, count)
    if recentByteCount > recentTarget || frequent.count == 0, let slot = recent.popBack(&links) {
      recentByteCount -= entries[slot].byteCount
      recentGhosts.append(entries[slot].keyHash, limit: ghostLimit)
      return slot
    }
    if let slot = frequent.popBack(&links) {
      frequentByteCount -= entries[slot].byteCount
      frequentGhosts.append(entries[slot].keyHash, limit: ghostLimit)
      return slot
    }
    guard let slot = recent.popBack(&links) else { return nil }
    recentByteCount -= entries[slot].byteCount
    recentGhosts.append(entries[slot].keyHash, limit: ghostLimit)
    return slot
  }
}
