import Glibc

/// The part a source sample has in each sample of the reduced line (a Lanczos-3 filter stretched by
/// the reduction).
struct LanczosWeights {
  /// For each target sample: the first source sample and where its weights start.
  private(set) var firsts: [Int] = []
  private(set) var starts: [Int] = []
  private(set) var counts: [Int] = []
  private(set) var weights: [Float] = []

  /// - Parameters:
  ///   - sourceCount: samples there are.
  ///   - extent: samples the picture covers; a little less than `sourceCount` when the last sample
  ///     stands for pixels partly outside of the picture (a JPEG reduced while it is decoded).
  ///   - targetCount: samples wanted.
  ///   - averaged: how many of the picture's own samples each source sample is the mean of.
  ///
  /// A mean has lost some of what is fine: of a wave of f cycles a sample, sinc f is left. Where the
  /// filter still passes it, a second difference of (1 − 1/n²)/24 gives that back (the series of
  /// 1/sinc for a mean of n points, up to f²). It is in the weights, so it costs two taps.
  init(sourceCount: Int, extent: Double, targetCount: Int, averaged: Int = 1) {
    let lost = (1 - 1 / Double(averaged * averaged)) / 24
    let scale = extent / Double(targetCount)
    let stretch = max(1, scale)
    let radius = 3 * stretch
    for target in 0..<targetCount {
      let center = (Double(target) + 0.5) * scale - 0.5
      var first = max(0, Int((center - radius).rounded(.up)))
      let last = min(sourceCount - 1, Int((center + radius).rounded(.down)))
      var line: [Double] = []
      var sum = 0.0
      if first <= last {
        for source in first...last {
          let weight = Self.kernel((Double(source) - center) / stretch)
          line.append(weight)
          sum += weight
        }
      }
      if line.isEmpty || abs(sum) < 1e-9 {
        // Only at degenerate sizes: the nearest sample.
        line = [1]
        sum = 1
        first = min(sourceCount - 1, max(0, Int(center.rounded())))
      } else if lost > 0 {
        (line, first) = Self.sharpened(line, first, by: lost, sourceCount: sourceCount)
      }
      firsts.append(first)
      starts.append(weights.count)
      counts.append(line.count)
      weights.append(contentsOf: line.map { Float($0 / sum) })
    }
  }

  /// The weights on samples that give what `line` gives on the samples less their second difference;
  /// beyond its ends a row goes on as it ended.
  private static func sharpened(
    _ line: [Double], _ first: Int, by part: Double, sourceCount: Int
  ) -> (line: [Double], first: Int) {
    let lowest = max(0, first - 1)
    let highest = min(sourceCount - 1, first + line.count)
    var result = [Double](repeating: 0, count: highest - lowest + 1)
    for (index, weight) in line.enumerated() {
      let place = first + index
      result[place - lowest] += weight * (1 + 2 * part)
      result[max(place - 1, 0) - lowest] -= weight * part
      result[min(place + 1, sourceCount - 1) - lowest] -= weight * part
    }
    return (result, lowest)
  }

  private static func kernel(_ x: Double) -> Double {
    if x == 0 { return 1 }
    if abs(x) >= 3 { return 0 }
    let angle = Double.pi * x
    return 3 * sin(angle) * sin(angle / 3) / (angle * angle)
  }
}

extension PixelBuffer {
  /// The picture at another size, each channel filtered by itself with Lanczos-3 (in sRGB values,
  /// as the tools people compare with do). Flatten transparency first.
  ///
  /// - Parameters:
  ///   - extent: the part of the raster that is picture, when its right and bottom samples reach
  ///     beyond it; nil for all.
  ///   - averaged: how many pixels of a larger picture, across and down, each pixel is the mean of.
  ///
  /// Complexity: O(width × new height × reduction + new pixels × reduction); at most a mebibyte
  /// beside the result.
  public func resized(
    width newWidth: Int, height newHeight: Int, extent: (width: Double, height: Double)? = nil,
    averaged: Int = 1
  ) -> PixelBuffer {
    precondition(newWidth > 0 && newHeight > 0, "a raster has at least one pixel")
    let extent = extent ?? (Double(width), Double(height))
    if newWidth == width && newHeight == height { return self }
    let resampler = LanczosResampler(
      horizontal: LanczosWeights(
        sourceCount: width, extent: extent.width, targetCount: newWidth, averaged: averaged),
      vertical: LanczosWeights(
        sourceCount: height, extent: extent.height, targetCount: newHeight,
        averaged: averaged),
      width: width, channels: layout.rawValue)
    return PixelBuffer(
      width: newWidth, height: newHeight, layout: layout, bytes: resampler.resampled(bytes))
  }
}
