/// S3-FIFO: new entries go through a small queue (a tenth of the bytes); what is not used there leaves
/// soon, what is used moves to the main queue, and keys that left and come back go there at once.
///
/// Yang et al., "FIFO Queues are All You Need for Cache Eviction", SOSP 2023.
final class S3FIFOPolicy: EvictionPolicy {
  private struct Entry {
    var keyHash = 0
    var byteCount = 0
    /// Uses since it came into its queue, 0…3.
    var useCount: UInt8 = 0
    var isInMain = false
  }

  /// The small queue's part of all bytes; the paper's choice.
  private static let smallFraction = 0.1

  private var links = SlotLinks()
  private var small = SlotList()
  private var main = SlotList()
  private var smallByteCount = 0
  private var mainByteCount = 0
  private var entries: [Entry] = []
  private var ghosts = GhostQueue()

  var count: Int { small.count + main.count }

  func insert(slot: Int, keyHash: Int, byteCount: Int) {
    while entries.count <= slot { entries.append(Entry()) }
    let isInMain = ghosts.remove(keyHash)
    entries[slot] = Entry(keyHash: keyHash, byteCount: byteCount, isInMain: isInMain)
    if isInMain { pushMain(slot) } else { pushSmall(slot) }
  }

  func touch(slot: Int) { entries[slot].useCount = min(3, entries[slot].useCount + 1) }

  func remove(slot: Int) {
    if entries[slot].isInMain {
      main.remove(slot, &links)
      mainByteCount -= entries[slot].byteCount
    } else {
      small.remove(slot, &links)
      smallByteCount -= entries[slot].byteCount
    }
  }

  func evict() -> Int? {
    let smallTarget = Int(Double(smallByteCount + mainByteCount) * S3FIFOPolicy.smallFraction)
    while small.count > 0 && (smallByteCount > smallTarget || main.count == 0) {
      if let slot = evictFromSmall() { return slot }
    }
    return evictFromMain() ?? evictFromSmall()
  }

  /// Takes the oldest of the small queue: out, or into the main queue if it was used.
  private func evictFromSmall() -> Int? {
    guard let slot = small.popBack(&links) else { return nil }
    smallByteCount -= entries[slot].byteCount
    if entries[slot].useCount > 1 {
      entries[slot].useCount = 0
      entries[slot].isInMain = true
      pushMain(slot)
      return nil
    }
    // As many ghosts as the main queue has entries, but enough to start with.
    ghosts.append(entries[slot].keyHash, limit: max(64, count))
    return slot
  }

  private func evictFromMain() -> Int? {
    while let slot = main.popBack(&links) {
      mainByteCount -= entries[slot].byteCount
      if entries[slot].useCount == 0 { return slot }
      entries[slot].useCount -= 1
      pushMain(slot)
    }
    return nil
  }

  private func pushSmall(_ slot: Int) {
    small.pushFront(slot, &links)
    smallByteCount += entries[slot].byteCount
  }

  private func pushMain(_ slot: Int) {
    main.pushFront(slot, &links)
    mainByteCount += entries[slot].byteCount
  }
}

/// The hashes of keys that left the small queue, oldest out first.
struct GhostQueue {
  // Position of each hash in the order of arrival; stale places in `order` are skipped.
  private var place: [Int: Int] = [:]
  private var order: [(keyHash: Int, place: Int)] = []
  private var first = 0
  private var nextPlace = 0

  /// How many hashes it remembers.
  var count: Int { place.count }

  /// Forgets a hash; true when it was there.
  mutating func remove(_ keyHash: Int) -> Bool { place.removeValue(forKey: keyHash) != nil }

  /// Remembers a hash, and forgets the oldest beyond `limit`.
  mutating func append(_ keyHash: Int, limit: Int) {
    place[keyHash] = nextPlace
    order.append((keyHash, nextPlace))
    nextPlace += 1
    while place.count > limit || order.count - first > 2 * limit {
      let oldest = order[first]
      first += 1
      if place[oldest.keyHash] == oldest.place { place[oldest.keyHash] = nil }
    }
    // Amortised: moves at most as many as were dropped.
    if first > order.count / 2 {
      order.removeFirst(first)
      first = 0
    }
  }
}
