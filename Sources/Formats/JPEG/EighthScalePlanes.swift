/// What a decode gathers: a DC coefficient for each block of each component and, for components of
/// which every 8×8 samples of the picture have but a quarter block, four samples for each block.
struct EighthScalePlanes {
  /// The coefficients of all components, padded rows, before dequantisation.
  var coefficients: [Int16]
  /// Where each component's begin.
  let starts: [Int]
  /// The samples of the components that are `isFine`, twice as many a row and twice as many rows.
  var samples: [UInt8] = []
  /// Where each fine component's begin; nil for the others.
  private(set) var fineStarts: [Int?]
  /// Of progressive files: what AC adds to the quarters of the blocks of each component, in 1/32;
  /// empty where it is not wanted or was not read. Four numbers, as `QuarterWeights` has them.
  var details: [[SIMD4<Int16>]]

  init(frame: JPEGFrame) {
    var starts: [Int] = []
    var count = 0
    for component in frame.components {
      starts.append(count)
      count += component.blockCount
    }
    self.starts = starts
    coefficients = [Int16](repeating: 0, count: count)
    fineStarts = frame.components.map { _ in nil }
    details = frame.components.map { _ in [] }
  }

  /// Makes room for the samples of the components that have four a block.
  mutating func makeFine(frame: JPEGFrame, where isWanted: (Int) -> Bool = { _ in true }) {
    var count = 0
    for (index, component) in frame.components.enumerated()
    where frame.isFine(component) && isWanted(index) {
      fineStarts[index] = count
      count += component.blockCount * 4
    }
    samples = [UInt8](repeating: 128, count: count)
  }

  /// Makes the samples of the components that have details.
  ///
  /// - Parameter factors: the DC quantization factor of each component.
  mutating func takeDetails(frame: JPEGFrame, factors: [Int32]) {
    let details = details
    makeFine(frame: frame) { !details[$0].isEmpty }
    var made: [UInt8] = []
    swap(&made, &samples)
    var target = made.mutableSpan
    for (index, component) in frame.components.enumerated() {
      guard let start = fineStarts[index] else { continue }
      let own = details[index]
      let stride = component.paddedBlocksAcross
      for block in 0..<component.blockCount {
        let mean = Float(Int32(coefficients[starts[index] + block]) &* factors[index]) / 8 + 128
        let quarters = Self.quarters(
          mean: mean, detail: SIMD4<Float>(own[block]) * SIMD4(repeating: 1 / 32))
        let place = start + block / stride * stride * 4 + block % stride * 2
        target[place] = quarters.x
        target[place + 1] = quarters.y
        target[place + stride * 2] = quarters.z
        target[place + stride * 2 + 1] = quarters.w
      }
    }
    swap(&made, &samples)
  }

  /// The samples of a block's four quarters, row by row.
  @inline(__always)
  static func quarters(mean: Float, detail: SIMD4<Float>) -> SIMD4<UInt8> {
    // 2²³ in a float leaves no bits behind the point: adding it rounds to the nearest.
    var sum = SIMD4(repeating: mean)
    sum += SIMD4(repeating: detail.x) * SIMD4(1, -1, 1, -1)
    sum += SIMD4(repeating: detail.y) * SIMD4(1, 1, -1, -1)
    sum += SIMD4(repeating: detail.z) * SIMD4(1, -1, -1, 1)
    sum.replace(with: 0, where: .!(sum .>= 0))  // and what is no number
    sum.replace(with: 255, where: sum .> 255)
    sum += SIMD4(repeating: 8_388_608)
    return unsafe SIMD4<UInt8>(truncatingIfNeeded: unsafeBitCast(sum, to: SIMD4<UInt32>.self))
  }
}

extension JPEGFrame.Component {
  /// Blocks in memory.
  var blockCount: Int { paddedBlocksAcross * paddedBlocksDown }
}

extension JPEGFrame {
  /// Whether a block of the component covers two by two blocks of the picture: at 1/8 libjpeg then
  /// turns it back to 2×2 samples, from more than its DC.
  func isFine(_ component: Component) -> Bool {
    precision == 8 && maximumHorizontalSampling == 2 * component.horizontalSampling
      && maximumVerticalSampling == 2 * component.verticalSampling
  }
}

/// What the AC coefficients add to the four quarters of a block: one number for left and right, one
/// for top and bottom, one for the diagonals.
enum QuarterWeights {
  // The mean of a half of the cosine of each odd frequency, × √2; the even ones' is zero. libjpeg's
  // 2×2 transform (jidctred.c) uses the same.
  private static let halves: [Float] = [
    0, 0.906_127_446, 0, -0.318_189_645, 0, 0.212_607_523, 0, -0.180_239_955,
  ]

  /// By coefficient: its quantization factor times its weight, in samples.
  ///
  /// - Parameter quantization: 64 factors in zigzag order.
  static func table(quantization: [UInt16]) -> [SIMD4<Float>] {
    var result = [SIMD4<Float>](repeating: .zero, count: 64)
    var (row, column) = (0, 0)
    for index in 0..<64 {
      if index > 0 {
        let factor = Float(quantization[index]) / 8
        let (across, down) = (halves[column], halves[row])
        result[index] = SIMD4(
          row == 0 ? factor * across : 0, column == 0 ? factor * down : 0, factor * across * down, 0
        )
      }
      // The zigzag (T.81, figure A.6): diagonals, alternately upwards and downwards.
      if (row + column) % 2 == 0 {
        if column == 7 {
          row += 1
        } else if row == 0 {
          column += 1
        } else {
          (row, column) = (row - 1, column + 1)
        }
      } else {
        if row == 7 {
          column += 1
        } else if column == 0 {
          row += 1
        } else {
          (row, column) = (row + 1, column - 1)
        }
      }
    }
    return result
  }
}
