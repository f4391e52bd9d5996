import Search

/// Queries as the best SQL that is known here for each form.
enum SQL {
  static func order(_ order: ResultOrder, id: String = "id") -> String {
    let direction = order.isAscending ? "" : " DESC"
    guard case .column(let column) = order.key else { return id + direction }
    let name = name(column)
    return "\(name) IS NULL, \(name)\(direction), \(id)\(direction)"
  }

  private static func name(_ column: NumericColumn) -> String {
    Data.columns.first { $0.column == column }?.name ?? ""
  }

  /// The ids of a leaf.
  static func leaf(_ node: PlanNode) -> String {
    switch node {
    case .everything: "SELECT id FROM assets"
    case .tag(let tag): "SELECT asset_id FROM asset_tags WHERE tag_id = \(tag)"
    case .anyTag(let tags): "SELECT asset_id FROM asset_tags WHERE tag_id IN (\(list(tags)))"
    default: "SELECT id FROM assets WHERE \(joined(node, id: "id"))"
    }
  }

  private static func list(_ tags: [UInt32]) -> String {
    tags.map(String.init).joined(separator: ",")
  }

  private static func range(_ column: NumericColumn, _ range: ClosedRange<Int64>) -> String {
    "\(name(column)) BETWEEN \(range.lowerBound) AND \(range.upperBound)"
  }

  // MARK: Join tables

  private static func joined(_ node: PlanNode, id: String) -> String {
    switch node {
    case .tag(let tag):
      "EXISTS (SELECT 1 FROM asset_tags WHERE tag_id = \(tag) AND asset_id = \(id))"
    case .anyTag(let tags):
      "\(id) IN (SELECT asset_id FROM asset_tags WHERE tag_id IN (\(list(tags))))"
    case .not(let node): "NOT (\(joined(node, id: id)))"
    case .and(let nodes): nodes.map { "(\(joined($0, id: id)))" }.joined(separator: " AND ")
    case .or(let nodes):
      // One list of ids beats a look at each tag for each asset.
      "\(id) IN (\(nodes.map(leaf).joined(separator: " UNION ")))"
    case .range(let column, let bounds): range(column, bounds)
    default: "1"
    }
  }

  /// Rows of a query: from its rarest tag when it must have one, else from the assets.
  static func joined(_ node: PlanNode, count: (UInt32) -> Int) -> (from: String, id: String) {
    let parts: [PlanNode] = if case .and(let nodes) = node { nodes } else { [node] }
    var driver: UInt32?
    for case .tag(let tag) in parts where count(tag) < driver.map(count) ?? .max { driver = tag }
    guard let driver else { return ("assets WHERE \(joined(node, id: "id"))", "id") }
    let rest = parts.filter { $0 != .tag(driver) }.map { " AND (\(joined($0, id: "d.asset_id")))" }
    // The table of assets is joined for its columns only.
    return (
      "asset_tags AS d CROSS JOIN assets ON id = d.asset_id WHERE d.tag_id = \(driver)\(rest.joined())",
      "d.asset_id"
    )
  }

  // MARK: FTS5

  private static func match(_ node: PlanNode) -> String? {
    switch node {
    case .tag(let tag): "t\(tag)"
    case .anyTag(let tags): "(" + tags.map { "t\($0)" }.joined(separator: " OR ") + ")"
    case .not(let node): match(node).map { "(a NOT \($0))" }
    case .or(let nodes): "(" + nodes.compactMap(match).joined(separator: " OR ") + ")"
    case .and(let nodes): matchAll(nodes)
    default: nil
    }
  }

  private static func matchAll(_ nodes: [PlanNode]) -> String? {
    var wanted: [String] = []
    var gone: [String] = []
    for node in nodes {
      if case .not(let node) = node {
        if let text = match(node) { gone.append(text) }
      } else if let text = match(node) {
        wanted.append(text)
      }
    }
    if wanted.isEmpty && gone.isEmpty { return nil }
    return (["(" + (wanted.isEmpty ? "a" : wanted.joined(separator: " AND ")) + ")"] + gone)
      .joined(separator: " NOT ")
  }

  /// Nil where there is no tag, and FTS5 has nothing to do.
  static func words(_ node: PlanNode) -> (from: String, id: String)? {
    guard let text = match(node) else { return nil }
    let parts: [PlanNode] = if case .and(let nodes) = node { nodes } else { [node] }
    var conditions = ""
    for case .range(let column, let bounds) in parts {
      conditions += " AND \(range(column, bounds))"
    }
    return (
      "words CROSS JOIN assets ON id = words.rowid WHERE words MATCH '\(text)'\(conditions)", "id"
    )
  }
}
