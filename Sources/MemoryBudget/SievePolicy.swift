/// SIEVE: entries stay in the order they came; a hand walks from the oldest to the newest, spares what
/// was used since it last came by, and evicts the first that was not.
///
/// A hit only sets a bit, so it costs less than LRU's move, and a scan cannot wash out what is used
/// again and again. Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024.
final class SievePolicy: EvictionPolicy {
  private var links = SlotLinks()
  private var list = SlotList()
  private var isVisited: [Bool] = []
  private var hand = SlotLinks.none

  var count: Int { list.count }

  func insert(slot: Int, keyHash: Int, byteCount: Int) {
    list.pushFront(slot, &links)
    while isVisited.count <= slot { isVisited.append(false) }
    isVisited[slot] = false
  }

  func touch(slot: Int) { isVisited[slot] = true }

  func remove(slot: Int) {
    if hand == Int32(slot) { hand = links.previous[slot] }
    list.remove(slot, &links)
  }

  func evict() -> Int? {
    guard list.tail != SlotLinks.none else { return nil }
    var place = hand == SlotLinks.none ? list.tail : hand
    while isVisited[Int(place)] {
      isVisited[Int(place)] = false
      place = links.previous[Int(place)]
      if place == SlotLinks.none { place = list.tail }
    }
    let slot = Int(place)
    hand = links.previous[slot]
    list.remove(slot, &links)
    return slot
  }
}
