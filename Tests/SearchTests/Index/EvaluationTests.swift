import MemoryBudget
import Testing

@testable import Search

/// The index against an evaluator that looks at every asset.
@Suite struct EvaluationTests {
  private let budget = MemoryBudget(byteLimit: 256 << 20)

  /// The result has these ids and no others.
  private func expect(_ result: ResultSet, is expected: NaiveIndex.Words, _ node: PlanNode) throws {
    let count = expected.reduce(0) { $0 + $1.nonzeroBitCount }
    try #require(result.count == count, "\(node)")
    switch result.contents {
    case .ids(let ids): try #require(ids == NaiveIndex.ids(expected), "\(node)")
    case .bitmaps(let bitmaps):
      for (slot, key) in result.keys.enumerated() where result.counts[slot] > 0 {
        let first = Int(key) * Bits.wordCount
        for word in 0..<Bits.wordCount {
          let wanted = first + word < expected.count ? expected[first + word] : 0
          guard bitmaps[slot].word(word) == wanted else {
            try #require(bitmaps[slot].word(word) == wanted, "\(node)")
            return
          }
        }
      }
    }
  }

  /// Whatever the index says about a query is what the other says.
  private func compare(
    _ index: SearchIndex, _ naive: inout NaiveIndex, _ plans: inout RandomPlans, isThorough: Bool
  ) throws {
    let node = plans.node()
    let result = try index.evaluate(node)
    let expected = naive.words(node)
    try expect(result, is: expected, node)
    // Sorting many without the optimiser takes longer than everything else.
    guard isThorough || result.count < 100 else { return }
    let order = plans.order()
    let sorted = naive.ordered(order).filter { NaiveIndex.contains(expected, $0) }
    let low = plans.number(0..<max(1, sorted.count))
    for range in [0..<20, low..<low + 30] {
      let page = try index.page(result, order: order, range: range)
      let clamped = range.clamped(to: 0..<sorted.count)
      try #require(page == Array(sorted[clamped]), "\(node) \(order) \(range)")
    }
    var all = [UInt32](repeating: 0, count: sorted.count)
    try all.withUnsafeMutableBufferPointer { target in
      try index.ordered(result, order: order, into: target)
    }
    try #require(all == sorted, "\(node) \(order)")
    var visited: [UInt32] = []
    result.forEach { visited.append($0) }
    #expect(visited == NaiveIndex.ids(expected))
    for id in visited.prefix(3) {
      #expect(result.contains(id) && !result.contains(id ^ 0x8000_0000))
    }
  }

  private func build(
    _ ids: [UInt32], _ plans: inout RandomPlans
  ) throws -> (index: SearchIndex, naive: NaiveIndex) {
    let builder = IndexBuilder(budget: budget)
    var rows: [(row: AssetRow, tags: [UInt32])] = []
    for id in ids { rows.append((plans.row(id), plans.tags())) }
    for (row, tags) in rows { try builder.append(row, tags: tags) }
    plans.makeLeaves(400, ids)
    var naive = NaiveIndex()
    naive.update(rows)
    return (try builder.finish(), naive)
  }

  /// In four parts, which run beside each other: twenty thousand queries over five thousand assets.
  @Test(arguments: 1...4)
  func answersAsAnEvaluatorWithoutAnIndex(part: UInt64) throws {
    var plans = RandomPlans(seed: part)
    var ids: [UInt32] = []
    var next: UInt32 = part % 2 == 0 ? 0 : 63_000
    for _ in 0..<5000 {
      ids.append(next)
      next += UInt32(plans.number(0..<20) == 0 ? plans.number(1..<300) : 1)
    }
    var (index, naive) = try build(ids, &plans)
    for number in 0..<5000 {
      try compare(index, &naive, &plans, isThorough: number % 250 == 0)
    }
  }

  /// Ids at the ends of chunks and of their range, with nothing between.
  @Test func keepsIDsFarApart() throws {
    var plans = RandomPlans(seed: 9)
    let ids: [UInt32] = [
      0, 1, 63, 64, 1023, 1024, 65_535, 65_536, 131_071, 131_072, 700_000, 5_000_000,
    ]
    var (index, naive) = try build(ids, &plans)
    for _ in 0..<200 { try compare(index, &naive, &plans, isThorough: true) }
  }

  @Test func answersWithoutAssets() throws {
    let index = try IndexBuilder(budget: budget).finish()
    var plans = RandomPlans(seed: 3)
    plans.makeLeaves(100, [0])
    for _ in 0..<200 {
      let result = try index.evaluate(plans.node())
      #expect(result.count == 0)
      #expect(try index.page(result, order: plans.order(), range: 0..<10).isEmpty)
    }
    #expect(try index.facetCounts(index.evaluate(.everything), .format).isEmpty)
  }

  @Test func followsChangesBetweenQueries() throws {
    var plans = RandomPlans(seed: 5)
    let ids = (0..<3000).map { UInt32($0) * 37 }
    var (index, naive) = try build(Array(ids.prefix(1500)), &plans)
    for round in 0..<150 {
      switch plans.number(0..<5) {
      case 0:
        let some = ids.filter { _ in plans.number(0..<50) == 0 }
        var batch: [(row: AssetRow, tags: [UInt32])] = []
        for id in some {
          batch.append((plans.row(id), plans.tags()))
        }
        naive.update(batch)
        try index.update(batch)
      case 1:
        let some = ids.filter { _ in plans.number(0..<200) == 0 }
        try index.remove(some)
        let gone = Set(some)
        naive.assets = naive.assets.filter { !gone.contains($0.key) }
      case 2:
        let column = NumericColumn.allCases[plans.number(0..<18)]
        var values: [(id: UInt32, value: Int64?)] = []
        for id in ids where plans.number(0..<40) == 0 { values.append((id, plans.value(column))) }
        try index.set(column, values)
        var assets = naive.assets
        for (id, value) in values { assets[id]?.row[column] = value }
        naive.assets = assets
      default:
        var changes: [TagChange] = []
        for _ in 0..<plans.number(1..<8) {
          var change = TagChange(tag: plans.tag())
          let share = [2, 10, 300][plans.number(0..<3)]
          for id in ids where plans.number(0..<share) == 0 {
            if plans.number(0..<2) == 0 {
              change.added.append(id)
            } else {
              change.removed.append(id)
            }
          }
          changes.append(change)
        }
        naive.apply(changes)
        try index.apply(changes)
      }
      #expect(index.assetCount == naive.assets.count)
      for number in 0..<8 { try compare(index, &naive, &plans, isThorough: number == 0) }
      if round % 50 == 49 {
        for tag in 0..<RandomPlans.tagBound {
          let expected = naive.assets.values.count { $0.tags.contains(tag) }
          try #require(index.tagCount(tag) == expected, "\(tag)")
        }
        try index.settle()
      }
    }
  }

  /// Results so large that only a part of them is looked at for a page, one after another: what one page
  /// used must not be what the next result is kept in.
  @Test func pagesOfLargeResults() throws {
    var plans = RandomPlans(seed: 8)
    let ids = (0..<12_000).map { UInt32($0) * 11 }
    var (index, naive) = try build(ids, &plans)
    let nodes: [PlanNode] = [.everything, .not(.tag(300)), .not(.flags(.favourite))]
    let columns: [NumericColumn] = [.byteCount, .width, .stars, .added, .duration, .captured]
    for number in 0..<36 {
      let node = nodes[number % nodes.count]
      let order = ResultOrder(
        .column(columns[number % columns.count]), isAscending: number % 4 < 2)
      let result = try index.evaluate(node)
      let expected = naive.words(node)
      let sorted = naive.ordered(order).filter { NaiveIndex.contains(expected, $0) }
      try #require(result.count == sorted.count && sorted.count > 8192)
      for range in [0..<200, 0..<200, 4000..<4200, sorted.count - 50..<sorted.count] {
        let page = try index.page(result, order: order, range: range)
        try #require(page == Array(sorted[range]), "\(node) \(order) \(range)")
      }
    }
  }

  @Test func countsFacetsAndTags() throws {
    var plans = RandomPlans(seed: 6)
    var (index, naive) = try build((0..<4000).map { UInt32($0) }, &plans)
    for node in [PlanNode.everything, .tag(1), .tag(300), .not(.tag(0)), .nothing] {
      let result = try index.evaluate(node)
      let ids = NaiveIndex.ids(naive.words(node))
      for facet in FacetColumn.allCases {
        var expected: [UInt32: Int] = [:]
        for id in ids { expected[naive.assets[id]!.row[facet], default: 0] += 1 }
        let found = try index.facetCounts(result, facet)
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.value, $0.count) }) == expected)
        #expect(
          zip(found, found.dropFirst()).allSatisfy { ($0.count, $1.value) >= ($1.count, $0.value) })
      }
      for column in [NumericColumn.stars, .folderPlace, .width, .added] {
        let values = ids.compactMap { naive.assets[$0]!.row[column] }
        let range = (values.min() ?? 0)...(min(values.max() ?? 0, (values.min() ?? 0) + 3000))
        let counts = try index.counts(result, column, of: range)
        var found: [Int64: Int] = [:]
        counts.forEach { found[$0] = $1 }
        #expect(
          found == Dictionary(values.filter(range.contains).map { ($0, 1) }, uniquingKeysWith: +))
        #expect(range.allSatisfy { counts[$0] == found[$0] ?? 0 })
        #expect(counts[range.lowerBound &- 1] == 0 && counts[range.upperBound &+ 1] == 0)
      }
      for wanted in [1, 7, 64, 5000] {
        let step = max(1, ids.count / wanted)
        #expect(result.sample(wanted) == stride(from: 0, to: ids.count, by: step).map { ids[$0] })
      }
      let tags = Array(0..<RandomPlans.tagBound + 5)
      let counts = try index.tagCounts(result, among: tags)
      for tag in tags {
        #expect(counts[Int(tag)] == ids.count { naive.assets[$0]!.tags.contains(tag) })
      }
    }
  }
}
