import CSearchKernels

extension ColumnOrder {
  /// The first page of a large result, without looking at all of it: what share of its codes the result
  /// has says how far to go. At first it is taken to be that of all assets; where it is not, as with a
  /// range of the same column, a sample of the result says so. Nil where that is not good enough.
  func firstPage(
    _ result: ResultSet, _ bitmaps: ChunkBitmaps, _ range: Range<Int>
  ) throws(SearchIndexError) -> [UInt32]? {
    let share = Double(result.count) / Double(max(1, store.assetCount))
    var expected = column.counts.map { Double($0) * share }
    /// How many assets one of a sample stands for.
    var margin = 0.0
    /// Whether so many share one value that the first by their ids fill a page.
    func isManyTied(_ code: UInt8) -> Bool {
      code == 0 || column.spreads[Int(code)] == 0 && expected[Int(code)] > Double(Self.few)
    }
    let codes = codes
    var page: [UInt32] = []
    var place = 0
    var least = 1
    while page.count < range.upperBound, place < codes.count {
      let missing = range.upperBound - page.count
      if isManyTied(codes[place]) {
        page += try firstTied(codes[place], result, bitmaps, missing)
        place += 1
        continue
      }
      // A little more than is expected: looking again costs more than a few candidates.
      let wanted = Double(missing) * 1.25 + 16 + margin
      var (end, sum) = (place, 0.0)
      while end - place < least || sum < wanted, !isManyTied(codes[end]) {
        sum += expected[Int(codes[end])]
        end += 1
      }
      let found = try index.scratch.bitmaps(store.chunks.count)
      let foundCounts = take(codes[place..<end], of: bitmaps, result.counts, into: found)
      // Gives the bitmaps back when it ends, and nobody else may.
      let narrow = ResultSet(found, counts: foundCounts, store: store, scratch: index.scratch)
      if narrow.count > 4 * Self.few { return nil }
      page += try self.page(of: narrow, 0..<min(narrow.count, missing))
      place = end
      if page.count >= range.upperBound { break }
      if margin == 0 {
        var counts = [Int](repeating: 0, count: 256)
        let sampled = sample(result, bitmaps, &counts)
        guard sampled > 0 else { return nil }
        margin = Double(result.count) / Double(sampled)
        expected = counts.map { Double($0) * margin }
      } else {
        // A pass for each code would take longer than one over all of it.
        least = max(4, least * 4)
      }
    }
    return Array(page.dropFirst(range.lowerBound))
  }

  /// The first assets by their ids, in the order's direction, of those with one code.
  private func firstTied(
    _ code: UInt8, _ result: ResultSet, _ bitmaps: ChunkBitmaps, _ limit: Int
  ) throws(SearchIndexError) -> [UInt32] {
    let bits = try index.scratch.bits(0)
    var ids: [UInt32] = []
    for slot in isAscending ? result.order : result.order.reversed()
    where result.counts[slot] > 0 && ids.count < limit {
      let chunk = store.chunks[slot]
      let part = chunk.parts[column.index]
      if let codes = unsafe part.codes {
        guard code == 0 || part.low <= code && part.high >= code else { continue }
        unsafe csearch_between(
          codes, chunk.capacity, max(1, code), code == 0 ? 255 : code, bits.words)
        if code == 0 {
          _ = unsafe csearch_and_not_into(bits.words, bitmaps[slot].words, bits.words)
        } else {
          _ = bits.and(bitmaps[slot])
        }
        append(bits, result.keys[slot], limit, to: &ids)
      } else if code == 0 {
        append(bitmaps[slot], result.keys[slot], limit, to: &ids)
      }
    }
    return ids
  }

  private func append(_ bits: Bits, _ key: UInt32, _ limit: Int, to ids: inout [UInt32]) {
    for step in 0..<Bits.wordCount where ids.count < limit {
      let word = isAscending ? step : Bits.wordCount - 1 - step
      var rest = bits.word(word)
      while rest != 0, ids.count < limit {
        let bit = isAscending ? rest.trailingZeroBitCount : 63 - rest.leadingZeroBitCount
        ids.append(key << 16 | UInt32(word << 6 | bit))
        rest &= ~(1 << UInt64(bit))
      }
    }
  }

  /// Counts the codes of about four thousand assets from all over a result; answers how many.
  private func sample(
    _ result: ResultSet, _ bitmaps: ChunkBitmaps, _ counts: inout [Int]
  ) -> Int {
    let step = max(1, result.count / 4096)
    var sampled = 0
    // A step without a factor in common with what pictures come in: 64 in a word, 1,024 in a chunk.
    let stride = step | 1
    for slot in result.order where result.counts[slot] > 0 {
      let chunk = store.chunks[slot]
      let part = chunk.parts[column.index]
      var word = slot % stride
      while word < chunk.capacity / 64 {
        var rest = bitmaps[slot].word(word)
        while rest != 0 {
          counts[Int(part.code(word << 6 | rest.trailingZeroBitCount))] += 1
          sampled += 1
          rest &= rest &- 1
        }
        word += stride
      }
    }
    return sampled
  }

  /// The assets of a result with some neighbouring codes other than 0; answers how many each slot has.
  private func take(
    _ codes: ArraySlice<UInt8>, of bitmaps: ChunkBitmaps, _ counts: [Int], into target: ChunkBitmaps
  ) -> [Int] {
    let (low, high) = (codes.min() ?? 0, codes.max() ?? 0)
    return counts.indices.map { slot in
      guard counts[slot] > 0 else { return 0 }
      let chunk = store.chunks[slot]
      let part = chunk.parts[column.index]
      guard let bytes = unsafe part.codes, part.low <= high, part.high >= low else { return 0 }
      unsafe csearch_between(bytes, chunk.capacity, low, high, target[slot].words)
      return target[slot].and(bitmaps[slot])
    }
  }
}
