import CJPEGLanes

/// Decodes MCUs of a sequential scan to records, one after the other or in several lanes at once.
///
/// A record has the bit at which its MCU begins (`UInt32`), then what its blocks hold. Lanes are
/// independent places of the window. One lane alone waits for its own table most of the time, a
/// chain of a load and a few shifts per code; several in lockstep fill that time and share the
/// branch at the end of a block.
///
/// The loop itself is C (`CJPEGLanes`): variable shifts, of which there is one per code, take three
/// instructions on the oldest x86-64 and one with BMI2, and only C can be compiled for both and choose
/// when it runs.
///
/// ## Why the reads and writes stay inside
/// - Positions: a window with its slop has less than 2²³ bits, so a position never runs into the mark.
/// - The window: lanes begin an MCU only before their job's end, which lies inside the window. A
///   block uses at most 31 bits for DC and 31 for each of 63 AC symbols, an MCU has at most ten
///   blocks, so no read begins more than `mcuByteLimit` behind that, and the window's slop is larger.
///   A lane whose bits are no MCU goes on to its end from where the damaged block or its AC began.
/// - Tables: 12 bits of a word index 4,096 entries, 10 bits 1,024, the mark's nine bits 512 weights.
///   Of 16 bits those from 64,512 on index 1,024 entries behind the 4,096.
/// - Words: 57 bits at least. A DC difference takes 20, which leaves two folded entries of 22 the
///   twelve bits each is found by; without one there are three. Of entries with a value, of twelve
///   bits at most, there are three or four. Of two single symbols the first takes 31 bits and the
///   second is found by 16.
/// - Records: a lane begins an MCU only when a whole record fits its arena.
/// - Every entry advances at least one coefficient, so a block is over after 63. A lane that an entry
///   led out of its block goes on from before it, by at least one symbol, or it is broken: that ends
///   too.
@safe struct LaneDecoder {
  static let laneCount = Int(CJPEGLANES_COUNT)
  /// 10 blocks × 1,984 bits, and a word.
  static let mcuByteLimit = 10 * 1984 / 8 + 8

  let plan: UnsafePointer<cjpeglanes_plan>

  /// The 57 or more bits from a position on, the first highest.
  @inline(__always)
  static func word(_ base: UnsafePointer<UInt8>, _ position: UInt64) -> UInt64 {
    let bytes = unsafe UnsafeRawPointer(base + Int(truncatingIfNeeded: position &>> 3))
    return unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) &<< (position & 7)
  }

  /// Decodes the MCU at a position into a record.
  ///
  /// - Returns: the position behind it; nil when its bits are no MCU.
  func mcu(at position: UInt64, into record: UnsafeMutablePointer<UInt8>) -> UInt64? {
    let end = unsafe cjpeglanes_unit(plan, UInt32(truncatingIfNeeded: position), record)
    return end == 0 ? nil : UInt64(end)
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
    var records: UnsafeMutablePointer<UInt8>?
    var count = 0
    var behind: UInt64 = 0
  }

  /// Works off jobs; some are left unfinished when the room does not last.
  ///
  /// - Parameters:
  ///   - arena: where the records go.
  ///   - room: how many of them there are for each lane.
  func run(_ jobs: inout [Job], arena: UnsafeMutablePointer<UInt8>, room: Int) {
    precondition(jobs.count >= Self.laneCount)
    let laneByteCount = unsafe room * plan.pointee.record_size
    var lanes: [cjpeglanes_lane] = unsafe []
    // Which job a lane has, and how many records fit from where its job's begin.
    var own: [Int?] = Array(0..<Self.laneCount)
    var rooms = [Int](repeating: room, count: Self.laneCount)
    for index in own.indices {
      unsafe lanes.append(cjpeglanes_lane())
      unsafe lanes[index].record = unsafe arena + index * laneByteCount
      unsafe begin(&jobs[index], &lanes[index], room)
    }
    var nextJob = Self.laneCount
    while true {
      for index in own.indices {
        if unsafe lanes[index].is_broken != 0, let job = own[index] {
          unsafe guessAgain(&jobs[job], &lanes[index], rooms[index])
        }
        while unsafe lanes[index].is_broken != 0 || lanes[index].position >= lanes[index].end
          || lanes[index].left == 0
        {
          unsafe rooms[index] -= lanes[index].count
          guard rooms[index] > 0 else { return }
          if nextJob < jobs.count {
            unsafe begin(&jobs[nextJob], &lanes[index], rooms[index])
            own[index] = nextJob
            nextJob += 1
          } else {
            // For lack of work the lane does the first job once more, until all are done.
            own[index] = nil
            guard own.contains(where: { $0 != nil }), jobs[0].count > 0 else { return }
            var again = jobs[0]
            unsafe begin(&again, &lanes[index], rooms[index])
          }
        }
      }
      unsafe cjpeglanes_run(plan, &lanes)
      for (index, job) in own.enumerated() {
        guard let job else { continue }
        jobs[job].count = unsafe lanes[index].count
        jobs[job].behind = unsafe UInt64(lanes[index].position)
      }
    }
  }

  private func begin(_ job: inout Job, _ lane: inout cjpeglanes_lane, _ room: Int) {
    unsafe job.records = unsafe lane.record
    job.behind = job.start
    unsafe lane.position = UInt32(truncatingIfNeeded: job.start)
    unsafe lane.end = UInt32(truncatingIfNeeded: job.end)
    unsafe lane.left = min(job.limit, room)
    unsafe lane.count = 0
    unsafe lane.is_broken = 0
  }

  /// A lane that met bits that are no MCU was not in step: it begins again a byte further on, and
  /// what it had is forgotten. Where its job's beginning was known, the data are damaged.
  private func guessAgain(_ job: inout Job, _ lane: inout cjpeglanes_lane, _ room: Int) {
    guard job.isGuess else { return }
    job.start = ((job.behind >> 3) + 1) << 3
    unsafe lane.record = unsafe job.records
    unsafe begin(&job, &lane, room)
    job.count = 0
  }
}
