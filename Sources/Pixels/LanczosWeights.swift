import Glibc

/// The part a source sample has in each sample of the reduced line (a Lanczos-3 filter stretched by
/// the reduction), in fixed point.
struct LanczosWeights {
  /// For each target sample: the first source sample, and how many have a part in it.
  private(set) var firsts: [UInt32]
  private(set) var counts: [Int]
  /// Weights of one target sample, zeros behind its own up to `stride`, a multiple of four.
  private(set) var weights: [Int16]
  let stride: Int
  /// Bits behind the point: as many as the largest weight leaves.
  let fractionBits: Int

  /// Samples wanted.
  var targetCount: Int { counts.count }

  /// - Parameters:
  ///   - sourceCount: samples there are.
  ///   - extent: samples the picture covers; a little less than `sourceCount` when the last sample
  ///     stands for pixels partly outside of the picture (a JPEG reduced while it is decoded).
  ///   - targetCount: samples wanted.
  ///   - averaged: how many of the picture's own samples each source sample is the mean of.
  ///   - mostFractionBits: bits behind the point at most.
  ///
  /// A mean has lost some of what is fine: of a wave of f cycles a sample, sinc f is left. Where the
  /// filter still passes it, a second difference of (1 − 1/n²)/24 gives that back (the series of
  /// 1/sinc for a mean of n points, up to f²). It is in the weights, so it costs two taps.
  init(
    sourceCount: Int, extent: Double, targetCount: Int, averaged: Int = 1, mostFractionBits: Int
  ) {
    let lost = (1 - 1 / Double(averaged * averaged)) / 24
    let scale = extent / Double(targetCount)
    let stretch = max(1, scale)
    let radius = 3 * stretch
    firsts = [UInt32](repeating: 0, count: targetCount)
    counts = [Int](repeating: 1, count: targetCount)
    let mostTaps = Int((2 * radius).rounded(.down)) + 1
    // They are taken by fours.
    stride = (mostTaps + (lost > 0 ? 2 : 0) + 3) & ~3
    var exact = [Float](repeating: 0, count: targetCount * stride)
    var line = [Double](repeating: 0, count: mostTaps)
    var largest: Float = 0
    for target in 0..<targetCount {
      let center = (Double(target) + 0.5) * scale - 0.5
      let first = max(0, Int((center - radius).rounded(.up)))
      let last = min(sourceCount - 1, Int((center + radius).rounded(.down)))
      let sum =
        first <= last
        ? Self.kernel(
          from: (Double(first) - center) / stretch, step: 1 / stretch, count: last - first + 1,
          into: &line) : 0
      let start = target * stride
      if sum < 0.1 {
        // Only at degenerate sizes, where hardly a sample is near: the nearest one.
        exact[start] = 1
        firsts[target] = UInt32(min(sourceCount - 1, max(0, Int(center.rounded()))))
      } else {
        let lowest = lost > 0 ? max(0, first - 1) : first
        let highest = lost > 0 ? min(sourceCount - 1, last + 1) : last
        firsts[target] = UInt32(lowest)
        counts[target] = highest - lowest + 1
        for place in first...last {
          let weight = line[place - first] / sum
          exact[start + place - lowest] += Float(weight * (1 + 2 * lost))
          if lost > 0 {
            // Beyond its ends a row goes on as it ended.
            exact[start + max(place - 1, 0) - lowest] -= Float(weight * lost)
            exact[start + min(place + 1, sourceCount - 1) - lowest] -= Float(weight * lost)
          }
        }
      }
      for place in start..<(start + counts[target]) { largest = max(largest, abs(exact[place])) }
    }
    var bits = mostFractionBits
    while bits > 0, largest * Float(1 << bits) > 32766 { bits -= 1 }
    fractionBits = bits
    weights = [Int16](repeating: 0, count: exact.count)
    for target in 0..<targetCount {
      // What rounding takes from one weight the next one gets: their sum stays 1 exactly.
      var rest = 0.0
      for place in (target * stride)..<(target * stride + counts[target]) {
        let wanted = Double(exact[place]) * Double(1 << bits) + rest
        let rounded = Int16(wanted + (wanted < 0 ? -0.5 : 0.5))
        rest = wanted - Double(rounded)
        weights[place] = rounded
      }
    }
  }

  /// Whether all samples the weights are for are among the first `count`.
  func reaches(to count: Int) -> Bool {
    zip(firsts, counts).allSatisfy { Int($0) + $1 <= count }
  }

  /// Lanczos-3 at `count` equally spaced places; returns their sum.
  ///
  /// One sine and cosine for all of them: the next angle's follow by turning, and the sine of the
  /// triple angle from that of the single one.
  private static func kernel(
    from start: Double, step: Double, count: Int, into line: inout [Double]
  ) -> Double {
    let third = Double.pi / 3
    var (sine, cosine) = (sin(start * third), cos(start * third))
    let (turnSine, turnCosine) = (sin(step * third), cos(step * third))
    var sum = 0.0
    for index in 0..<count {
      let x = start + Double(index) * step
      // sin(πx)·sin(πx/3) = s·(3s − 4s³)
      let square = sine * sine
      let angle = Double.pi * x
      let value =
        abs(x) < 1e-6 ? 1 : abs(x) >= 3 ? 0 : 3 * square * (3 - 4 * square) / (angle * angle)
      line[index] = value
      sum += value
      (sine, cosine) = (
        sine * turnCosine + cosine * turnSine, cosine * turnCosine - sine * turnSine
      )
    }
    return sum
  }
}
