import CJPEGLanes
import Media

/// Decodes the DC of a sequential scan, and the AC of the components that are wanted fine.
///
/// The scan is cut into chunks and several lanes decode chunks at once (`LaneDecoder`). Only at the
/// scan's beginning and behind restart markers is it known where an MCU begins; other chunks begin
/// anywhere, as if an MCU began there. Huffman codes synchronise themselves: after a few MCUs such a
/// lane is in step, and from then on what it has is what one decoder after the other would have.
/// Where that is, is not guessed: the one true position goes from MCU to MCU; when a lane has a record
/// that begins exactly there, the record and all that follow it in its chunk are right, since the
/// differences in an MCU depend on where it begins and on nothing else; and where no lane has one, the
/// MCU is decoded there and then. So a wrong guess costs time, never a wrong picture.
@safe final class SequentialScan {
  /// MCUs a chunk should have at least: getting in step costs about four.
  private static let leastUnitCount = 64
  private static let jobLimit = 96
  private static let laneRoom = 4096

  private let frame: JPEGFrame
  private let scan: JPEGScan
  private let window: EntropyWindow
  private let restartInterval: Int
  // MCUs of the scan.
  private let across: Int
  private let down: Int
  private let storage: ScanTables
  private let plan: UnsafeMutablePointer<cjpeglanes_plan>
  private let blocks: UnsafeMutableBufferPointer<cjpeglanes_block>
  private let decoder: LaneDecoder
  private let recordByteCount: Int
  private let places: [Place]
  private var predictions: [Int32]
  private let arena: UnsafeMutablePointer<UInt8>
  private let spareRecord: UnsafeMutablePointer<UInt8>

  // The one true position: the bit of the window, the MCU, and how many are left of the interval.
  private var position: UInt64 = 0
  private var row = 0
  private var column = 0
  private var leftOfInterval: Int
  private var restartNumber: UInt8 = 0
  private let leastChunkByteCount: Int

  /// The blocks of a member in an MCU, and where they go.
  private struct Place {
    /// Where the component's coefficients and, when it is fine, its samples begin.
    let start: Int
    let fineStart: Int?
    let width: Int
    let height: Int
    /// Of the member's first block in the record; the others' follow.
    let differenceOffset: Int
    /// Nil when only DC is wanted.
    let detailOffset: Int?
    let factor: Float
    let stride: Int
  }

  init(
    frame: JPEGFrame, scan: JPEGScan, source: some ByteSource, offset: Int64, restartInterval: Int,
    tables: ScanTables, planes: EighthScalePlanes
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

    let sizes = scan.members.map { member in
      let component = frame.components[member.component]
      return isInterleaved
        ? (width: component.horizontalSampling, height: component.verticalSampling)
        : (width: 1, height: 1)
    }
    let blockCount = sizes.reduce(0) { $0 + $1.width * $1.height }
    var recordByteCount = (4 + 2 * blockCount + 3) & ~3
    var places: [Place] = []
    unsafe blocks = .allocate(capacity: blockCount)
    var block = 0
    for (index, member) in scan.members.enumerated() {
      let component = frame.components[member.component]
      let isFine = tables.isFine(index)
      places.append(
        Place(
          start: planes.starts[member.component], fineStart: planes.fineStarts[member.component],
          width: sizes[index].width, height: sizes[index].height,
          differenceOffset: 4 + 2 * block, detailOffset: isFine ? recordByteCount : nil,
          factor: Float(tables.factors[index]), stride: component.paddedBlocksAcross))
      for _ in 0..<sizes[index].width * sizes[index].height {
        unsafe blocks.initializeElement(
          at: block,
          to: cjpeglanes_block(
            member: tables.members.baseAddress.map { unsafe $0 + index },
            difference_offset: 4 + 2 * block, detail_offset: isFine ? recordByteCount : 0))
        block += 1
        recordByteCount += isFine ? 16 : 0
      }
    }
    self.places = places
    self.recordByteCount = recordByteCount
    unsafe plan = .allocate(capacity: 1)
    unsafe plan.initialize(
      to: cjpeglanes_plan(
        base: window.base, blocks: blocks.baseAddress, block_count: blockCount,
        record_size: recordByteCount))
    unsafe decoder = LaneDecoder(plan: plan)
    let unitCount = Int64(max(1, across * down))
    let average = Int(max(1, min(4096, (source.byteCount - offset) / unitCount)))
    leastChunkByteCount = max(384, min(16 << 10, average * Self.leastUnitCount))
    predictions = [Int32](repeating: 0, count: scan.members.count)
    unsafe arena = .allocate(capacity: Self.laneRoom * recordByteCount * LaneDecoder.laneCount)
    unsafe spareRecord = .allocate(capacity: recordByteCount)
  }

  deinit {
    unsafe plan.deallocate()
    unsafe blocks.deallocate()
    unsafe arena.deallocate()
    unsafe spareRecord.deallocate()
  }

  /// Decodes the whole scan.
  ///
  /// - Throws: `Refusal` when the data contradict themselves, `MediaFailure` when they end early.
  func decode(into planes: inout EighthScalePlanes) throws {
    try unsafe planes.coefficients.withUnsafeMutableBufferPointer { coefficients in
      try unsafe planes.samples.withUnsafeMutableBufferPointer { samples in
        let target = unsafe Target(coefficients: coefficients, samples: samples)
        try window.fill(dropping: 0)
        while row < down {
          let rest = window.count - Int(position >> 3)
          if !window.isComplete, rest < EntropyWindow.capacity / 8 {
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

  // MARK: Several at once

  private func jobs() -> [LaneDecoder.Job] {
    var jobs: [LaneDecoder.Job] = []
    var start = position
    var left = leftOfInterval
    let tail =
      window.isComplete ? window.count : max(0, window.count - EntropyWindow.slop)
    let rest = tail - Int(position >> 3)
    guard rest >= 4096 else { return [] }
    let least = UInt64(min(leastChunkByteCount, max(384, rest / 12)) * 8)
    let tailEnd = UInt64(tail) * 8
    // Large ones first, so that all lanes end together however many MCUs a chunk turns out to have.
    func add(to end: UInt64) {
      var isFirst = true
      while start < end, jobs.count < Self.jobLimit {
        let size = max(least, (tailEnd - min(start, tailEnd)) / UInt64(2 * LaneDecoder.laneCount))
        let to = end - start < size + least ? end : (start + size) & ~7
        unsafe jobs.append(
          LaneDecoder.Job(
            start: start, end: to, isGuess: !isFirst, limit: isFirst && to == end ? left : .max))
        start = to
        isFirst = false
      }
    }
    for restart in window.restarts {
      let end = UInt64(restart.end) * 8
      if start < end { add(to: end) }
      start = end
      left = restartInterval
      if jobs.count >= Self.jobLimit { return jobs }
    }
    if start < tailEnd { add(to: tailEnd) }
    return jobs
  }

  /// Lets the lanes decode a part of the window and takes over what they have.
  private func pass(_ target: Target) throws {
    var jobs = jobs()
    guard jobs.count >= LaneDecoder.laneCount else { return }
    unsafe decoder.run(&jobs, arena: arena, room: Self.laneRoom)

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
      if isLast || singles > 3 * Self.leastUnitCount || !hasWholeUnit { return }
      try single(target)
    }
  }

  /// Where the MCU of a job's record begins.
  @inline(__always)
  private func begin(_ job: LaneDecoder.Job, _ index: Int) -> UInt64 {
    guard let records = unsafe job.records else { return .max }
    return unsafe UInt64(
      UnsafeRawPointer(records).loadUnaligned(
        fromByteOffset: index * recordByteCount, as: UInt32.self))
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
    for index in predictions.indices { predictions[index] = 0 }
  }

  // MARK: Taking over

  /// Where everything goes, for the time of the decode.
  @safe private struct Target {
    let coefficients: UnsafeMutableBufferPointer<Int16>
    let samples: UnsafeMutableBufferPointer<UInt8>
  }

  /// Adds up the differences of records in a row and puts the results into their places.
  ///
  /// The places of every MCU of the scan lie inside the planes, which have whole MCUs
  /// (`paddedBlocksAcross`); `row < down` and `column < across` always.
  private func take(
    _ records: UnsafeMutablePointer<UInt8>?, _ first: Int, _ count: Int, _ target: Target
  ) {
    guard var record = unsafe records else { return }
    unsafe record += first * recordByteCount
    var left = count
    while left > 0 {
      precondition(row < down)
      let units = min(left, across - column)
      for (member, place) in places.enumerated() {
        unsafe take(units, of: member, place, record, target)
      }
      unsafe record += units * recordByteCount
      left -= units
      column += units
      if column == across {
        column = 0
        row += 1
      }
    }
  }

  private func take(
    _ count: Int, of member: Int, _ place: Place, _ records: UnsafeMutablePointer<UInt8>,
    _ target: Target
  ) {
    guard let coefficients = unsafe target.coefficients.baseAddress else { return }
    let blockRow = row * place.height
    let block = column * place.width
    let first = unsafe coefficients + place.start + blockRow * place.stride + block
    var stretch = unsafe cjpeglanes_stretch(
      records: records, record_size: recordByteCount, count: count, width: place.width,
      height: place.height, stride: place.stride, difference_offset: place.differenceOffset,
      detail_offset: place.detailOffset ?? 0)
    predictions[member] = unsafe cjpeglanes_take(&stretch, predictions[member], first)
    guard place.detailOffset != nil, let start = place.fineStart,
      let samples = unsafe target.samples.baseAddress
    else { return }
    unsafe cjpeglanes_quarter(
      &stretch, place.factor, first, samples + start + blockRow * place.stride * 4 + block * 2)
  }
}

/// The tables of a scan in memory that does not move.
@safe final class ScanTables {
  let members: UnsafeBufferPointer<cjpeglanes_member>
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
    func pointers(_ table: JPEGHuffmanTable) -> cjpeglanes_codes {
      unsafe cjpeglanes_codes(
        codes: keep(table.codes), limits: keep(table.limits), offsets: keep(table.offsets),
        symbols: keep(table.symbols + [0]), symbol_count: table.symbols.count)
    }
    func weights(_ quantization: [UInt16]) -> [SIMD4<Float>] {
      // By mark after the coefficient. Nothing is added at the marks of a block that is over.
      let own = QuarterWeights.table(quantization: quantization)
      return (0..<BlockMark.count).map { mark in
        own.indices.contains(mark - BlockMark.start) ? own[mark - BlockMark.start] : .zero
      }
    }
    let members = UnsafeMutableBufferPointer<cjpeglanes_member>.allocate(capacity: codes.count)
    for (index, (dc, ac)) in codes.enumerated() {
      // Members that have the same tables share them, and the first-level cache.
      let same = codes[..<index].firstIndex { $0.ac.codes == ac.codes && $0.dc.codes == dc.codes }
      let twin = unsafe same.map { unsafe members[$0] }
      unsafe members.initializeElement(
        at: index,
        to: cjpeglanes_member(
          dc: pointers(dc), ac: pointers(ac),
          differences: twin?.differences ?? keep(dc.differences()),
          folded: twin?.folded ?? keep(ac.folded()), single: twin?.single ?? keep(ac.single()),
          valued: isFine[index] ? twin?.valued ?? keep(ac.valued()) : nil,
          weights: isFine[index]
            ? UnsafeRawPointer(keep(weights(quantization[index])))
              .assumingMemoryBound(to: Float.self)
            : nil))
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
