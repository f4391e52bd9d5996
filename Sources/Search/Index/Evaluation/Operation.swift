/// A query as it is evaluated: what its parts have is looked up, and parts that are evaluated first stand
/// first. Holds only while the index does not change.
indirect enum Operation {
  case nothing
  case everything
  case dense(DensePostings)
  case list(PackedList)
  /// Ascending, all of them there.
  case ids([UInt32])
  case union(TagUnion)
  case values(ValueTest)
  /// By its number.
  case flag(Int)
  case near(NearTest)
  case and([Planned])
  case or([Planned])
  case not(Planned)
  case atLeast(Int, [Planned])
}

/// An operation, and how many assets it finds at least and at most.
struct Planned {
  let operation: Operation
  let bounds: ClosedRange<Int>

  init(_ operation: Operation, _ bounds: ClosedRange<Int>) {
    self.operation = bounds.upperBound == 0 ? .nothing : operation
    self.bounds = bounds
  }

  static var nothing: Planned { Planned(.nothing, 0...0) }
}

/// Makes operations of a query.
struct Planner {
  /// Each level takes stack and a bitmap; the language allows 64.
  static let depthLimit = 512

  let index: SearchIndex
  private var total: Int { index.assetCount }

  init(_ index: SearchIndex) { self.index = index }

  func plan(_ node: PlanNode, depth: Int = 0) throws(SearchIndexError) -> Planned {
    precondition(depth < Self.depthLimit, "a query has at most \(Self.depthLimit) levels")
    switch node {
    case .everything: return everything
    case .nothing: return .nothing
    case .tag(let tag): return self.tag(tag)
    case .anyTag(let tags): return try any(tags)
    case .and(let nodes): return and(try flat(nodes, depth, isAnd: true))
    case .or(let nodes): return or(try flat(nodes, depth, isAnd: false))
    case .not(let node): return not(try plan(node, depth: depth + 1))
    case .atLeast(let count, let nodes): return try atLeast(count, nodes, depth)
    case .range(let column, let range):
      return values(ValueTest(index.store.columns[Column.index(of: column)], [range]))
    case .facet(let column, let values): return facet(column, values)
    case .flags(let flags):
      let all = (0..<Chunk.flagCount).filter { flags.rawValue >> UInt32($0) & 1 != 0 }
      if flags.rawValue >> UInt32(Chunk.flagCount) != 0 { return .nothing }
      return and(
        all.map { Planned(.flag($0), index.store.flagCounts[$0]...index.store.flagCounts[$0]) })
    case .near(let latitude, let longitude, let kilometres):
      guard
        let test = NearTest(
          latitude: latitude, longitude: longitude, kilometres: kilometres, store: index.store)
      else { return .nothing }
      let most = min(test.box.latitudes.bounds.upperBound, test.box.longitudes.bounds.upperBound)
      return Planned(.near(test), 0...most)
    case .assets(let ids):
      let known = ids.filter(index.store.contains)
      return Planned(.ids(known), known.count...known.count)
    }
  }

  private var everything: Planned { Planned(.everything, total...total) }

  private func tag(_ tag: UInt32) -> Planned {
    let postings = index.tags[tag]
    let bounds = postings.count...postings.count
    return switch postings {
    case .none: .nothing
    case .one(let id): Planned(.ids([id]), bounds)
    case .list(let list): Planned(.list(list), bounds)
    case .dense(let dense): Planned(.dense(dense), bounds)
    }
  }

  private func any(_ tags: [UInt32]) throws(SearchIndexError) -> Planned {
    let known = tags.filter { index.tagCount($0) > 0 }
    if known.count <= 4 { return or(known.map(tag)) }
    let union = try index.unions.union(of: tags, in: index)
    return Planned(.union(union), union.count...union.count)
  }

  private func values(_ test: ValueTest) -> Planned { Planned(.values(test), test.bounds) }

  private func facet(_ column: FacetColumn, _ wanted: [UInt32]) -> Planned {
    let column = index.store.columns[Column.index(of: column)]
    let some = values(
      ValueTest(column, wanted.filter { $0 != 0 }.map { Int64($0)...Int64($0) }))
    guard wanted.contains(0) else { return some }
    let none = not(values(ValueTest(column, [Int64.min...Int64.max])))
    return or([some, none])
  }

  /// The parts of a node, those of parts of its own kind among them.
  private func flat(
    _ nodes: [PlanNode], _ depth: Int, isAnd: Bool
  ) throws(SearchIndexError) -> [Planned] {
    var parts: [Planned] = []
    for node in nodes {
      let part = try plan(node, depth: depth + 1)
      switch part.operation {
      case .and(let inner) where isAnd: parts += inner
      case .or(let inner) where !isAnd: parts += inner
      default: parts.append(part)
      }
    }
    return parts
  }

  /// The fewest first: what is empty then needs no other.
  private func and(_ parts: [Planned]) -> Planned {
    let rest = parts.filter { $0.bounds.lowerBound < total }
      .sorted { $0.bounds.upperBound < $1.bounds.upperBound }
    guard let first = rest.first else { return everything }
    if first.bounds.upperBound == 0 { return .nothing }
    if rest.count == 1 { return first }
    let missing = rest.reduce(0) { $0 + total - $1.bounds.lowerBound }
    let least = max(0, total - missing)
    return Planned(.and(rest), min(least, first.bounds.upperBound)...first.bounds.upperBound)
  }

  /// The most first: what has everything then needs no other.
  private func or(_ parts: [Planned]) -> Planned {
    let rest = parts.filter { $0.bounds.upperBound > 0 }
      .sorted { $0.bounds.lowerBound > $1.bounds.lowerBound }
    guard let first = rest.first else { return .nothing }
    if first.bounds.lowerBound >= total { return everything }
    if rest.count == 1 { return first }
    let most = min(total, rest.reduce(0) { $0 + $1.bounds.upperBound })
    return Planned(.or(rest), first.bounds.lowerBound...max(first.bounds.lowerBound, most))
  }

  private func not(_ part: Planned) -> Planned {
    if part.bounds.upperBound == 0 { return everything }
    if part.bounds.lowerBound >= total { return .nothing }
    if case .not(let inner) = part.operation { return inner }
    return Planned(
      .not(part), (total - part.bounds.upperBound)...(total - part.bounds.lowerBound))
  }

  private func atLeast(
    _ count: Int, _ nodes: [PlanNode], _ depth: Int
  ) throws(SearchIndexError) -> Planned {
    if count <= 0 { return everything }
    if count > nodes.count { return .nothing }
    var parts: [Planned] = []
    for node in nodes { parts.append(try plan(node, depth: depth + 1)) }
    if count == 1 { return or(parts) }
    if count == parts.count { return and(parts) }
    // Whoever is in the result is in `count` of them, so the sum holds it as often.
    let most = min(total, parts.reduce(0) { $0 + $1.bounds.upperBound } / count)
    return Planned(.atLeast(count, parts.filter { $0.bounds.upperBound > 0 }), 0...most)
  }
}
