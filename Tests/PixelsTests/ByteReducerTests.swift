import Pixels
import TestSupport
import Testing

@Suite struct `Rows reduced as they come` {
  /// How transparent the picture of a test is.
  enum Alpha: CaseIterable { case opaque, some, random }

  private func rows(
    width: Int, height: Int, layout: PixelBuffer.Layout, alpha: Alpha
  ) -> [[UInt8]] {
    var generator = SeededGenerator(seed: UInt64(width * 1000 + height * 10 + layout.rawValue))
    return (0..<height).map { y in
      var row = (0..<(width * layout.rawValue)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      guard layout.hasAlpha else { return row }
      for at in stride(from: layout.rawValue - 1, to: row.count, by: layout.rawValue) {
        if alpha == .opaque || (alpha == .some && y % 5 != 3) { row[at] = 255 }
      }
      return row
    }
  }

  /// The same by the definition: means over each cell, of colours by their alpha.
  private func expected(_ rows: [[UInt8]], width: Int, layout: PixelBuffer.Layout, factor: Int)
    -> [Double]
  {
    let channels = layout.rawValue
    var result: [Double] = []
    for top in stride(from: 0, to: rows.count, by: factor) {
      for left in stride(from: 0, to: width, by: factor) {
        var sums = [Double](repeating: 0, count: channels)
        var weight = 0.0
        var count = 0.0
        for row in rows[top..<min(rows.count, top + factor)] {
          for x in left..<min(width, left + factor) {
            let alpha = layout.hasAlpha ? Double(row[x * channels + channels - 1]) : 1
            for channel in 0..<channels {
              let isAlpha = layout.hasAlpha && channel == channels - 1
              sums[channel] += Double(row[x * channels + channel]) * (isAlpha ? 1 : alpha)
            }
            weight += alpha
            count += 1
          }
        }
        for channel in 0..<channels {
          let isAlpha = layout.hasAlpha && channel == channels - 1
          result.append(weight == 0 ? 0 : sums[channel] / (isAlpha ? count : weight))
        }
      }
    }
    return result
  }

  @Test(
    arguments: [(1, 1), (5, 3), (16, 16), (97, 61), (64, 300), (301, 40)],
    [PixelBuffer.Layout.grey, .greyAlpha, .rgb, .rgba])
  func `each cell is the mean of what it covers`(
    size: (width: Int, height: Int), layout: PixelBuffer.Layout
  ) throws {
    for target in [1, 7, 31, 400] {
      for alpha in Alpha.allCases where layout.hasAlpha || alpha == .opaque {
        let rows = rows(width: size.width, height: size.height, layout: layout, alpha: alpha)
        for isUpwards in [false, true] {
          var reducer = try #require(
            ByteReducer(
              fullWidth: size.width, fullHeight: size.height, target: target, layout: layout))
          for y in isUpwards ? Array(rows.indices.reversed()) : Array(rows.indices) {
            let row = rows[y]
            reducer.addRow(row.span, y: y)
          }
          let factor = reducer.factor
          let picture = reducer.picture()
          let wanted = expected(rows, width: size.width, layout: layout, factor: factor)
          try #require(picture.bytes.count == wanted.count)
          let worst = zip(picture.bytes, wanted).map { abs(Double($0) - $1) }.max() ?? 0
          // A picture that is not reduced is the same; its transparent colours too.
          #expect(worst <= 0.51 || factor == 1, "\(target) \(alpha): \(worst)")
          if factor == 1 { #expect(picture.bytes == rows.flatMap { $0 }) }
        }
      }
    }
  }

  @Test func `the largest sums fit`() throws {
    for alpha: UInt8 in [255, 254] {
      var reducer = try #require(ByteReducer(fullWidth: 256, fullHeight: 256, target: 1))
      #expect(reducer.factor == 128)
      let row = [UInt8]((0..<1024).map { $0 % 4 == 3 ? alpha : 255 })
      for y in 0..<256 { reducer.addRow(row.span, y: y) }
      for (index, byte) in reducer.picture().bytes.enumerated() {
        #expect(byte == (index % 4 == 3 ? alpha : 255))
      }
    }
    var reducer = try #require(ByteReducer(fullWidth: 1000, fullHeight: 1000, target: 1))
    #expect(reducer.factor == 256)
    let row = [UInt8]((0..<4000).map { $0 % 8 == 3 ? 254 : 255 })
    for y in 0..<1000 { reducer.addRow(row.span, y: y) }
    #expect(reducer.picture().pixel(x: 1, y: 1).prefix(3).allSatisfy { $0 == 255 })
  }

  @Test func `rows outside are ignored, those that never come are transparent`() throws {
    var reducer = try #require(ByteReducer(fullWidth: 4, fullHeight: 4, target: 1))
    #expect(reducer.factor == 2)
    let row: [UInt8] = [255, 0, 0, 255] + [UInt8](repeating: 0, count: 12)
    let opaque = [UInt8](repeating: 255, count: 16)
    reducer.addRow(row.span, y: 0)
    reducer.addRow(row.span, y: 1)
    reducer.addRow(opaque.span, y: 3)
    let outside = [UInt8](repeating: 9, count: 16)
    reducer.addRow(outside.span, y: 4)
    reducer.addRow(outside.span, y: -1)
    let picture = reducer.picture()
    #expect(
      picture.bytes == [255, 0, 0, 128, 0, 0, 0, 0] + [255, 255, 255, 128, 255, 255, 255, 128])
  }
}
