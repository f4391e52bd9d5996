/// Memory that queries use one after another, so that none of them has to ask the system for some.
@safe final class QueryScratch {
  private let memory: IndexMemory
  private var levels: [Block] = []
  private var spare: [ChunkBitmaps] = []
  let ids: WorkBuffer<UInt32>
  let candidates: WorkBuffer<Candidate>

  init(memory: IndexMemory) {
    self.memory = memory
    ids = WorkBuffer(memory: memory)
    candidates = WorkBuffer(memory: memory)
  }

  deinit { for level in levels { unsafe memory.deallocate(level.start, Bits.byteCount) } }

  /// A bitmap for each level of a query's tree.
  func bits(_ level: Int) throws(SearchIndexError) -> Bits {
    while levels.count <= level {
      levels.append(unsafe Block(try memory.allocate(Bits.byteCount)))
    }
    return unsafe Bits(levels[level].start)
  }

  /// Bitmaps with anything in them.
  func bitmaps(_ slotCount: Int) throws(SearchIndexError) -> ChunkBitmaps {
    if let place = spare.firstIndex(where: { $0.slotCount == slotCount }) {
      return spare.remove(at: place)
    }
    return try ChunkBitmaps(slotCount: slotCount, memory: memory)
  }

  func takeBack(_ bitmaps: ChunkBitmaps) {
    spare.append(bitmaps)
    if spare.count > 4 { spare.removeFirst() }
  }
}
