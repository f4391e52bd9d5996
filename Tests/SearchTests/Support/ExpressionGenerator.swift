import Media
import Search
import TestSupport

/// Makes expressions at random, in any form, also such as no text is read as: an `and` in an `and`, one
/// of one member, names of any characters.
struct ExpressionGenerator {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func query() -> Query {
    var order: Query.Order?
    if chance(3) {
      let field = OrderField.allCases.randomElement(using: &random) ?? .new
      order =
        field == .random
        ? .init(.random, isAscending: true, seed: random.next())
        : .init(field, isAscending: chance(2))
    }
    let limit = chance(4) ? Int.random(in: 1...QueryLimits.resultCount, using: &random) : nil
    return Query(
      expression(depth: Int.random(in: 0...5, using: &random)), order: order, limit: limit)
  }

  mutating func expression(depth: Int) -> Expression {
    if depth == 0 { return leaf() }
    let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
      expression(depth: depth - 1)
    }
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .and(members)
    case 1: return .or(members)
    case 2: return .not(expression(depth: depth - 1))
    case 3 where !members.isEmpty:
      return .atLeast(Int.random(in: 1...members.count, using: &random), members)
    default: return leaf()
    }
  }

  private mutating func leaf() -> Expression {
    switch Int.random(in: 0..<14, using: &random) {
    case 0: return .everything
    case 1: return .text(name(emptyAllowed: true))
    case 2, 3, 4: return range()
    case 5: return .flag(FlagField.allCases.randomElement(using: &random) ?? .video)
    case 6:
      return .near(
        latitude: Double.random(in: -90...90, using: &random),
        longitude: chance(2) ? 1e-7 : Double.random(in: -180...180, using: &random),
        kilometres: chance(2) ? 5e-5 : Double.random(in: 0.001...20_000, using: &random))
    case 7: return .similar(AssetID(rawValue: Int64.random(in: 1...Int64.max, using: &random)))
    case 8, 9: return values()
    default: return .tag(pattern(), category: chance(3) ? name() : nil)
    }
  }

  private mutating func values() -> Expression {
    let field = NameField.allCases.randomElement(using: &random) ?? .path
    let words = QueryField.all.first { $0.name == field.rawValue }?.words ?? []
    return .values(
      field,
      (0..<Int.random(in: 0...3, using: &random)).map { _ in
        words.randomElement(using: &random).map { NamePattern($0) } ?? pattern()
      })
  }

  private mutating func range() -> Expression {
    let field = NumberField.allCases.randomElement(using: &random) ?? .width
    func bound(_ random: inout SeededGenerator) -> Int64 {
      switch field {
      case .stars: return Int64.random(in: -1...5, using: &random)
      case .taken, .added:
        let moment = Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random)
        // Whole days and seconds too.
        let unit: Int64 =
          [1, 1000, 60_000, 3_600_000, 86_400_000].randomElement(using: &random) ?? 1
        return max(moment / unit * unit, -62_135_596_800_000)
      default:
        let most: Int64 =
          [10, 3000, 5_000_000_000, 999_999_999_999_999_999]
          .randomElement(using: &random) ?? 10
        return Int64.random(in: -10...most, using: &random)
      }
    }
    let (first, second) = (bound(&random), bound(&random))
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return .range(field, lower: first, upper: nil)
    case 1: return .range(field, lower: nil, upper: first)
    case 2: return .range(field, lower: nil, upper: nil)
    case 3: return .range(field, lower: first, upper: first)
    default: return .range(field, lower: min(first, second), upper: max(first, second))
    }
  }

  mutating func pattern() -> NamePattern {
    let pieces = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      chance(2) ? NamePattern.Piece.anything : .literal(name(emptyAllowed: true))
    }
    return pieces.contains { $0 != .literal("") } ? NamePattern(pieces) : NamePattern(name())
  }

  /// Characters that mean something, letters of many scripts, words of the language.
  private mutating func name(emptyAllowed: Bool = false) -> String {
    if chance(8) {
      return [
        "or", "AND", "||", "|", "&", "/a/", "//", "rating", "tag", "any:2(a)", "-", "~", ":)", ">3",
        "cat_(animal)", "a(b", "a)b", "((", "re:zero", "a, b", "order:new", "\"", "\\", "*", ">",
        "<",
      ].randomElement(using: &random) ?? "or"
    }
    let characters = Array(
      "ab1_-~:\"\\*(),.<>=/|& éß東ש\u{301}\u{200F}\u{3000}\u{202E}👍".unicodeScalars)
    var name = ""
    for _ in 0..<Int.random(in: (emptyAllowed ? 0 : 1)...6, using: &random) {
      name.unicodeScalars.append(characters.randomElement(using: &random) ?? "a")
    }
    return name
  }

  private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
}
