/// Evicts what was not used for the longest time.
final class LRUPolicy: EvictionPolicy {
  private var links = SlotLinks()
  private var list = SlotList()

  var count: Int { list.count }

  func insert(slot: Int, keyHash: Int, byteCount: Int) { list.pushFront(slot, &links) }

  func touch(slot: Int) {
    guard list.head != Int32(slot) else { return }
    list.remove(slot, &links)
    list.pushFront(slot, &links)
  }

  func remove(slot: Int) { list.remove(slot, &links) }

  func evict() -> Int? { list.popBack(&links) }
}
