import CSearchKernels

/// How a tag's assets are kept.
enum Postings {
  case none
  case one(UInt32)
  case list(PackedList)
  case dense(DensePostings)

  var count: Int {
    switch self {
    case .none: 0
    case .one: 1
    case .list(let list): list.count
    case .dense(let dense): dense.count
    }
  }
}

/// A tag that many assets have: a bitmap for every chunk that has some.
@safe final class DensePostings {
  private let memory: IndexMemory
  private var blocks: [Block?] = []
  private(set) var count = 0

  init(memory: IndexMemory) { self.memory = memory }

  deinit {
    for case let block? in blocks { unsafe memory.deallocate(block.start, Bits.byteCount) }
  }

  /// Its bitmap in the chunk of a slot; nil where no asset has it.
  subscript(slot: Int) -> Bits? {
    guard slot < blocks.count, let block = blocks[slot] else { return nil }
    return unsafe Bits(block.start)
  }

  /// The same, made when it is not there.
  func bits(making slot: Int) throws(SearchIndexError) -> Bits {
    if let bits = self[slot] { return bits }
    while blocks.count <= slot { blocks.append(nil) }
    let block = try unsafe memory.allocate(Bits.byteCount)
    blocks[slot] = unsafe Block(block)
    return unsafe Bits(block)
  }

  func insert(_ id: UInt32, slot: Int) throws(SearchIndexError) {
    if try bits(making: slot).insert(Int(id)) { count += 1 }
  }

  func remove(_ id: UInt32, slot: Int) {
    if let bits = self[slot], bits.remove(Int(id)) { count -= 1 }
  }

  /// Gives back the bitmaps without any bit.
  func releaseEmpty() {
    for slot in blocks.indices {
      guard let bits = self[slot], bits.count() == 0 else { continue }
      unsafe memory.deallocate(UnsafeMutableRawPointer(bits.words), Bits.byteCount)
      blocks[slot] = nil
    }
  }

  /// Counts again, after bitmaps were filled as a whole.
  func recount() { count = blocks.indices.reduce(0) { $0 + (self[$1]?.count() ?? 0) } }
}

/// The assets of every tag. A tag is a row of eight bytes: how many there are, and where.
@safe struct TagTable: ~Copyable {
  private struct Entry {
    var place: UInt32 = 0
    var count: UInt32 = 0
  }

  private static let pageBits: UInt32 = 12
  private static let pageByteCount = 8 << pageBits
  // Places of lists that are not in the arena.
  private static let largePlace = UInt32.max
  private static let densePlace = UInt32.max - 1

  private let memory: IndexMemory
  private var pages: [Block?] = []
  private var arena: PostingArena
  private var large: [UInt32: Block] = [:]
  private var dense: [UInt32: DensePostings] = [:]

  init(memory: IndexMemory) {
    self.memory = memory
    arena = PostingArena(memory: memory)
  }

  deinit {
    for case let page? in pages { unsafe memory.deallocate(page.start, Self.pageByteCount) }
    for tag in large.keys {
      guard case .list(let list) = self[tag] else { continue }
      unsafe memory.deallocate(
        UnsafeMutableRawPointer(list.bytes), list.byteCount + PackedList.padding)
    }
  }

  /// Tags are below this.
  var tagBound: Int { pages.count << Int(Self.pageBits) }

  private func entry(_ tag: UInt32) -> Entry {
    let page = Int(tag >> Self.pageBits)
    guard page < pages.count, let entries = pages[page] else { return Entry() }
    return unsafe entries.start.assumingMemoryBound(to: Entry.self)[
      Int(tag & (1 << Self.pageBits - 1))]
  }

  func count(of tag: UInt32) -> Int { Int(entry(tag).count) }

  subscript(tag: UInt32) -> Postings {
    let entry = entry(tag)
    if entry.place == Self.densePlace, let dense = dense[tag] { return .dense(dense) }
    if entry.place == Self.largePlace, let list = large[tag] {
      let bytes = unsafe list.start.assumingMemoryBound(to: UInt8.self)
      return unsafe .list(PackedList(bytes, count: Int(entry.count)))
    }
    return switch (entry.count, entry.place) {
    case (0, _): .none
    case (1, let id): .one(id)
    default: unsafe .list(PackedList(arena.address(entry.place), count: Int(entry.count)))
    }
  }

  /// Tags that are kept as bitmaps.
  var denseTags: [UInt32] { Array(dense.keys) }

  /// Makes the row of a tag, so that it can be set.
  private mutating func makeRow(_ tag: UInt32) throws(SearchIndexError) {
    let page = Int(tag >> Self.pageBits)
    if page < pages.count, pages[page] != nil { return }
    let block = try unsafe memory.allocate(Self.pageByteCount)
    while pages.count <= page { pages.append(nil) }
    unsafe block.bindMemory(to: Entry.self, capacity: 1 << Self.pageBits)
    pages[page] = unsafe Block(block)
  }

  private mutating func set(_ tag: UInt32, _ entry: Entry) {
    guard let page = pages[Int(tag >> Self.pageBits)] else {
      preconditionFailure("the row of a tag is made before it is set")
    }
    unsafe page.start.assumingMemoryBound(to: Entry.self)[Int(tag & (1 << Self.pageBits - 1))] =
      entry
  }

  /// Gives back what a tag has.
  private mutating func release(_ tag: UInt32, keepingDense: Bool = false) {
    let entry = entry(tag)
    guard entry.count > 0 else { return }
    if entry.place == Self.densePlace {
      dense[tag] = nil
    } else if case .list(let list) = self[tag] {
      if entry.place == Self.largePlace {
        large[tag] = nil
        unsafe memory.deallocate(
          UnsafeMutableRawPointer(list.bytes), list.byteCount + PackedList.padding)
      } else {
        arena.deallocate(entry.place, list.byteCount)
      }
    }
    set(tag, Entry())
  }

  /// Keeps ids as bitmaps from now on.
  mutating func setDense(_ tag: UInt32, _ postings: DensePostings) throws(SearchIndexError) {
    try makeRow(tag)
    release(tag)
    guard postings.count > 0 else { return }
    dense[tag] = postings
    set(tag, Entry(place: Self.densePlace, count: UInt32(postings.count)))
  }

  /// Follows a change of a tag's bitmaps.
  mutating func denseDidChange(_ tag: UInt32) {
    guard let postings = dense[tag] else { return }
    if postings.count == 0 { return release(tag) }
    set(tag, Entry(place: Self.densePlace, count: UInt32(postings.count)))
  }

  /// Makes a list from the first `kept` blocks of the tag's list and what follows.
  mutating func setList(
    _ tag: UInt32, keeping kept: Int, then ids: UnsafeBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    try makeRow(tag)
    let count = kept * PackedList.idsInBlock + ids.count
    if count == 0 { return release(tag) }
    if count == 1 {
      let id = unsafe ids[0]
      release(tag)
      return set(tag, Entry(place: id, count: 1))
    }
    let old = self[tag]
    var source: UnsafeMutablePointer<UInt8>?
    if case .list(let list) = old { unsafe source = unsafe list.bytes }
    let size = unsafe csearch_packed_size(source, kept, ids.baseAddress, ids.count)
    if size > PostingArena.largestByteCount {
      let block = try unsafe memory.allocate(size + PackedList.padding)
      let bytes = unsafe block.assumingMemoryBound(to: UInt8.self)
      unsafe csearch_pack(source, old.count, kept, ids.baseAddress, ids.count, bytes)
      release(tag)
      large[tag] = unsafe Block(block)
      set(tag, Entry(place: Self.largePlace, count: UInt32(count)))
    } else {
      let place = try arena.allocate(size)
      unsafe csearch_pack(
        source, old.count, kept, ids.baseAddress, ids.count, arena.address(place))
      release(tag)
      set(tag, Entry(place: place, count: UInt32(count)))
    }
  }

  /// Calls `body` with every tag that assets have, ascending.
  func forEach<Failure: Error>(
    _ body: (UInt32, Postings) throws(Failure) -> Void
  ) throws(Failure) {
    for page in pages.indices where pages[page] != nil {
      for row in 0..<(1 << Self.pageBits) {
        let tag = UInt32(page << Int(Self.pageBits) | row)
        if count(of: tag) > 0 { try body(tag, self[tag]) }
      }
    }
  }

  /// Keeps the list of a tag that had none, from bytes that `fill` writes. It is taken over when `fill`
  /// says that they are a list.
  mutating func restore(
    _ tag: UInt32, count: Int, byteCount: Int,
    _ fill: (UnsafeMutablePointer<UInt8>) throws(IndexFileError) -> Bool
  ) throws(IndexFileError) -> Bool {
    do throws(SearchIndexError) { try makeRow(tag) } catch { throw .index(error) }
    guard byteCount > PostingArena.largestByteCount else {
      let place: UInt32
      do throws(SearchIndexError) { place = try arena.allocate(byteCount) } catch {
        throw .index(error)
      }
      guard try unsafe fill(arena.address(place)) else { return false }
      set(tag, Entry(place: place, count: UInt32(count)))
      return true
    }
    let size = byteCount + PackedList.padding
    let block: Block
    do throws(SearchIndexError) { block = unsafe Block(try memory.allocate(size)) } catch {
      throw .index(error)
    }
    var isTaken = false
    defer { if !isTaken { unsafe memory.deallocate(block.start, size) } }
    guard try unsafe fill(block.start.assumingMemoryBound(to: UInt8.self)) else { return false }
    large[tag] = block
    set(tag, Entry(place: Self.largePlace, count: UInt32(count)))
    isTaken = true
    return true
  }
}
