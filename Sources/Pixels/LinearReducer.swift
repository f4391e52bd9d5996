/// Linear RGBA pixels averaged into a smaller grid as they come, in any order: a picture of any size
/// is reduced in the memory of the result.
///
/// Colours are premultiplied by alpha. What is not finite counts as black (NaN) or as the largest
/// half-float (infinity), so that one bad pixel does not swallow its neighbours.
public struct LinearReducer: Sendable {
  /// Width and height of the grid.
  public let width: Int
  public let height: Int
  /// How many pixels of the picture, across and down, make one of the grid.
  public let factor: Int
  /// Width and height of the picture.
  public let fullWidth: Int
  public let fullHeight: Int
  /// Sums of red, green, blue and alpha.
  private var sums: [SIMD4<Float>]

  /// The factor at which a picture is reduced while streaming, so that at least 1.5 × `target`
  /// pixels are left for the filter that follows. One below 3 × `target`.
  public static func factor(longestEdge: Int, target: Int) -> Int {
    longestEdge < 3 * target ? 1 : max(1, 2 * longestEdge / (3 * target))
  }

  /// An empty grid for a picture; nil when the grid would have more than 2^28 cells.
  public init?(fullWidth: Int, fullHeight: Int, factor: Int) {
    guard fullWidth > 0, fullHeight > 0, factor > 0 else { return nil }
    width = (fullWidth - 1) / factor + 1
    height = (fullHeight - 1) / factor + 1
    let (count, overflows) = width.multipliedReportingOverflow(by: height)
    guard !overflows, count <= 1 << 28 else { return nil }
    self.fullWidth = fullWidth
    self.fullHeight = fullHeight
    self.factor = factor
    sums = [SIMD4<Float>](repeating: .zero, count: count)
  }

  /// Adds one pixel of the picture; outside of it nothing happens.
  public mutating func add(_ pixel: SIMD4<Float>, x: Int, y: Int) {
    guard x >= 0, y >= 0, x < fullWidth, y < fullHeight else { return }
    let (column, row) = factor == 1 ? (x, y) : (x / factor, y / factor)
    sums[row * width + column] += Self.cleaned(pixel)
  }

  /// The averages of all cells, row by row, in the memory of the sums. Pixels that never came count
  /// as transparent.
  public consuming func averages() -> [SIMD4<Float>] {
    if factor > 1 {
      for row in 0..<height {
        let down = min(factor, fullHeight - row * factor)
        for column in 0..<width {
          let across = min(factor, fullWidth - column * factor)
          sums[row * width + column] /= Float(across * down)
        }
      }
    }
    return sums
  }

  private static func cleaned(_ pixel: SIMD4<Float>) -> SIMD4<Float> {
    // Comparisons with NaN are false, so NaN becomes zero here.
    let limit = SIMD4<Float>(repeating: 65_504)
    let finite = pixel.replacing(
      with: SIMD4<Float>(repeating: 0), where: .!(pixel .== pixel))
    return pointwiseMax(pointwiseMin(finite, limit), -limit)
  }
}
