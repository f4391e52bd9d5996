/// Links between slots, shared by all lists of one policy: a slot is in one list at a time.
struct SlotLinks {
  static let none: Int32 = -1
  var previous: [Int32] = []
  var next: [Int32] = []

  /// Makes room for a slot's links.
  mutating func reserve(_ slot: Int) {
    while next.count <= slot {
      previous.append(SlotLinks.none)
      next.append(SlotLinks.none)
    }
  }
}

/// A doubly linked list of slots: `head` is the newest, `tail` the oldest. All operations are O(1).
struct SlotList {
  private(set) var head = SlotLinks.none
  private(set) var tail = SlotLinks.none
  private(set) var count = 0

  /// Puts a slot at the new end.
  mutating func pushFront(_ slot: Int, _ links: inout SlotLinks) {
    links.reserve(slot)
    let place = Int32(slot)
    links.previous[slot] = SlotLinks.none
    links.next[slot] = head
    if head != SlotLinks.none { links.previous[Int(head)] = place } else { tail = place }
    head = place
    count += 1
  }

  /// Takes a slot out.
  mutating func remove(_ slot: Int, _ links: inout SlotLinks) {
    let before = links.previous[slot]
    let after = links.next[slot]
    if before != SlotLinks.none { links.next[Int(before)] = after } else { head = after }
    if after != SlotLinks.none { links.previous[Int(after)] = before } else { tail = before }
    count -= 1
  }

  /// Takes the oldest out.
  mutating func popBack(_ links: inout SlotLinks) -> Int? {
    guard tail != SlotLinks.none else { return nil }
    let slot = Int(tail)
    remove(slot, &links)
    return slot
  }
}
