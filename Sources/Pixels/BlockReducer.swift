/// Samples averaged into a smaller grid as blocks of them come, in any order: planes of a picture in
/// tiles, or pieces of rows. A picture of any size is reduced in the memory of the result.
public struct BlockReducer: Sendable {
  /// Width and height of the grid.
  public let width: Int
  public let height: Int
  /// Samples interleaved in one pixel.
  public let channelCount: Int
  private let fullWidth: Int
  private let fullHeight: Int
  private let factorAcross: Int
  private let factorDown: Int
  private var sums: [UInt32]
  /// The sums down the columns of a block, for the rows of one row of the grid.
  private var columns: [UInt32] = []

  /// Sums of that many 16-bit samples still fit.
  public static let largestFactor = 256

  /// Where a block lies: its origin in the picture (outside of it is cut off) and its size.
  public struct Area: Sendable {
    /// Its first pixel.
    public let x, y: Int
    /// Its size in pixels.
    public let width, height: Int

    /// An area from its parts.
    public init(x: Int, y: Int, width: Int, height: Int) {
      (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
  }

  /// An empty grid for a picture; nil when it would have more than 2^28 samples.
  public init?(
    fullWidth: Int, fullHeight: Int, channelCount: Int = 1, factorAcross: Int, factorDown: Int
  ) {
    let factors = 1...Self.largestFactor
    guard fullWidth > 0, fullHeight > 0, (1...4).contains(channelCount),
      factors.contains(factorAcross), factors.contains(factorDown)
    else { return nil }
    width = (fullWidth - 1) / factorAcross + 1
    height = (fullHeight - 1) / factorDown + 1
    let (cells, overflows) = width.multipliedReportingOverflow(by: height)
    guard !overflows, cells <= 1 << 28 / channelCount else { return nil }
    self.fullWidth = fullWidth
    self.fullHeight = fullHeight
    self.channelCount = channelCount
    self.factorAcross = factorAcross
    self.factorDown = factorDown
    sums = [UInt32](repeating: 0, count: cells * channelCount)
  }

  /// Adds a block, each sample of the picture once.
  ///
  /// - Parameters:
  ///   - block: the bytes of its samples, in the machine's order.
  ///   - byteStride: from one row to the next.
  ///   - area: where it lies.
  /// - Precondition: the bytes hold the block.
  public mutating func add<Sample: FixedWidthInteger & UnsignedInteger>(
    _ block: UnsafeRawBufferPointer, of type: Sample.Type, byteStride: Int, area: Area
  ) {
    let left = max(0, -area.x)
    let right = min(area.width, fullWidth - area.x)
    let top = max(0, -area.y)
    let bottom = min(area.height, fullHeight - area.y)
    guard left < right, top < bottom, let base = block.baseAddress else { return }
    let sampleByteCount = MemoryLayout<Sample>.stride
    precondition(
      byteStride >= area.width * channelCount * sampleByteCount
        && (area.height - 1) * byteStride + area.width * channelCount * sampleByteCount
          <= block.count,
      "the bytes hold the block")
    let count = (right - left) * channelCount
    if columns.count < count { columns = [UInt32](repeating: 0, count: count) }
    var y = top
    while y < bottom {
      let row = (area.y + y) / factorDown
      let end = min(bottom, (row + 1) * factorDown - area.y)
      unsafe columns.withUnsafeMutableBufferPointer { columns in
        for line in y..<end {
          let samples = unsafe UnsafeBufferPointer(
            start: (base + line * byteStride + left * channelCount * sampleByteCount)
              .assumingMemoryBound(to: Sample.self), count: count)
          if line == y {
            for index in 0..<count {
              unsafe columns[index] = UInt32(truncatingIfNeeded: samples[index])
            }
          } else {
            for index in 0..<count {
              unsafe columns[index] &+= UInt32(truncatingIfNeeded: samples[index])
            }
          }
        }
      }
      addColumns(from: area.x + left, to: area.x + right, row: row)
      y = end
    }
  }

  private mutating func addColumns(from start: Int, to end: Int, row: Int) {
    let (channels, factor) = (channelCount, factorAcross)
    let line = row * width * channels
    unsafe columns.withUnsafeBufferPointer { columns in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        var at = 0
        var x = start
        while x < end {
          let column = x / factor
          let next = min(end, (column + 1) * factor)
          let cell = line + column * channels
          let stop = at + (next - x) * channels
          // Sums that stay in registers, for the usual one and three channels.
          switch channels {
          case 1:
            var sum: UInt32 = 0
            while at < stop {
              unsafe sum &+= columns[at]
              at &+= 1
            }
            unsafe sums[cell] &+= sum
          case 3:
            var (first, second, third): (UInt32, UInt32, UInt32) = (0, 0, 0)
            while at < stop {
              unsafe first &+= columns[at]
              unsafe second &+= columns[at &+ 1]
              unsafe third &+= columns[at &+ 2]
              at &+= 3
            }
            unsafe sums[cell] &+= first
            unsafe sums[cell + 1] &+= second
            unsafe sums[cell + 2] &+= third
          default:
            while at < stop {
              for channel in 0..<channels {
                unsafe sums[cell + channel] &+= columns[at + channel]
              }
              at += channels
            }
          }
          x = next
        }
      }
    }
  }

  /// The sum of a sample over its cell.
  public func sum(x: Int, y: Int, channel: Int = 0) -> UInt32 {
    sums[(y * width + x) * channelCount + channel]
  }

  /// How many pixels a cell has: fewer at the right and lower edge.
  public func pixelCount(x: Int, y: Int) -> Int {
    min(factorAcross, fullWidth - x * factorAcross) * min(factorDown, fullHeight - y * factorDown)
  }

  /// The rounded average of a sample over its cell.
  public func average(x: Int, y: Int, channel: Int = 0) -> UInt32 {
    let count = UInt64(pixelCount(x: x, y: y))
    return UInt32((UInt64(sum(x: x, y: y, channel: channel)) + count / 2) / count)
  }
}
