import Media
import Testing

@testable import Catalog
@testable import Search

/// Random queries through a real catalog and its engine, against an evaluator that looks at each asset.
@Suite struct EngineOracleTests {
  private static let assetCount = 5000
  /// Of each of four libraries. `OracleTests` asks 20,000 of the index alone; here each goes through the
  /// catalog, its order and its page too, which takes ten times as long.
  private static let queryCount = 1250

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func `the engine finds what each asset says`(seed: UInt64) async throws {
    // The index is there before most of it is said, and follows.
    let oracle = try await OracleCatalog(count: Self.assetCount, seed: seed) { fixture in
      let count = try await fixture.engine.count(AssetQuery(search: "cat or -cat"))
      #expect(count == Self.assetCount)
    }
    let evaluator = OracleEvaluator(oracle.library)
    var generator = QueryTextGenerator(oracle.library, seed: seed &* 77, asksCatalog: seed == 4)
    var filledCount = 0
    for _ in 0..<Self.queryCount {
      let text = generator.text()
      let query = try Query(parsing: text, clock: .system())
      let found = try await oracle.fixture.engine.results(AssetQuery(sort: .added, search: text))
      let ids = found.snapshot.ids(in: 0..<found.snapshot.count).map { UInt32($0.rawValue) }
      let expected = Self.expected(query, oracle.library, evaluator)
      if !expected.isEmpty { filledCount += 1 }
      guard ids == expected else {
        Issue.record("\(text): \(ids.count) found, \(expected.count) expected")
        return
      }
    }
    #expect(filledCount > Self.queryCount / 2)
  }

  /// The members of the albums a query names, album after album as it names them.
  private static func listed(
    by expression: Expression, _ library: OracleLibrary, _ evaluator: OracleEvaluator
  ) -> [UInt32] {
    var ids: [UInt32] = []
    expression.forEachLeaf { leaf in
      guard case .values(let field, _) = leaf, field == .album || field == .pool else { return }
      let answer = evaluator.answer(leaf)
      for name in field == .album ? OracleLibrary.albums : OracleLibrary.pools {
        ids += library.assets.indices
          .filter { answer[$0] && library.assets[$0].names[field] == name }
          .map { library.assets[$0].id }
          .sorted { OracleLibrary.rank(of: $0) < OracleLibrary.rank(of: $1) }
      }
    }
    return ids
  }

  private static func expected(
    _ query: Query, _ library: OracleLibrary, _ evaluator: OracleEvaluator
  ) -> [UInt32] {
    let answer = evaluator.answer(query.expression)
    let showsMissing = query.expression.mentions(.missing)
    let found = library.assets.indices.filter {
      answer[$0] && (showsMissing || !library.assets[$0].flags.contains(.missing))
    }.map { library.assets[$0] }
    let isAscending = query.order?.isAscending ?? true
    var places: [UInt32: Int] = [:]
    if query.order?.field == .album {
      for id in listed(by: query.expression, library, evaluator) where places[id] == nil {
        places[id] = places.count
      }
    }
    func key(_ asset: OracleAsset) -> [UInt8]? {
      func number(_ field: NumberField) -> [UInt8]? {
        asset.numbers[field].map { value in
          let bits = UInt64(bitPattern: value) ^ (1 << 63)
          return (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - $0 * 8)) }
        }
      }
      switch query.order?.field ?? .new {
      case .new: return []
      case .taken: return number(.taken)
      case .name: return NaturalOrder.key(of: Array((asset.names[.filename] ?? "").utf8))
      case .size: return number(.size)
      case .mp: return number(.mp)
      case .stars: return number(.stars)
      case .tagcount: return number(.tagcount)
      case .album:
        return places[asset.id].map { place in
          (0..<8).map { UInt8(truncatingIfNeeded: place >> (56 - $0 * 8)) }
        }
      case .random: return RandomOrder.key(of: asset.id, seed: query.order?.seed ?? 0).bytes
      }
    }
    let keyed = found.map { ($0.id, key($0)) }
    let valued = keyed.filter { $0.1 != nil }.sorted {
      let (left, right) = ($0.1 ?? [], $1.1 ?? [])
      return left == right ? $0.0 < $1.0 : left.lexicographicallyPrecedes(right)
    }.map(\.0)
    let rest = keyed.filter { $0.1 == nil }.map(\.0)
    let ordered = isAscending ? valued + rest : valued.reversed() + rest.reversed()
    return Array(ordered.prefix(query.limit ?? .max))
  }
}

extension UInt64 {
  fileprivate var bytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - $0 * 8)) }
  }
}
