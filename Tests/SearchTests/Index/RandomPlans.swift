import TestSupport

@testable import Search

/// Assets, tags, queries and orders by seed.
struct RandomPlans {
  static let tagBound: UInt32 = 600
  var generator: SeededGenerator
  // Trees differ, their leaves come from here: then what they have is worked out once.
  private var leaves: [PlanNode] = []

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

  /// Some tags are on nearly all assets, most on a few.
  mutating func tag() -> UInt32 {
    let place = Double.random(in: 0..<1, using: &generator)
    return UInt32(Double(Self.tagBound) * place * place * place)
  }

  mutating func tags() -> [UInt32] {
    var tags: Set<UInt32> = []
    for _ in 0..<number(0..<20) { tags.insert(tag()) }
    return Array(tags)
  }

  /// Columns of few values, of many, of all there are.
  mutating func value(_ column: NumericColumn) -> Int64? {
    if number(0..<5) == 0 { return nil }
    switch column {
    case .stars: return Int64(number(-1..<6))
    case .width, .height, .tagCount: return Int64(number(0..<300))
    case .added: return [Int64.min, .max, 0, -1, 1].randomElement(using: &generator)
    case .latitude: return Int64(number(-900_000_000..<900_000_001))
    case .longitude: return Int64(number(-1_800_000_000..<1_800_000_001))
    case .duration: return nil
    case .byteCount: return Int64.random(in: .min ... .max, using: &generator)
    default: return Int64(number(-1_000_000..<1_000_000))
    }
  }

  mutating func row(_ id: UInt32) -> AssetRow {
    var row = AssetRow(id: id)
    for column in NumericColumn.allCases { row[column] = value(column) }
    for column in FacetColumn.allCases {
      // Cameras: more than there are codes.
      row[column] = UInt32(column == .camera ? number(0..<700) : number(0..<5))
    }
    row.flags = AssetFlags(rawValue: UInt32(number(0..<4096)) & UInt32(number(0..<4096)))
    row.aspect = UInt8(number(0..<256))
    return row
  }

  /// Makes the leaves of all queries to come.
  mutating func makeLeaves(_ count: Int, _ ids: [UInt32]) {
    leaves = (0..<count).map { _ in leaf(ids) }
  }

  mutating func node(depth: Int = 0) -> PlanNode {
    if depth > 3 || number(0..<3) == 0 { return leaves[number(0..<leaves.count)] }
    return switch number(0..<4) {
    case 0: .and(nodes(depth))
    case 1: .or(nodes(depth))
    case 2: .not(node(depth: depth + 1))
    default: .atLeast(number(0..<5), nodes(depth))
    }
  }

  private mutating func leaf(_ ids: [UInt32]) -> PlanNode {
    switch number(4..<18) {
    case 4: return number(0..<2) == 0 ? .everything : .nothing
    case 5: return .anyTag((0..<number(0..<40)).map { _ in tag() })
    case 6, 7, 8: return range()
    case 9:
      let column = FacetColumn.allCases[number(0..<FacetColumn.allCases.count)]
      return .facet(
        column, (0..<number(0..<4)).map { _ in UInt32(number(0..<(column == .camera ? 700 : 6))) })
    case 10: return .flags(AssetFlags(rawValue: UInt32(1) << UInt32(number(0..<12))))
    case 11:
      let pole = [90.0, -90, 89.9, 0][number(0..<4)]
      return .near(
        latitude: number(0..<2) == 0 ? pole : Double(number(-90..<91)),
        longitude: [180.0, -180, 179.5, 12][number(0..<4)],
        kilometres: Double(number(0..<21_000)))
    case 12: return .assets(ids.filter { _ in number(0..<20) == 0 })
    default: return .tag(tag())
    }
  }

  private mutating func range() -> PlanNode {
    let column = NumericColumn.allCases[number(0..<18)]
    let one = value(column) ?? .min
    let other = value(column) ?? .max
    return .range(column, min(one, other)...max(one, other))
  }

  private mutating func nodes(_ depth: Int) -> [PlanNode] {
    (0..<number(0..<5)).map { _ in node(depth: depth + 1) }
  }

  mutating func order() -> ResultOrder {
    let key: ResultOrder.Key =
      switch number(0..<5) {
      case 0: .identifier
      case 4:
        .listed(
          (0..<number(0..<4)).map { _ in
            (0..<number(0..<300)).map { _ in
              // Some stand twice.
              UInt32(number(0..<2) == 0 ? number(0..<200) : number(0..<200_000))
            }
          })
      case 1: .random(seed: UInt64(number(0..<4)))
      default: .column(NumericColumn.allCases[number(0..<18)])
      }
    return ResultOrder(key, isAscending: number(0..<2) == 0)
  }
}
