/// A Huffman table as lookups: 12 bits tell nearly every code; the rest are found by their length.
///
/// An entry holds the code's own bits and what follows it: the count of extra bits and, for AC
/// tables, how many zero coefficients the code skips. Every entry consumes at least one bit, so a
/// damaged stream always makes progress.
struct JPEGHuffmanTable {
  /// Bits of the first lookup: codes of more than 12 bits are rarer than one in a thousand, and
  /// 13 bits were no faster while the tables no longer fitted the first-level cache together.
  static let lookupBits = 12

  /// symbol << 8 | code length; 0 where the code is longer than the lookup or does not exist.
  let lookup: [UInt16]
  /// For stepping over AC coefficients: how many of them a code and its extra bits stand for (upper
  /// byte) and the bits of both (lower byte); 0 as in `lookup`.
  let steps: [UInt16]
  // For each code length: the first code that is too large for it (left-aligned in 16 bits), and
  // what to add to a code of that length to find its symbol.
  private let limits: [UInt32]
  private let offsets: [Int]
  private let symbols: [UInt8]

  /// Builds the table from a DHT segment's counts (16) and symbols.
  ///
  /// - Throws: `Refusal` when the codes do not fit (T.81, annex C).
  init(counts: ArraySlice<UInt8>, symbols: [UInt8]) throws(EighthScaleJPEG.Refusal) {
    self.symbols = symbols
    var lookup = [UInt16](repeating: 0, count: 1 << Self.lookupBits)
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
          for index in first..<first + 1 << (Self.lookupBits - length) { lookup[index] = entry }
        }
        code += 1
        next += 1
      }
      limits[length] = code << UInt32(16 - length)
      code <<= 1
    }
    limits[17] = .max
    self.lookup = lookup
    steps = lookup.map {
      $0 == 0 ? 0 : Self.step(symbol: UInt8($0 >> 8), length: Int($0 & 0xFF))
    }
    self.limits = limits
    self.offsets = offsets
  }

  /// More coefficients than any run can skip: what an end of block counts for.
  static let endOfBlockStep = 128

  /// The entry of `steps` for an AC symbol (run << 4 | size) whose code has `length` bits.
  static func step(symbol: UInt8, length: Int) -> UInt16 {
    let size = Int(symbol & 15)
    let run = Int(symbol >> 4)
    let advance = size > 0 ? run + 1 : run == 15 ? 16 : endOfBlockStep
    return UInt16(advance << 8 | (length + size))
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
