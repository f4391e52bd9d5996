/// Why the budget said no. Each case is a sentence with the numbers and the way out.
public enum BudgetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes can never be there at once, however long one waits: `limit` is the most this account
  /// can ever hold (its ceiling, or the budget less the floors of all others).
  case neverFits(needed: Int, limit: Int)
  /// As many reservations wait already as may wait; try again later.
  case queueFull(limit: Int)

  public var description: String {
    switch self {
    case .neverFits(let needed, let limit):
      """
      this needs \(needed) bytes of memory, and at most \(limit) can ever be given to it; \
      raise --memory or ask for less at a time
      """
    case .queueFull(let limit):
      "\(limit) requests wait for memory already; try again later"
    }
  }
}
