/// One block of an MCU: where its tables lie and whether its coefficients are wanted.
struct BlockPlan {
  /// Which member of the scan the block belongs to.
  var member: Int
  /// Where its record keeps the difference of its DC and, when wanted, what AC adds.
  var differenceOffset: Int
  var detailOffset: Int?
}

/// A Huffman table's `codes` and the tables behind it, for codes of more than 12 bits.
@safe struct CodePointers {
  /// 4,096 entries.
  let codes: UnsafePointer<UInt16>
  /// 18 entries each, by length.
  let limits: UnsafePointer<UInt32>
  let offsets: UnsafePointer<Int>
  let symbols: UnsafeBufferPointer<UInt8>

  /// symbol << 8 | length of the code at the head of the word; 0 when its bits are no code.
  @inline(__always)
  func symbol(_ word: UInt64) -> UInt16 {
    let entry = unsafe codes[Int(truncatingIfNeeded: word &>> 52)]
    return entry != 0 ? entry : longSymbol(UInt32(truncatingIfNeeded: word &>> 48))
  }

  @inline(never)
  private func longSymbol(_ bits: UInt32) -> UInt16 {
    var length = JPEGHuffmanTable.lookupBits + 1
    while unsafe length <= 16 && bits >= limits[length] { length += 1 }
    guard length <= 16 else { return 0 }
    let index = unsafe Int(bits >> UInt32(16 - length)) + offsets[length]
    guard unsafe symbols.indices.contains(index) else { return 0 }
    return unsafe UInt16(symbols[index]) << 8 | UInt16(length)
  }
}

/// The tables of one member of a scan, borrowed from the decoder for the time of the scan.
///
/// Pointers alone: an array in here would be retained and released for every block.
@safe struct MemberTables {
  let dc: CodePointers
  let ac: CodePointers
  /// `differences()`, 512 entries.
  let differences: UnsafePointer<UInt16>
  /// `folded()`, 4,096 entries.
  let folded: UnsafePointer<UInt16>
  /// `valued()`, 4,096 entries, and what each coefficient adds, by `BlockMark` (1,024 entries); nil
  /// when only DC is wanted.
  let valued: UnsafePointer<UInt32>?
  let weights: UnsafePointer<SIMD4<Float>>?
}

/// Decodes MCUs of a sequential scan to records, one after the other or in four lanes at once.
///
/// A record has the bit at which its MCU begins (`UInt32`), then what its blocks hold. Lanes are
/// independent places of the window. One lane alone waits for its own table most of the time, a
/// chain of a load and a few shifts per code; four in lockstep fill that time and share the
/// branch at the end of a block.
///
/// ## Why the reads and writes stay inside
/// - The window: lanes begin an MCU only before their job's end, which lies inside the window. A
///   block uses at most 31 bits for DC and 31 for each of 63 AC symbols, an MCU has at most ten
///   blocks, so no read begins more than `mcuByteLimit` behind that, and the window's slop is larger.
/// - Tables: 12 bits of a word index 4,096 entries, 9 bits 512, the mark's ten bits 1,024.
/// - Records: a lane begins an MCU only when a whole record fits its arena.
/// - Snapshots: a lookup advances at least one coefficient, so a block is over after 63 lookups, 21
///   rounds of three; there is room for 24.
@safe struct LaneDecoder {
  static let laneCount = 4
  /// 10 blocks × 1,984 bits, and a word.
  static let mcuByteLimit = 10 * 1984 / 8 + 8

  let plan: UnsafeBufferPointer<BlockPlan>
  let recordByteCount: Int
  let tables: UnsafeBufferPointer<MemberTables>
  let base: UnsafePointer<UInt8>

  /// The 57 or more bits from a position on, the first highest.
  @inline(__always)
  static func word(_ base: UnsafePointer<UInt8>, _ position: UInt64) -> UInt64 {
    let bytes = unsafe UnsafeRawPointer(base + Int(truncatingIfNeeded: position &>> 3))
    return unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) &<< (position & 7)
  }

  // MARK: One after the other

  /// Decodes the MCU at a position into a record.
  ///
  /// - Returns: the position behind it; nil when its bits are no MCU.
  func mcu(at position: UInt64, into record: UnsafeMutableRawPointer) -> UInt64? {
    var position = position
    unsafe record.storeBytes(of: UInt32(truncatingIfNeeded: position), as: UInt32.self)
    for index in unsafe 0..<plan.count {
      let block = unsafe plan[index]
      let member = unsafe tables[block.member]
      guard
        let behind = unsafe difference(
          member, position, record + block.differenceOffset)
      else { return nil }
      var sum = SIMD4<Float>.zero
      guard
        let end = restOfBlock(
          member, behind, coefficient: 1, wantsValues: block.detailOffset != nil, &sum)
      else { return nil }
      position = end
      if let offset = block.detailOffset {
        unsafe record.storeBytes(of: sum, toByteOffset: offset, as: SIMD4<Float>.self)
      }
    }
    return position
  }

  @inline(__always)
  private func difference(
    _ member: MemberTables, _ position: UInt64, _ result: UnsafeMutableRawPointer
  ) -> UInt64? {
    var word = unsafe Self.word(base, position)
    var entry = unsafe member.differences[Int(truncatingIfNeeded: word &>> 55)]
    if entry == 0 {
      entry = member.dc.symbol(word)
      guard entry != 0, entry >> 8 <= 15 else { return nil }
    }
    let length = UInt64(entry & 0xFF)
    let size = UInt64(entry &>> 8)
    word = word &<< length
    // Negative when the first extra bit is 0 (T.81, F.2.2.1); nothing for a size of 0.
    let negative = ~UInt64(bitPattern: Int64(bitPattern: word) &>> 63)
    let value = ((word &>> 1) &>> (63 &- size)) &- (negative & ((1 &<< size) &- 1))
    unsafe result.storeBytes(of: Int16(truncatingIfNeeded: value), as: Int16.self)
    return position &+ length &+ size
  }

  /// Reads a block's AC from a coefficient on, symbol by symbol.
  private func restOfBlock(
    _ member: MemberTables, _ position: UInt64, coefficient: Int, wantsValues: Bool,
    _ sum: inout SIMD4<Float>
  ) -> UInt64? {
    var position = position
    var coefficient = coefficient
    while coefficient < 64 {
      var word = unsafe Self.word(base, position)
      let entry = member.ac.symbol(word)
      guard entry != 0 else { return nil }
      let length = UInt64(entry & 0xFF)
      let size = UInt64(entry >> 8 & 15)
      let run = Int(entry >> 12)
      position &+= length &+ size
      if size == 0 {
        if run < 15 { return position }
        coefficient += 16
      } else {
        coefficient += run + 1
        if wantsValues, coefficient <= 64, let weights = unsafe member.weights {
          word = word &<< length
          let negative = ~UInt64(bitPattern: Int64(bitPattern: word) &>> 63)
          let value = (word &>> (64 &- size)) &- (negative & ((1 &<< size) &- 1))
          unsafe sum +=
            weights[Int(BlockMark.start) - 1 + coefficient]
            * SIMD4(repeating: Float(Int64(bitPattern: value)))
        }
      }
    }
    return coefficient == 64 ? position : nil
  }

  // MARK: Four at once

  /// What a lane is doing.
  @safe struct Lane {
    var position: UInt64 = 0
    /// Its job's index and where the job ends; MCUs it may still have.
    var job = 0
    var end: UInt64 = 0
    var left = 0
    var isBroken = false
    /// Where its next record goes, and how many more fit.
    var record: UnsafeMutableRawPointer
    var room: Int
  }

  /// A stretch of the window for one lane, and what came of it.
  @safe struct Job {
    var start: UInt64
    var end: UInt64
    /// Whether it is unknown that an MCU begins at `start`.
    var isGuess = false
    /// At most so many MCUs.
    var limit = Int.max
    /// Filled in by the lane: the records, their count, and the bit behind the last one.
    var records: UnsafeMutableRawPointer?
    var count = 0
    var behind: UInt64 = 0
  }

  /// Works off jobs until there are not enough for all lanes; some may be left unfinished.
  func run(
    _ jobs: inout [Job], lanes: UnsafeMutableBufferPointer<Lane>,
    snapshots: UnsafeMutablePointer<UInt64>
  ) {
    precondition(lanes.count == Self.laneCount && jobs.count >= Self.laneCount)
    var nextJob = Self.laneCount
    for index in 0..<Self.laneCount { unsafe begin(index, &jobs[index], &lanes[index]) }
    while true {
      for index in 0..<Self.laneCount {
        if unsafe lanes[index].isBroken { unsafe guessAgain(&jobs, &lanes[index]) }
        while unsafe lanes[index].isBroken || lanes[index].position >= lanes[index].end
          || lanes[index].left == 0 || lanes[index].room == 0
        {
          guard nextJob < jobs.count, unsafe lanes[index].room > 0 else { return }
          unsafe begin(nextJob, &jobs[nextJob], &lanes[index])
          nextJob += 1
        }
      }
      unsafe round(lanes, snapshots)
      for index in 0..<Self.laneCount {
        if unsafe !lanes[index].isBroken {
          unsafe lanes[index].record += recordByteCount
          unsafe lanes[index].room -= 1
          unsafe lanes[index].left -= 1
          let job = unsafe lanes[index].job
          jobs[job].count += 1
          unsafe jobs[job].behind = lanes[index].position
        }
      }
    }
  }

  private func begin(_ index: Int, _ job: inout Job, _ lane: inout Lane) {
    unsafe job.records = unsafe lane.record
    job.behind = job.start
    lane.job = index
    lane.position = job.start
    lane.end = job.end
    lane.left = job.limit
    lane.isBroken = false
  }

  /// A lane that met bits that are no MCU was not in step: it begins again a byte further on, and
  /// what it had is forgotten. Where its job's beginning was known, the data are damaged.
  private func guessAgain(_ jobs: inout [Job], _ lane: inout Lane) {
    let job = lane.job
    guard jobs[job].isGuess, let records = unsafe jobs[job].records else { return }
    unsafe lane.record = records
    lane.room += jobs[job].count
    lane.position = ((jobs[job].behind >> 3) + 1) << 3
    jobs[job].count = 0
    jobs[job].behind = lane.position
    lane.isBroken = false
  }

  /// One MCU of every lane.
  private func round(
    _ lanes: UnsafeMutableBufferPointer<Lane>, _ snapshots: UnsafeMutablePointer<UInt64>
  ) {
    for index in 0..<Self.laneCount {
      unsafe lanes[index].record.storeBytes(
        of: UInt32(truncatingIfNeeded: lanes[index].position), as: UInt32.self)
    }
    for index in unsafe 0..<plan.count {
      let block = unsafe plan[index]
      let member = unsafe tables[block.member]
      for index in 0..<Self.laneCount {
        if let behind = unsafe difference(
          member, lanes[index].position, lanes[index].record + block.differenceOffset)
        {
          unsafe lanes[index].position = behind
        } else {
          unsafe lanes[index].isBroken = true
        }
      }
      if let offset = block.detailOffset, let valued = unsafe member.valued,
        let weights = unsafe member.weights
      {
        unsafe values(lanes, member, valued, weights, offset)
      } else {
        unsafe steps(lanes, member, snapshots)
      }
    }
  }

  /// Steps over the AC of one block of every lane.
  @inline(__always)
  private func steps(
    _ lanes: UnsafeMutableBufferPointer<Lane>, _ member: MemberTables,
    _ snapshots: UnsafeMutablePointer<UInt64>
  ) {
    let base = unsafe base
    let table = unsafe member.folded
    var first = unsafe lanes[0].position &<< 10 | BlockMark.start
    var second = unsafe lanes[1].position &<< 10 | BlockMark.start
    var third = unsafe lanes[2].position &<< 10 | BlockMark.start
    var fourth = unsafe lanes[3].position &<< 10 | BlockMark.start
    var snapshot = unsafe snapshots
    repeat {
      unsafe snapshot[0] = first
      unsafe snapshot[1] = second
      unsafe snapshot[2] = third
      unsafe snapshot[3] = fourth
      unsafe snapshot += 4
      unsafe Self.threeSteps(&first, base, table)
      unsafe Self.threeSteps(&second, base, table)
      unsafe Self.threeSteps(&third, base, table)
      unsafe Self.threeSteps(&fourth, base, table)
    } while first & second & third & fourth & BlockMark.end == 0
    unsafe finish(&lanes[0], first, member, snapshot, 0)
    unsafe finish(&lanes[1], second, member, snapshot, 1)
    unsafe finish(&lanes[2], third, member, snapshot, 2)
    unsafe finish(&lanes[3], fourth, member, snapshot, 3)
  }

  @inline(__always)
  private static func threeSteps(
    _ lane: inout UInt64, _ base: UnsafePointer<UInt8>, _ table: UnsafePointer<UInt16>
  ) {
    // 57 bits at least; two entries use 44 at most, which leaves the third its twelve.
    var word = unsafe Self.word(base, lane &>> BlockMark.fieldBits)
    var entry = unsafe UInt64(table[Int(truncatingIfNeeded: word &>> 52)]) & going(lane)
    lane &+= entry
    word = word &<< (entry &>> 10)
    entry = unsafe UInt64(table[Int(truncatingIfNeeded: word &>> 52)]) & going(lane)
    lane &+= entry
    word = word &<< (entry &>> 10)
    lane &+= unsafe UInt64(table[Int(truncatingIfNeeded: word &>> 52)]) & going(lane)
  }

  /// All ones while the block goes on, else 0: an entry masked with it leaves a finished lane alone.
  @inline(__always)
  private static func going(_ lane: UInt64) -> UInt64 { ((lane &>> 9) & 1) &- 1 }

  /// Takes a lane's block over; one that did not end cleanly is read again from the last snapshot at
  /// which it went on, symbol by symbol.
  @inline(__always)
  private func finish(
    _ lane: inout Lane, _ value: UInt64, _ member: MemberTables,
    _ end: UnsafeMutablePointer<UInt64>, _ index: Int
  ) {
    if BlockMark.isClean(value) {
      lane.position = value &>> BlockMark.fieldBits
    } else {
      unsafe redo(&lane, member, end, index)
    }
  }

  @inline(never)
  private func redo(
    _ lane: inout Lane, _ member: MemberTables, _ end: UnsafeMutablePointer<UInt64>, _ index: Int
  ) {
    // The first snapshot is of the block's beginning, where every lane goes on.
    var snapshot = unsafe end - LaneDecoder.laneCount
    while unsafe snapshot[index] & BlockMark.end != 0 { unsafe snapshot -= LaneDecoder.laneCount }
    let state = unsafe snapshot[index]
    var sum = SIMD4<Float>.zero
    if let position = restOfBlock(
      member, state &>> BlockMark.fieldBits,
      coefficient: Int(state & BlockMark.field) - Int(BlockMark.start) + 1, wantsValues: false, &sum
    ) {
      lane.position = position
    } else {
      lane.isBroken = true
    }
  }

  /// Reads the AC of one block of every lane and sums up what each coefficient adds.
  @inline(__always)
  private func values(
    _ lanes: UnsafeMutableBufferPointer<Lane>, _ member: MemberTables,
    _ table: UnsafePointer<UInt32>, _ weights: UnsafePointer<SIMD4<Float>>, _ offset: Int
  ) {
    let base = unsafe base
    var first = unsafe lanes[0].position &<< 10 | BlockMark.start
    var second = unsafe lanes[1].position &<< 10 | BlockMark.start
    var third = unsafe lanes[2].position &<< 10 | BlockMark.start
    var fourth = unsafe lanes[3].position &<< 10 | BlockMark.start
    var firstSum = SIMD4<Float>.zero
    var secondSum = SIMD4<Float>.zero
    var thirdSum = SIMD4<Float>.zero
    var fourthSum = SIMD4<Float>.zero
    repeat {
      unsafe Self.twoValues(&first, &firstSum, base, table, weights)
      unsafe Self.twoValues(&second, &secondSum, base, table, weights)
      unsafe Self.twoValues(&third, &thirdSum, base, table, weights)
      unsafe Self.twoValues(&fourth, &fourthSum, base, table, weights)
    } while first & second & third & fourth & BlockMark.end == 0
    unsafe finishValues(&lanes[0], first, firstSum, member, offset)
    unsafe finishValues(&lanes[1], second, secondSum, member, offset)
    unsafe finishValues(&lanes[2], third, thirdSum, member, offset)
    unsafe finishValues(&lanes[3], fourth, fourthSum, member, offset)
  }

  @inline(__always)
  private static func twoValues(
    _ lane: inout UInt64, _ sum: inout SIMD4<Float>, _ base: UnsafePointer<UInt8>,
    _ table: UnsafePointer<UInt32>, _ weights: UnsafePointer<SIMD4<Float>>
  ) {
    var word = unsafe Self.word(base, lane &>> BlockMark.fieldBits)
    unsafe oneValue(&lane, &sum, &word, table, weights)
    unsafe oneValue(&lane, &sum, &word, table, weights)
  }

  @inline(__always)
  private static func oneValue(
    _ lane: inout UInt64, _ sum: inout SIMD4<Float>, _ word: inout UInt64,
    _ table: UnsafePointer<UInt32>, _ weights: UnsafePointer<SIMD4<Float>>
  ) {
    let entry = unsafe UInt64(table[Int(truncatingIfNeeded: word &>> 52)]) & going(lane)
    lane &+= entry & 0xFFFF
    word = word &<< (entry &>> 10)  // by its six lowest bits: the count
    let value = Float(Int32(truncatingIfNeeded: entry) &>> 16)
    // Nothing is added at the marks of a block that is over.
    unsafe sum +=
      weights[Int(truncatingIfNeeded: lane & BlockMark.field)] * SIMD4(repeating: value)
  }

  @inline(__always)
  private func finishValues(
    _ lane: inout Lane, _ value: UInt64, _ sum: SIMD4<Float>, _ member: MemberTables, _ offset: Int
  ) {
    if BlockMark.isClean(value) {
      lane.position = value &>> BlockMark.fieldBits
      unsafe lane.record.storeBytes(of: sum, toByteOffset: offset, as: SIMD4<Float>.self)
    } else {
      redoValues(&lane, member, offset)
    }
  }

  @inline(never)
  private func redoValues(_ lane: inout Lane, _ member: MemberTables, _ offset: Int) {
    var sum = SIMD4<Float>.zero
    if let position = restOfBlock(
      member, lane.position, coefficient: 1, wantsValues: true, &sum)
    {
      lane.position = position
      unsafe lane.record.storeBytes(of: sum, toByteOffset: offset, as: SIMD4<Float>.self)
    } else {
      lane.isBroken = true
    }
  }
}
