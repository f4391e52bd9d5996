import Media

/// Decodes the DC scans of a progressive picture, one block after the other.
struct EntropyDecoder {
  private let isRefining: Bool
  private let lowestBit: Int16
  private let dcTables: [JPEGHuffmanTable?]
  // The last DC of each member of the scan.
  private var predictions = SIMD4<Int32>.zero

  init(scan: JPEGScan, dcTables: [JPEGHuffmanTable?]) {
    isRefining = scan.approximationHigh > 0
    lowestBit = Int16(scan.approximationLow)
    self.dcTables = scan.members.map { dcTables[$0.dcTable] }
  }

  /// Whether the tables the scan names were defined.
  var hasItsTables: Bool {
    isRefining || dcTables.allSatisfy { $0 != nil }
  }

  /// At a restart marker the predictions begin anew.
  mutating func resetPredictions() {
    predictions = .zero
  }

  /// The DC coefficient of the next block of a member of the scan.
  ///
  /// - Parameters:
  ///   - member: which member of the scan.
  ///   - before: the coefficient as it is, for a refining scan.
  ///   - reader: the scan's bits.
  @inline(__always)
  mutating func block(
    _ member: Int, before: Int16, _ reader: inout JPEGBitReader
  ) throws -> Int16 {
    try reader.refill()
    if isRefining {
      let bit = Int16(truncatingIfNeeded: reader.peek(1))
      reader.skip(1)
      return before | bit &<< lowestBit
    }
    guard let table = dcTables[member] else { return 0 }
    let size = Int(try Self.symbol(table, &reader))
    guard size <= 15 else {
      throw EighthScaleJPEG.Refusal.suspicious("a DC difference is too large")
    }
    if size > 0 {
      let bits = Int32(bitPattern: reader.peek(size))
      reader.skip(size)
      // T.81, F.2.2.1: the upper half of the values is positive, the lower half negative.
      predictions[member] &+= bits < 1 << Int32(size - 1) ? bits - (1 << Int32(size)) + 1 : bits
    }
    return Int16(truncatingIfNeeded: predictions[member] &<< Int32(lowestBit))
  }

  @inline(__always)
  private static func symbol(
    _ table: JPEGHuffmanTable, _ reader: inout JPEGBitReader
  ) throws -> UInt8 {
    let entry = table.codes[Int(reader.peek(JPEGHuffmanTable.lookupBits))]
    if entry != 0 {
      reader.skip(Int(entry & 0xFF))
      return UInt8(entry >> 8)
    }
    guard let long = table.longCode(reader.peek(16)) else {
      throw EighthScaleJPEG.Refusal.suspicious("the data holds a code that does not exist")
    }
    reader.skip(long.length)
    return long.symbol
  }
}
