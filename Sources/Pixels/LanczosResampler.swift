/// Applies the weights of both directions in one pass over the rows: down the columns first, into one
/// line of sums, then along that line.
///
/// In floats: 16-bit fixed point is faster only by the instruction that multiplies and adds pairs,
/// for which Swift has no word. Each source row becomes floats once, though several lines need it.
struct LanczosResampler {
  let horizontal: LanczosWeights
  let vertical: LanczosWeights
  /// Pixels of a source row, and samples of a pixel.
  let width: Int
  let channels: Int

  /// What the rows kept as floats may take; when they take more, as when a picture is reduced very far,
  /// they are converted each time.
  private static let keptByteLimit = 1 << 20
  private typealias Block = SIMD16<Float>

  /// The samples of the new picture, from those of the old one.
  func resampled(_ bytes: [UInt8]) -> [UInt8] {
    let sampleCount = width * channels
    let newSampleCount = horizontal.counts.count * channels
    // Whole blocks, and room for the last pixel to be read as four samples.
    let stride = (sampleCount + 1 + Block.scalarCount - 1) & ~(Block.scalarCount - 1)
    let tapCount = vertical.counts.max() ?? 1
    let keepsRows = tapCount * stride * MemoryLayout<Float>.stride <= Self.keptByteLimit
    var kept = [Float](repeating: 0, count: keepsRows ? tapCount * stride : 0)
    var line = [Float](repeating: 0, count: stride)
    var result = [UInt8](repeating: 0, count: vertical.counts.count * newSampleCount)
    var keptRowCount = 0
    unsafe bytes.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        unsafe kept.withUnsafeMutableBufferPointer { kept in
          unsafe line.withUnsafeMutableBufferPointer { line in
            for y in 0..<vertical.counts.count {
              let rows = vertical.firsts[y]..<(vertical.firsts[y] + vertical.counts[y])
              let weights = vertical.weights[
                vertical.starts[y]..<(vertical.starts[y] + rows.count)]
              if keepsRows {
                // The rows of one line are never more than the places, so none is lost too early;
                // should a line begin before what is kept, its rows are converted again.
                if !(max(0, keptRowCount - tapCount)...keptRowCount).contains(rows.lowerBound) {
                  keptRowCount = rows.lowerBound
                }
                while keptRowCount < rows.upperBound {
                  let from = keptRowCount * sampleCount
                  let to = keptRowCount % tapCount * stride
                  unsafe Self.convert(
                    UnsafeBufferPointer(rebasing: source[from..<(from + sampleCount)]),
                    to: UnsafeMutableBufferPointer(rebasing: kept[to..<(to + sampleCount)]))
                  keptRowCount += 1
                }
                unsafe Self.sum(
                  UnsafeRawBufferPointer(kept), places: tapCount, rows: rows, weights: weights,
                  into: UnsafeMutableRawBufferPointer(line))
              } else {
                unsafe line.update(repeating: 0.5)
                for (row, weight) in zip(rows, weights) {
                  let from = row * sampleCount
                  for x in 0..<sampleCount { unsafe line[x] += Float(source[from + x]) * weight }
                }
              }
              unsafe reduce(
                UnsafeRawBufferPointer(line),
                into: UnsafeMutableBufferPointer(
                  rebasing: target[(y * newSampleCount)..<((y + 1) * newSampleCount)]))
            }
          }
        }
      }
    }
    return result
  }

  /// A row as floats.
  private static func convert(
    _ source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<Float>
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    for x in 0..<min(source.count, target.count) { unsafe to[x] = Float(from[x]) }
  }

  /// The weighted sum of kept rows, each block of columns for all rows before the next: the sums stay
  /// in registers. Rounding is in it already.
  private static func sum(
    _ kept: UnsafeRawBufferPointer, places: Int, rows: Range<Int>, weights: ArraySlice<Float>,
    into line: UnsafeMutableRawBufferPointer
  ) {
    guard let base = kept.baseAddress, let target = line.baseAddress else { return }
    unsafe weights.withUnsafeBufferPointer { weights in
      for column in stride(from: 0, to: line.count, by: MemoryLayout<Block>.size) {
        var sums = Block(repeating: 0.5)
        var place = rows.lowerBound % places
        for tap in 0..<weights.count {
          let block = unsafe (base + place * line.count + column).loadUnaligned(as: Block.self)
          unsafe sums += block * weights[tap]
          place += 1
          if place == places { place = 0 }
        }
        unsafe (target + column).storeBytes(of: sums, as: Block.self)
      }
    }
  }

  /// One line along the row.
  private func reduce(
    _ line: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<UInt8>
  ) {
    guard let base = line.baseAddress else { return }
    let sampleByteCount = MemoryLayout<Float>.stride
    unsafe horizontal.weights.withUnsafeBufferPointer { weights in
      for x in 0..<horizontal.counts.count {
        let start = horizontal.starts[x]
        var from = unsafe base + horizontal.firsts[x] * channels * sampleByteCount
        if channels >= 3 {
          // Of three samples the fourth is the next pixel's, and is not used.
          var sums = SIMD4<Float>(repeating: 0)
          for tap in start..<(start + horizontal.counts[x]) {
            unsafe sums += from.loadUnaligned(as: SIMD4<Float>.self) * weights[tap]
            unsafe from += channels * sampleByteCount
          }
          // minps and maxps, then one conversion; NaN cannot be among sums of bytes.
          sums.replace(with: 0, where: sums .< 0)
          sums.replace(with: 255, where: sums .> 255)
          unsafe target[x * channels] = UInt8(sums.x)
          unsafe target[x * channels + 1] = UInt8(sums.y)
          unsafe target[x * channels + 2] = UInt8(sums.z)
          if channels == 4 { unsafe target[x * channels + 3] = UInt8(sums.w) }
        } else {
          for channel in 0..<channels {
            var sum: Float = 0
            for tap in 0..<horizontal.counts[x] {
              let sample = unsafe from.loadUnaligned(
                fromByteOffset: (tap * channels + channel) * sampleByteCount, as: Float.self)
              unsafe sum += sample * weights[start + tap]
            }
            unsafe target[x * channels + channel] = UInt8(max(0, min(255, sum)))
          }
        }
      }
    }
  }
}
