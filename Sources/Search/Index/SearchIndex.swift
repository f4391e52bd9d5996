import MemoryBudget

/// What a change does to one tag: assets that get it, and assets that lose it; both ascending, each
/// once.
package struct TagChange: Sendable, Hashable {
  package var tag: UInt32
  package var added: [UInt32]
  package var removed: [UInt32]

  package init(tag: UInt32, added: [UInt32] = [], removed: [UInt32] = []) {
    self.tag = tag
    self.added = added
    self.removed = removed
  }
}

/// Bitmaps over tags and columns of numbers: answers a `PlanNode` over a million assets in less than a
/// millisecond.
///
/// Not Sendable: its owner uses it on one thread. Everything over 64 KiB is charged to the budget
/// before it is allocated, as `search.index` (what it keeps) and `search.work` (results and what a
/// query needs meanwhile). Methods that throw leave the index as it was, except `update`, which may
/// have taken the first of its rows.
package final class SearchIndex {
  /// The catalog's change number that it reflects; its owner sets it.
  package var changeNumber: Int64 = 0
  private var rows: [UInt32: (row: AssetRow, tags: Set<UInt32>)] = [:]
  private let budget: MemoryBudget

  /// An empty index.
  package init(budget: MemoryBudget) { self.budget = budget }

  /// How many assets it has.
  package var assetCount: Int { rows.count }

  /// What it is charged for, in bytes.
  package var byteCount: Int { 0 }

  // MARK: Changing

  /// Puts in assets, or replaces all that is known of them; ascending ids, each once. Many at once cost
  /// much less than one by one when tags go.
  ///
  /// - Parameter batch: rows with all of their tags, each once, in any order.
  package func update(_ batch: [(row: AssetRow, tags: [UInt32])]) throws(SearchIndexError) {
    for (row, tags) in batch { rows[row.id] = (row, Set(tags)) }
  }

  /// Takes assets out; ascending ids. Unknown ones are passed over.
  package func remove(_ ids: [UInt32]) throws(SearchIndexError) {
    for id in ids { rows[id] = nil }
  }

  /// Gives and takes tags. Columns that count tags are their own matter (`set`). Assets that the index
  /// does not have are passed over, as are tags that an asset has already or never had.
  package func apply(_ changes: [TagChange]) throws(SearchIndexError) {
    for change in changes {
      for id in change.added { rows[id]?.tags.insert(change.tag) }
      for id in change.removed { rows[id]?.tags.remove(change.tag) }
    }
  }

  /// Sets a number of some assets; unknown ones are passed over.
  package func set(
    _ column: NumericColumn, _ values: [(id: UInt32, value: Int64?)]
  ) throws(SearchIndexError) {
    for (id, value) in values { rows[id]?.row[column] = value }
  }

  // MARK: Asking

  /// How many assets have a tag. Complexity: O(1).
  package func tagCount(_ tag: UInt32) -> Int { rows.values.count { $0.tags.contains(tag) } }

  /// The aspect of an asset; nil when the index does not have it.
  package func aspect(of id: UInt32) -> UInt8? { rows[id]?.row.aspect }

  /// A number of an asset; nil when it has none or is not there.
  package func value(_ column: NumericColumn, of id: UInt32) -> Int64? { rows[id]?.row[column] }

  /// What matches a query.
  package func evaluate(_ node: PlanNode) throws(SearchIndexError) -> ResultSet {
    ResultSet(ids: rows.values.filter { matches(node, $0.row, $0.tags) }.map(\.row.id).sorted())
  }

  /// Ids of a result at some positions of an order; positions past its end give none.
  package func page(
    _ result: ResultSet, order: ResultOrder, range: Range<Int>
  ) throws(SearchIndexError) -> [UInt32] {
    let all = sorted(result, order)
    return Array(all[min(range.lowerBound, all.count)..<min(range.upperBound, all.count)])
  }

  /// All ids of a result in an order, into memory for `result.count` of them.
  package func ordered(
    _ result: ResultSet, order: ResultOrder, into target: UnsafeMutableBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    precondition(target.count >= result.count, "an order needs room for all of its ids")
    _ = unsafe target.update(fromContentsOf: sorted(result, order))
  }

  /// How many assets of a result have each value of a facet, the most frequent first, then by value. 0
  /// is what has none.
  package func facetCounts(
    _ result: ResultSet, _ column: FacetColumn
  ) throws(SearchIndexError) -> [(value: UInt32, count: Int)] {
    var counts: [UInt32: Int] = [:]
    result.forEach { counts[rows[$0]?.row[column] ?? 0, default: 0] += 1 }
    return counts.map { ($0.key, $0.value) }
      .sorted { $0.count != $1.count ? $0.count > $1.count : $0.value < $1.value }
  }

  /// How many assets of a result have each of these tags, in their order.
  package func tagCounts(
    _ result: ResultSet, among tags: [UInt32]
  ) throws(SearchIndexError) -> [Int] {
    var counts: [UInt32: Int] = [:]
    result.forEach { id in for tag in rows[id]?.tags ?? [] { counts[tag, default: 0] += 1 } }
    return tags.map { counts[$0] ?? 0 }
  }

  private func sorted(_ result: ResultSet, _ order: ResultOrder) -> [UInt32] {
    var keyed: [(key: UInt64, id: UInt32)] = []
    var missing: [UInt32] = []
    result.forEach { id in
      switch order.key {
      case .identifier: keyed.append((0, id))
      case .random(let seed): keyed.append((RandomOrder.key(of: id, seed: seed), id))
      case .column(let column):
        if let value = value(column, of: id) {
          keyed.append((UInt64(bitPattern: value) ^ (1 << 63), id))
        } else {
          missing.append(id)
        }
      }
    }
    keyed.sort { ($0.key, $0.id) < ($1.key, $1.id) }
    return order.isAscending
      ? keyed.map(\.id) + missing : keyed.reversed().map(\.id) + missing.reversed()
  }

  private func matches(_ node: PlanNode, _ row: AssetRow, _ tags: Set<UInt32>) -> Bool {
    switch node {
    case .everything: true
    case .nothing: false
    case .tag(let tag): tags.contains(tag)
    case .anyTag(let some): some.contains { tags.contains($0) }
    case .atLeast(let count, let nodes): nodes.count { matches($0, row, tags) } >= count
    case .and(let nodes): nodes.allSatisfy { matches($0, row, tags) }
    case .or(let nodes): nodes.contains { matches($0, row, tags) }
    case .not(let node): !matches(node, row, tags)
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
    }
  }
}
