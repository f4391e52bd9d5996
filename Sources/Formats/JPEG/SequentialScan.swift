import Media

/// Decodes the DC of a sequential scan, and the AC of the components that are wanted fine.
///
/// The scan is cut into chunks and four lanes decode chunks at once (`LaneDecoder`). Only at the
/// scan's beginning and behind restart markers is it known where an MCU begins; other chunks begin
/// anywhere, as if an MCU began there. Huffman codes synchronise themselves: after a few MCUs such a
/// lane is in step, and from then on what it has is what one decoder after the other would have.
/// Where that is, is not guessed: the one true position goes from MCU to MCU; when a lane has a record
/// that begins exactly there, the record and all that follow it in its chunk are right, since the
/// differences in an MCU depend on where it begins and on nothing else; and where no lane has one, the
/// MCU is decoded there and then. So a wrong guess costs time, never a wrong picture.
@safe final class SequentialScan {
  /// MCUs a chunk should have: getting in step costs about four.
  private static let chunkUnitCount = 192
  private static let jobLimit = 96
  private static let laneRoom = 8192

  private let frame: JPEGFrame
  private let scan: JPEGScan
  private let window: EntropyWindow
  private let restartInterval: Int
  // MCUs of the scan.
  private let across: Int
  private let down: Int
  private let storage: ScanTables
  private let plan: UnsafeMutableBufferPointer<BlockPlan>
  private let decoder: LaneDecoder
  private let places: UnsafeMutableBufferPointer<Place>
  private let predictions: UnsafeMutableBufferPointer<Int32>
  private let lanes: UnsafeMutableBufferPointer<LaneDecoder.Lane>
  private let snapshots: UnsafeMutablePointer<UInt64>
  private let arena: UnsafeMutableRawPointer
  private let spareRecord: UnsafeMutableRawPointer

  // The one true position: the bit of the window, the MCU, and how many are left of the interval.
  private var position: UInt64 = 0
  private var row = 0
  private var column = 0
  private var leftOfInterval: Int
  private var restartNumber: UInt8 = 0
  private var chunkByteCount: Int

  /// Where a block of an MCU goes.
  private struct Place {
    var member: Int
    var differenceOffset: Int
    /// -1 when only DC is wanted.
    var detailOffset: Int
    var factor: Float
    /// In the first MCU of the current row, and how far the next MCU's is.
    var index = 0
    var fineIndex = 0
    var step: Int
    var fineRow: Int
  }

  init(
    frame: JPEGFrame, scan: JPEGScan, source: some ByteSource, offset: Int64, restartInterval: Int,
    tables: ScanTables
  ) {
    self.frame = frame
    self.scan = scan
    self.restartInterval = restartInterval
    window = EntropyWindow(source: source, offset: offset)
    storage = tables
    let isInterleaved = scan.members.count > 1
    let single = frame.components[scan.members[0].component]
    across = isInterleaved ? frame.unitsAcross : single.blocksAcross
    down = isInterleaved ? frame.unitsDown : single.blocksDown
    leftOfInterval = restartInterval == 0 ? .max : restartInterval

    var plan: [BlockPlan] = []
    for (index, member) in scan.members.enumerated() {
      let component = frame.components[member.component]
      let count = isInterleaved ? component.horizontalSampling * component.verticalSampling : 1
      for _ in 0..<count {
        plan.append(BlockPlan(member: index, differenceOffset: 4 + 2 * plan.count))
      }
    }
    var recordByteCount = (4 + 2 * plan.count + 3) & ~3
    for index in plan.indices where tables.isFine(plan[index].member) {
      plan[index].detailOffset = recordByteCount
      recordByteCount += 16
    }
    unsafe self.plan = .allocate(capacity: plan.count)
    _ = unsafe self.plan.initialize(fromContentsOf: plan)
    unsafe decoder = LaneDecoder(
      plan: UnsafeBufferPointer(self.plan), recordByteCount: recordByteCount,
      tables: tables.members, base: window.base)
    let unitCount = Int64(max(1, across * down))
    let average = Int(max(1, min(4096, (source.byteCount - offset) / unitCount)))
    chunkByteCount = max(1 << 10, min(64 << 10, average * Self.chunkUnitCount))

    unsafe places = .allocate(capacity: plan.count)
    unsafe predictions = .allocate(capacity: scan.members.count)
    unsafe lanes = .allocate(capacity: LaneDecoder.laneCount)
    unsafe snapshots = .allocate(capacity: 24 * LaneDecoder.laneCount)
    let laneByteCount = Self.laneRoom * recordByteCount
    unsafe arena = .allocate(
      byteCount: laneByteCount * LaneDecoder.laneCount, alignment: 16)
    unsafe spareRecord = .allocate(byteCount: recordByteCount, alignment: 16)
    unsafe predictions.initialize(repeating: 0)
    for index in 0..<LaneDecoder.laneCount {
      unsafe lanes.initializeElement(
        at: index, to: LaneDecoder.Lane(record: arena + index * laneByteCount, room: 0))
    }
    for (index, block) in plan.enumerated() {
      let component = frame.components[scan.members[block.member].component]
      let step = isInterleaved ? component.horizontalSampling : 1
      unsafe places.initializeElement(
        at: index,
        to: Place(
          member: block.member, differenceOffset: block.differenceOffset,
          detailOffset: block.detailOffset ?? -1,
          factor: Float(tables.factors[block.member]), step: step,
          fineRow: component.paddedBlocksAcross * 2))
    }
  }

  deinit {
    unsafe plan.deallocate()
    unsafe places.deallocate()
    unsafe predictions.deallocate()
    unsafe lanes.deallocate()
    unsafe snapshots.deallocate()
    unsafe arena.deallocate()
    unsafe spareRecord.deallocate()
  }

  /// Decodes the whole scan.
  ///
  /// - Throws: `Refusal` when the data contradict themselves, `MediaFailure` when they end early.
  func decode(into planes: inout EighthScalePlanes) throws {
    try unsafe planes.coefficients.withUnsafeMutableBufferPointer { coefficients in
      try unsafe planes.samples.withUnsafeMutableBufferPointer { samples in
        let target = unsafe Target(
          coefficients: coefficients, samples: samples, starts: planes.starts,
          fineStarts: planes.fineStarts)
        try window.fill(dropping: 0)
        enterRow(target)
        while row < down {
          let rest = window.count - Int(position >> 3)
          if !window.isComplete, rest < 8 * chunkByteCount || rest < 4 * EntropyWindow.slop {
            try window.fill(dropping: min(window.count, Int(position >> 3)))
            position &= 7
          }
          let before = position
          try pass(target)
          if position == before, row < down {
            if leftOfInterval == 0 { try restart() } else { try single(target) }
          }
        }
      }
    }
  }

  /// The marker behind the scan and the file offset behind it; nil when the file ends before it.
  func finish() throws(MediaFailure) -> (code: UInt8, end: Int64)? {
    try window.skip()
    return window.marker
  }

  // MARK: Four at once

  private func jobs() -> [LaneDecoder.Job] {
    var jobs: [LaneDecoder.Job] = []
    var start = position
    var left = leftOfInterval
    let tail =
      window.isComplete ? window.count : max(0, window.count - EntropyWindow.slop)
    let rest = tail - Int(position >> 3)
    guard rest >= 4096 else { return [] }
    let chunk = UInt64(min(chunkByteCount, max(512, rest / 12)) * 8)
    func add(to end: UInt64) {
      let count = max(1, Int((end - start) / chunk))
      for index in 0..<count where jobs.count < Self.jobLimit {
        let from = index == 0 ? start : (start + UInt64(index) * chunk) & ~7
        let to = index == count - 1 ? end : (start + UInt64(index + 1) * chunk) & ~7
        unsafe jobs.append(
          LaneDecoder.Job(start: from, end: to, isGuess: index > 0, limit: count == 1 ? left : .max)
        )
      }
    }
    for restart in window.restarts {
      let end = UInt64(restart.end) * 8
      if start < end { add(to: end) }
      start = end
      left = restartInterval
      if jobs.count >= Self.jobLimit { return jobs }
    }
    if start < UInt64(tail) * 8 { add(to: UInt64(tail) * 8) }
    return jobs
  }

  /// Lets the lanes decode a part of the window and takes over what they have.
  private func pass(_ target: Target) throws {
    var jobs = jobs()
    guard jobs.count >= LaneDecoder.laneCount else { return }
    let laneByteCount = Self.laneRoom * decoder.recordByteCount
    for index in 0..<LaneDecoder.laneCount {
      unsafe lanes[index].record = unsafe arena + index * laneByteCount
      unsafe lanes[index].room = Self.laneRoom
    }
    unsafe decoder.run(&jobs, lanes: lanes, snapshots: snapshots)

    var at = 0
    var cursor = 0
    var singles = 0
    while row < down {
      if leftOfInterval == 0 {
        if window.restarts.isEmpty, !window.isComplete { return }
        try restart()
        continue
      }
      while at + 1 < jobs.count, jobs[at + 1].start <= position {
        at += 1
        cursor = 0
      }
      let job = jobs[at]
      while cursor < job.count, begin(job, cursor) < position { cursor += 1 }
      if cursor < job.count, begin(job, cursor) == position {
        var count = min(job.count - cursor, leftOfInterval)
        count = min(count, (down - row) * across - column)
        // The last MCU of a lane may have read beyond the end of its segment.
        if end(job, cursor + count) > segmentEnd { count -= 1 }
        if count > 0 {
          unsafe take(job.records, cursor, count, target)
          cursor += count
          position = end(job, cursor)
          leftOfInterval -= restartInterval == 0 ? 0 : count
          singles = 0
          // Not finished, or no data: the next pass, or the true decoder's verdict.
          if cursor == job.count && position < job.end && leftOfInterval > 0 { return }
          continue
        }
      }
      let isLast = at + 1 == jobs.count
      singles += 1
      if isLast || singles > Self.chunkUnitCount || !hasWholeUnit { return }
      try single(target)
    }
  }

  /// Where the MCU of a job's record begins.
  @inline(__always)
  private func begin(_ job: LaneDecoder.Job, _ index: Int) -> UInt64 {
    guard let records = unsafe job.records else { return .max }
    return unsafe UInt64(
      records.loadUnaligned(fromByteOffset: index * decoder.recordByteCount, as: UInt32.self))
  }

  /// Where the MCUs before a job's record end.
  private func end(_ job: LaneDecoder.Job, _ index: Int) -> UInt64 {
    index < job.count ? begin(job, index) : job.behind
  }

  // MARK: One after the other

  /// The bit at which the data of the current interval end, as far as it is known.
  private var segmentEnd: UInt64 {
    if let restart = window.restarts.first { return UInt64(restart.end) * 8 }
    return window.isComplete ? UInt64(window.count) * 8 : .max
  }

  /// Whether the window has all the bytes an MCU at the position can have.
  private var hasWholeUnit: Bool {
    window.isComplete || Int(position >> 3) + LaneDecoder.mcuByteLimit <= window.count
  }

  /// Decodes the MCU at the position.
  private func single(_ target: Target) throws {
    // Behind the end, damage; the window's slop is not for that.
    guard position < segmentEnd, Int(position >> 3) < window.count else { throw endsTooEarly() }
    guard let end = unsafe decoder.mcu(at: position, into: spareRecord) else {
      throw segmentEnd != .max && position + UInt64(LaneDecoder.mcuByteLimit * 8) > segmentEnd
        ? endsTooEarly()
        : EighthScaleJPEG.Refusal.suspicious("the data hold a code that does not exist")
    }
    guard end <= segmentEnd else { throw endsTooEarly() }
    unsafe take(spareRecord, 0, 1, target)
    position = end
    if restartInterval > 0 { leftOfInterval -= 1 }
  }

  private func endsTooEarly() -> any Error {
    window.restarts.isEmpty && window.marker == nil
      ? MediaFailure(.truncated, "the JPEG's data ends at row \(row * 8) of \(frame.height)")
      : EighthScaleJPEG.Refusal.suspicious("a marker stands inside of the picture's data")
  }

  /// Steps over the restart marker that must stand here.
  private func restart() throws {
    guard let marker = window.restarts.first else { throw endsTooEarly() }
    let end = UInt64(marker.end) * 8
    // All data before the marker must have been used, but for the padding of the last byte.
    guard restartInterval > 0, marker.code == 0xD0 + restartNumber, position <= end,
      end - position < 8
    else {
      throw EighthScaleJPEG.Refusal.suspicious("a restart marker is missing or out of order")
    }
    window.takeRestart()
    position = end
    restartNumber = (restartNumber + 1) & 7
    leftOfInterval = restartInterval
    unsafe predictions.update(repeating: 0)
  }

  // MARK: Taking over

  /// Where everything goes, for the time of the decode.
  @safe private struct Target {
    let coefficients: UnsafeMutableBufferPointer<Int16>
    let samples: UnsafeMutableBufferPointer<UInt8>
    let starts: [Int]
    let fineStarts: [Int?]
  }

  /// Finds the places of the row's first MCU.
  private func enterRow(_ target: Target) {
    let isInterleaved = scan.members.count > 1
    var block = 0
    for member in scan.members {
      let component = frame.components[member.component]
      let stride = component.paddedBlocksAcross
      let (width, height) =
        isInterleaved ? (component.horizontalSampling, component.verticalSampling) : (1, 1)
      for y in 0..<height {
        for x in 0..<width {
          let blockRow = row * height + y
          unsafe places[block].index = target.starts[member.component] + blockRow * stride + x
          if let start = target.fineStarts[member.component] {
            unsafe places[block].fineIndex = start + blockRow * stride * 4 + x * 2
          }
          block += 1
        }
      }
    }
  }

  /// Adds up the differences of records in a row and puts the results into their places.
  ///
  /// The places of every MCU of the scan lie inside the planes, which have whole MCUs
  /// (`paddedBlocksAcross`); `row < down` and `column < across` always.
  private func take(
    _ records: UnsafeMutableRawPointer?, _ first: Int, _ count: Int, _ target: Target
  ) {
    guard let records = unsafe records, let coefficients = unsafe target.coefficients.baseAddress
    else { return }
    var record = unsafe UnsafeRawPointer(records) + first * decoder.recordByteCount
    var left = count
    while left > 0 {
      precondition(row < down)
      let run = min(left, across - column)
      for _ in 0..<run {
        for index in unsafe 0..<decoder.plan.count {
          let place = unsafe places[index]
          let value =
            unsafe predictions[place.member]
            &+ Int32(record.loadUnaligned(fromByteOffset: place.differenceOffset, as: Int16.self))
          unsafe predictions[place.member] = value
          unsafe coefficients[place.index + column * place.step] = Int16(truncatingIfNeeded: value)
          if place.detailOffset >= 0, let samples = unsafe target.samples.baseAddress {
            let detail = unsafe record.loadUnaligned(
              fromByteOffset: place.detailOffset, as: SIMD4<Float>.self)
            unsafe Self.quarters(
              Int16(truncatingIfNeeded: value), place, detail,
              samples + place.fineIndex + column * place.step * 2)
          }
        }
        column += 1
        unsafe record += decoder.recordByteCount
      }
      left -= run
      if column == across {
        column = 0
        row += 1
        if row < down { enterRow(target) }
      }
    }
  }

  @inline(__always)
  private static func quarters(
    _ coefficient: Int16, _ place: Place, _ detail: SIMD4<Float>,
    _ samples: UnsafeMutablePointer<UInt8>
  ) {
    let bytes = EighthScalePlanes.quarters(
      mean: Float(coefficient) * place.factor / 8 + 128, detail: detail)
    unsafe samples[0] = bytes.x
    unsafe samples[1] = bytes.y
    unsafe samples[place.fineRow] = bytes.z
    unsafe samples[place.fineRow + 1] = bytes.w
  }
}

/// The tables of a scan in memory that does not move.
@safe final class ScanTables {
  let members: UnsafeBufferPointer<MemberTables>
  /// The DC quantization factor of each member.
  let factors: [UInt16]
  private var owned: [UnsafeMutableRawPointer] = unsafe []

  /// - Parameters:
  ///   - codes: the DC and AC tables of each member of the scan.
  ///   - quantization: the 64 factors of each.
  ///   - isFine: whether AC is wanted of each.
  init(
    codes: [(dc: JPEGHuffmanTable, ac: JPEGHuffmanTable)], quantization: [[UInt16]], isFine: [Bool]
  ) {
    factors = quantization.map { $0[0] }
    var owned: [UnsafeMutableRawPointer] = unsafe []
    func keep<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
      let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
      _ = unsafe copy.initialize(fromContentsOf: elements)
      // Never empty.
      let start = unsafe UnsafeMutableRawPointer(copy.baseAddress.unsafelyUnwrapped)
      unsafe owned.append(start)
      return unsafe UnsafePointer(start.assumingMemoryBound(to: Element.self))
    }
    func pointers(_ table: JPEGHuffmanTable) -> CodePointers {
      unsafe CodePointers(
        codes: keep(table.codes), limits: keep(table.limits), offsets: keep(table.offsets),
        symbols: UnsafeBufferPointer(start: keep(table.symbols + [0]), count: table.symbols.count))
    }
    let members = UnsafeMutableBufferPointer<MemberTables>.allocate(capacity: codes.count)
    for (index, (dc, ac)) in codes.enumerated() {
      // Members that have the same tables share them, and the first-level cache.
      let same = codes[..<index].firstIndex { $0.ac.codes == ac.codes && $0.dc.codes == dc.codes }
      let twin = same.map { unsafe members[$0] }
      unsafe members.initializeElement(
        at: index,
        to: MemberTables(
          dc: pointers(dc), ac: pointers(ac),
          differences: twin?.differences ?? keep(dc.differences()),
          folded: twin?.folded ?? keep(ac.folded()),
          valued: isFine[index] ? twin?.valued ?? keep(ac.valued()) : nil,
          weights: isFine[index]
            ? keep(QuarterWeights.table(quantization: quantization[index])) : nil))
    }
    unsafe self.members = UnsafeBufferPointer(members)
    unsafe self.owned = owned
  }

  func isFine(_ member: Int) -> Bool { unsafe members[member].valued != nil }

  deinit {
    unsafe owned.forEach { unsafe $0.deallocate() }
    unsafe UnsafeMutableBufferPointer(mutating: members).deinitialize().deallocate()
  }
}
