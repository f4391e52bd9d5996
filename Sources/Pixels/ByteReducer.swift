/// 8-bit RGBA rows averaged into a smaller picture as they come, in any order: a picture of any size
/// is reduced in the memory of the result.
public struct ByteReducer: Sendable {
  /// Width and height of the result.
  public let width: Int
  public let height: Int
  /// How many pixels of the picture, across and down, make one of the result; at most 256, so that
  /// the sums fit.
  public let factor: Int
  /// Width and height of the picture.
  public let fullWidth: Int
  public let fullHeight: Int
  private var sums: [SIMD4<UInt32>] = []
  private var bytes: [UInt8] = []

  /// An empty result; nil when it would have more than 2^28 pixels.
  public init?(fullWidth: Int, fullHeight: Int, target: Int) {
    guard fullWidth > 0, fullHeight > 0, target > 0 else { return nil }
    factor = min(
      256, LinearReducer.factor(longestEdge: max(fullWidth, fullHeight), target: target))
    width = (fullWidth - 1) / factor + 1
    height = (fullHeight - 1) / factor + 1
    let (count, overflows) = width.multipliedReportingOverflow(by: height)
    guard !overflows, count <= 1 << 28 else { return nil }
    self.fullWidth = fullWidth
    self.fullHeight = fullHeight
    if factor == 1 {
      bytes = [UInt8](repeating: 0, count: count * 4)
    } else {
      sums = [SIMD4<UInt32>](repeating: SIMD4(repeating: 0), count: count)
    }
  }

  /// Adds one row of RGBA pixels, straight alpha. Rows outside of the picture are ignored.
  ///
  /// - Precondition: the row has `fullWidth` pixels.
  public mutating func addRow(_ row: [UInt8], y: Int) {
    precondition(row.count == fullWidth * 4, "a row has all the pixels of the picture's width")
    guard y >= 0, y < fullHeight else { return }
    if factor == 1 {
      bytes.replaceSubrange((y * width * 4)..<((y + 1) * width * 4), with: row)
      return
    }
    let line = y / factor * width
    var column = 0
    var within = 0
    for x in 0..<fullWidth {
      let alpha = UInt32(row[x * 4 + 3])
      sums[line + column] &+= SIMD4(
        UInt32(row[x * 4]) * alpha, UInt32(row[x * 4 + 1]) * alpha, UInt32(row[x * 4 + 2]) * alpha,
        alpha)
      within += 1
      if within == factor {
        within = 0
        column += 1
      }
    }
  }

  /// The reduced picture, RGBA.
  public consuming func picture() -> PixelBuffer {
    if factor > 1 {
      bytes = [UInt8](repeating: 0, count: width * height * 4)
      for row in 0..<height {
        let down = min(factor, fullHeight - row * factor)
        for column in 0..<width {
          let across = min(factor, fullWidth - column * factor)
          let sum = sums[row * width + column]
          let at = (row * width + column) * 4
          if sum.w == 0 { continue }
          let half = sum.w / 2
          bytes[at] = UInt8((sum.x + half) / sum.w)
          bytes[at + 1] = UInt8((sum.y + half) / sum.w)
          bytes[at + 2] = UInt8((sum.z + half) / sum.w)
          let count = UInt32(across * down)
          bytes[at + 3] = UInt8((sum.w + count / 2) / count)
        }
      }
    }
    return PixelBuffer(width: width, height: height, layout: .rgba, bytes: bytes)
  }
}
