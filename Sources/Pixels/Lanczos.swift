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
  init(sourceCount: Int, extent: Double, targetCount: Int) {
    let scale = extent / Double(targetCount)
    let stretch = max(1, scale)
    let radius = 3 * stretch
    for target in 0..<targetCount {
      let center = (Double(target) + 0.5) * scale - 0.5
      let first = max(0, Int((center - radius).rounded(.up)))
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
        firsts.append(min(sourceCount - 1, max(0, Int(center.rounded()))))
      } else {
        firsts.append(first)
      }
      starts.append(weights.count)
      counts.append(line.count)
      weights.append(contentsOf: line.map { Float($0 / sum) })
    }
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
  ///
  /// Complexity: O(width × new height × reduction + new pixels × reduction); at most a mebibyte
  /// beside the result.
  public func resized(
    width newWidth: Int, height newHeight: Int, extent: (width: Double, height: Double)? = nil
  ) -> PixelBuffer {
    precondition(newWidth > 0 && newHeight > 0, "a raster has at least one pixel")
    let extent = extent ?? (Double(width), Double(height))
    if newWidth == width && newHeight == height { return self }
    let resampler = LanczosResampler(
      horizontal: LanczosWeights(
        sourceCount: width, extent: extent.width, targetCount: newWidth),
      vertical: LanczosWeights(
        sourceCount: height, extent: extent.height, targetCount: newHeight),
      width: width, channels: layout.rawValue)
    return PixelBuffer(
      width: newWidth, height: newHeight, layout: layout, bytes: resampler.resampled(bytes))
  }
}
