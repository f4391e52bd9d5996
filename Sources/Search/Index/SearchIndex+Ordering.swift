extension SearchIndex {
  /// Ids of a result at some positions of an order; positions past its end give none.
  ///
  /// Complexity: one pass over a byte an asset for the first thousands of positions; for later ones a
  /// look at each of the result as well.
  package func page(
    _ result: ResultSet, order: ResultOrder, range: Range<Int>
  ) throws(SearchIndexError) -> [UInt32] {
    let low = max(0, min(range.lowerBound, result.count))
    let range = low..<max(low, min(range.upperBound, result.count))
    if range.isEmpty { return [] }
    switch order.key {
    case .identifier: return identifiers(result, range, isAscending: order.isAscending)
    case .column(let column):
      return try columnOrder(column, order).page(result, range)
    case .random(let seed):
      return try ShuffledOrder(index: self, seed: seed, isAscending: order.isAscending)
        .page(result, range)
    case .listed(let lists):
      return try ListedOrder(index: self, lists: lists, isAscending: order.isAscending)
        .page(result, range)
    }
  }

  /// All ids of a result in an order, into memory for `result.count` of them. Complexity: linear, and for
  /// numbers of many values as if a few thousand were sorted at a time.
  package func ordered(
    _ result: ResultSet, order: ResultOrder, into target: UnsafeMutableBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    precondition(target.count >= result.count, "an order needs room for all of its ids")
    switch order.key {
    case .identifier:
      var next = 0
      result.forEach { id in
        unsafe target[order.isAscending ? next : result.count - 1 - next] = id
        next += 1
      }
    case .column(let column): try unsafe columnOrder(column, order).all(result, into: target)
    case .random(let seed):
      try unsafe ShuffledOrder(index: self, seed: seed, isAscending: order.isAscending)
        .all(result, into: target)
    case .listed(let lists):
      try unsafe ListedOrder(index: self, lists: lists, isAscending: order.isAscending)
        .all(result, into: target)
    }
  }

  private func columnOrder(_ column: NumericColumn, _ order: ResultOrder) -> ColumnOrder {
    ColumnOrder(
      index: self, column: store.columns[Column.index(of: column)], isAscending: order.isAscending)
  }

  /// Ids at some positions of a result by id.
  func identifiers(
    _ result: ResultSet, _ range: Range<Int>, isAscending: Bool
  ) -> [UInt32] {
    let wanted =
      isAscending
      ? range : (result.count - range.upperBound)..<(result.count - range.lowerBound)
    var page: [UInt32] = []
    switch result.contents {
    case .ids(let ids): page = Array(ids[wanted])
    case .bitmaps(let bitmaps):
      page.reserveCapacity(wanted.count)
      var before = 0
      for slot in result.order where before < wanted.upperBound && result.counts[slot] > 0 {
        if before + result.counts[slot] <= wanted.lowerBound {
          before += result.counts[slot]
          continue
        }
        for word in 0..<Bits.wordCount where before < wanted.upperBound {
          var rest = bitmaps[slot].word(word)
          if before + rest.nonzeroBitCount <= wanted.lowerBound {
            before += rest.nonzeroBitCount
            continue
          }
          while rest != 0 {
            if wanted.contains(before) {
              page.append(
                result.keys[slot] << 16 | UInt32(word << 6 | rest.trailingZeroBitCount))
            }
            before += 1
            rest &= rest &- 1
          }
        }
      }
    }
    return isAscending ? page : page.reversed()
  }
}
