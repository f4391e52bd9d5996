import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import Search

@Suite struct IndexFileTests {
  private let budget = MemoryBudget(byteLimit: 256 << 20)

  private func makeIndex(_ plans: inout RandomPlans, count: Int) throws -> SearchIndex {
    let builder = IndexBuilder(budget: budget)
    for number in 0..<count {
      let id = UInt32(number) * 29
      // One tag that is kept as bitmaps, one that a single asset has.
      let more: Set<UInt32> = number == 7 ? [1, 9999] : [1]
      try builder.append(plans.row(id), tags: Array(more.union(plans.tags())))
    }
    let index = try builder.finish()
    index.changeNumber = 77
    return index
  }

  private func bytes(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, flags: 0, permissions: 0)
    return try file.read(at: 0, count: Int(try file.status().st_size))
  }

  @Test func keepsAnIndex() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path.appending("search.index")
    var plans = RandomPlans(seed: 4)
    let index = try makeIndex(&plans, count: 6000)
    try IndexFile.save(index, to: path)
    let loaded = try IndexFile.load(from: path, changeNumber: 77, budget: budget)
    #expect(loaded.assetCount == index.assetCount && loaded.changeNumber == 77)
    plans.makeLeaves(100, [29, 58])
    for _ in 0..<100 {
      let node = plans.node()
      let order = plans.order()
      let (one, other) = (try index.evaluate(node), try loaded.evaluate(node))
      try #require(one.count == other.count, "\(node)")
      #expect(
        try index.page(one, order: order, range: 0..<50)
          == loaded.page(other, order: order, range: 0..<50))
    }
    #expect(loaded.aspect(of: 58) == index.aspect(of: 58))
    // And it can be changed as before.
    try loaded.apply([TagChange(tag: 1, removed: [29])])
    #expect(loaded.tagCount(1) == index.tagCount(1) - 1)
  }

  @Test func refusesAnotherChange() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path.appending("search.index")
    var plans = RandomPlans(seed: 5)
    try IndexFile.save(makeIndex(&plans, count: 10), to: path)
    #expect(throws: IndexFileError.self) {
      try IndexFile.load(from: path, changeNumber: 78, budget: budget)
    }
    #expect(throws: IndexFileError.self) {
      try IndexFile.load(
        from: directory.path.appending("none"), changeNumber: nil, budget: budget)
    }
  }

  /// Whatever is changed or cut off is found; with the checksums made right again nothing may trap.
  @Test(arguments: [false, true]) func survivesDamage(repairsChecksums: Bool) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path.appending("search.index")
    var plans = RandomPlans(seed: 6)
    try IndexFile.save(makeIndex(&plans, count: 300), to: path)
    let good = try bytes(path)
    plans.makeLeaves(20, [0, 29])
    for _ in 0..<1500 {
      var bad = good
      switch plans.number(0..<8) {
      case 0: bad.removeLast(plans.number(1..<bad.count))
      case 1: bad.insert(contentsOf: [1, 2, 3], at: plans.number(0..<bad.count))
      default:
        for _ in 0..<plans.number(1..<4) {
          bad[plans.number(0..<bad.count)] ^= UInt8(plans.number(1..<256))
        }
      }
      if repairsChecksums { Self.repair(&bad) }
      try AtomicFile.write(bad, to: path, isDurable: false)
      let index = try? IndexFile.load(from: path, changeNumber: nil, budget: budget)
      guard repairsChecksums else {
        #expect(index == nil)
        continue
      }
      guard let index else { continue }
      let result = try index.evaluate(plans.node())
      _ = try index.page(result, order: plans.order(), range: 0..<10)
    }
  }

  /// Writes the right checksum into every frame that still stands where its length says.
  private static func repair(_ bytes: inout [UInt8]) {
    var (position, number) = (0, 0)
    while position + Frame.headByteCount <= bytes.count {
      let count = (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
      let start = position + Frame.headByteCount
      guard count <= bytes.count - start else { return }
      let sum = bytes[start..<start + count].withUnsafeBytes { Frame.checksum($0, number: number) }
      for index in 0..<8 {
        bytes[position + 4 + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index))
      }
      position = start + count
      number += 1
    }
  }
}
