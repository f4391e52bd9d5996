import Synchronization

/// How dear it is to make again what an account holds. Eviction takes the cheapest first.
public enum RecreationCost: Int, Sendable, Comparable, CaseIterable {
  /// Made again from memory within microseconds.
  case recompute
  /// Read again from the disk.
  case diskRead
  /// Decoded again from the original file by a worker.
  case decode
  /// Made again by a model.
  case inference
  /// Never taken away: the holder gives it back.
  case notEvictable

  public static func < (left: RecreationCost, right: RecreationCost) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// One named line of the ledger. Made by `MemoryBudget.account(_:floor:share:recreationCost:)`.
///
/// Thread-safe.
public final class Account: Sendable {
  /// The name shown in the ledger, e.g. `thumbnails.memory`.
  public let name: String
  /// Bytes that stay set aside for this account, used or not: others neither evict nor take them.
  public let floor: Int
  /// The most bytes this account may hold.
  public let byteLimit: Int
  /// Decides the order of eviction.
  public let recreationCost: RecreationCost

  /// The place of its line in the ledger.
  let line: Int
  /// The budget it belongs to; only compared.
  let owner: ObjectIdentifier

  private let hitCount = Atomic<Int>(0)
  private let missCount = Atomic<Int>(0)
  private let evictionCount = Atomic<Int>(0)

  init(
    name: String, floor: Int, byteLimit: Int, recreationCost: RecreationCost, line: Int,
    owner: ObjectIdentifier
  ) {
    self.name = name
    self.floor = floor
    self.byteLimit = byteLimit
    self.recreationCost = recreationCost
    self.line = line
    self.owner = owner
  }

  /// Look-ups that found what they wanted, since the start.
  public var hits: Int { hitCount.load(ordering: .relaxed) }
  /// Look-ups that did not.
  public var misses: Int { missCount.load(ordering: .relaxed) }
  /// Entries thrown out to make room.
  public var evictions: Int { evictionCount.load(ordering: .relaxed) }

  /// Counts look-ups; for caches that are not a `ByteCache` (SQLite's pages, say).
  public func record(hits: Int = 0, misses: Int = 0, evictions: Int = 0) {
    if hits != 0 { hitCount.wrappingAdd(hits, ordering: .relaxed) }
    if misses != 0 { missCount.wrappingAdd(misses, ordering: .relaxed) }
    if evictions != 0 { evictionCount.wrappingAdd(evictions, ordering: .relaxed) }
  }
}
