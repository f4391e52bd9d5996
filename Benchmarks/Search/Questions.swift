import Search

/// A query, its order, and what it is called.
struct Question {
  let kind: String
  let node: PlanNode
  let order: ResultOrder
}

/// Queries by seed, of all kinds that people ask.
struct Questions {
  private var numbers = Numbers(20_240_501)
  private let data: Data

  init(_ data: Data) { self.data = data }

  static func make(_ count: Int, _ data: Data) -> [Question] {
    var questions = Questions(data)
    return (0..<count).map { questions.question($0) }
  }

  /// A tag as people ask for it: frequent ones more often.
  private mutating func tag() -> PlanNode { .tag(data.tag(rank: data.rank(&numbers))) }
  private mutating func common() -> PlanNode { .tag(data.tag(rank: 1 + numbers.below(20))) }

  /// All tags whose names begin alike: neighbours by chance, frequent or not.
  private mutating func wildcard() -> PlanNode {
    let count = [5, 20, 80, 300, 1200][numbers.below(5)]
    let first = numbers.below(max(1, data.tagCount - count))
    return .anyTag((first..<min(data.tagCount, first + count)).map { UInt32($0) })
  }

  private mutating func range() -> PlanNode {
    switch numbers.below(6) {
    case 0:
      let start = 1_104_537_600_000 + Int64(numbers.below(600_000_000)) * 1000
      let length = Int64([86_400, 2_592_000, 31_536_000][numbers.below(3)]) * 1000
      return .range(.captured, start...start + length)
    case 1: return .range(.width, Int64(1000 + numbers.below(3000))...Int64.max)
    case 2: return .range(.pixels, 0...Int64(500_000 + numbers.below(20_000_000)))
    case 3: return .range(.byteCount, Int64(numbers.below(8_000_000))...Int64.max)
    case 4: return .range(.stars, Int64(1 + numbers.below(5))...5)
    default: return .range(.iso, 100...[200, 800, 3200][numbers.below(3)])
    }
  }

  private mutating func order() -> ResultOrder {
    let isAscending = numbers.below(3) == 0
    if numbers.below(3) == 0 { return ResultOrder(.identifier, isAscending: isAscending) }
    let column = Data.columns[numbers.below(Data.columns.count)].column
    return ResultOrder(.column(column), isAscending: isAscending)
  }

  private mutating func question(_ number: Int) -> Question {
    let (kind, node): (String, PlanNode) =
      switch number % 13 {
      case 0: ("tag", tag())
      case 1: ("and", .and([tag(), tag()]))
      case 2: ("and of three", .and([tag(), tag(), common()]))
      case 3: ("and not", .and([tag(), .not(tag())]))
      case 4: ("all but a common tag", .not(common()))
      case 5:
        ("common minus its superset", .and([.tag(data.tag(rank: 1)), .not(.tag(data.superset))]))
      case 6: ("or", .or([tag(), tag(), tag()]))
      case 7: ("mixed", .and([.or([tag(), tag()]), common(), .not(tag())]))
      case 8: ("wildcard", wildcard())
      case 9: ("wildcard and tag", .and([wildcard(), common()]))
      case 10: ("range", range())
      case 11: ("tag and ranges", .and([tag(), range(), range()]))
      default: ("common tags and range", .and([common(), .not(common()), range()]))
      }
    return Question(kind: kind, node: node, order: order())
  }
}
