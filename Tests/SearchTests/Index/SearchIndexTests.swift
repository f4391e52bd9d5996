import MemoryBudget
import Testing

@testable import Search

@Suite struct SearchIndexTests {
  private func makeIndex() throws -> SearchIndex {
    let builder = IndexBuilder(budget: MemoryBudget(byteLimit: 64 << 20))
    for id in [0, 7, 65_535, 65_536, 200_000] as [UInt32] {
      var row = AssetRow(id: id)
      row[.width] = id == 7 ? nil : Int64(id % 10)
      row[.format] = id % 2
      row.flags = id > 100 ? [.video] : []
      row.aspect = UInt8(id % 200)
      try builder.append(row, tags: id % 2 == 0 ? [3, 9] : [9])
    }
    return try builder.finish()
  }

  private func ids(_ index: SearchIndex, _ node: PlanNode) throws -> [UInt32] {
    var ids: [UInt32] = []
    try index.evaluate(node).forEach { ids.append($0) }
    return ids
  }

  @Test func findsByTagsColumnsAndFlags() throws {
    let index = try makeIndex()
    #expect(index.assetCount == 5)
    #expect(index.tagCount(3) == 3 && index.tagCount(9) == 5 && index.tagCount(4) == 0)
    #expect(try ids(index, .tag(3)) == [0, 65_536, 200_000])
    #expect(try ids(index, .and([.tag(9), .not(.tag(3))])) == [7, 65_535])
    #expect(try ids(index, .range(.width, 5...6)) == [65_535, 65_536])
    #expect(try ids(index, .facet(.format, [1])) == [7, 65_535])
    #expect(try ids(index, .flags(.video)) == [65_535, 65_536, 200_000])
    #expect(try ids(index, .atLeast(2, [.tag(3), .flags(.video), .nothing])) == [65_536, 200_000])
    #expect(try ids(index, .assets([1, 7, 65_536])) == [7, 65_536])
    #expect(index.aspect(of: 7) == 7 && index.aspect(of: 8) == nil)
  }

  @Test func ordersWithMissingValuesLast() throws {
    let index = try makeIndex()
    let all = try index.evaluate(.everything)
    func page(_ key: ResultOrder.Key, _ isAscending: Bool) throws -> [UInt32] {
      try index.page(all, order: ResultOrder(key, isAscending: isAscending), range: 0..<10)
    }
    #expect(try page(.column(.width), true) == [0, 200_000, 65_535, 65_536, 7])
    #expect(try page(.column(.width), false) == [65_536, 65_535, 200_000, 0, 7])
    #expect(try page(.identifier, false) == [200_000, 65_536, 65_535, 7, 0])
    #expect(
      try page(.random(seed: 5), true) == page(.random(seed: 5), false).reversed())
  }

  @Test func followsChanges() throws {
    let index = try makeIndex()
    try index.apply([TagChange(tag: 3, added: [7, 8], removed: [0, 7_000])])
    #expect(try ids(index, .tag(3)) == [7, 65_536, 200_000])
    try index.remove([7, 9])
    #expect(try ids(index, .tag(3)) == [65_536, 200_000])
    #expect(try ids(index, .not(.tag(3))) == [0, 65_535])
    try index.set(.width, [(0, 99), (65_535, nil)])
    #expect(try ids(index, .range(.width, 0...99)) == [0, 65_536, 200_000])
    try index.update([(AssetRow(id: 0), [1])])
    #expect(try ids(index, .tag(9)) == [65_535, 65_536, 200_000])
    #expect(try ids(index, .tag(1)) == [0])
  }
}
