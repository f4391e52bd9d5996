import MemoryBudget

/// Makes an index of all assets, handed in by ascending id. Takes some megabytes more than the index, also
/// charged. Not Sendable: one thread uses it, as it does the index.
package final class IndexBuilder {
  // Lists are written anew for each step: larger steps are faster and take eight bytes a tag of an asset
  // twice.
  private static let pairLimit = 512 << 10

  private let index: SearchIndex
  private var pairs: TagPairs
  private var last: UInt32?

  package init(budget: MemoryBudget) {
    index = SearchIndex(budget: budget)
    pairs = TagPairs(work: index.work)
  }

  /// Adds an asset whose id is greater than all before.
  ///
  /// - Parameter tags: its tags, each once, in any order.
  package func append(
    _ row: AssetRow, tags: some Sequence<UInt32>
  ) throws(SearchIndexError) {
    precondition(last.map { $0 < row.id } ?? true, "an index is built by ascending ids")
    last = row.id
    try index.store.set(row)
    for tag in tags { try pairs.append(tag: tag, id: row.id) }
    if pairs.count >= Self.pairLimit { try flush() }
  }

  private func flush() throws(SearchIndexError) {
    try pairs.sort()
    try index.add(pairs)
    pairs.removeAll()
  }

  /// The index. Nothing more can be added through the builder.
  package func finish() throws(SearchIndexError) -> SearchIndex {
    try flush()
    index.store.recode(allColumns: true)
    try index.settle()
    return index
  }
}
