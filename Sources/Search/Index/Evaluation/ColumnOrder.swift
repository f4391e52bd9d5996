import CSearchKernels

/// Orders a result by a column: its codes say which assets can be on a page, their whole numbers are
/// read of these alone.
///
/// Rejected: a sorted list of all assets for each column, walked until the page is full. It is as fast
/// for most results, but takes 4 MB a column and a million assets, is made again with every change,
/// and where a result lies at its far end all of it is walked.
struct ColumnOrder {
  /// Fewer are sorted at once.
  static let few = 8192

  let index: SearchIndex
  let column: Column
  let isAscending: Bool
  var store: AssetStore { index.store }

  /// The codes in order; what has no value comes last.
  var codes: [UInt8] {
    (isAscending ? Array(1...255) : Array((1...255).reversed())) + [0]
  }

  // MARK: A page

  func page(_ result: ResultSet, _ range: Range<Int>) throws(SearchIndexError) -> [UInt32] {
    guard case .bitmaps(let bitmaps) = result.contents, result.count > Self.few else {
      return try page(of: result, range)
    }
    if range.upperBound <= 4096, let page = try firstPage(result, bitmaps, range) { return page }
    let counts = histogram(result, bitmaps)
    return try page(result, bitmaps, range, counts: counts)
  }

  /// Of a small result.
  func page(
    of result: ResultSet, _ range: Range<Int>
  ) throws(SearchIndexError) -> [UInt32] {
    let found = try unsafe valued(result)
    unsafe sortFirst(range.upperBound, of: found, isAscending: isAscending)
    var page: [UInt32] = []
    page.reserveCapacity(range.count)
    for position in range.clamped(to: 0..<found.count) { page.append(unsafe found[position].id) }
    if range.upperBound > found.count {
      let missing = max(0, range.lowerBound - found.count)..<(range.upperBound - found.count)
      page += missing.isEmpty ? [] : unvalued(result, missing, count: result.count - found.count)
    }
    return page
  }

  /// The assets of a result that have a value, with it.
  private func valued(
    _ result: ResultSet
  ) throws(SearchIndexError) -> UnsafeMutableBufferPointer<Candidate> {
    let room = try unsafe index.scratch.candidates.start(for: result.count)
    var count = 0
    switch result.contents {
    case .ids(let ids):
      for id in ids {
        let chunk = store.chunks[store.knownSlot(id)]
        guard let value = column.value(chunk, Int(id & 0xFFFF)) else { continue }
        unsafe room[count] = Candidate(value, id)
        count += 1
      }
    case .bitmaps(let bitmaps):
      for slot in result.order where result.counts[slot] > 0 {
        count += unsafe gather(slot, bitmaps[slot], into: room + count)
      }
    }
    return unsafe UnsafeMutableBufferPointer(start: room, count: count)
  }

  /// The assets of a slot whose bit is set and that have a value; answers how many.
  private func gather(
    _ slot: Int, _ bits: Bits, into target: UnsafeMutablePointer<Candidate>
  ) -> Int {
    let part = store.chunks[slot].parts[column.index]
    guard let codes = unsafe part.codes else { return 0 }
    return unsafe csearch_gather(
      bits.words, store.chunks[slot].capacity, codes, part.residuals, UInt32(part.width),
      column.buckets.bases, store.chunks[slot].key << 16, target)
  }

  /// The assets of a result without a value, at some places of their order by id.
  private func unvalued(_ result: ResultSet, _ range: Range<Int>, count: Int) -> [UInt32] {
    switch result.contents {
    case .bitmaps(let bitmaps): return tied(0, result, bitmaps, range, count: count)
    case .ids(let ids):
      let missing = ids.filter {
        column.value(store.chunks[store.knownSlot($0)], Int($0 & 0xFFFF)) == nil
      }
      return Array((isAscending ? missing : missing.reversed())[range])
    }
  }

  // MARK: With exact counts

  private func histogram(_ result: ResultSet, _ bitmaps: ChunkBitmaps) -> [Int] {
    index.codeCounts(of: column.index, result, bitmaps)
  }

  /// A page of any place.
  private func page(
    _ result: ResultSet, _ bitmaps: ChunkBitmaps, _ range: Range<Int>, counts: [Int]
  ) throws(SearchIndexError) -> [UInt32] {
    var page: [UInt32] = []
    var before = 0
    for code in codes where page.count < range.count {
      let count = counts[Int(code)]
      defer { before += count }
      guard count > 0, before + count > range.lowerBound else { continue }
      let part = (max(range.lowerBound, before) - before)..<min(range.upperBound - before, count)
      if code == 0 || column.spreads[Int(code)] == 0 {
        page += tied(code, result, bitmaps, part, count: count)
      } else {
        let room = try unsafe gather(code, result, bitmaps, count: count)
        unsafe sortFirst(part.upperBound, of: room, isAscending: isAscending)
        for position in part { page.append(unsafe room[position].id) }
      }
    }
    return page
  }

  /// Assets with the same value, at some places of their order by id.
  private func tied(
    _ code: UInt8, _ result: ResultSet, _ bitmaps: ChunkBitmaps, _ range: Range<Int>, count: Int
  ) -> [UInt32] {
    var page: [UInt32] = []
    var place = 0
    // Backwards the last come first.
    let wanted = isAscending ? range : (count - range.upperBound)..<(count - range.lowerBound)
    for slot in result.order where result.counts[slot] > 0 && place < wanted.upperBound {
      let part = store.chunks[slot].parts[column.index]
      let bits = bitmaps[slot]
      for word in 0..<Bits.wordCount where place < wanted.upperBound {
        var rest = bits.word(word)
        while rest != 0 {
          let local = word << 6 | rest.trailingZeroBitCount
          rest &= rest &- 1
          let isOne =
            local < store.chunks[slot].capacity ? part.code(local) == code : code == 0
          guard isOne else { continue }
          if wanted.contains(place) { page.append(result.keys[slot] << 16 | UInt32(local)) }
          place += 1
        }
      }
    }
    return isAscending ? page : page.reversed()
  }

  /// The assets of one code, with their values.
  private func gather(
    _ code: UInt8, _ result: ResultSet, _ bitmaps: ChunkBitmaps, count: Int
  ) throws(SearchIndexError) -> UnsafeMutableBufferPointer<Candidate> {
    let room = try unsafe index.scratch.candidates.start(for: count)
    let bits = try index.scratch.bits(0)
    var found = 0
    for slot in result.order where result.counts[slot] > 0 {
      let chunk = store.chunks[slot]
      let part = chunk.parts[column.index]
      guard let codes = unsafe part.codes, part.low <= code, part.high >= code else { continue }
      unsafe csearch_between(codes, chunk.capacity, code, code, bits.words)
      guard bits.and(bitmaps[slot]) > 0 else { continue }
      found += unsafe gather(slot, bits, into: room + found)
    }
    return unsafe UnsafeMutableBufferPointer(start: room, count: found)
  }

  // MARK: All of it

  /// All ids in order. Complexity: one pass that parts them by their codes, then each code's few thousand
  /// are sorted.
  func all(
    _ result: ResultSet, into target: UnsafeMutableBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    guard case .bitmaps(let bitmaps) = result.contents, result.count > Self.few else {
      let page = try page(of: result, 0..<result.count)
      _ = unsafe target.update(fromContentsOf: page)
      return
    }
    let counts = histogram(result, bitmaps)
    var places = [Int](repeating: 0, count: 256)
    var start = 0
    for code in codes {
      places[Int(code)] = start
      start += counts[Int(code)]
    }
    let starts = places
    result.forEach { id in
      let chunk = store.chunks[store.knownSlot(id)]
      let local = Int(id & 0xFFFF)
      let code = local < chunk.capacity ? Int(chunk.parts[column.index].code(local)) : 0
      unsafe target[places[code]] = id
      places[code] += 1
    }
    for code in codes where counts[Int(code)] > 1 {
      var part = unsafe UnsafeMutableBufferPointer(
        rebasing: target[starts[Int(code)]..<starts[Int(code)] + counts[Int(code)]])
      if code != 0 && column.spreads[Int(code)] > 0 {
        try unsafe sort(part)
      } else if !isAscending {
        unsafe part.reverse()
      }
    }
  }

  private func sort(_ ids: UnsafeMutableBufferPointer<UInt32>) throws(SearchIndexError) {
    let room = try unsafe index.scratch.candidates.room(for: ids.count)
    for place in ids.indices {
      let id = unsafe ids[place]
      let chunk = store.chunks[store.knownSlot(id)]
      unsafe room[place] = Candidate(column.value(chunk, Int(id & 0xFFFF)) ?? 0, id)
    }
    let found = unsafe UnsafeMutableBufferPointer(rebasing: room[..<ids.count])
    unsafe sortFirst(ids.count, of: found, isAscending: isAscending)
    for place in ids.indices { unsafe ids[place] = unsafe found[place].id }
  }
}
