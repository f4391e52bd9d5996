import CSearchKernels

/// The ascending ids of a tag that few assets have, packed by their gaps: about eleven bits an id where
/// one of four hundred assets has the tag. In memory that somebody else owns, of which sixteen bytes behind
/// the list can be read.
@safe struct PackedList {
  static let idsInBlock = Int(CSEARCH_BLOCK)
  /// Bytes behind a list that are read with it.
  static let padding = 16

  let bytes: UnsafeMutablePointer<UInt8>
  let count: Int

  init(_ bytes: UnsafeMutablePointer<UInt8>, count: Int) {
    unsafe self.bytes = unsafe bytes
    self.count = count
  }

  var byteCount: Int { unsafe csearch_list_size(bytes, count) }

  func contains(_ id: UInt32) -> Bool { unsafe csearch_list_has(bytes, count, id) != 0 }

  /// The block an id is in, or would come behind.
  func block(of id: UInt32) -> Int { unsafe csearch_block_of(bytes, count, id) }

  /// Unpacks the ids from a block on; answers how many.
  func unpack(from block: Int = 0, into target: UnsafeMutablePointer<UInt32>) -> Int {
    unsafe csearch_unpack(bytes, count, block, target)
  }

  /// Has the processor fetch where it begins.
  func fetch() { unsafe csearch_fetch(bytes, count) }

  /// Whether it has ids of a chunk.
  func hasIDs(ofChunk chunk: UInt32) -> Bool {
    unsafe csearch_list_meets(bytes, count, chunk << 16, chunk << 16 | 0xFFFF) != 0
  }

  /// Sets the bits of its ids in one chunk.
  func set(in bits: Bits, chunk: UInt32) { unsafe csearch_list_or(bytes, count, chunk, bits.words) }

  /// Sets the bits of all its ids; `slots` says which bitmap a chunk has, nil that they stand in the order
  /// of the chunks.
  func set(in bits: ChunkBitmaps, slots: [UInt16]?) {
    unsafe csearch_list_scatter(bytes, count, bits.first.words, slots)
  }

  /// How many of its ids have their bit set.
  func count(in bits: ChunkBitmaps, slots: [UInt16]) -> Int {
    unsafe csearch_list_count(bytes, count, bits.first.words, slots)
  }

  /// One byte for each of ascending ids: 1 when it has it.
  func marks(_ ids: [UInt32]) -> [UInt8] {
    var marks = [UInt8](repeating: 0, count: ids.count)
    unsafe csearch_list_mark(bytes, count, ids, ids.count, &marks)
    return marks
  }
}

/// One bitmap for each chunk, in the order of their slots.
@safe final class ChunkBitmaps {
  private let memory: IndexMemory
  private let block: UnsafeMutableRawPointer
  let slotCount: Int

  /// Zeroed.
  init(slotCount: Int, memory: IndexMemory) throws(SearchIndexError) {
    self.memory = memory
    self.slotCount = slotCount
    unsafe block = try memory.allocate(slotCount * Bits.byteCount)
  }

  deinit { unsafe memory.deallocate(block, slotCount * Bits.byteCount) }

  var first: Bits { unsafe Bits(block) }
  subscript(slot: Int) -> Bits { unsafe Bits(block + slot * Bits.byteCount) }
}
