/// The books: what each account holds, who waits, and the rule of who goes next.
///
/// Pure state without a lock, so that the rule can be read and tested on its own. `MemoryBudget`
/// keeps it behind its lock.
///
/// **The rule of the queue.** Requests are served in the order they came. While the oldest waits for
/// room, at most `bypassLimit` younger requests that fit into what is free may go past it; after that
/// every byte that comes free is kept for it. So a big request waits no longer than the holders of
/// now plus `bypassLimit` more, and a small one no longer than the requests before it. A request that
/// waits for its own account's ceiling holds up its own account only: others take none of the
/// room it waits for.
struct Ledger {
  /// One account's line.
  struct Line {
    let name: String
    let floor: Int
    let ceiling: Int
    var bytes = 0
    var peak = 0

    /// What of the floor is set aside but not in use.
    var unusedFloor: Int { max(0, floor - bytes) }
  }

  /// How a wait ended.
  enum Outcome: Sendable {
    case granted
    case cancelled
    case refused(BudgetError)
  }

  /// One request in the queue.
  struct Waiter: Sendable {
    let identifier: UInt64
    let line: Int
    let byteCount: Int
    let continuation: CheckedContinuation<Outcome, Never>?
    /// How many younger requests went past this one.
    var bypassCount = 0
  }

  let limit: Int
  let waitLimit: Int
  let bypassLimit: Int
  private(set) var lines: [Line] = []
  private(set) var used = 0
  private(set) var peak = 0
  private(set) var floorSum = 0
  private(set) var unusedFloors = 0
  private(set) var waiters: [Waiter] = []
  /// Bytes that evictions under way are about to bring.
  private var evictionInFlight = 0
  /// Somebody left an eviction to those under way, who then have to look again.
  private var mustLookAgain = false

  init(limit: Int, waitLimit: Int, bypassLimit: Int) {
    self.limit = limit
    self.waitLimit = waitLimit
    self.bypassLimit = bypassLimit
  }

  // MARK: Accounts

  /// Opens a line and answers its place.
  mutating func open(name: String, floor: Int, ceiling: Int) -> Int {
    lines.append(Line(name: name, floor: floor, ceiling: ceiling))
    floorSum += floor
    unusedFloors += floor
    precondition(
      floorSum <= limit,
      "the floors of all accounts together (\(floorSum) bytes with \(name)) exceed the budget of "
        + "\(limit) bytes")
    return lines.count - 1
  }

  /// The most an account can ever hold: its ceiling, or all that is not set aside for others.
  func mostEver(_ line: Int) -> Int {
    min(lines[line].ceiling, limit - floorSum + lines[line].floor)
  }

  /// What an account could take now, by the budget alone. Negative while floors opened late are not
  /// yet free.
  func room(_ line: Int) -> Int { limit - used - unusedFloors + lines[line].unusedFloor }

  /// What an account could take now, by its own ceiling alone.
  func roomBelowCeiling(_ line: Int) -> Int { lines[line].ceiling - lines[line].bytes }

  // MARK: Charging

  /// Writes bytes down, whether there is room or not. Over the budget is a bug: debug builds trap.
  mutating func charge(_ line: Int, _ byteCount: Int) {
    unusedFloors -= lines[line].unusedFloor
    lines[line].bytes += byteCount
    unusedFloors += lines[line].unusedFloor
    lines[line].peak = max(lines[line].peak, lines[line].bytes)
    used += byteCount
    peak = max(peak, used)
    assert(
      used <= limit,
      "over budget: \(used) of \(limit) bytes after charging \(byteCount) to \(lines[line].name)")
  }

  /// Takes bytes off an account.
  mutating func uncharge(_ line: Int, _ byteCount: Int) {
    precondition(
      byteCount <= lines[line].bytes,
      "\(lines[line].name) gives back \(byteCount) bytes but holds \(lines[line].bytes)")
    unusedFloors -= lines[line].unusedFloor
    lines[line].bytes -= byteCount
    unusedFloors += lines[line].unusedFloor
    used -= byteCount
  }

  // MARK: The queue

  /// Charges a request that does not wait, if it fits and may go past everyone who does.
  mutating func chargeIfRoom(_ line: Int, _ byteCount: Int, mayBypass: Bool = true) -> Bool {
    if byteCount == 0 { return true }
    guard byteCount <= room(line), byteCount <= roomBelowCeiling(line) else { return false }
    if !waiters.isEmpty {
      guard mayBypass, countBypass(line: line, before: waiters.count) else { return false }
    }
    charge(line, byteCount)
    return true
  }

  /// Puts a request at the end of the queue.
  mutating func enqueue(_ waiter: Waiter) { waiters.append(waiter) }

  /// Takes a request out of the queue, wherever it is.
  mutating func dequeue(_ identifier: UInt64) -> Waiter? {
    guard let place = waiters.firstIndex(where: { $0.identifier == identifier }) else { return nil }
    return waiters.remove(at: place)
  }

  /// Takes out the requests that a floor opened meanwhile has made impossible.
  mutating func dequeueImpossible() -> [Waiter] {
    let queue = waiters
    waiters = queue.filter { $0.byteCount <= mostEver($0.line) }
    return queue.filter { $0.byteCount > mostEver($0.line) }
  }

  /// Charges everyone who may go now and takes them out of the queue.
  ///
  /// - Returns: who goes, and how many bytes the first of those who wait for room still lacks.
  /// - Complexity: O(waiting) for the look, O(waiting²) at worst when many go past many.
  mutating func grant() -> (granted: [Waiter], missing: Int) {
    guard !waiters.isEmpty else { return ([], 0) }
    var granted: [Waiter] = []
    var missing = 0
    var place = 0
    while place < waiters.count {
      let waiter = waiters[place]
      let lacking = waiter.byteCount - room(waiter.line)
      if waiter.byteCount > roomBelowCeiling(waiter.line) {
        place += 1
      } else if lacking > 0 {
        if missing == 0 { missing = lacking }
        if waiter.bypassCount >= bypassLimit { break }
        place += 1
      } else if countBypass(line: waiter.line, before: place) {
        charge(waiter.line, waiter.byteCount)
        granted.append(waiter)
        waiters.remove(at: place)
      } else {
        place += 1
      }
    }
    return (granted, missing)
  }

  /// How much of `lacking` bytes the caller has to evict: what others are evicting right now is on its
  /// way, and they look again afterwards.
  mutating func claimEviction(of lacking: Int) -> Int {
    let claim = max(0, lacking - evictionInFlight)
    if lacking > 0 && claim == 0 { mustLookAgain = true }
    evictionInFlight += claim
    return claim
  }

  /// Ends a claim.
  ///
  /// - Returns: true when somebody relied on it, so that another look is needed even if nothing came.
  mutating func endEviction(of claim: Int) -> Bool {
    evictionInFlight -= claim
    defer { mustLookAgain = false }
    return mustLookAgain
  }

  /// Counts that a request of `line` goes past everyone older who competes with it; false, and
  /// nothing counted, when one of them was gone past often enough.
  private mutating func countBypass(line: Int, before end: Int) -> Bool {
    for place in 0..<end where competes(waiters[place], with: line) {
      if waiters[place].bypassCount >= bypassLimit { return false }
    }
    for place in 0..<end where competes(waiters[place], with: line) {
      waiters[place].bypassCount += 1
    }
    return true
  }

  /// Who waits for its own ceiling competes with its own account only.
  private func competes(_ waiter: Waiter, with line: Int) -> Bool {
    waiter.line == line || waiter.byteCount <= roomBelowCeiling(waiter.line)
  }

  /// Traps when the books are wrong.
  func checkInvariants() {
    precondition(lines.allSatisfy { $0.bytes >= 0 && $0.bytes <= $0.peak }, "a line is off")
    precondition(lines.reduce(0) { $0 + $1.bytes } == used, "the lines do not add up to \(used)")
    precondition(lines.reduce(0) { $0 + $1.unusedFloor } == unusedFloors, "the floors are off")
    precondition(used <= limit, "over budget: \(used) of \(limit) bytes")
    precondition(waiters.count <= waitLimit, "\(waiters.count) requests wait")
    precondition(waiters.allSatisfy { $0.bypassCount <= bypassLimit }, "a request was starved")
    precondition(
      waiters.allSatisfy { $0.byteCount <= mostEver($0.line) }, "a request waits in vain")
  }
}
