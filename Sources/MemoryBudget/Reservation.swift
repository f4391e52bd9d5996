/// Bytes promised to one piece of work before it allocates them.
///
/// Released exactly once: when the value ends, or earlier by `release()`; the compiler refuses a
/// second use. Whoever holds it may use up to `byteCount` bytes.
///
/// ```swift
/// let reservation = try await budget.reserve(byteCount, for: account)
/// let pixels = decode()            // now allocate
/// reservation.release()            // or let it go out of scope
/// ```
public struct Reservation: ~Copyable, Sendable {
  private let budget: MemoryBudget
  /// The account that is charged.
  public let account: Account
  /// The bytes held now.
  public private(set) var byteCount: Int

  /// For bytes that are charged already.
  init(charged byteCount: Int, budget: MemoryBudget, account: Account) {
    self.budget = budget
    self.account = account
    self.byteCount = byteCount
  }

  deinit { budget.giveBack(byteCount, line: account.line) }

  /// Gives back all but `newByteCount` bytes.
  public mutating func shrink(to newByteCount: Int) {
    precondition(
      newByteCount >= 0 && newByteCount <= byteCount,
      "a reservation of \(byteCount) bytes cannot shrink to \(newByteCount)")
    let rest = byteCount - newByteCount
    byteCount = newByteCount
    budget.giveBack(rest, line: account.line)
  }

  /// Takes more bytes if there is room, evicting caches if need be; never waits.
  ///
  /// - Returns: false, with nothing changed, when there is no room.
  public mutating func growIfRoom(to newByteCount: Int) -> Bool {
    precondition(newByteCount >= byteCount, "use shrink(to:) to make a reservation smaller")
    guard budget.takeIfRoom(newByteCount - byteCount, for: account) else { return false }
    byteCount = newByteCount
    return true
  }

  /// Writes down what was measured for memory nobody could reserve beforehand: the PSS of an idle
  /// worker, say.
  ///
  /// Evicts caches to make room. If that is not enough the budget is overrun, which is a bug:
  /// debug builds trap; release builds show it in the ledger, and nothing new is granted till it is over.
  public mutating func setMeasured(byteCount newByteCount: Int) {
    precondition(newByteCount >= 0, "no measure is negative")
    if newByteCount <= byteCount { return shrink(to: newByteCount) }
    if growIfRoom(to: newByteCount) { return }
    budget.takeMeasured(newByteCount - byteCount, for: account)
    byteCount = newByteCount
  }

  /// Splits off a part as a reservation of its own.
  ///
  /// - Parameter partByteCount: at most `byteCount`.
  public mutating func split(_ partByteCount: Int) -> Reservation {
    precondition(
      partByteCount >= 0 && partByteCount <= byteCount,
      "a reservation of \(byteCount) bytes has no part of \(partByteCount)")
    byteCount -= partByteCount
    return Reservation(charged: partByteCount, budget: budget, account: account)
  }

  /// Gives everything back now.
  public consuming func release() {}
}
