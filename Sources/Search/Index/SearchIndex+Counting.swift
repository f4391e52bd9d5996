import CSearchKernels

extension SearchIndex {
  /// How many assets of a result have each value of a facet, the most frequent first, then by value. 0
  /// is what has none. Complexity: one pass over the result.
  package func facetCounts(
    _ result: ResultSet, _ facet: FacetColumn
  ) throws(SearchIndexError) -> [(value: UInt32, count: Int)] {
    let column = store.columns[Column.index(of: facet)]
    var counts: [UInt32: Int] = [:]
    var codes = [Int](repeating: 0, count: 256)
    switch result.contents {
    case .ids(let ids):
      for id in ids {
        let value = store.chunk(of: id).flatMap { column.value($0, Int(id & 0xFFFF)) } ?? 0
        counts[UInt32(truncatingIfNeeded: value), default: 0] += 1
      }
    case .bitmaps(let bitmaps): codes = codeCounts(of: column.index, result, bitmaps)
    }
    if codes[0] > 0 { counts[0] = codes[0] }
    var several: Set<UInt8> = []
    for code in UInt8(1)...255 where codes[Int(code)] > 0 {
      if column.spreads[Int(code)] > 0 {
        several.insert(code)
      } else {
        counts[UInt32(truncatingIfNeeded: column.buckets.value(code, 0))] = codes[Int(code)]
      }
    }
    if !several.isEmpty {
      result.forEach { id in
        let chunk = store.chunks[store.knownSlot(id)]
        let part = chunk.parts[column.index]
        let place = Int(id & 0xFFFF)
        guard place < chunk.capacity, several.contains(part.code(place)) else { return }
        let value = column.buckets.value(part.code(place), part.residual(place))
        counts[UInt32(truncatingIfNeeded: value), default: 0] += 1
      }
    }
    return counts.map { ($0.key, $0.value) }
      .sorted { $0.count != $1.count ? $0.count > $1.count : $0.value < $1.value }
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
