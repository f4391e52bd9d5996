/// What one account held at one moment.
public struct AccountSnapshot: Sendable, Equatable {
  /// The account's name.
  public let name: String
  /// Bytes held now.
  public let bytes: Int
  /// The most bytes it ever held.
  public let peak: Int
  /// Bytes set aside for it.
  public let floor: Int
  /// The most bytes it may hold.
  public let limit: Int
  /// Look-ups that found something, that did not, and entries thrown out.
  public let hits: Int, misses: Int, evictions: Int
  /// How dear its contents are to make again.
  public let recreationCost: RecreationCost
}

/// The whole ledger at one moment; the lines add up to `used`.
public struct LedgerSnapshot: Sendable, Equatable {
  /// One line an account, in the order they were opened.
  public let accounts: [AccountSnapshot]
  /// Bytes held by all accounts.
  public let used: Int
  /// The most bytes ever held by all accounts together.
  public let peak: Int
  /// The budget.
  public let limit: Int
  /// Reservations that wait for room.
  public let waiting: Int

  /// What the processes really use beyond the ledger: measured PSS less what is charged.
  ///
  /// Negative while reserved memory is not touched yet.
  public func unaccounted(treePSS: Int) -> Int { treePSS - used }

  /// The line of a name.
  public subscript(name: String) -> AccountSnapshot? { accounts.first { $0.name == name } }
}
