import CJPEGLanes
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
    let spreads = frame.components.indices.map { index in
      isWhole(index) ? nil : Spread(frame, frame.components[index], width: width)
    }
    var rows = (0..<channels).map { _ in [UInt8](repeating: 0, count: width) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: width * height * channels) {
      target, count in
      for y in 0..<height {
        for index in 0..<channels {
          if let spread = spreads[index] {
            interpolate(&rows[index], index, y, spread)
          } else {
            copy(&rows[index], index, y)
          }
        }
        // Each row has `width` samples, and the picture room for all of them.
        guard let start = target.baseAddress else { continue }
        unsafe Self.write(rows, isRGB: isRGB, to: start + y * width * channels)
      }
      count = width * height * channels
    }
    return PixelBuffer(
      width: width, height: height, layout: channels == 1 ? .grey : .rgb, bytes: bytes)
  }

  /// Whether a component has a sample for each of the picture's.
  private func isWhole(_ index: Int) -> Bool {
    let component = frame.components[index]
    return planes.fineStarts[index] != nil
      || component.horizontalSampling == frame.maximumHorizontalSampling
        && component.verticalSampling == frame.maximumVerticalSampling
  }

  /// Between which two blocks of a subsampled component each column lies.
  private struct Spread {
    var columns: [(left: Int32, right: Int32, weight: Int32)]

    init(_ frame: JPEGFrame, _ component: JPEGFrame.Component, width: Int) {
      columns = (0..<width).map { x in
        let (left, right, weight) = neighbours(
          x, component.horizontalSampling, frame.maximumHorizontalSampling, component.blocksAcross)
        return (Int32(left), Int32(right), weight)
      }
    }
  }

  /// One row of a subsampled component at the picture's size: a triangle filter between the centres
  /// of its blocks, in 1/256.
  private func interpolate(_ row: inout [UInt8], _ index: Int, _ y: Int, _ spread: Spread) {
    let component = frame.components[index]
    let (top, bottom, weightY) = Self.neighbours(
      y, component.verticalSampling, frame.maximumVerticalSampling, component.blocksDown)
    let upper = samples(index, top)
    let lower = top == bottom ? upper : samples(index, bottom)
    let blended = unsafe [Int32](unsafeUninitializedCapacity: upper.count) { target, count in
      for x in upper.indices {
        unsafe target[x] = Int32(upper[x]) &* (256 &- weightY) &+ Int32(lower[x]) &* weightY
      }
      count = upper.count
    }
    var target = row.mutableSpan
    let (columns, sources) = (spread.columns.span, blended.span)
    for x in 0..<min(target.count, columns.count) {
      let (left, right, weight) = columns[x]
      let value =
        sources[Int(left)] &* (256 &- weight) &+ sources[Int(right)] &* weight &+ 1 << 15
      target[x] = UInt8(truncatingIfNeeded: value &>> 16)
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
      unsafe planes.coefficients.withUnsafeBufferPointer { all in
        guard let start = all.baseAddress else { return }
        unsafe row.withUnsafeMutableBufferPointer { target in
          unsafe cjpeglanes_mean(start + first, factor, target.count, target.baseAddress)
        }
      }
    }
  }

  /// Puts a row of samples next to each other: grey, three colours as they are, or YCbCr made RGB.
  private static func write(
    _ rows: [[UInt8]], isRGB: Bool, to target: UnsafeMutablePointer<UInt8>
  ) {
    if rows.count == 1 {
      for x in rows[0].indices { unsafe target[x] = rows[0][x] }
    } else if isRGB {
      for x in rows[0].indices {
        unsafe target[3 * x] = rows[0][x]
        unsafe target[3 * x + 1] = rows[1][x]
        unsafe target[3 * x + 2] = rows[2][x]
      }
    } else {
      unsafe cjpeglanes_mix(rows[0], rows[1], rows[2], rows[0].count, target)
    }
  }
}
