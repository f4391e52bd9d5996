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
  }

  /// Makes room for the samples of the components that have four a block.
  mutating func makeFine(frame: JPEGFrame) {
    var count = 0
    for (index, component) in frame.components.enumerated() where frame.isFine(component) {
      fineStarts[index] = count
      count += component.blockCount * 4
    }
    samples = [UInt8](repeating: 128, count: count)
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
    maximumHorizontalSampling == 2 * component.horizontalSampling
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

  /// By `BlockMark` after the coefficient: its quantization factor times its weight, in samples.
  ///
  /// - Parameter quantization: 64 factors in zigzag order.
  static func table(quantization: [UInt16]) -> [SIMD4<Float>] {
    var result = [SIMD4<Float>](repeating: .zero, count: 1024)
    var (row, column) = (0, 0)
    for index in 0..<64 {
      if index > 0 {
        let factor = Float(quantization[index]) / 8
        let (across, down) = (halves[column], halves[row])
        result[Int(BlockMark.start) + index] = SIMD4(
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
