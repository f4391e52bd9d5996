/// Pairs of a tag and an asset that has it, to be put in tag by tag.
@safe struct TagPairs: ~Copyable {
  private let work: IndexMemory
  private var block: UnsafeMutablePointer<UInt64>?
  private var capacity = 0
  private(set) var count = 0
  private var greatestTag: UInt32 = 0

  init(work: IndexMemory) { self.work = work }

  deinit { unsafe Self.release(block, capacity, work) }

  private static func release(
    _ block: UnsafeMutablePointer<UInt64>?, _ capacity: Int, _ work: IndexMemory
  ) {
    if let block = unsafe block {
      unsafe work.deallocate(UnsafeMutableRawPointer(block), capacity * 8)
    }
  }

  private func pair(_ index: Int) -> UInt64 {
    guard let block = unsafe block else { preconditionFailure("there are no pairs") }
    return unsafe block[index]
  }

  func tag(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: pair(index) >> 32) }
  func id(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: pair(index)) }

  /// Where the pairs of a tag end that start at an index, or would.
  func end(of tag: UInt32, from start: Int) -> Int {
    var end = start
    while end < count, self.tag(end) <= tag { end += 1 }
    return end
  }

  /// Adds a pair; the ids must ascend.
  mutating func append(tag: UInt32, id: UInt32) throws(SearchIndexError) {
    if count == capacity {
      let wanted = max(512, capacity * 2)
      let grown = try unsafe work.allocate(wanted * 8).assumingMemoryBound(to: UInt64.self)
      if let block = unsafe block { unsafe grown.update(from: block, count: count) }
      unsafe Self.release(block, capacity, work)
      unsafe block = unsafe grown
      capacity = wanted
    }
    unsafe block?[count] = UInt64(tag) << 32 | UInt64(id)
    count += 1
    greatestTag = max(greatestTag, tag)
  }

  /// Forgets all pairs, and keeps the memory.
  mutating func removeAll() {
    count = 0
    greatestTag = 0
  }

  /// Orders them by tag; the ids of a tag stay ascending.
  mutating func sort() throws(SearchIndexError) {
    guard count > 1, let first = unsafe block else { return }
    let other = try unsafe work.allocate(capacity * 8).assumingMemoryBound(to: UInt64.self)
    var (from, to) = unsafe (first, other)
    var shift: UInt64 = 32
    while shift == 32 || UInt64(greatestTag) >> (shift - 32) != 0 {
      var places = [Int](repeating: 0, count: 2049)
      for index in 0..<count { places[Int(unsafe from[index] >> shift & 2047) + 1] += 1 }
      for digit in 1...2047 { places[digit] += places[digit - 1] }
      for index in 0..<count {
        let digit = Int(unsafe from[index] >> shift & 2047)
        unsafe to[places[digit]] = unsafe from[index]
        places[digit] += 1
      }
      unsafe swap(&from, &to)
      shift += 11
    }
    unsafe block = unsafe from
    unsafe work.deallocate(UnsafeMutableRawPointer(to), capacity * 8)
  }
}
