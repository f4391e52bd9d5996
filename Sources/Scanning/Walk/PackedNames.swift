/// Many names in one block of memory, each with its kind, sortable by bytes.
///
/// A directory of a hundred thousand files costs its names and 16 bytes for each, and no object per
/// file. Not thread-safe while it changes.
struct PackedNames: Sendable {
  struct Entry: Sendable {
    /// The first eight bytes, most significant first: most comparisons end here.
    fileprivate var prefix: UInt64
    fileprivate var offset: UInt32
    fileprivate var count: UInt16
    var kind: FileStatus.Kind
  }

  private var storage: [UInt8] = []
  private(set) var entries: [Entry] = []

  var count: Int { entries.count }
  var isEmpty: Bool { entries.isEmpty }

  /// What it holds on to, in bytes.
  var byteCount: Int { storage.capacity + entries.capacity * MemoryLayout<Entry>.stride }

  /// True when no name more can be addressed: over 4 GiB of names in one directory.
  var isFull: Bool { storage.count > Int(UInt32.max) - 512 }

  mutating func append(_ name: some Collection<UInt8>, kind: FileStatus.Kind) {
    let offset = storage.count
    storage.append(contentsOf: name)
    storage.append(0)
    var prefix: UInt64 = 0
    for index in 0..<8 {
      prefix <<= 8
      if offset + index < storage.count { prefix |= UInt64(storage[offset + index]) }
    }
    entries.append(
      Entry(
        prefix: prefix, offset: UInt32(offset), count: UInt16(storage.count - offset - 1),
        kind: kind))
  }

  /// Sorts by bytes, as the catalog does.
  ///
  /// - Complexity: O(n log n).
  mutating func sort() {
    let storage = storage
    entries.sort { left, right in
      if left.prefix != right.prefix { return left.prefix < right.prefix }
      let leftEnd = Int(left.offset) + Int(left.count)
      let rightEnd = Int(right.offset) + Int(right.count)
      var leftIndex = Int(left.offset)
      var rightIndex = Int(right.offset)
      while leftIndex < leftEnd, rightIndex < rightEnd {
        let (leftByte, rightByte) = (storage[leftIndex], storage[rightIndex])
        if leftByte != rightByte { return leftByte < rightByte }
        leftIndex += 1
        rightIndex += 1
      }
      return left.count < right.count
    }
  }

  /// Keeps the entries for which `isKept` holds; the names stay in memory.
  mutating func keep(where isKept: (ArraySlice<UInt8>, FileStatus.Kind) -> Bool) {
    let storage = storage
    entries.removeAll { entry in
      !isKept(storage[Int(entry.offset)..<(Int(entry.offset) + Int(entry.count))], entry.kind)
    }
  }

  /// The bytes of a name.
  func name(_ index: Int) -> ArraySlice<UInt8> {
    let entry = entries[index]
    return storage[Int(entry.offset)..<(Int(entry.offset) + Int(entry.count))]
  }

  func kind(_ index: Int) -> FileStatus.Kind { entries[index].kind }

  mutating func setKind(_ kind: FileStatus.Kind, at index: Int) { entries[index].kind = kind }

  /// A name with its NUL, for system calls.
  func terminated(_ index: Int) -> TerminatedName {
    let entry = entries[index]
    return TerminatedName(
      terminated: storage[Int(entry.offset)...(Int(entry.offset) + Int(entry.count))])
  }

  /// Less than 0, 0 or more than 0: how a name compares with other bytes.
  func compare(_ index: Int, with other: ArraySlice<UInt8>) -> Int {
    let own = name(index)
    var otherIndex = other.startIndex
    for byte in own {
      if otherIndex == other.endIndex { return 1 }
      if byte != other[otherIndex] { return byte < other[otherIndex] ? -1 : 1 }
      otherIndex += 1
    }
    return otherIndex == other.endIndex ? 0 : -1
  }
}
