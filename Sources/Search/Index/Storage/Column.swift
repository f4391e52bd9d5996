import CSearchKernels

/// A column of all assets: how values become codes, and how many assets have each code. The codes
/// themselves are with the chunks.
final class Column {
  /// Its place among a chunk's parts.
  let index: Int
  private(set) var buckets = Buckets()
  /// By code.
  private(set) var counts = [Int](repeating: 0, count: 256)
  /// By code, the greatest residual there has been. 0: the code says it all.
  private(set) var spreads = [UInt64](repeating: 0, count: 256)

  init(index: Int) { self.index = index }

  static func index(of column: NumericColumn) -> Int { Int(column.rawValue) }
  static func index(of column: FacetColumn) -> Int {
    NumericColumn.allCases.count + Int(column.rawValue)
  }

  /// No asset has a greater value.
  var greatest: Int64 {
    (UInt8(1)...255).reduce(.min) {
      counts[Int($1)] > 0 ? max($0, buckets.value($1, $1 == 1 ? 0 : spreads[Int($1)])) : $0
    }
  }

  /// Whether assets with the same code have the same value.
  var isSaidByCodes: Bool { spreads.allSatisfy { $0 == 0 } }

  /// How many assets have a value.
  var valueCount: Int { counts.reduce(0, +) - counts[0] }

  func value(_ chunk: Chunk, _ place: Int) -> Int64? {
    guard place < chunk.capacity else { return nil }
    let code = chunk.parts[index].code(place)
    return code == 0 ? nil : buckets.value(code, chunk.parts[index].residual(place))
  }

  /// Makes sure that a value can be set in a chunk, which has room for its place.
  func prepare(_ chunk: Chunk, _ value: Int64?) throws(SearchIndexError) {
    guard let value else { return }
    let code = buckets.code(of: value)
    try chunk.prepare(index, code: code, residual: buckets.residual(of: value, code: code))
  }

  /// Sets what was prepared.
  func set(_ chunk: Chunk, _ place: Int, _ value: Int64?) {
    let old = chunk.parts[index].code(place)
    counts[Int(old)] -= 1
    guard let value else {
      counts[0] += 1
      return chunk.set(index, place, code: 0, residual: 0)
    }
    let code = buckets.code(of: value)
    let residual = buckets.residual(of: value, code: code)
    counts[Int(code)] += 1
    spreads[Int(code)] = max(spreads[Int(code)], residual)
    chunk.set(index, place, code: code, residual: residual)
  }

  /// Sets what was prepared for an asset that was not there before.
  func set(_ chunk: Chunk, _ place: Int, adding value: Int64?) {
    counts[0] += 1
    set(chunk, place, value)
  }

  /// Takes out an asset's value, and the asset of its count.
  func remove(_ chunk: Chunk, _ place: Int) {
    set(chunk, place, nil)
    counts[0] -= 1
  }

  /// Counts the codes of assets anew.
  func recount(_ chunks: [Chunk]) {
    counts = [Int](repeating: 0, count: 256)
    for chunk in chunks {
      guard let codes = unsafe chunk.parts[index].codes else {
        counts[0] += chunk.aliveCount
        continue
      }
      var found = [UInt32](repeating: 0, count: 256)
      unsafe csearch_histogram(codes, chunk.capacity, chunk.alive.words, &found)
      for code in 0..<256 { counts[code] += Int(found[code]) }
    }
  }

  /// Takes over what a snapshot says.
  func restore(buckets: Buckets, counts: [Int], spreads: [UInt64]) {
    self.buckets = buckets
    self.counts = counts
    self.spreads = spreads
  }

  /// Whether some codes have so many assets of different values that they should be parted anew.
  var isUneven: Bool {
    let most = max(4096, valueCount / 32)
    return (1...255).contains { spreads[$0] > 0 && counts[$0] > most }
  }

  /// Parts the values anew and writes all codes again. Whoever has no memory for that goes on with the
  /// old codes, which say the same.
  func recode(_ chunks: [Chunk], memory: IndexMemory, work: IndexMemory) throws(SearchIndexError) {
    guard let sample = try unsafe sample(chunks, work: work) else { return }
    let new = unsafe Buckets(sorted: UnsafeBufferPointer(sample.values))
    unsafe work.deallocate(sample.block, sample.size)
    var newCounts = [Int](repeating: 0, count: 256)
    var newSpreads = [UInt64](repeating: 0, count: 256)
    newCounts[0] = counts[0]
    var parts: [ColumnPart] = []
    let values = WorkBuffer<Int64>(memory: work)
    do throws(SearchIndexError) {
      for chunk in chunks {
        parts.append(
          try part(chunk, new, &newCounts, &newSpreads, values, memory: memory))
      }
    } catch {
      for (chunk, part) in zip(chunks, parts) { chunk.release(part) }
      throw error
    }
    for (chunk, part) in zip(chunks, parts) { chunk.replace(index, with: part) }
    restore(buckets: new, counts: newCounts, spreads: newSpreads)
  }

  private func part(
    _ chunk: Chunk, _ new: Buckets, _ counts: inout [Int], _ spreads: inout [UInt64],
    _ buffer: WorkBuffer<Int64>, memory: IndexMemory
  ) throws(SearchIndexError) -> ColumnPart {
    var part = ColumnPart()
    let old = chunk.parts[index]
    guard unsafe old.codes != nil, old.high > 0 else { return part }
    let values = try unsafe buffer.room(for: chunk.capacity)
    let codes = try unsafe memory.allocate(chunk.capacity).assumingMemoryBound(to: UInt8.self)
    unsafe part.codes = unsafe codes
    for place in 0..<chunk.capacity {
      let code = old.code(place)
      if code == 0 { continue }
      let value = buckets.value(code, old.residual(place))
      let fresh = new.code(of: value)
      let residual = new.residual(of: value, code: fresh)
      unsafe codes[place] = fresh
      unsafe values[place] = Int64(bitPattern: residual)
      counts[Int(fresh)] += 1
      spreads[Int(fresh)] = max(spreads[Int(fresh)], residual)
      part.low = min(part.low, fresh)
      part.high = max(part.high, fresh)
      part.width = max(part.width, ColumnPart.width(for: residual))
    }
    guard part.width > 0 else { return part }
    let size = ColumnPart.residualByteCount(width: part.width, capacity: chunk.capacity)
    do throws(SearchIndexError) {
      unsafe part.residuals = try memory.allocate(size).assumingMemoryBound(to: UInt8.self)
    } catch {
      part.width = 0
      chunk.release(part)
      throw error
    }
    for place in 0..<chunk.capacity where unsafe codes[place] != 0 {
      part.setResidual(place, UInt64(bitPattern: unsafe values[place]))
    }
    return part
  }

  /// Up to 8,192 values, ascending, from all over the column: so few that sorting them takes less than
  /// what has to be reserved.
  private func sample(
    _ chunks: [Chunk], work: IndexMemory
  ) throws(SearchIndexError) -> (
    values: UnsafeMutableBufferPointer<Int64>, block: UnsafeMutableRawPointer, size: Int
  )? {
    let total = valueCount
    guard total > 0 else { return nil }
    let stride = (total + 8191) / 8192
    let size = (total / stride + 1) * 8
    let block = try unsafe work.allocate(size)
    let values = unsafe block.bindMemory(to: Int64.self, capacity: size / 8)
    var count = 0
    var seen = 0
    for chunk in chunks where unsafe chunk.parts[index].codes != nil {
      let part = chunk.parts[index]
      for place in 0..<chunk.capacity where part.code(place) != 0 {
        if seen % stride == 0, count < size / 8 {
          unsafe values[count] = buckets.value(part.code(place), part.residual(place))
          count += 1
        }
        seen += 1
      }
    }
    var found = unsafe UnsafeMutableBufferPointer(start: values, count: count)
    unsafe found.sort()
    return unsafe (found, block, size)
  }
}
