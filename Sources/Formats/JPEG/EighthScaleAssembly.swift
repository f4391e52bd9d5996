import Pixels

/// Turns what was decoded into a picture.
struct EighthScaleAssembly {
  let frame: JPEGFrame
  let planes: EighthScalePlanes
  /// The DC quantization factor of each component.
  let factors: [Int32]

  /// Grey for one component, RGB for three.
  ///
  /// The size is ⌈width/8⌉ × ⌈height/8⌉, as libjpeg has it: the last blocks may hold padding.
  func picture(isRGB: Bool) -> PixelBuffer {
    let width = (frame.width + 7) / 8
    let height = (frame.height + 7) / 8
    let channels = frame.components.count
    var rows = (0..<channels).map { _ in [UInt8](repeating: 0, count: width) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * height * channels)
    var pixels = [UInt8](repeating: 0, count: width * 3)
    for y in 0..<height {
      for index in 0..<channels { fill(&rows[index], index, y) }
      if channels == 1 {
        bytes.append(contentsOf: rows[0])
      } else {
        Self.mix(rows[0], rows[1], rows[2], isRGB: isRGB, into: &pixels)
        bytes.append(contentsOf: pixels)
      }
    }
    return PixelBuffer(
      width: width, height: height, layout: channels == 1 ? .grey : .rgb, bytes: bytes)
  }

  /// One row of a component at the picture's size, 8 bits; subsampled ones interpolated.
  private func fill(_ row: inout [UInt8], _ index: Int, _ y: Int) {
    let component = frame.components[index]
    let (across, down) = (component.horizontalSampling, component.verticalSampling)
    if planes.fineStarts[index] != nil
      || across == frame.maximumHorizontalSampling
        && down == frame.maximumVerticalSampling
    {
      copy(&row, index, y)
      return
    }
    // Triangle filter between the centres of the subsampled blocks, in 1/256.
    let (top, bottom, weightY) = Self.neighbours(
      y, down, frame.maximumVerticalSampling, component.blocksDown)
    let upper = samples(index, top)
    let lower = top == bottom ? upper : samples(index, bottom)
    let blended = zip(upper, lower).map { Int32($0) * (256 - weightY) + Int32($1) * weightY }
    for x in row.indices {
      let (left, right, weightX) = Self.neighbours(
        x, across, frame.maximumHorizontalSampling, component.blocksAcross)
      let value = blended[left] * (256 - weightX) + blended[right] * weightX
      row[x] = UInt8(truncatingIfNeeded: (value + 1 << 15) >> 16)
    }
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

  /// The samples of a row of a component's blocks.
  private func samples(_ index: Int, _ blockRow: Int) -> [UInt8] {
    var row = [UInt8](repeating: 0, count: frame.components[index].blocksAcross)
    copy(&row, index, blockRow)
    return row
  }

  /// Samples of a row as they are: of fine components those that were made, else the blocks' means.
  private func copy(_ row: inout [UInt8], _ index: Int, _ y: Int) {
    let stride = frame.components[index].paddedBlocksAcross
    if let start = planes.fineStarts[index] {
      let first = start + y * stride * 2
      row.replaceSubrange(row.indices, with: planes.samples[first..<first + row.count])
      return
    }
    let first = planes.starts[index] + y * stride
    let factor = factors[index]
    let coefficients = planes.coefficients.span.extracting(first..<first + row.count)
    var target = row.mutableSpan
    // What libjpeg's 1×1 inverse transform gives: DC / 8, rounded, around the middle; 12 bits to 8.
    if frame.precision == 12 {
      for x in 0..<target.count {
        let value = (Int32(coefficients[x]) &* factor &+ 4) &>> 3 &+ 2048
        target[x] = UInt8(truncatingIfNeeded: max(0, min(4095, value)) &>> 4)
      }
    } else {
      for x in 0..<target.count {
        let value = (Int32(coefficients[x]) &* factor &+ 4) &>> 3 &+ 128
        target[x] = UInt8(truncatingIfNeeded: max(0, min(255, value)))
      }
    }
  }

  /// JFIF's YCbCr (BT.601, full range) to RGB, 16-bit fixed point, or three colours as they are.
  private static func mix(
    _ first: [UInt8], _ second: [UInt8], _ third: [UInt8], isRGB: Bool, into pixels: inout [UInt8]
  ) {
    let (luma, blues, reds) = (first.span, second.span, third.span)
    var target = pixels.mutableSpan
    func clamped(_ value: Int32) -> UInt8 { UInt8(truncatingIfNeeded: max(0, min(255, value))) }
    for x in 0..<min(luma.count, blues.count, reds.count, target.count / 3) {
      if isRGB {
        target[3 * x] = luma[x]
        target[3 * x + 1] = blues[x]
        target[3 * x + 2] = reds[x]
      } else {
        let light = Int32(luma[x])
        let blue = Int32(blues[x]) &- 128
        let red = Int32(reds[x]) &- 128
        target[3 * x] = clamped(light &+ (91_881 &* red &+ 32_768) &>> 16)
        target[3 * x + 1] = clamped(
          light &+ (-22_554 &* blue &- 46_802 &* red &+ 32_768) &>> 16)
        target[3 * x + 2] = clamped(light &+ (116_130 &* blue &+ 32_768) &>> 16)
      }
    }
  }
}
