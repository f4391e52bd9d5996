import CSearchKernels

extension SearchIndex {
  /// How many assets of a result have each value of a facet, the most frequent first, then by value. 0
  /// is what has none. Complexity: one pass over the result.
  package func facetCounts(
    _ result: ResultSet, _ facet: FacetColumn
  ) throws(SearchIndexError) -> [(value: UInt32, count: Int)] {
    let column = store.columns[Column.index(of: facet)]
    var found: [(value: UInt32, count: Int)] = []
    if column.greatest > 0 {
      let counts = try counts(result, column, from: 1, through: column.greatest)
      counts.forEach { found.append((UInt32(truncatingIfNeeded: $0), $1)) }
    }
    let none = result.count - found.reduce(0) { $0 + $1.count }
    if none > 0 { found.append((0, none)) }
    return found.sorted { $0.count != $1.count ? $0.count > $1.count : $0.value < $1.value }
  }

  /// How many assets of a result have each of some values of a column. Complexity: one pass over the
  /// result, and four bytes for each of the values meanwhile.
  package func counts(
    _ result: ResultSet, _ column: NumericColumn, of values: ClosedRange<Int64>
  ) throws(SearchIndexError) -> ValueCounts {
    try counts(
      result, store.columns[Column.index(of: column)], from: values.lowerBound,
      through: values.upperBound)
  }

  private func counts(
    _ result: ResultSet, _ column: Column, from first: Int64, through last: Int64
  ) throws(SearchIndexError) -> ValueCounts {
    let counts = try ValueCounts(first: first, last: last, memory: work)
    switch result.contents {
    case .ids(let ids):
      for id in ids {
        guard let chunk = store.chunk(of: id), let value = column.value(chunk, Int(id & 0xFFFF))
        else { continue }
        counts.add(1, to: value)
      }
    case .bitmaps(let bitmaps):
      if column.isSaidByCodes {
        let codes = codeCounts(of: column.index, result, bitmaps)
        for code in UInt8(1)...255 where codes[Int(code)] > 0 {
          counts.add(codes[Int(code)], to: column.buckets.value(code, 0))
        }
      } else {
        let bases = column.buckets.bases
        for slot in result.order where result.counts[slot] > 0 {
          let chunk = store.chunks[slot]
          counts.add(bitmaps[slot], chunk.parts[column.index], chunk.capacity, bases: bases)
        }
      }
    }
    return counts
  }

  /// How many assets of a result have each code of a column.
  func codeCounts(of column: Int, _ result: ResultSet, _ bitmaps: ChunkBitmaps) -> [Int] {
    var sums = [Int](repeating: 0, count: 256)
    for slot in result.order where result.counts[slot] > 0 {
      let chunk = store.chunks[slot]
      guard let codes = unsafe chunk.parts[column].codes else {
        sums[0] += result.counts[slot]
        continue
      }
      var counts = [UInt32](repeating: 0, count: 256)
      unsafe csearch_histogram(codes, chunk.capacity, bitmaps[slot].words, &counts)
      for code in 0..<256 { sums[code] += Int(counts[code]) }
    }
    return sums
  }

  /// How many assets of a result have each of these tags, in their order. Complexity: one pass over what
  /// the tags have.
  package func tagCounts(
    _ result: ResultSet, among tags: [UInt32]
  ) throws(SearchIndexError) -> [Int] {
    let bitmaps = try bitmaps(of: result)
    return tags.map { tag in
      switch self.tags[tag] {
      case .none: 0
      case .one(let id): bitmaps[store.knownSlot(id)].contains(Int(id & 0xFFFF)) ? 1 : 0
      case .list(let list): list.count(in: bitmaps, slots: store.slots)
      case .dense(let dense):
        store.chunks.indices.reduce(0) { sum, slot in
          sum + (dense[slot]?.count(with: bitmaps[slot]) ?? 0)
        }
      }
    }
  }

  /// A result as bitmaps of all chunks there are now.
  private func bitmaps(of result: ResultSet) throws(SearchIndexError) -> ChunkBitmaps {
    if case .bitmaps(let bitmaps) = result.contents, bitmaps.slotCount == store.chunks.count,
      result.counts.allSatisfy({ $0 > 0 })
    {
      return bitmaps
    }
    let made = try ChunkBitmaps(slotCount: store.chunks.count, memory: work)
    result.forEach { id in
      if let slot = store.slot(of: id) { made[slot].insert(Int(id & 0xFFFF)) }
    }
    return made
  }
}
