import MemoryBudget

/// Makes an index of all assets, handed in by ascending id. Takes little more memory than the index.
package struct IndexBuilder: ~Copyable {
  private let index: SearchIndex

  package init(budget: MemoryBudget) { index = SearchIndex(budget: budget) }

  /// Adds an asset whose id is greater than all before.
  ///
  /// - Parameter tags: its tags, each once, in any order.
  package func append(_ row: AssetRow, tags: [UInt32]) throws(SearchIndexError) {
    try index.update([(row, tags)])
  }

  /// The index. Nothing more can be added through the builder.
  package consuming func finish() throws(SearchIndexError) -> SearchIndex { index }
}
