import Testing
import TestSupport

@testable import MemoryBudget

@Suite struct `Eviction policies` {
  /// Puts slots 0..<count in, each with its own key.
  func filled(_ policy: any EvictionPolicy, _ count: Int) -> any EvictionPolicy {
    for slot in 0..<count { policy.insert(slot: slot, keyHash: slot, byteCount: 100) }
    return policy
  }

  func drain(_ policy: any EvictionPolicy) -> [Int] {
    var order: [Int] = []
    while let slot = policy.evict() { order.append(slot) }
    return order
  }

  @Test func `LRU evicts by last use`() {
    let policy = filled(LRUPolicy(), 5)
    policy.touch(slot: 0)
    policy.touch(slot: 2)
    policy.remove(slot: 3)
    #expect(drain(policy) == [1, 4, 0, 2])
  }

  @Test func `SIEVE spares what was used since the hand came by`() {
    let policy = filled(SievePolicy(), 5)
    policy.touch(slot: 0)
    policy.touch(slot: 2)
    #expect(policy.evict() == 1)
    // The hand goes on from where it was, to the newer ones, and comes round.
    #expect(policy.evict() == 3)
    #expect(policy.evict() == 4)
    #expect(policy.evict() == 0)
    #expect(policy.evict() == 2)
    #expect(policy.evict() == nil)
  }

  @Test func `SIEVE's hand survives the removal of what it points at`() {
    let policy = filled(SievePolicy(), 4)
    policy.touch(slot: 0)
    #expect(policy.evict() == 1)
    policy.remove(slot: 2)
    #expect(policy.evict() == 3)
    #expect(policy.evict() == 0)
    #expect(policy.count == 0)
  }

  @Test func `S3-FIFO drops what was used once and keeps what came back`() {
    let policy = filled(S3FIFOPolicy(), 20)
    for slot in 0..<5 {
      policy.touch(slot: slot)
      policy.touch(slot: slot)
    }
    // 0...4 move to the main queue; the rest of the small one goes first.
    let first = (0..<13).compactMap { _ in policy.evict() }
    #expect(first == Array(5..<18))
    // Key 5 comes back: straight into the main queue.
    policy.insert(slot: 5, keyHash: 5, byteCount: 100)
    #expect(drain(policy) == [18, 19, 0, 1, 2, 3, 4, 5])
  }

  @Test func `the adaptive policy is LRU until something comes back, which then outlives a scan`() {
    let policy = filled(AdaptivePolicy(), 10)
    policy.touch(slot: 0)
    #expect(policy.evict() == 1)
    #expect(policy.evict() == 2)
    // Key 1 comes back: frequent. A long scan in bursts of two goes past it.
    policy.insert(slot: 1, keyHash: 1, byteCount: 100)
    var victims: [Int] = []
    for key in 100..<200 {
      guard let slot = policy.evict() else { break }
      victims.append(slot)
      policy.insert(slot: slot, keyHash: key, byteCount: 100)
      policy.touch(slot: slot)
    }
    #expect(victims.count == 100 && !victims.contains(1))
  }

  @Test func `a hot set that was never evicted outlives a scan with SIEVE and S3-FIFO`() {
    func survivors(_ policy: any EvictionPolicy) -> Int {
      let capacity = 1000
      var held: Set<Int> = []
      var free = Array((0..<capacity).reversed())
      var slotOfKey: [Int: Int] = [:]
      var keyOfSlot: [Int: Int] = [:]
      func use(_ key: Int) {
        if let slot = slotOfKey[key] { return policy.touch(slot: slot) }
        if free.isEmpty, let slot = policy.evict() {
          free.append(slot)
          if let old = keyOfSlot[slot] {
            slotOfKey[old] = nil
            held.remove(old)
          }
        }
        guard let slot = free.popLast() else { return }
        policy.insert(slot: slot, keyHash: key, byteCount: 1)
        slotOfKey[key] = slot
        keyOfSlot[slot] = key
        held.insert(key)
      }
      for _ in 0..<5 { for key in 0..<500 { use(key) } }
      for key in 10_000..<13_000 { use(key) }
      return held.filter { $0 < 500 }.count
    }
    #expect(survivors(LRUPolicy()) == 0)
    #expect(survivors(S3FIFOPolicy()) == 500)
    // Never evicted before the scan, so nothing tells it apart from the scan.
    #expect(survivors(AdaptivePolicy()) == 0)
    // SIEVE's hand takes each bit once and then passes over the hot ones at the old end.
    #expect(survivors(SievePolicy()) >= 250)
  }

  @Test(arguments: CachePolicy.allCases, 0..<20)
  func `no slot is lost or evicted twice`(kind: CachePolicy, seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let policy = kind.make()
    var live: Set<Int> = []
    for _ in 0..<5000 {
      let slot = Int.random(in: 0..<200, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        guard !live.contains(slot) else { continue }
        policy.insert(
          slot: slot, keyHash: Int.random(in: 0..<400, using: &random),
          byteCount: Int.random(in: 1..<10_000, using: &random))
        live.insert(slot)
      case 4..<8: if live.contains(slot) { policy.touch(slot: slot) }
      case 8: if live.remove(slot) != nil { policy.remove(slot: slot) }
      default:
        let evicted = policy.evict()
        #expect((evicted == nil) == live.isEmpty)
        if let evicted { #expect(live.remove(evicted) != nil) }
      }
      #expect(policy.count == live.count)
    }
    #expect(Set(drain(policy)) == live)
  }

  @Test func `ghosts are bounded and forget the oldest`() {
    var ghosts = GhostQueue()
    for hash in 0..<100 { ghosts.append(hash, limit: 10) }
    #expect(ghosts.count == 10)
    let forgotten = ghosts.remove(89)
    let known = ghosts.remove(90)
    let again = ghosts.remove(90)
    #expect(!forgotten && known && !again)
    for _ in 0..<1000 { ghosts.append(7, limit: 10) }
    #expect(ghosts.count <= 10)
  }
}
