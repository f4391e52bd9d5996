import CJPEGLanes

/// A Huffman table as lookups: 12 bits tell nearly every code; the rest are found by their length.
///
/// Three tables are made of one code, each where it is needed: `codes` gives one symbol, `folded`
/// steps over as many AC coefficients as twelve bits hold, `valued` also tells the coefficient.
struct JPEGHuffmanTable {
  /// Bits of a lookup. Codes of more are rarer than one in a thousand; at 13 bits two tables no
  /// longer fit the first-level cache together, at 11 more lookups are needed.
  static let lookupBits = 12

  /// symbol << 8 | code length; 0 where the code is longer than the lookup or does not exist.
  let codes: [UInt16]
  // For each code length: the first code that is too large for it (left-aligned in 16 bits), and
  // what to add to a code of that length to find its symbol.
  let limits: [UInt32]
  let offsets: [Int]
  let symbols: [UInt8]

  /// Builds the table from a DHT segment's counts (16) and symbols.
  ///
  /// - Throws: `Refusal` when the codes do not fit (T.81, annex C).
  init(counts: ArraySlice<UInt8>, symbols: [UInt8]) throws(EighthScaleJPEG.Refusal) {
    self.symbols = symbols
    var codes = [UInt16](repeating: 0, count: 1 << Self.lookupBits)
    var limits = [UInt32](repeating: 0, count: 18)
    var offsets = [Int](repeating: 0, count: 18)
    var code: UInt32 = 0
    var next = 0
    for (length, count) in zip(1..., counts) {
      offsets[length] = next - Int(code)
      for _ in 0..<count {
        guard code < 1 << UInt32(length), next < symbols.count else {
          throw .suspicious("a Huffman table has more codes than fit")
        }
        if length <= Self.lookupBits {
          let first = Int(code) << (Self.lookupBits - length)
          let entry = UInt16(symbols[next]) << 8 | UInt16(length)
          for index in first..<first + 1 << (Self.lookupBits - length) { codes[index] = entry }
        }
        code += 1
        next += 1
      }
      limits[length] = code << UInt32(16 - length)
      code <<= 1
    }
    limits[17] = .max
    self.codes = codes
    self.limits = limits
    self.offsets = offsets
  }

  /// The symbol and length of a code longer than the lookup; nil when the bits are no code.
  ///
  /// - Parameter bits: the next 16 bits of the stream.
  func longCode(_ bits: UInt32) -> (symbol: UInt8, length: Int)? {
    var length = Self.lookupBits + 1
    while length <= 16, bits >= limits[length] { length += 1 }
    guard length <= 16 else { return nil }
    let index = Int(bits >> UInt32(16 - length)) + offsets[length]
    guard symbols.indices.contains(index) else { return nil }
    return (symbols[index], length)
  }
}

/// How a table entry moves a lane on: `advance << 23 | bits`, to be added to the lane's own
/// `mark << 23 | position`.
///
/// The mark counts coefficients from `start` (coefficient 1) to 256 (64), the sign of the lane's 32
/// bits, which says that the block is over. An end of block adds `endOfBlock`, so that its block ends
/// in 322…384, while a run that leaves the block ends in 257…318 or, with an end of block behind it,
/// in 385…447: one bit of a difference tells them apart. Every entry has an advance of at least 1, so
/// a block ends after at most 63 lookups whatever the bits are.
enum BlockMark {
  static let start = 256 - 63
  static let endOfBlock = 129
  /// What an entry that only the slow road can read adds: the block ends, in 385…447, no bits used.
  static let slow = 192
  /// Marks, from 0 on.
  static let count = 512

  static func entry(advance: Int, bits: Int) -> UInt32 {
    UInt32(advance) << UInt32(CJPEGLANES_POSITION_BITS) | UInt32(bits)
  }
}

extension JPEGHuffmanTable {
  /// No entry uses more bits: three of them and the start of a byte fit a word of 64 bits.
  private static let foldedBitLimit = 22

  /// For stepping over AC coefficients: each entry stands for all the symbols whose codes lie
  /// within the lookup, their extra bits included; those of the last may reach beyond it.
  func folded() -> [UInt32] {
    let wanted = Self.lookupBits
    return codes.indices.map { index in
      var bits = 0
      var advance = 0
      while bits < wanted {
        let entry = codes[(index << bits) & ((1 << wanted) - 1)]
        let length = Int(entry & 0xFF)
        guard length > 0, bits + length <= wanted else { break }
        let size = Int(entry >> 8 & 15)
        let run = Int(entry >> 12)
        guard bits + length + size <= Self.foldedBitLimit else { break }
        let isEnd = size == 0 && run < 15
        let step = isEnd ? BlockMark.endOfBlock : run + 1
        // More than a block holds could only be an overrun.
        guard isEnd || advance + step <= 63 else { break }
        bits += length + size
        advance += step
        if isEnd { break }
      }
      return BlockMark.entry(advance: advance == 0 ? BlockMark.slow : advance, bits: bits)
    }
  }

  /// For stepping over one AC symbol, as `folded()` does over several: by twelve bits and, behind
  /// those, by the last 1,024 numbers of 16 bits, where the codes too long for the lookup are.
  func single() -> [UInt32] {
    let long = (0..<1024).map { low -> UInt16 in
      let bits = UInt32((1 << 16) - 1024 + low)
      let code = codes[Int(bits >> 4)]
      if code != 0 { return code }
      return longCode(bits).map { UInt16($0.symbol) << 8 | UInt16($0.length) } ?? 0
    }
    return (codes + long).map { code in
      let size = Int(code >> 8 & 15)
      let run = Int(code >> 12)
      guard code != 0 else { return BlockMark.entry(advance: BlockMark.slow, bits: 0) }
      return BlockMark.entry(
        advance: size == 0 && run < 15 ? BlockMark.endOfBlock : run + 1,
        bits: Int(code & 0xFF) + size)
    }
  }

  /// For AC coefficients whose values are wanted: `value << 16 | bits << 10 | advance` of one symbol.
  /// The advance is 64 for an end of block and, with no bits, where code and extra bits do not fit
  /// the lookup together.
  func coefficientValues() -> [UInt32] {
    let wanted = Self.lookupBits
    return codes.indices.map { index in
      let entry = codes[index]
      let length = Int(entry & 0xFF)
      let size = Int(entry >> 8 & 15)
      let run = Int(entry >> 12)
      guard length > 0, length + size <= wanted else { return 64 }
      if size == 0 { return UInt32(length << 10 | (run == 15 ? 16 : 64)) }
      let extra = index >> (wanted - length - size) & ((1 << size) - 1)
      // T.81, F.2.2.1: the upper half of the values is positive, the lower half negative.
      let value = extra < 1 << (size - 1) ? extra - (1 << size) + 1 : extra
      return UInt32(truncatingIfNeeded: value) << 16 | UInt32((length + size) << 10 | (run + 1))
    }
  }

  /// The same for lanes: the value as a `Float`'s bits above an entry as `folded()` has them.
  func valued() -> [UInt64] {
    coefficientValues().map { coefficient in
      let bits = Int(coefficient >> 10 & 63)
      var advance = Int(coefficient & 1023)
      if advance > 63 { advance = bits > 0 ? BlockMark.endOfBlock : BlockMark.slow }
      return UInt64(Float(Int32(bitPattern: coefficient) >> 16).bitPattern) << 32
        | UInt64(BlockMark.entry(advance: advance, bits: bits))
    }
  }

  /// For DC differences with their extra bits: `value << 16 | bits`; 0 where code and extra bits do
  /// not fit the lookup together.
  func differenceValues() -> [UInt32] {
    codes.indices.map { index in
      let length = Int(codes[index] & 0xFF)
      let size = Int(codes[index] >> 8)
      guard length > 0, length + size <= Self.lookupBits else { return 0 }
      let extra = index >> (Self.lookupBits - length - size) & ((1 << size) - 1)
      let isPositive = size == 0 || extra >= 1 << (size - 1)
      let value = isPositive ? extra : extra - (1 << size) + 1
      return UInt32(truncatingIfNeeded: value) << 16 | UInt32(length + size)
    }
  }

  /// For DC differences by the next ten bits: `correction << 16 | 32 | bits`, where the bits, code
  /// and all, read as a number and the correction added give the difference, in its lowest 16 bits;
  /// 0 where the code is longer than nine bits (the tenth then is the sign) or has more than
  /// `differenceBitLimit` together with its extra bits, or the size cannot be.
  func differences() -> [UInt32] {
    (0..<1024).map { index in
      let entry = codes[index << (Self.lookupBits - 10)]
      let length = Int(entry & 0xFF)
      let size = Int(entry >> 8)
      guard length > 0, length <= 9, size <= 15, length + size <= Self.differenceBitLimit else {
        return 0
      }
      var correction = -((index >> (10 - length)) << size)
      let isNegative = size > 0 && index >> (9 - length) & 1 == 0
      if isNegative { correction -= (1 << size) - 1 }
      return UInt32(UInt16(truncatingIfNeeded: correction)) << 16 | 32 | UInt32(length + size)
    }
  }

  /// Leaves room for two folded entries in the word.
  private static let differenceBitLimit = 20
}
