import Catalog
import Platform

/// Snapshots in several orders, and pages of 200 at the start, in the middle and at the end.
struct Pages {
  private static let pageCount = 150
  private static let limit = 200

  func run(in directory: FilePath) async throws {
    let catalog = try await Catalog.open(directory: directory, budget: budget)
    var figures: [(String, Double)] = []
    let sorts: [(String, AssetQuery.Sort)] = [
      ("byTime", .captureTime), ("byName", .name), ("byPath", .path), ("bySize", .byteCount),
    ]
    for (name, sort) in sorts {
      let before = processorSeconds()
      let seconds = try await median(of: 3) {
        _ = try await catalog.snapshot(AssetQuery(sort: sort))
      }
      figures.append(("snapshot.\(name).milliseconds", seconds * 1000))
      // Four runs: the median's three and the one before.
      let processor = (processorSeconds() - before) / 4
      figures.append(("snapshot.\(name).processorMilliseconds", processor * 1000))
    }
    let snapshot = try await catalog.snapshot(AssetQuery())
    figures.append(("rows", Double(snapshot.count)))
    let places = [0, snapshot.count / 2, max(0, snapshot.count - Self.limit)]
    var number = 0
    let byPosition = try await median(of: Self.pageCount) {
      number += 1
      _ = try await catalog.assets(in: snapshot, at: places[number % 3], count: Self.limit)
    }
    figures.append(("page.position.microseconds", byPosition * 1e6))
    // The keys of the assets before those places; the first page needs none.
    var keys: [PageKey?] = []
    for place in places {
      guard let before = snapshot.ids(in: max(0, place - 1)..<place).first else {
        keys.append(nil)
        continue
      }
      keys.append(try await catalog.pageKey(of: before, in: snapshot.query))
    }
    let byKey = try await median(of: Self.pageCount) {
      number += 1
      _ = try await catalog.page(AssetQuery(), after: keys[number % 3], limit: Self.limit)
    }
    figures.append(("page.key.microseconds", byKey * 1e6))
    try await catalog.close()
    report(figures)
  }

  private func median(of count: Int, _ body: () async throws -> Void) async throws -> Double {
    try await body()
    var times: [UInt64] = []
    for _ in 0..<count {
      let begun = monotonicNanoseconds()
      try await body()
      times.append(monotonicNanoseconds() - begun)
    }
    times.sort()
    return Double(times[count / 2]) / 1e9
  }
}
