/// Memory for a hundred thousand lists of some tens of bytes: in segments, without a header each, blocks
/// that are given back used again by their size.
///
/// glibc's allocator would take sixteen bytes a list more, a tenth of everything.
@safe struct PostingArena: ~Copyable {
  /// Lists above have blocks of their own.
  static let largestByteCount = 16 << 10
  private static let segmentByteCount = 256 << 10
  private static let unit = 8
  private static let unitBits: UInt32 = 15

  private let memory: IndexMemory
  private var segments: [Block] = []
  // By size class: the first free block, whose first bytes name the next.
  private var free = [UInt32](repeating: .max, count: 256)
  private var next = 0
  private var end = 0

  init(memory: IndexMemory) { self.memory = memory }

  deinit {
    for segment in segments {
      unsafe memory.deallocate(segment.start, Self.segmentByteCount)
    }
  }

  func address(_ place: UInt32) -> UnsafeMutablePointer<UInt8> {
    let segment = segments[Int(place >> Self.unitBits)]
    let offset = Int(place & (1 << Self.unitBits - 1)) * Self.unit
    return unsafe (segment.start + offset).assumingMemoryBound(to: UInt8.self)
  }

  /// A block of at least so many bytes, and `PackedList.padding` behind it that can be read.
  mutating func allocate(_ byteCount: Int) throws(SearchIndexError) -> UInt32 {
    let (kind, size) = Self.kind(of: byteCount)
    let head = free[kind]
    if head != .max {
      free[kind] = unsafe UnsafeRawPointer(address(head)).load(as: UInt32.self)
      return head
    }
    if next + size > end { try addSegment() }
    let place = Self.place(segments.count - 1, next)
    next += size
    return place
  }

  mutating func deallocate(_ place: UInt32, _ byteCount: Int) {
    let (kind, _) = Self.kind(of: byteCount)
    unsafe UnsafeMutableRawPointer(address(place)).storeBytes(of: free[kind], as: UInt32.self)
    free[kind] = place
  }

  private mutating func addSegment() throws(SearchIndexError) {
    let segment = try unsafe memory.allocate(Self.segmentByteCount)
    // What is left of the last one goes to those who need less.
    while segments.count > 0, end - next >= Self.unit {
      var size = min(end - next, Self.largestByteCount)
      while Self.kind(of: size).size > size { size -= Self.unit }
      deallocate(Self.place(segments.count - 1, next), size)
      next += size
    }
    segments.append(unsafe Block(segment))
    next = 0
    end = Self.segmentByteCount - PackedList.padding
  }

  private static func place(_ segment: Int, _ offset: Int) -> UInt32 {
    UInt32(segment) << unitBits | UInt32(offset / unit)
  }

  /// The class of a size, and what its blocks have: every eighth byte up to 1 KiB, then sixteen steps
  /// to the next power of two.
  private static func kind(of byteCount: Int) -> (kind: Int, size: Int) {
    let size = max(unit, (byteCount + unit - 1) / unit * unit)
    if size <= 1024 { return (size / unit, size) }
    let power = Int.bitWidth - (size - 1).leadingZeroBitCount
    let step = 1 << (power - 5)
    let rounded = (size + step - 1) / step * step
    return (128 + (power - 11) * 16 + (rounded - (1 << (power - 1))) / step, rounded)
  }
}
