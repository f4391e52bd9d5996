import CSearchKernels

/// How many assets have each of some neighbouring whole numbers, in memory that is charged while this
/// lives. Not Sendable: used where its index is.
@safe package final class ValueCounts {
  private let first: Int64
  private let count: Int
  private let buffer: WorkBuffer<UInt32>
  private let totals: UnsafeMutablePointer<UInt32>

  /// - Throws: `noRoom` for more values than the budget has room for.
  init(first: Int64, last: Int64, memory: IndexMemory) throws(SearchIndexError) {
    precondition(first <= last, "values are counted upwards")
    let (span, isTooLong) = last.subtractingReportingOverflow(first)
    guard !isTooLong, span < Int64(UInt32.max) else { throw .noRoom(byteCount: .max) }
    self.first = first
    count = Int(span) + 1
    buffer = WorkBuffer(memory: memory)
    unsafe totals = try buffer.start(for: count)
  }

  /// How many assets have a value; 0 for those that were not asked for.
  package subscript(value: Int64) -> Int {
    place(of: value).map { Int(unsafe totals[$0]) } ?? 0
  }

  /// Hands out the values that some assets have, ascending.
  package func forEach(_ body: (_ value: Int64, _ count: Int) -> Void) {
    for place in 0..<count where unsafe totals[place] > 0 {
      body(first + Int64(place), Int(unsafe totals[place]))
    }
  }

  /// Adds to what a value has; others are passed over.
  package func add(_ more: Int, to value: Int64) {
    if let place = place(of: value) { unsafe totals[place] &+= UInt32(truncatingIfNeeded: more) }
  }

  /// Counts a column's values in the assets of one chunk whose bit is set.
  func add(_ bits: Bits, _ part: ColumnPart, _ capacity: Int, bases: [Int64]) {
    guard let codes = unsafe part.codes else { return }
    unsafe csearch_totals(
      bits.words, capacity, codes, part.residuals, UInt32(part.width), bases, first, totals, count)
  }

  private func place(of value: Int64) -> Int? {
    // Of what is below, the difference wraps around and is greater than any place.
    let place = UInt64(bitPattern: value &- first)
    return place < UInt64(count) ? Int(place) : nil
  }
}
