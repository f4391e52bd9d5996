/// What is kept of up to 65,536 neighbouring ids, beside tags.
@safe final class Chunk {
  static let columnCount = NumericColumn.allCases.count + FacetColumn.allCases.count
  static let flagCount = 12

  /// The upper half of its ids.
  let key: UInt32
  /// The assets there are.
  let alive: Bits
  var aliveCount = 0
  /// Ids from here on have no memory in columns yet; grows to 65,536.
  private(set) var capacity = 1024
  /// By `AssetFlags`; nil where no asset has it.
  private(set) var flags = [Bits?](repeating: nil, count: flagCount)
  /// Numeric columns, then facets.
  private(set) var parts = [ColumnPart](repeating: ColumnPart(), count: columnCount)
  private var aspects: UnsafeMutablePointer<UInt8>
  private let memory: IndexMemory

  init(key: UInt32, memory: IndexMemory) throws(SearchIndexError) {
    self.key = key
    self.memory = memory
    let alive = try unsafe memory.allocate(Bits.byteCount)
    do throws(SearchIndexError) {
      unsafe aspects = try memory.allocate(1024).assumingMemoryBound(to: UInt8.self)
    } catch {
      unsafe memory.deallocate(alive, Bits.byteCount)
      throw error
    }
    self.alive = unsafe Bits(alive)
  }

  deinit {
    unsafe memory.deallocate(UnsafeMutableRawPointer(alive.words), Bits.byteCount)
    unsafe memory.deallocate(UnsafeMutableRawPointer(aspects), capacity)
    for case let bits? in flags {
      unsafe memory.deallocate(UnsafeMutableRawPointer(bits.words), Bits.byteCount)
    }
    for part in parts { release(part) }
  }

  func release(_ part: ColumnPart) {
    if let codes = unsafe part.codes {
      unsafe memory.deallocate(UnsafeMutableRawPointer(codes), capacity)
    }
    if let residuals = unsafe part.residuals {
      unsafe memory.deallocate(
        UnsafeMutableRawPointer(residuals),
        ColumnPart.residualByteCount(width: part.width, capacity: capacity))
    }
  }

  subscript(aspect place: Int) -> UInt8 {
    get { unsafe aspects[place] }
    set { unsafe aspects[place] = newValue }
  }

  /// All aspects it has room for.
  var aspectBytes: UnsafeMutableBufferPointer<UInt8> {
    unsafe UnsafeMutableBufferPointer(start: aspects, count: capacity)
  }

  /// Makes room for a place.
  func reach(_ place: Int) throws(SearchIndexError) {
    guard place >= capacity else { return }
    var wanted = capacity
    while wanted <= place { wanted *= 2 }
    // Each piece is whole before it is put in: an error on the way leaves what is there.
    var grown: [ColumnPart] = []
    do throws(SearchIndexError) {
      for part in parts { grown.append(try copy(part, width: part.width, capacity: wanted)) }
      let block = try unsafe memory.allocate(wanted)
      unsafe block.copyMemory(from: aspects, byteCount: capacity)
      unsafe memory.deallocate(UnsafeMutableRawPointer(aspects), capacity)
      unsafe aspects = block.assumingMemoryBound(to: UInt8.self)
    } catch {
      let old = capacity
      capacity = wanted
      for part in grown { release(part) }
      capacity = old
      throw error
    }
    for part in parts { release(part) }
    parts = grown
    capacity = wanted
  }

  /// The same numbers with other room for them.
  private func copy(
    _ part: ColumnPart, width: UInt8, capacity wanted: Int
  ) throws(SearchIndexError) -> ColumnPart {
    var new = part
    unsafe (new.codes, new.residuals, new.width) = (nil, nil, width)
    if let codes = unsafe part.codes {
      let block = try unsafe memory.allocate(wanted)
      unsafe block.copyMemory(from: codes, byteCount: capacity)
      unsafe new.codes = block.assumingMemoryBound(to: UInt8.self)
    }
    if width > 0 {
      let size = ColumnPart.residualByteCount(width: width, capacity: wanted)
      do throws(SearchIndexError) {
        unsafe new.residuals = try memory.allocate(size).assumingMemoryBound(to: UInt8.self)
      } catch {
        if let codes = unsafe new.codes {
          unsafe memory.deallocate(UnsafeMutableRawPointer(codes), wanted)
        }
        throw error
      }
      if unsafe part.residuals != nil {
        for place in 0..<capacity { new.setResidual(place, part.residual(place)) }
      }
    }
    return new
  }

  /// Makes sure that a code with this residual can be set in a column.
  func prepare(
    _ column: Int, code: UInt8, residual: UInt64
  ) throws(SearchIndexError) {
    guard code != 0 else { return }
    if unsafe parts[column].codes == nil {
      let block = try unsafe memory.allocate(capacity)
      unsafe parts[column].codes = block.assumingMemoryBound(to: UInt8.self)
    }
    let width = ColumnPart.width(for: residual)
    guard width > parts[column].width else { return }
    let wide = try copy(parts[column], width: width, capacity: capacity)
    release(parts[column])
    parts[column] = wide
  }

  /// Sets what was prepared.
  func set(_ column: Int, _ place: Int, code: UInt8, residual: UInt64) {
    guard let codes = unsafe parts[column].codes else { return }
    unsafe codes[place] = code
    parts[column].setResidual(place, code == 0 ? 0 : residual)
    if code != 0 {
      parts[column].low = min(parts[column].low, code)
      parts[column].high = max(parts[column].high, code)
    }
  }

  /// Says which codes a part has.
  func setBounds(_ column: Int, low: UInt8, high: UInt8) {
    parts[column].low = low
    parts[column].high = high
  }

  /// Puts a column's part in the place of the one it has.
  func replace(_ column: Int, with part: ColumnPart) {
    release(parts[column])
    parts[column] = part
  }

  func prepareFlags(_ wanted: AssetFlags) throws(SearchIndexError) {
    for flag in 0..<Self.flagCount where wanted.rawValue >> UInt32(flag) & 1 != 0 {
      if flags[flag] == nil { flags[flag] = unsafe Bits(try memory.allocate(Bits.byteCount)) }
    }
  }

  func setFlags(_ place: Int, _ wanted: AssetFlags) {
    for flag in 0..<Self.flagCount {
      if wanted.rawValue >> UInt32(flag) & 1 != 0 {
        flags[flag]?.insert(place)
      } else {
        flags[flag]?.remove(place)
      }
    }
  }

  /// A chunk with room for `capacity` ids, a power of two, to be filled from a snapshot.
  convenience init(key: UInt32, capacity: Int, memory: IndexMemory) throws(SearchIndexError) {
    try self.init(key: key, memory: memory)
    try reach(capacity - 1)
  }

  /// Zeroed memory for a column of which nothing is known yet.
  func makePart(width: UInt8) throws(SearchIndexError) -> ColumnPart {
    var part = ColumnPart()
    let codes = try unsafe memory.allocate(capacity)
    unsafe part.codes = codes.assumingMemoryBound(to: UInt8.self)
    guard width > 0 else { return part }
    let size = ColumnPart.residualByteCount(width: width, capacity: capacity)
    do throws(SearchIndexError) {
      unsafe part.residuals = try memory.allocate(size).assumingMemoryBound(to: UInt8.self)
    } catch {
      unsafe memory.deallocate(codes, capacity)
      throw error
    }
    part.width = width
    return part
  }
}
