/// What is kept of all assets beside tags: chunks of 65,536 ids, in slots in the order in which they came.
final class AssetStore {
  static let noSlot = UInt16.max

  /// By slot. Chunks stay when their last asset goes.
  private(set) var chunks: [Chunk] = []
  /// By the upper half of an id.
  private(set) var slots: [UInt16] = []
  /// Nil while every slot's place is its chunk's: then nothing has to be looked up.
  private(set) var movedSlots: [UInt16]?
  /// Slots by ascending ids.
  private(set) var order: [Int] = []
  let columns: [Column]
  /// How many assets have each flag.
  private(set) var flagCounts = [Int](repeating: 0, count: Chunk.flagCount)
  private(set) var assetCount = 0
  // Columns are parted anew when there are so many assets.
  private var nextRecoding = 1024
  private let memory: IndexMemory
  private let work: IndexMemory

  init(memory: IndexMemory, work: IndexMemory) {
    self.memory = memory
    self.work = work
    columns = (0..<Chunk.columnCount).map(Column.init)
  }

  /// The slot of an id's chunk.
  func slot(of id: UInt32) -> Int? {
    let key = Int(id >> 16)
    guard key < slots.count, slots[key] != Self.noSlot else { return nil }
    return Int(slots[key])
  }

  /// The slot of an id's chunk, which is there.
  func knownSlot(_ id: UInt32) -> Int { Int(slots[Int(id >> 16)]) }

  func contains(_ id: UInt32) -> Bool {
    guard let slot = slot(of: id) else { return false }
    return chunks[slot].alive.contains(Int(id & 0xFFFF))
  }

  /// Whether every id of a list lies in a chunk there is.
  func hasChunks(of list: PackedList) -> Bool {
    for key in slots.indices where slots[key] == Self.noSlot {
      if list.hasIDs(ofChunk: UInt32(key)) { return false }
    }
    return true
  }

  /// The chunk of an asset that is there.
  func chunk(of id: UInt32) -> Chunk? {
    guard let slot = slot(of: id), chunks[slot].alive.contains(Int(id & 0xFFFF)) else { return nil }
    return chunks[slot]
  }

  /// Takes in a chunk, which is none of those there are.
  func add(_ chunk: Chunk) {
    let slot = chunks.count
    chunks.append(chunk)
    while slots.count <= Int(chunk.key) { slots.append(Self.noSlot) }
    slots[Int(chunk.key)] = UInt16(slot)
    movedSlots = slots.indices.allSatisfy { slots[$0] == UInt16($0) } ? nil : slots
    let place = order.firstIndex { chunks[$0].key > chunk.key } ?? order.count
    order.insert(slot, at: place)
  }

  /// Takes in how many there are, after chunks were added as a whole.
  func recount() {
    assetCount = 0
    flagCounts = [Int](repeating: 0, count: Chunk.flagCount)
    for chunk in chunks {
      chunk.aliveCount = chunk.alive.count()
      assetCount += chunk.aliveCount
      for flag in 0..<Chunk.flagCount { flagCounts[flag] += chunk.flags[flag]?.count() ?? 0 }
    }
    nextRecoding = max(1024, assetCount * 4)
  }

  /// Puts in an asset or replaces it, whole or not at all.
  func set(_ row: AssetRow) throws(SearchIndexError) {
    if slot(of: row.id) == nil { add(try Chunk(key: row.id >> 16, memory: memory)) }
    let chunk = chunks[knownSlot(row.id)]
    let place = Int(row.id & 0xFFFF)
    try chunk.reach(place)
    for column in columns { try column.prepare(chunk, Self.value(row, column.index)) }
    try chunk.prepareFlags(row.flags)
    // From here on nothing fails.
    if chunk.alive.insert(place) {
      chunk.aliveCount += 1
      assetCount += 1
      for column in columns { column.set(chunk, place, adding: Self.value(row, column.index)) }
    } else {
      countFlags(chunk, place, by: -1)
      for column in columns { column.set(chunk, place, Self.value(row, column.index)) }
    }
    chunk.setFlags(place, row.flags)
    countFlags(chunk, place, by: 1)
    chunk[aspect: place] = row.aspect
    if assetCount >= nextRecoding {
      nextRecoding = assetCount * 4
      recode(allColumns: true)
    }
  }

  private func countFlags(_ chunk: Chunk, _ place: Int, by step: Int) {
    for flag in 0..<Chunk.flagCount where chunk.flags[flag]?.contains(place) ?? false {
      flagCounts[flag] += step
    }
  }

  private static func value(_ row: AssetRow, _ column: Int) -> Int64? {
    let facet = column - NumericColumn.allCases.count
    if facet < 0 { return row.numbers[column] }
    return row.facets[facet] == 0 ? nil : Int64(row.facets[facet])
  }

  /// Takes an asset out; false when it is not there.
  func remove(_ id: UInt32) -> Bool {
    guard let chunk = chunk(of: id) else { return false }
    let place = Int(id & 0xFFFF)
    countFlags(chunk, place, by: -1)
    chunk.setFlags(place, [])
    for column in columns { column.remove(chunk, place) }
    chunk.alive.remove(place)
    chunk.aliveCount -= 1
    assetCount -= 1
    return true
  }

  /// Sets a number of an asset; nothing happens when it is not there.
  func set(_ column: Int, _ id: UInt32, _ value: Int64?) throws(SearchIndexError) {
    guard let chunk = chunk(of: id) else { return }
    try columns[column].prepare(chunk, value)
    columns[column].set(chunk, Int(id & 0xFFFF), value)
  }

  /// Parts columns anew whose values have moved away from their codes. It only makes queries faster and
  /// the index smaller, so a lack of memory is no reason to fail.
  func recode(allColumns: Bool = false) {
    for column in columns where allColumns || column.isUneven {
      try? column.recode(chunks, memory: memory, work: work)
    }
  }
}
