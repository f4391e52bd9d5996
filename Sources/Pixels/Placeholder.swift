/// The few bytes that draw a blurred picture before its thumbnail is there.
///
/// The format, at most 29 bytes:
///
/// | byte | what |
/// |---|---|
/// | 0 | version, 1 |
/// | 1, 2, 3 | average colour: red, green, blue (sRGB) |
/// | 4 | columns << 4 \| rows; columns × rows ≤ 24, near the aspect of the picture |
/// | 5… | columns × rows bytes: the luma grid, row by row, upright (Rec. 709 luma of sRGB values) |
///
/// It is drawn by scaling the average colour with luma ÷ average luma in each cell, and enlarging
/// the grid bilinearly.
public struct Placeholder: Sendable, Hashable {
  /// The average colour.
  public let average: RGB
  /// Columns of the grid, 1…15.
  public let columns: Int
  /// Rows of the grid, 1…15.
  public let rows: Int
  /// Luma of each cell, row by row.
  public let luma: [UInt8]

  /// More cells than this do not fit.
  public static let maximumCellCount = 24

  /// Reads the bytes; nil when they are not a placeholder of version 1.
  public init?(bytes: [UInt8]) {
    guard bytes.count >= 6, bytes[0] == 1 else { return nil }
    columns = Int(bytes[4] >> 4)
    rows = Int(bytes[4] & 15)
    let count = columns * rows
    guard count > 0, count <= Self.maximumCellCount, bytes.count == 5 + count else { return nil }
    average = RGB(red: bytes[1], green: bytes[2], blue: bytes[3])
    luma = Array(bytes[5...])
  }

  /// Averages an upright picture. Complexity: O(pixels).
  public init(of picture: PixelBuffer, background: RGB = .tile) {
    let picture = picture.flattened(over: background)
    let (columns, rows) = Self.grid(width: picture.width, height: picture.height)
    var sums = [Int](repeating: 0, count: columns * rows)
    var counts = [Int](repeating: 0, count: columns * rows)
    var (red, green, blue) = (0, 0, 0)
    // Where the columns end: x belongs to column x · columns / width.
    let ends = (1...columns).map { ($0 * picture.width + columns - 1) / columns }
    let bytes = picture.bytes.span
    for y in 0..<picture.height {
      let row = y * rows / picture.height
      var x = 0
      for column in 0..<columns {
        var (r, g, b) = (0, 0, 0)
        for at in stride(
          from: (y * picture.width + x) * 3, to: (y * picture.width + ends[column]) * 3, by: 3)
        {
          r += Int(bytes[at])
          g += Int(bytes[at + 1])
          b += Int(bytes[at + 2])
        }
        red += r
        green += g
        blue += b
        let cell = row * columns + column
        sums[cell] += Self.luma(r, g, b)
        counts[cell] += ends[column] - x
        x = ends[column]
      }
    }
    let count = picture.width * picture.height
    func mean(_ sum: Int) -> UInt8 { UInt8((sum + count / 2) / count) }
    let average = RGB(red: mean(red), green: mean(green), blue: mean(blue))
    let overall = UInt8(Self.luma(Int(average.red), Int(average.green), Int(average.blue)) / 10_000)
    self.average = average
    self.columns = columns
    self.rows = rows
    // A picture smaller than the grid leaves cells without a pixel: they show the average.
    luma = zip(sums, counts).map { sum, count in
      count == 0 ? overall : UInt8((sum / count + 5_000) / 10_000)
    }
  }

  /// The bytes as stored.
  public var bytes: [UInt8] {
    [1, average.red, average.green, average.blue, UInt8(columns << 4 | rows)] + luma
  }

  /// Rec. 709 luma times 10,000.
  private static func luma(_ red: Int, _ green: Int, _ blue: Int) -> Int {
    2126 * red + 7152 * green + 722 * blue
  }

  /// The grid whose cells are nearest to squares, the one with more cells among equals.
  private static func grid(width: Int, height: Int) -> (columns: Int, rows: Int) {
    let aspect = Double(width) / Double(height)
    var best = (columns: 5, rows: 4)
    var bestScore = Double.infinity
    for columns in 1...12 {
      for rows in 1...12 where columns * rows <= maximumCellCount {
        let cell = aspect * Double(rows) / Double(columns)
        let distortion = max(cell, 1 / cell)
        // A cell 20 % off square costs as much as a fifth of the cells.
        let score = distortion * distortion / Double(columns * rows)
        if score < bestScore {
          bestScore = score
          best = (columns, rows)
        }
      }
    }
    return best
  }
}
