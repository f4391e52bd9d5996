import Pixels

/// Turns planes of DC coefficients into a picture.
struct EighthScaleAssembly {
  let frame: JPEGFrame
  let planes: [[Int16]]
  /// The DC quantization factor of each component.
  let factors: [Int32]

  /// Grey for one component, RGB for three.
  ///
  /// The size is ⌊width/8⌋ × ⌊height/8⌋: the last, partly filled block is left out, since its mean
  /// counts padding that is not picture.
  func picture(isRGB: Bool) -> PixelBuffer {
    let width = max(1, frame.width / 8)
    let height = max(1, frame.height / 8)
    if frame.components.count == 1 {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(width * height)
      for y in 0..<height { bytes.append(contentsOf: row(0, y, width)) }
      return PixelBuffer(width: width, height: height, layout: .grey, bytes: bytes)
    }
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    for y in 0..<height {
      let first = row(0, y, width)
      let second = row(1, y, width)
      let third = row(2, y, width)
      var at = y * width * 3
      for x in 0..<width {
        if isRGB {
          bytes[at] = first[x]
          bytes[at + 1] = second[x]
          bytes[at + 2] = third[x]
        } else {
          let (red, green, blue) = Self.rgb(
            luma: Int32(first[x]), blue: Int32(second[x]) - 128, red: Int32(third[x]) - 128)
          bytes[at] = red
          bytes[at + 1] = green
          bytes[at + 2] = blue
        }
        at += 3
      }
    }
    return PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes)
  }

  /// One row of a component at the picture's size, 8 bits; subsampled ones interpolated.
  private func row(_ index: Int, _ y: Int, _ width: Int) -> [UInt8] {
    let component = frame.components[index]
    let (across, down) = (component.horizontalSampling, component.verticalSampling)
    if across == frame.maximumHorizontalSampling && down == frame.maximumVerticalSampling {
      let start = y * component.paddedBlocksAcross
      return (0..<width).map { sample(index, start + $0) }
    }
    // Triangle filter between the centres of the subsampled blocks, in 1/256.
    let (top, bottom, weightY) = Self.neighbours(
      y, down, frame.maximumVerticalSampling, component.blocksDown)
    var result: [UInt8] = []
    result.reserveCapacity(width)
    for x in 0..<width {
      let (left, right, weightX) = Self.neighbours(
        x, across, frame.maximumHorizontalSampling, component.blocksAcross)
      func mean(_ row: Int) -> Int32 {
        let start = row * component.paddedBlocksAcross
        return Int32(sample(index, start + left)) * (256 - weightX)
          + Int32(sample(index, start + right)) * weightX
      }
      let value = mean(top) * (256 - weightY) + mean(bottom) * weightY
      result.append(UInt8(truncatingIfNeeded: (value + 1 << 15) >> 16))
    }
    return result
  }

  /// The two blocks around a position of the full-size plane, and the weight of the second.
  private static func neighbours(
    _ position: Int, _ sampling: Int, _ maximum: Int, _ count: Int
  ) -> (first: Int, second: Int, weight: Int32) {
    // (position + ½) · sampling / maximum − ½, in 1/256.
    let place = ((2 * position + 1) * sampling * 128) / maximum - 128
    guard place > 0 else { return (0, 0, 0) }
    let first = min(place >> 8, count - 1)
    return (first, min(first + 1, count - 1), Int32(place & 255))
  }

  /// What libjpeg's 1×1 inverse transform gives: DC / 8, rounded, around the middle; 12 bits to 8.
  @inline(__always)
  private func sample(_ index: Int, _ position: Int) -> UInt8 {
    let value = (Int32(planes[index][position]) &* factors[index] &+ 4) >> 3
    if frame.precision == 12 { return UInt8(max(0, min(4095, value + 2048)) >> 4) }
    return UInt8(max(0, min(255, value + 128)))
  }

  /// JFIF's YCbCr (BT.601, full range) to RGB, 16-bit fixed point.
  @inline(__always)
  private static func rgb(
    luma: Int32, blue: Int32, red: Int32
  ) -> (UInt8, UInt8, UInt8) {
    func clamped(_ value: Int32) -> UInt8 { UInt8(max(0, min(255, value))) }
    return (
      clamped(luma + (91_881 * red + 32_768) >> 16),
      clamped(luma + (-22_554 * blue - 46_802 * red + 32_768) >> 16),
      clamped(luma + (116_130 * blue + 32_768) >> 16)
    )
  }
}
