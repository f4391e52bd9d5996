/// Decides which entry of a cache goes next. Knows entries by their slot, a small number that the cache
/// gives out and uses again.
///
/// Not thread-safe: the cache calls it under its lock. A slot is inserted once and then removed or
/// evicted once.
protocol EvictionPolicy: AnyObject {
  /// A new entry.
  ///
  /// - Parameters:
  ///   - slot: its number.
  ///   - keyHash: tells keys apart for policies that remember evicted ones.
  ///   - byteCount: what it weighs.
  func insert(slot: Int, keyHash: Int, byteCount: Int)
  /// The entry was looked up.
  func touch(slot: Int)
  /// The entry is gone for other reasons than eviction.
  func remove(slot: Int)
  /// Picks the entry to evict and forgets it; nil when there is none.
  func evict() -> Int?
  /// How many entries it knows.
  var count: Int { get }
}

/// The eviction policies there are. `docs/cache-policies.md` has their hit rates.
public enum CachePolicy: String, Sendable, CaseIterable {
  /// Least recently used: one list, every hit moves an entry to its front.
  case lru
  /// SIEVE (Zhang et al., NSDI 2024): a queue, one bit an entry, a hand that keeps what was used.
  case sieve
  /// S3-FIFO (Yang et al., SOSP 2023): a small queue filters one-hit entries out of the main one.
  case s3fifo
  /// ARC with a filter for bursts: two LRU lists with a moving border.
  case adaptive

  func make() -> any EvictionPolicy {
    switch self {
    case .lru: LRUPolicy()
    case .sieve: SievePolicy()
    case .s3fifo: S3FIFOPolicy()
    case .adaptive: AdaptivePolicy()
    }
  }
}

extension CachePolicy {
  /// The policy of choice for browsing; see `docs/cache-policies.md`.
  public static var standard: CachePolicy { .adaptive }
}
