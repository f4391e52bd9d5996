import Media

/// Decodes one scan of a progressive picture: the DC of its components, or the first AC of one.
///
/// A DC difference is mostly found by one lookup with its extra bits, and four of them fit the word
/// that is read from the window; a refining scan has one bit a block. MCUs are decoded in runs for
/// which the window has enough bytes whatever their bits are, so that inside of a run nothing but
/// codes is looked at.
///
/// ## Why the reads stay inside the window
/// A block uses at most 31 bits of DC, or 31 for each of 63 coefficients; an MCU has at most ten
/// blocks and AC scans have one. A run of more than one MCU ends before the window does, and one MCU
/// that begins before the window's end ends inside of its slop (`LaneDecoder.mcuByteLimit`).
@safe struct ProgressiveScan {
  private let frame: JPEGFrame
  private let scan: JPEGScan
  private let window: EntropyWindow
  private let restartInterval: Int
  // The Huffman table of each member, and all their lookups one behind the other.
  private let codes: [JPEGHuffmanTable]
  private let lookups: [UInt32]
  private let blocks: [Block]
  // MCUs of the scan.
  private let across: Int
  private let down: Int
  private let unitBitLimit: Int

  private var position: UInt64 = 0
  private var predictions: [Int32]
  // AC: how many blocks more have no further coefficients.
  private var emptyBlockCount = 0

  /// A block of an MCU.
  private struct Block {
    let member: Int
    /// Where its member's lookups begin.
    let table: Int
    /// Its place in the first MCU, and how far those of the next MCU and the next row of them are.
    let first: Int
    let step: Int
    let rowStep: Int
  }

  /// - Parameters:
  ///   - codes: the table of each member, DC or AC as the scan needs it; empty for a refining scan.
  ///   - starts: where each component's coefficients begin in what is decoded into.
  init(
    frame: JPEGFrame, scan: JPEGScan, source: some ByteSource, offset: Int64, restartInterval: Int,
    codes: [JPEGHuffmanTable], starts: [Int]
  ) {
    self.frame = frame
    self.scan = scan
    self.restartInterval = restartInterval
    self.codes = codes
    window = EntropyWindow(source: source, offset: offset)
    let isAC = scan.spectralStart > 0
    lookups = codes.flatMap { isAC ? $0.coefficientValues() : $0.differenceValues() }
    predictions = scan.members.map { _ in 0 }
    // T.81, A.2: a scan of one component has its own blocks row by row; one of several has MCUs.
    let isInterleaved = scan.members.count > 1
    let single = frame.components[scan.members[0].component]
    across = isInterleaved ? frame.unitsAcross : single.blocksAcross
    down = isInterleaved ? frame.unitsDown : single.blocksDown
    var blocks: [Block] = []
    for (index, member) in scan.members.enumerated() {
      let component = frame.components[member.component]
      let (width, height) =
        isInterleaved ? (component.horizontalSampling, component.verticalSampling) : (1, 1)
      let stride = component.paddedBlocksAcross
      for y in 0..<height {
        for x in 0..<width {
          blocks.append(
            Block(
              member: index, table: index << JPEGHuffmanTable.lookupBits,
              first: starts[member.component] + y * stride + x, step: width,
              rowStep: stride * height))
        }
      }
    }
    self.blocks = blocks
    unitBitLimit = blocks.count * 31 * (isAC ? 63 : 1)
  }

  /// Decodes the DC of all MCUs.
  ///
  /// - Throws: `Refusal` when the data contradict themselves, `MediaFailure` when they end early.
  mutating func decode(into coefficients: inout [Int16]) throws {
    var target = coefficients.mutableSpan
    let isRefining = scan.approximationHigh > 0
    try forEachRun { scan, row, columns throws in
      if isRefining {
        scan.refine(row, columns, &target)
      } else {
        try scan.first(row, columns, &target)
      }
    }
  }

  /// Adds what the AC of a component's blocks adds to their quarters.
  ///
  /// - Parameters:
  ///   - weights: `QuarterWeights` of the component.
  ///   - details: a detail for each block, in 1/32.
  mutating func decodeDetails(
    weights: [SIMD4<Float>], into details: inout [SIMD4<Int16>]
  ) throws {
    var target = details.mutableSpan
    try forEachRun { scan, row, columns throws in
      try scan.details(row, columns, weights.span, &target)
    }
  }

  /// The marker behind the scan and the file offset behind it; nil when the file ends before it.
  func finish() throws(MediaFailure) -> (code: UInt8, end: Int64)? {
    try window.skip()
    return window.marker
  }

  // MARK: Runs

  /// Hands on runs of MCUs of a row, each with enough bytes in the window.
  private mutating func forEachRun(
    _ body: (_ scan: inout Self, _ row: Int, _ columns: Range<Int>) throws -> Void
  ) throws {
    var leftOfInterval = restartInterval == 0 ? Int.max : restartInterval
    var restartNumber: UInt8 = 0
    try window.fill(dropping: 0)
    for row in 0..<down {
      var column = 0
      while column < across {
        if !window.isComplete, window.count - Int(position >> 3) < 4 * EntropyWindow.slop {
          try window.fill(dropping: min(window.count, Int(position >> 3)))
          position &= 7
        }
        if leftOfInterval == 0 {
          try restart(expected: 0xD0 + restartNumber, row)
          restartNumber = (restartNumber + 1) & 7
          leftOfInterval = restartInterval
        }
        // Behind the end, damage; the window's slop is not for that.
        let end = segmentEnd
        guard position < end || (emptyBlockCount > 0 && position == end) else {
          throw endsTooEarly(row)
        }
        let rest = (window.count - Int(position >> 3) - 8) * 8
        let count = min(across - column, leftOfInterval, max(1, rest / unitBitLimit))
        try body(&self, row, column..<column + count)
        guard position <= end else { throw endsTooEarly(row) }
        column += count
        if restartInterval > 0 { leftOfInterval -= count }
      }
    }
  }

  /// The bit at which the data of the current interval end, as far as it is known.
  private var segmentEnd: UInt64 {
    if let restart = window.restarts.first { return UInt64(restart.end) * 8 }
    return UInt64(window.count) * 8
  }

  private func endsTooEarly(_ row: Int) -> any Error {
    window.restarts.isEmpty && window.marker == nil
      ? MediaFailure(.truncated, "the JPEG's data ends at row \(row * 8) of \(frame.height)")
      : EighthScaleJPEG.Refusal.suspicious("a marker stands inside of the picture's data")
  }

  /// Steps over the restart marker that must stand here.
  private mutating func restart(expected: UInt8, _ row: Int) throws {
    guard let marker = window.restarts.first else { throw endsTooEarly(row) }
    let end = UInt64(marker.end) * 8
    // All data before the marker must have been used, but for the padding of the last byte.
    guard marker.code == expected, position <= end, end - position < 8 else {
      throw EighthScaleJPEG.Refusal.suspicious("a restart marker is missing or out of order")
    }
    window.takeRestart()
    position = end
    emptyBlockCount = 0
    for index in predictions.indices { predictions[index] = 0 }
  }

  // MARK: DC

  private mutating func first(
    _ row: Int, _ columns: Range<Int>, _ target: inout MutableSpan<Int16>
  ) throws {
    let base = unsafe window.base
    let (allBlocks, allLookups) = (blocks, lookups)
    let (blocks, lookups) = (allBlocks.span, allLookups.span)
    let lowestBit = Int32(scan.approximationLow)
    var position = position
    // A member's blocks come one after the other, so its prediction stays in a register.
    var last = predictions
    var lasts = last.mutableSpan
    for column in columns {
      var word = unsafe LaneDecoder.word(base, position)
      var member = 0
      var value = lasts[0]
      for index in 0..<blocks.count {
        // 57 bits at least, and a lookup uses twelve at most.
        if index & 3 == 0, index > 0 { word = unsafe LaneDecoder.word(base, position) }
        let block = blocks[index]
        if block.member != member {
          lasts[member] = value
          member = block.member
          value = lasts[member]
        }
        var entry = lookups[block.table + Int(truncatingIfNeeded: word &>> 52)]
        if entry == 0 {
          entry = try longDifference(member, unsafe LaneDecoder.word(base, position))
          position &+= UInt64(entry & 0xFF)
          word = unsafe LaneDecoder.word(base, position)
        } else {
          position &+= UInt64(entry & 0xFF)
          word = word &<< UInt64(entry & 0xFF)
        }
        value = value &+ Int32(bitPattern: entry) &>> 16
        target[block.first &+ row &* block.rowStep &+ column &* block.step] =
          Int16(truncatingIfNeeded: value &<< lowestBit)
      }
      lasts[member] = value
    }
    self.position = position
    predictions = last
  }

  /// A difference whose code and extra bits are no lookup, as an entry of `differenceValues()`.
  @inline(never)
  private func longDifference(_ member: Int, _ word: UInt64) throws -> UInt32 {
    let (symbol, length) = try symbol(member, word)
    let size = UInt64(symbol)
    guard size <= 15 else {
      throw EighthScaleJPEG.Refusal.suspicious("a DC difference is too large")
    }
    let value = Self.signed(word &<< UInt64(length), size)
    return UInt32(truncatingIfNeeded: value) << 16 | UInt32(length) + UInt32(size)
  }

  private mutating func refine(
    _ row: Int, _ columns: Range<Int>, _ target: inout MutableSpan<Int16>
  ) {
    let base = unsafe window.base
    let allBlocks = blocks
    let blocks = allBlocks.span
    let lowestBit = Int16(scan.approximationLow)
    var position = position
    for column in columns {
      // One bit of each of at most ten blocks.
      var word = unsafe LaneDecoder.word(base, position)
      for index in 0..<blocks.count {
        let block = blocks[index]
        target[block.first &+ row &* block.rowStep &+ column &* block.step] |=
          Int16(truncatingIfNeeded: word &>> 63) &<< lowestBit
        word = word &<< 1
      }
      position &+= UInt64(blocks.count)
    }
    self.position = position
  }

  // MARK: AC

  private mutating func details(
    _ row: Int, _ columns: Range<Int>, _ weights: Span<SIMD4<Float>>,
    _ target: inout MutableSpan<SIMD4<Int16>>
  ) throws {
    let base = unsafe window.base
    let allLookups = lookups
    let lookups = allLookups.span
    let block = blocks[0]
    let last = scan.spectralEnd
    let scale = Float(32 << scan.approximationLow)
    // The bits of later scans, on average; they only make what is not zero larger.
    let missing = (1 - 1 / Float(1 << scan.approximationLow)) / 2
    var position = position
    for column in columns {
      if emptyBlockCount > 0 {
        emptyBlockCount -= 1
        continue
      }
      var sum = SIMD4<Float>.zero
      var next = scan.spectralStart
      while next <= last {
        let word = unsafe LaneDecoder.word(base, position)
        var entry = lookups[Int(truncatingIfNeeded: word &>> 52)]
        // Ends of blocks have more bits behind them here than in a sequential scan.
        if entry & 1023 > 63 {
          entry = try longCoefficient(word, &position)
          if entry == 0 { break }
        }
        position &+= UInt64(entry &>> 10 & 63)
        next += Int(entry & 1023)
        guard next <= 64 else {
          throw EighthScaleJPEG.Refusal.suspicious("a block has more coefficients than fit")
        }
        let whole = Int32(bitPattern: entry) &>> 16
        let value = Float(whole) + Float(whole.signum()) * missing
        sum += weights[next - 1] * SIMD4(repeating: value)
      }
      let place = block.first + row * block.rowStep + column
      var detail = sum * SIMD4(repeating: scale) + SIMD4<Float>(target[place])
      detail.clamp(lowerBound: SIMD4(repeating: -32_000), upperBound: SIMD4(repeating: 32_000))
      // 1½ · 2²³ in a float leaves whole numbers in its lowest bits.
      detail += SIMD4(repeating: 12_582_912)
      target[place] = unsafe SIMD4<Int16>(
        truncatingIfNeeded: unsafeBitCast(detail, to: SIMD4<Int32>.self))
    }
    self.position = position
  }

  /// An AC symbol that is no lookup: an entry as `coefficientValues()` has them, or 0 for an end of block.
  @inline(__always)
  private mutating func longCoefficient(_ word: UInt64, _ position: inout UInt64) throws -> UInt32 {
    let (symbol, length) = try symbol(0, word)
    let size = UInt64(symbol & 15)
    let run = UInt64(symbol >> 4)
    let rest = word &<< UInt64(length)
    if size == 0, run < 15 {
      // T.81, G.1.2.2: 2^run blocks and as many more as the next bits say, this one among them.
      emptyBlockCount = 1 << Int(run) + Int((rest &>> 1) &>> (63 &- run)) - 1
      position &+= UInt64(length) &+ run
      return 0
    }
    let value = size == 0 ? 0 : Self.signed(rest, size)
    return UInt32(truncatingIfNeeded: value) << 16
      | (UInt32(length) + UInt32(size)) << 10 | UInt32(run + 1)
  }

  @inline(__always)
  private func symbol(_ member: Int, _ word: UInt64) throws -> (symbol: UInt8, length: Int) {
    let entry = codes[member].codes[Int(truncatingIfNeeded: word &>> 52)]
    if entry != 0 { return (UInt8(entry >> 8), Int(entry & 0xFF)) }
    guard let long = codes[member].longCode(UInt32(truncatingIfNeeded: word &>> 48)) else {
      throw EighthScaleJPEG.Refusal.suspicious("the data hold a code that does not exist")
    }
    return long
  }

  /// The number in the first bits of a word (T.81, F.2.2.1): the lower half is negative.
  @inline(__always)
  private static func signed(_ word: UInt64, _ size: UInt64) -> Int64 {
    let negative = ~UInt64(bitPattern: Int64(bitPattern: word) &>> 63)
    return Int64(
      bitPattern: ((word &>> 1) &>> (63 &- size)) &- (negative & ((1 &<< size) &- 1)))
  }
}
