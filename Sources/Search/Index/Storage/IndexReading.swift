import CSearchKernels

extension FrameReader {
  /// Fills an empty index, and answers it.
  mutating func load(
    changeNumber: Int64?, into index: SearchIndex
  ) throws(IndexFileError) -> SearchIndex {
    guard try read(UInt64.self) == IndexFile.mark else { throw damaged("it is no search index") }
    guard try read(UInt32.self) == IndexFile.version else {
      throw damaged("it is of another version")
    }
    index.changeNumber = try read()
    if let changeNumber, changeNumber != index.changeNumber {
      throw .outdated(path, changeNumber: index.changeNumber)
    }
    guard try read(UInt32.self) == UInt32(index.store.columns.count) else {
      throw damaged("it has other columns")
    }
    for column in index.store.columns { try loadBuckets(column) }
    let chunkCount = try read(UInt32.self)
    guard chunkCount <= 65_536 else { throw damaged("it has too many chunks") }
    for _ in 0..<chunkCount { try loadChunk(index) }
    index.store.recount()
    for column in index.store.columns { column.recount(index.store.chunks) }
    let alive: ChunkBitmaps
    do throws(SearchIndexError) {
      alive = try ChunkBitmaps(slotCount: index.store.chunks.count, memory: index.work)
    } catch {
      throw .index(error)
    }
    for (slot, chunk) in index.store.chunks.enumerated() { alive[slot].copy(chunk.alive) }
    while try loadTag(index, alive) {}
    try finish()
    return index
  }

  private mutating func loadBuckets(_ column: Column) throws(IndexFileError) {
    let last = try read(UInt8.self)
    guard last >= 2 else { throw damaged("a column has no codes") }
    var starts: [Int64] = []
    for _ in 2...last {
      let start = try read(Int64.self)
      if let before = starts.last, before >= start { throw damaged("codes do not ascend") }
      starts.append(start)
    }
    var spreads: [UInt64] = []
    for _ in 0..<256 { spreads.append(try read()) }
    column.restore(
      buckets: Buckets(starts: starts), counts: [Int](repeating: 0, count: 256), spreads: spreads)
  }

  private mutating func loadChunk(_ index: SearchIndex) throws(IndexFileError) {
    let key = try read(UInt32.self)
    let capacity = Int(try read(UInt32.self))
    let last = index.store.chunks.last?.key
    guard key <= 0xFFFF, last.map({ $0 < key }) ?? true else {
      throw damaged("chunks do not ascend")
    }
    guard capacity >= 1024, capacity <= Bits.idCount, capacity & (capacity - 1) == 0,
      bytesLeft > capacity
    else { throw damaged("a chunk has no size that is possible") }
    let chunk: Chunk
    do throws(SearchIndexError) {
      chunk = try Chunk(key: key, capacity: capacity, memory: index.memory)
    } catch {
      throw .index(error)
    }
    try unsafe read(into: UnsafeMutableRawBufferPointer(chunk.alive.bytes))
    guard (capacity / 64..<Bits.wordCount).allSatisfy({ chunk.alive.word($0) == 0 }) else {
      throw damaged("a chunk has assets behind its end")
    }
    try unsafe read(into: UnsafeMutableRawBufferPointer(chunk.aspectBytes))
    for flag in 0..<Chunk.flagCount where try read(UInt8.self) != 0 {
      do throws(SearchIndexError) {
        try chunk.prepareFlags(AssetFlags(rawValue: 1 << UInt32(flag)))
      } catch {
        throw .index(error)
      }
      guard let bits = chunk.flags[flag] else { continue }
      try unsafe read(into: UnsafeMutableRawBufferPointer(bits.bytes))
      guard bits.isSubset(of: chunk.alive) else { throw damaged("a flag is of no asset") }
    }
    for column in index.store.columns where try read(UInt8.self) != 0 {
      try loadPart(column, chunk)
    }
    index.store.add(chunk)
  }

  private mutating func loadPart(_ column: Column, _ chunk: Chunk) throws(IndexFileError) {
    let width = try read(UInt8.self)
    guard width <= 64 else { throw damaged("a number has more than 64 bits") }
    var part: ColumnPart
    do throws(SearchIndexError) { part = try chunk.makePart(width: width) } catch {
      throw .index(error)
    }
    chunk.replace(column.index, with: part)
    guard let codes = unsafe part.codes else { return }
    try unsafe read(into: UnsafeMutableRawBufferPointer(start: codes, count: chunk.capacity))
    if let numbers = unsafe part.residuals {
      let size = ColumnPart.residualByteCount(width: width, capacity: chunk.capacity)
      try unsafe read(into: UnsafeMutableRawBufferPointer(start: numbers, count: size))
    }
    guard unsafe csearch_greatest(codes, chunk.capacity) <= column.buckets.last else {
      throw damaged("a code has no values")
    }
    for place in 0..<chunk.capacity where unsafe codes[place] != 0 {
      part.low = unsafe min(part.low, codes[place])
      part.high = unsafe max(part.high, codes[place])
    }
    chunk.setBounds(column.index, low: part.low, high: part.high)
  }

  /// False at the end.
  private mutating func loadTag(
    _ index: SearchIndex, _ alive: ChunkBitmaps
  ) throws(IndexFileError) -> Bool {
    let tag = try read(UInt32.self)
    if tag == IndexFile.endMark { return false }
    guard index.tagCount(tag) == 0 else { throw damaged("a tag comes twice") }
    switch IndexFile.Kind(rawValue: try read()) {
    case .one: try loadOne(tag, index)
    case .list: try loadList(tag, index, alive)
    case .dense: try loadDense(tag, index, alive)
    case nil: throw damaged("a tag is kept in no way that is known")
    }
    return true
  }

  private mutating func loadOne(_ tag: UInt32, _ index: SearchIndex) throws(IndexFileError) {
    let id = try read(UInt32.self)
    guard index.store.contains(id) else { throw damaged("a tag is of no asset") }
    do throws(SearchIndexError) {
      try unsafe [id].withUnsafeBufferPointer { ids throws(SearchIndexError) in
        try unsafe index.tags.setList(tag, keeping: 0, then: ids)
      }
    } catch {
      throw .index(error)
    }
  }

  private mutating func loadList(
    _ tag: UInt32, _ index: SearchIndex, _ alive: ChunkBitmaps
  ) throws(IndexFileError) {
    let count = Int(try read(UInt32.self))
    let byteCount = Int(try read(UInt32.self))
    guard count >= 2, count <= index.assetCount, byteCount > 0, byteCount <= bytesLeft else {
      throw damaged("a list has no size that is possible")
    }
    let slots = index.store.slots
    let isWhole = !slots.contains(AssetStore.noSlot)
    let isGood = try unsafe index.tags.restore(tag, count: count, byteCount: byteCount) {
      bytes throws(IndexFileError) in
      try unsafe read(into: UnsafeMutableRawBufferPointer(start: bytes, count: byteCount))
      var last: UInt32 = 0
      guard unsafe csearch_list_is_valid(bytes, byteCount, count, &last) != 0,
        last >> 16 < slots.count
      else { return false }
      let list = unsafe PackedList(bytes, count: count)
      // Where chunks are missing between others, ids could be of one of those.
      return isWhole || index.store.hasChunks(of: list)
        ? list.count(in: alive, slots: slots) == count : false
    }
    guard isGood else { throw damaged("a list is none, or of no asset") }
  }

  private mutating func loadDense(
    _ tag: UInt32, _ index: SearchIndex, _ alive: ChunkBitmaps
  ) throws(IndexFileError) {
    let dense = DensePostings(memory: index.memory)
    for slot in index.store.chunks.indices where try read(UInt8.self) != 0 {
      let bits: Bits
      do throws(SearchIndexError) { bits = try dense.bits(making: slot) } catch {
        throw .index(error)
      }
      try unsafe read(into: UnsafeMutableRawBufferPointer(bits.bytes))
      guard bits.isSubset(of: alive[slot]) else { throw damaged("a tag is of no asset") }
    }
    dense.recount()
    do throws(SearchIndexError) { try index.tags.setDense(tag, dense) } catch {
      throw .index(error)
    }
  }
}
