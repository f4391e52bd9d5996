/// 8-bit rows averaged into a smaller picture as they come: a picture of any size is reduced in the
/// memory of the result and of one row.
///
/// The rows of a band, those that make one row of the result, are summed up sample by sample, which
/// vectors do sixteen at a time; only a band's sums are then added up along the row. Where there is
/// alpha, colours count by it, but as long as a band is opaque it is summed like all else.
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
  /// What the rows hold, and the result.
  public let layout: PixelBuffer.Layout
  private var bytes: [UInt8]
  /// The sums of the current band, at most 256 × 255 each.
  private var sums: [UInt16] = []
  /// The same with colours times their alpha, once the band has a row that is not opaque.
  private var weightedSums: [UInt32] = []
  private var isWeighted = false
  /// The row of the result that is being summed, and how many rows have come for it.
  private var band = 0
  private var rowCount = 0

  /// How far a picture is reduced by means: at least twice `target` is left for the filter that follows,
  /// so that lines keep their sharpness. One below four times `target`.
  public static func factor(longestEdge: Int, target: Int) -> Int {
    max(1, min(256, longestEdge / (2 * target)))
  }

  /// An empty result, transparent or black; nil when it would have more than 2^28 pixels.
  public init?(fullWidth: Int, fullHeight: Int, target: Int, layout: PixelBuffer.Layout = .rgba) {
    guard fullWidth > 0, fullHeight > 0, target > 0 else { return nil }
    factor = Self.factor(longestEdge: max(fullWidth, fullHeight), target: target)
    width = (fullWidth - 1) / factor + 1
    height = (fullHeight - 1) / factor + 1
    let (count, overflows) = width.multipliedReportingOverflow(by: height)
    guard !overflows, count <= 1 << 28 else { return nil }
    self.fullWidth = fullWidth
    self.fullHeight = fullHeight
    self.layout = layout
    bytes = [UInt8](repeating: 0, count: count * layout.rawValue)
    if factor > 1 {
      // Three more than the row has: the last pixel is read as four samples.
      sums = [UInt16](repeating: 0, count: fullWidth * layout.rawValue + 3)
    }
  }

  /// Adds one row of pixels, straight alpha. Rows outside of the picture are ignored. Upwards or
  /// downwards, the rows of one band must follow each other; what never comes stays transparent.
  ///
  /// - Precondition: the row has `fullWidth` pixels.
  public mutating func addRow(_ row: Span<UInt8>, y: Int) {
    precondition(
      row.count == fullWidth * layout.rawValue, "a row has all the pixels of the picture's width")
    guard y >= 0, y < fullHeight else { return }
    if factor == 1 {
      unsafe row.withUnsafeBufferPointer { row in
        unsafe bytes.withUnsafeMutableBufferPointer { bytes in
          _ = unsafe bytes[(y * row.count)..<((y + 1) * row.count)].update(fromContentsOf: row)
        }
      }
      return
    }
    if y / factor != band {
      endBand()
      band = y / factor
    }
    // A row that comes twice would make the sums pass what they can hold.
    precondition(rowCount < factor, "each row comes once")
    if layout.hasAlpha, !isWeighted, !isOpaque(row) { weighBand() }
    if isWeighted { addWeighted(row) } else { add(row) }
    rowCount += 1
  }

  /// The reduced picture.
  public consuming func picture() -> PixelBuffer {
    if factor > 1 { endBand() }
    return PixelBuffer(width: width, height: height, layout: layout, bytes: bytes)
  }

  // MARK: Down

  private mutating func add(_ row: Span<UInt8>) {
    unsafe row.withUnsafeBufferPointer { row in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        for index in 0..<min(row.count, sums.count) {
          unsafe sums[index] &+= UInt16(row[index])
        }
      }
    }
  }

  private func isOpaque(_ row: Span<UInt8>) -> Bool {
    let channels = layout.rawValue
    return unsafe row.withUnsafeBufferPointer { row in
      // Four pixels of four samples or eight of two, alpha always at the same places.
      var all = SIMD16<UInt8>(repeating: 255)
      let blocks = row.count / 16 * 16
      let start = unsafe UnsafeRawPointer(row.baseAddress)
      for at in stride(from: 0, to: blocks, by: 16) {
        guard let start = unsafe start else { break }
        unsafe all &= start.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
      }
      for place in stride(from: channels - 1, to: 16, by: channels) where all[place] != 255 {
        return false
      }
      for at in stride(from: blocks + channels - 1, to: row.count, by: channels)
      where unsafe row[at] != 255 {
        return false
      }
      return true
    }
  }

  /// From here on the band's colours count by their alpha; so far it was opaque.
  private mutating func weighBand() {
    if weightedSums.isEmpty {
      weightedSums = [UInt32](repeating: 0, count: fullWidth * layout.rawValue)
    }
    let channels = layout.rawValue
    for index in weightedSums.indices {
      let sum = UInt32(sums[index])
      weightedSums[index] = index % channels == channels - 1 ? sum : sum * 255
    }
    isWeighted = true
  }

  private mutating func addWeighted(_ row: Span<UInt8>) {
    let isColour = layout == .rgba
    unsafe row.withUnsafeBufferPointer { row in
      unsafe weightedSums.withUnsafeMutableBufferPointer { sums in
        guard let from = unsafe UnsafeRawPointer(row.baseAddress),
          let into = UnsafeMutableRawPointer(sums.baseAddress), row.count == sums.count
        else { return }
        var at = 0
        if isColour {
          // Two pixels: a colour times its alpha is at most 65,025 and so fits its lane.
          while at + 8 <= row.count {
            let pixels = unsafe SIMD8<UInt16>(
              truncatingIfNeeded: from.loadUnaligned(fromByteOffset: at, as: SIMD8<UInt8>.self))
            let (first, second) = (pixels[3], pixels[7])
            let weighted =
              pixels &* SIMD8(first, first, first, 1, second, second, second, 1)
            let place = unsafe into + at * MemoryLayout<UInt32>.stride
            let sum = unsafe place.loadUnaligned(as: SIMD8<UInt32>.self)
            unsafe place.storeBytes(
              of: sum &+ SIMD8<UInt32>(truncatingIfNeeded: weighted), as: SIMD8<UInt32>.self)
            at += 8
          }
        }
        let channels = isColour ? 4 : 2
        while at + channels <= row.count {
          let alpha = unsafe UInt32(row[at + channels - 1])
          for channel in 0..<(channels - 1) {
            unsafe sums[at + channel] &+= UInt32(row[at + channel]) * alpha
          }
          unsafe sums[at + channels - 1] &+= alpha
          at += channels
        }
      }
    }
  }

  // MARK: Along

  private mutating func endBand() {
    guard rowCount > 0 else { return }
    if isWeighted {
      writeWeighted()
    } else {
      writeSums()
      for index in sums.indices { sums[index] = 0 }
    }
    isWeighted = false
    rowCount = 0
  }

  /// Averages of the sums. Of an opaque band that is not complete alpha is what came, the colours are
  /// those of the rows there are.
  private mutating func writeSums() {
    let channels = layout.rawValue
    let start = band * width * channels
    let bandRowCount = min(factor, fullHeight - band * factor)
    var column = 0
    while column < width {
      let first = column * factor
      let across = min(factor, fullWidth - first)
      var sum = SIMD4<UInt32>(repeating: 0)
      unsafe sums.withUnsafeBufferPointer { sums in
        // What is read beyond a pixel's own samples is not used; the last pixel's are padding.
        precondition((first + across - 1) * channels + 4 <= sums.count)
        guard let base = unsafe UnsafeRawPointer(sums.baseAddress) else { return }
        var at = first * channels * MemoryLayout<UInt16>.stride
        for _ in 0..<across {
          unsafe sum &+= SIMD4<UInt32>(
            truncatingIfNeeded: base.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt16>.self))
          at += channels * MemoryLayout<UInt16>.stride
        }
      }
      let average = Average(count: UInt32(across * rowCount))
      for channel in 0..<channels {
        bytes[start + column * channels + channel] = average.of(sum[channel])
      }
      if layout.hasAlpha, rowCount < bandRowCount {
        bytes[start + column * channels + channels - 1] =
          Average(count: UInt32(across * bandRowCount)).of(sum[channels - 1])
      }
      column += 1
    }
  }

  private mutating func writeWeighted() {
    let channels = layout.rawValue
    let start = band * width * channels
    let bandRowCount = min(factor, fullHeight - band * factor)
    for column in 0..<width {
      let first = column * factor
      let across = min(factor, fullWidth - first)
      let at = start + column * channels
      var alpha: UInt32 = 0
      for pixel in first..<(first + across) {
        alpha &+= weightedSums[pixel * channels + channels - 1]
      }
      for channel in 0..<(channels - 1) {
        // 256 × 256 pixels of 255 × 255 and the half that rounds are below 2^32.
        var sum: UInt32 = 0
        for pixel in first..<(first + across) { sum &+= weightedSums[pixel * channels + channel] }
        bytes[at + channel] = alpha == 0 ? 0 : UInt8((sum + alpha / 2) / alpha)
      }
      bytes[at + channels - 1] = Average(count: UInt32(across * bandRowCount)).of(alpha)
    }
    for index in weightedSums.indices { weightedSums[index] = 0 }
    for index in sums.indices { sums[index] = 0 }
  }

  /// Rounded division of sums of bytes by how many they are, as a multiplication: at most 2^16 of
  /// them, so the sum is below 2^24 and the error of the product below 1/256.
  private struct Average {
    private let half: UInt64
    private let reciprocal: UInt64

    init(count: UInt32) {
      half = UInt64(count / 2)
      reciprocal = ((1 << 32) + UInt64(count) - 1) / UInt64(count)
    }

    func of(_ sum: UInt32) -> UInt8 {
      UInt8(truncatingIfNeeded: ((UInt64(sum) + half) * reciprocal) >> 32)
    }
  }
}
