import CSearchKernels

/// A test of a column's values, as far as possible by their codes.
struct ValueTest {
  let column: Column
  /// Codes all of whose values pass, as runs of neighbours; never 0.
  private(set) var runs: [ClosedRange<UInt8>] = []
  /// Codes some of whose values pass.
  private(set) var edges: [UInt8] = []
  private let ranges: [ClosedRange<Int64>]
  /// How many assets pass at least and at most.
  private(set) var bounds = 0...0

  /// - Parameter ranges: in any order; they may overlap.
  init(_ column: Column, _ ranges: [ClosedRange<Int64>]) {
    self.column = column
    self.ranges = ranges
    var (least, most) = (0, 0)
    let buckets = column.buckets
    // One byte a code: 2 all of its values, 1 some, 0 none.
    var marks = [UInt8](repeating: 0, count: 256)
    for range in ranges {
      for code in buckets.code(of: range.lowerBound)...buckets.code(of: range.upperBound) {
        let spread = column.spreads[Int(code)]
        let (one, other) = (buckets.value(code, 0), buckets.value(code, spread))
        let (low, high) = (min(one, other), max(one, other))
        if range.lowerBound <= low && high <= range.upperBound {
          marks[Int(code)] = 2
        } else if range.overlaps(low...high) {
          marks[Int(code)] = max(marks[Int(code)], 1)
        }
      }
    }
    for code in UInt8(1)...255 where column.counts[Int(code)] > 0 || code <= buckets.last {
      switch marks[Int(code)] {
      case 2:
        if let last = runs.last, last.upperBound == code - 1 {
          runs[runs.count - 1] = last.lowerBound...code
        } else {
          runs.append(code...code)
        }
        least += column.counts[Int(code)]
        most += column.counts[Int(code)]
      case 1 where column.counts[Int(code)] > 0:
        edges.append(code)
        most += column.counts[Int(code)]
      default: break
      }
    }
    bounds = least...most
  }

  private func passes(_ value: Int64) -> Bool { ranges.contains { $0.contains(value) } }

  /// Whether an asset passes.
  func passes(_ chunk: Chunk, _ place: Int) -> Bool {
    guard place < chunk.capacity else { return false }
    let part = chunk.parts[column.index]
    let code = part.code(place)
    if code == 0 { return false }
    if runs.contains(where: { $0.contains(code) }) { return true }
    return edges.contains(code) && passes(column.buckets.value(code, part.residual(place)))
  }

  /// Sets the bitmap to those of a chunk that pass; answers how many. At 0 it is not written.
  ///
  /// - Parameters:
  ///   - other: a bitmap of its own use.
  ///   - within: only what is here is asked for, so that of the rest no whole numbers need to be read;
  ///     bits elsewhere may come out set or not.
  func evaluate(_ chunk: Chunk, into target: Bits, other: Bits, within: Bits? = nil) -> Int {
    let part = chunk.parts[column.index]
    guard let codes = unsafe part.codes, part.high > 0 else { return 0 }
    func between(_ run: ClosedRange<UInt8>, _ bits: Bits) {
      unsafe csearch_between(codes, chunk.capacity, run.lowerBound, run.upperBound, bits.words)
    }
    var isWritten = false
    for run in runs where run.lowerBound <= part.high && run.upperBound >= part.low {
      between(run, isWritten ? other : target)
      if isWritten { _ = target.or(other) }
      isWritten = true
    }
    for edge in edges where edge <= part.high && edge >= part.low {
      if !isWritten { target.clear() }
      isWritten = true
      between(edge...edge, other)
      if let within, other.and(within) == 0 { continue }
      keepPassing(edge, part, other)
      _ = target.or(other)
    }
    return isWritten ? target.count() : 0
  }
  /// Clears the bits of assets of one code that do not pass.
  private func keepPassing(_ code: UInt8, _ part: ColumnPart, _ bits: Bits) {
    let buckets = column.buckets
    guard ranges.count == 1, let residuals = unsafe part.residuals else {
      bits.forEach { place in
        if !passes(buckets.value(code, part.residual(place))) { bits.remove(place) }
      }
      return
    }
    // The values of the code that pass, as numbers from where it starts; those of code 1 fall.
    let (start, end) = (buckets.value(code, 0), buckets.value(code, column.spreads[Int(code)]))
    let values = ranges[0].clamped(to: min(start, end)...max(start, end))
    let (one, other) = (
      UInt64(bitPattern: code == 1 ? start &- values.upperBound : values.lowerBound &- start),
      UInt64(bitPattern: code == 1 ? start &- values.lowerBound : values.upperBound &- start)
    )
    unsafe csearch_keep_between(bits.words, residuals, UInt32(part.width), one, other)
  }
}
