import Platform

/// The weights of the last few reductions: pictures of one camera are all reduced alike, and to make the
/// weights takes as long as to apply them to a few dozen rows. Thread-safe.
final class WeightShelf: Sendable {
  /// What weights depend on.
  struct Key: Hashable {
    let sourceCount: Int
    let extent: Double
    let targetCount: Int
    let averaged: Int
    let mostFractionBits: Int
  }

  /// The one of the process.
  static let shared = WeightShelf(capacity: 8)

  /// Larger ones, of pictures that are reduced very far, are made each time, so that all that are kept
  /// take a quarter of a mebibyte at most.
  static let keptWeightCount = 12 << 10

  private let capacity: Int
  /// The last used in front.
  private let kept = Locked<[(key: Key, weights: LanczosWeights)]>([])

  init(capacity: Int) { self.capacity = capacity }

  /// The weights, made if they are not there.
  func weights(for key: Key) -> LanczosWeights {
    let found = kept.withLock { kept -> LanczosWeights? in
      guard let place = kept.firstIndex(where: { $0.key == key }) else { return nil }
      let entry = kept.remove(at: place)
      kept.insert(entry, at: 0)
      return entry.weights
    }
    if let found { return found }
    let made = LanczosWeights(
      sourceCount: key.sourceCount, extent: key.extent, targetCount: key.targetCount,
      averaged: key.averaged, mostFractionBits: key.mostFractionBits)
    if made.weights.count <= Self.keptWeightCount {
      kept.withLock { kept in
        if kept.count == capacity { kept.removeLast() }
        kept.insert((key, made), at: 0)
      }
    }
    return made
  }

  /// How many are kept.
  var count: Int { kept.withLock { $0.count } }
}
