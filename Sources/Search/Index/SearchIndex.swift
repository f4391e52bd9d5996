import MemoryBudget

/// What a change does to one tag: assets that get it, and assets that lose it; both ascending, each
/// once, none in both.
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

/// Bitmaps and lists over tags, and columns of numbers: answers a `PlanNode` over a million assets in less
/// than a millisecond.
///
/// Not Sendable: its owner uses it on one thread. Everything over 64 KiB is charged to the budget
/// before it is allocated, as `search.index` (what it keeps) and `search.work` (results and what a
/// query needs meanwhile). When a method that changes the index throws, it may have made a part of the
/// change: every number and every tag of an asset is then either as before or as it should be, and the
/// owner does the change again or makes the index anew.
package final class SearchIndex {
  /// The catalog's change number that it reflects; its owner sets it.
  package var changeNumber: Int64 = 0
  /// Goes up with each change of tags.
  var tagVersion: UInt64 = 0
  let memory: IndexMemory
  let work: IndexMemory
  let store: AssetStore
  var tags: TagTable
  let unions: UnionCache
  let scratch: QueryScratch
  // Of one change: the ids added, those there were, and both.
  private let grouped: WorkBuffer<UInt32>
  let unpacked: WorkBuffer<UInt32>
  let merged: WorkBuffer<UInt32>

  /// An empty index.
  package init(budget: MemoryBudget) {
    memory = IndexMemory(budget: budget, account: "search.index")
    work = IndexMemory(budget: budget, account: "search.work")
    store = AssetStore(memory: memory, work: work)
    tags = TagTable(memory: memory)
    unions = UnionCache()
    scratch = QueryScratch(memory: work)
    grouped = WorkBuffer(memory: work)
    unpacked = WorkBuffer(memory: work)
    merged = WorkBuffer(memory: work)
  }

  /// How many assets it has.
  package var assetCount: Int { store.assetCount }

  /// What it is charged for, in bytes, results that are in use included.
  package var byteCount: Int { memory.byteCount + work.byteCount }

  /// How many assets have a tag. Complexity: O(1).
  package func tagCount(_ tag: UInt32) -> Int { tags.count(of: tag) }

  /// The aspect of an asset; nil when the index does not have it.
  package func aspect(of id: UInt32) -> UInt8? { store.chunk(of: id)?[aspect: Int(id & 0xFFFF)] }

  /// A number of an asset; nil when it has none or is not there.
  package func value(_ column: NumericColumn, of id: UInt32) -> Int64? {
    guard let chunk = store.chunk(of: id) else { return nil }
    return store.columns[Column.index(of: column)].value(chunk, Int(id & 0xFFFF))
  }

  // MARK: Changing

  /// Puts in assets, or replaces all that is known of them; ascending ids, each once. Replacing asks all
  /// tags for what has to go, some ten milliseconds a call whatever the batch: hand in many at once, or
  /// say what changes (`apply`, `set`).
  ///
  /// - Parameter batch: rows with all of their tags, each once, in any order.
  package func update(_ batch: [(row: AssetRow, tags: [UInt32])]) throws(SearchIndexError) {
    var pairs = TagPairs(work: work)
    let known = batch.filter { store.contains($0.row.id) }.map(\.row.id)
    for (row, tags) in batch {
      try store.set(row)
      for tag in tags { try pairs.append(tag: tag, id: row.id) }
    }
    try pairs.sort()
    if !known.isEmpty { try removeTags(of: known, except: pairs) }
    try add(pairs)
  }

  /// Puts in tags of assets that are there; the pairs are sorted.
  func add(_ pairs: borrowing TagPairs) throws(SearchIndexError) {
    var start = 0
    while start < pairs.count {
      let tag = pairs.tag(start)
      let end = pairs.end(of: tag, from: start)
      let added = try unsafe grouped.room(for: end - start)
      for index in start..<end { unsafe added[index - start] = pairs.id(index) }
      try unsafe change(
        tag, adding: UnsafeBufferPointer(rebasing: added[..<(end - start)]),
        removing: UnsafeBufferPointer(start: nil, count: 0))
      start = end
    }
  }

  /// Takes assets out; ascending ids. Unknown ones are passed over. As dear as replacing (`update`).
  package func remove(_ ids: [UInt32]) throws(SearchIndexError) {
    let known = ids.filter(store.contains)
    guard !known.isEmpty else { return }
    try removeTags(of: known, except: TagPairs(work: work))
    for id in known { _ = store.remove(id) }
  }

  /// Gives and takes tags. Columns that count tags are their own matter (`set`). Assets that the index
  /// does not have are passed over, as are tags that an asset has already or never had.
  package func apply(_ changes: [TagChange]) throws(SearchIndexError) {
    for change in changes {
      let known = change.added.allSatisfy(store.contains)
      let added = known ? change.added : change.added.filter(store.contains)
      try unsafe added.withUnsafeBufferPointer { added throws(SearchIndexError) in
        try unsafe change.removed.withUnsafeBufferPointer { removed throws(SearchIndexError) in
          try unsafe self.change(change.tag, adding: added, removing: removed)
        }
      }
    }
  }

  /// Sets a number of some assets; unknown ones are passed over.
  package func set(
    _ column: NumericColumn, _ values: [(id: UInt32, value: Int64?)]
  ) throws(SearchIndexError) {
    for (id, value) in values { try store.set(Column.index(of: column), id, value) }
    if values.count > 4096 { store.recode() }
  }

  /// Brings everything into its best form: after a million assets have come in, say.
  package func settle() throws(SearchIndexError) {
    store.recode()
    for tag in tags.denseTags { try demoteIfRare(tag) }
  }
}
