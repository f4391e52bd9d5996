@testable import Search

/// What an index must answer: leaves asset by asset, the rest by sets of ids.
struct NaiveIndex {
  /// A set of ids, a bit each.
  typealias Words = [UInt64]

  var assets: [UInt32: (row: AssetRow, tags: Set<UInt32>)] = [:] { didSet { forget() } }
  private var leaves: [PlanNode: Words] = [:]
  private var orders: [ResultOrder: [UInt32]] = [:]
  private var wordCount = 0

  private mutating func forget() {
    leaves = [:]
    orders = [:]
    wordCount = assets.keys.max().map { Int($0 >> 6) + 1 } ?? 0
  }

  mutating func update(_ rows: [(row: AssetRow, tags: [UInt32])]) {
    assets.merge(rows.map { ($0.row.id, ($0.row, Set($0.tags))) }) { $1 }
  }

  mutating func apply(_ changes: [TagChange]) {
    var assets = assets
    for change in changes {
      for id in change.added { assets[id]?.tags.insert(change.tag) }
      for id in change.removed { assets[id]?.tags.remove(change.tag) }
    }
    self.assets = assets
  }

  static func contains(_ words: Words, _ id: UInt32) -> Bool {
    Int(id >> 6) < words.count && words[Int(id >> 6)] >> UInt64(id & 63) & 1 != 0
  }

  static func ids(_ words: Words) -> [UInt32] {
    var ids: [UInt32] = []
    for (index, word) in words.enumerated() where word != 0 {
      for bit in 0..<64 where word >> UInt64(bit) & 1 != 0 { ids.append(UInt32(index << 6 | bit)) }
    }
    return ids
  }

  mutating func words(_ node: PlanNode) -> Words {
    switch node {
    case .and(let nodes):
      var result = leaf(.everything)
      for node in nodes { Self.combine(&result, words(node)) { $0 & $1 } }
      return result
    case .or(let nodes):
      var result = Words(repeating: 0, count: wordCount)
      for node in nodes { Self.combine(&result, words(node)) { $0 | $1 } }
      return result
    case .not(let node):
      var result = leaf(.everything)
      Self.combine(&result, words(node)) { $0 & ~$1 }
      return result
    case .atLeast(let count, let nodes):
      // Those in so many of them, for each number.
      var levels = [leaf(.everything)]
      for node in nodes {
        let one = words(node)
        var next = levels + [Words(repeating: 0, count: wordCount)]
        for level in levels.indices {
          var both = levels[level]
          Self.combine(&both, one) { $0 & $1 }
          Self.combine(&next[level + 1], both) { $0 | $1 }
        }
        levels = next
      }
      return count < levels.count ? levels[max(0, count)] : Words(repeating: 0, count: wordCount)
    default: return leaf(node)
    }
  }

  private static func combine(
    _ target: inout Words, _ other: Words, _ body: (UInt64, UInt64) -> UInt64
  ) {
    for index in target.indices where target[index] != 0 || other[index] != 0 {
      target[index] = body(target[index], other[index])
    }
  }

  private mutating func leaf(_ node: PlanNode) -> Words {
    if let known = leaves[node] { return known }
    var words = Words(repeating: 0, count: wordCount)
    for (id, asset) in assets where Self.matches(node, asset.row, asset.tags) {
      words[Int(id >> 6)] |= 1 << UInt64(id & 63)
    }
    leaves[node] = words
    return words
  }

  private static func matches(_ node: PlanNode, _ row: AssetRow, _ tags: Set<UInt32>) -> Bool {
    switch node {
    case .everything: true
    case .nothing: false
    case .tag(let tag): tags.contains(tag)
    case .anyTag(let some): some.contains { tags.contains($0) }
    case .range(let column, let range): row[column].map(range.contains) ?? false
    case .facet(let column, let values): values.contains(row[column])
    case .flags(let flags): row.flags.isSuperset(of: flags)
    case .near(let latitude, let longitude, let kilometres):
      if let north = row[.latitude], let east = row[.longitude] {
        GreatCircle.kilometres(
          latitude: latitude, longitude: longitude, toLatitude: Double(north) / 1e7,
          toLongitude: Double(east) / 1e7) <= kilometres
      } else {
        false
      }
    case .assets(let ids): ids.contains(row.id)
    case .and, .or, .not, .atLeast: preconditionFailure("no leaf")
    }
  }

  /// All ids in an order.
  mutating func ordered(_ order: ResultOrder) -> [UInt32] {
    if let known = orders[order] { return known }
    var valued: [(value: Int64, tie: UInt64, id: UInt32)] = []
    var missing: [UInt32] = []
    for (id, asset) in assets {
      switch order.key {
      case .identifier: valued.append((0, 0, id))
      case .listed(let lists):
        if let place = lists.joined().enumerated().first(where: { $0.element == id })?.offset {
          valued.append((Int64(place), 0, id))
        } else {
          missing.append(id)
        }
      case .random(let seed): valued.append((0, RandomOrder.key(of: id, seed: seed), id))
      case .column(let column):
        if let value = asset.row[column] {
          valued.append((value, 0, id))
        } else {
          missing.append(id)
        }
      }
    }
    valued.sort { ($0.value, $0.tie, $0.id) < ($1.value, $1.tie, $1.id) }
    missing.sort()
    let all =
      order.isAscending
      ? valued.map(\.id) + missing : valued.reversed().map(\.id) + missing.reversed()
    orders[order] = all
    return all
  }
}
