import Media
import MemoryBudget

/// Which assets an edit is about.
public enum AssetSelection: Sendable {
  /// These, in any order.
  case assets([AssetID])
  /// All of a result.
  case result(ResultSnapshot)

  /// How many were named.
  public var count: Int {
    switch self {
    case .assets(let ids): ids.count
    case .result(let snapshot): snapshot.count
    }
  }
}

/// The assets of a selection, ascending, each once: the order of the pages they are on.
final class OrderedAssets: Sendable {
  private let few: [Int64]
  // One bit an id from `first` on.
  private let words: [UInt64]
  private let first: Int64
  private let reservation: Reservation?
  /// How many there are.
  let count: Int

  // 64 KiB.
  private static let fewCount = 8192

  /// Orders a selection; a large one takes a bit for each id between its first and last, charged to
  /// `catalog.edits`.
  ///
  /// - Throws: `EditError` when an id is higher than any asset's; `BudgetError` when it can never fit.
  init(_ selection: AssetSelection, highestID: Int64, budget: MemoryBudget) async throws {
    var (low, high) = (Int64.max, Int64.min)
    try Self.forEach(selection) { id in
      low = min(low, id)
      high = max(high, id)
      if id < 1 || id > highestID {
        throw EditError(.notFound, "There is no asset \(id); load the list again.")
      }
    }
    if selection.count <= Self.fewCount {
      var ids: [Int64] = []
      ids.reserveCapacity(selection.count)
      Self.forEach(selection) { ids.append($0) }
      ids.sort()
      var unique = 0
      for index in ids.indices where index == 0 || ids[index] != ids[unique - 1] {
        ids[unique] = ids[index]
        unique += 1
      }
      ids.removeLast(ids.count - unique)
      few = ids
      words = []
      first = 0
      reservation = nil
      count = ids.count
      return
    }
    let wordCount = Int((high - low) >> 6) + 1
    reservation = try await budget.reserve(wordCount * 8, for: budget.account("catalog.edits"))
    var bits = [UInt64](repeating: 0, count: wordCount)
    Self.forEach(selection) { id in
      bits[Int((id - low) >> 6)] |= 1 << UInt64((id - low) & 63)
    }
    few = []
    words = bits
    first = low
    count = bits.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// Calls `body` with each id, ascending.
  func forEach(_ body: (Int64) throws -> Void) rethrows {
    for id in few { try body(id) }
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        try body(first + Int64(index * 64 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
  }

  private static func forEach(
    _ selection: AssetSelection, _ body: (Int64) throws -> Void
  ) rethrows {
    switch selection {
    case .assets(let ids): for id in ids { try body(id.rawValue) }
    case .result(let snapshot):
      for start in stride(from: 0, to: snapshot.count, by: 4096) {
        let ids = snapshot.ids(in: start..<min(start + 4096, snapshot.count))
        for id in ids { try body(id.rawValue) }
      }
    }
  }
}

extension Catalog {
  /// Orders a selection for an edit.
  func ordered(_ selection: AssetSelection) async throws -> OrderedAssets {
    let highest = try await read { try $0.highestAssetID() }
    return try await OrderedAssets(selection, highestID: highest, budget: budget)
  }
}
