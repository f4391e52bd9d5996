import TestSupport
import Testing

@testable import Pixels

struct BlockReducerTests {
  /// What the reducer must say: every sample of a cell added up.
  private func expected<Sample: FixedWidthInteger>(
    _ samples: [Sample], width: Int, height: Int, channels: Int, across: Int, down: Int
  ) -> [UInt32] {
    let columns = (width - 1) / across + 1
    var sums = [UInt32](repeating: 0, count: columns * ((height - 1) / down + 1) * channels)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          sums[((y / down) * columns + x / across) * channels + channel] += UInt32(
            samples[(y * width + x) * channels + channel])
        }
      }
    }
    return sums
  }

  private func check<Sample: FixedWidthInteger & UnsignedInteger>(
    _ type: Sample.Type, width: Int, height: Int, channels: Int, across: Int, down: Int,
    tile: Int, generator: inout SeededGenerator
  ) throws {
    let samples = (0..<(width * height * channels)).map { _ in
      Sample.random(in: 0 ... .max, using: &generator)
    }
    var reducer = try #require(
      BlockReducer(
        fullWidth: width, fullHeight: height, channelCount: channels, factorAcross: across,
        factorDown: down))
    var places: [(Int, Int)] = []
    for y in stride(from: 0, to: height, by: tile) {
      for x in stride(from: 0, to: width, by: tile) { places.append((x, y)) }
    }
    // Tiles in any order; what reaches over the edge must not count.
    for (left, top) in places.shuffled(using: &generator) {
      var block: [Sample] = []
      for y in top..<(top + tile) {
        for x in left..<(left + tile) {
          for channel in 0..<channels {
            block.append(
              x < width && y < height ? samples[(y * width + x) * channels + channel] : .max)
          }
        }
      }
      block.withUnsafeBytes { bytes in
        reducer.add(
          bytes, of: Sample.self, byteStride: tile * channels * MemoryLayout<Sample>.stride,
          area: .init(x: left, y: top, width: tile, height: tile))
      }
    }
    let wanted = expected(
      samples, width: width, height: height, channels: channels, across: across, down: down)
    var sums: [UInt32] = []
    for y in 0..<reducer.height {
      for x in 0..<reducer.width {
        for channel in 0..<channels { sums.append(reducer.sum(x: x, y: y, channel: channel)) }
      }
    }
    #expect(sums == wanted, "\(width)×\(height)×\(channels) by \(across)×\(down) in \(tile)")
  }

  @Test(arguments: 1...40)
  func `tiles in any order give the sums of the whole`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let width = Int.random(in: 1...70, using: &generator)
    let height = Int.random(in: 1...70, using: &generator)
    let channels = Int.random(in: 1...4, using: &generator)
    let across = Int.random(in: 1...9, using: &generator)
    let down = Int.random(in: 1...9, using: &generator)
    let tile = Int.random(in: 1...40, using: &generator)
    try check(
      UInt8.self, width: width, height: height, channels: channels, across: across, down: down,
      tile: tile, generator: &generator)
    try check(
      UInt16.self, width: width, height: height, channels: channels, across: across, down: down,
      tile: tile, generator: &generator)
  }

  @Test func `the largest sums fit, and averages are rounded`() throws {
    var reducer = try #require(
      BlockReducer(fullWidth: 257, fullHeight: 256, factorAcross: 256, factorDown: 256))
    let row = [UInt16](repeating: .max, count: 257)
    for y in 0..<256 {
      row.withUnsafeBytes { bytes in
        reducer.add(
          bytes, of: UInt16.self, byteStride: 514,
          area: .init(x: 0, y: y, width: 257, height: 1))
      }
    }
    #expect(reducer.average(x: 0, y: 0) == 65_535)
    #expect(reducer.average(x: 1, y: 0) == 65_535)
    #expect(reducer.pixelCount(x: 1, y: 0) == 256)
    var pair = try #require(
      BlockReducer(fullWidth: 2, fullHeight: 1, factorAcross: 2, factorDown: 1))
    [UInt8](arrayLiteral: 1, 2).withUnsafeBytes { bytes in
      pair.add(
        bytes, of: UInt8.self, byteStride: 2, area: .init(x: 0, y: 0, width: 2, height: 1))
    }
    #expect(pair.average(x: 0, y: 0) == 2)
  }

  @Test func `what lies outside counts nothing`() throws {
    var reducer = try #require(
      BlockReducer(fullWidth: 4, fullHeight: 4, factorAcross: 2, factorDown: 2))
    let block = [UInt8](repeating: 9, count: 16)
    for (x, y) in [(-4, 0), (4, 0), (0, -4), (0, 4), (.max - 8, 0)] {
      block.withUnsafeBytes { bytes in
        reducer.add(
          bytes, of: UInt8.self, byteStride: 4, area: .init(x: x, y: y, width: 4, height: 4))
      }
    }
    #expect(reducer.sum(x: 0, y: 0) == 0 && reducer.sum(x: 1, y: 1) == 0)
    block.withUnsafeBytes { bytes in
      reducer.add(
        bytes, of: UInt8.self, byteStride: 4, area: .init(x: -3, y: -3, width: 4, height: 4))
    }
    #expect(reducer.sum(x: 0, y: 0) == 9)
  }

  @Test(arguments: [(0, 1, 1), (1, 1, 0), (1, 1, 257), (1 << 20, 1 << 20, 1), (.max, .max, 1)])
  func `a grid beyond reason is refused`(width: Int, height: Int, factor: Int) {
    #expect(
      BlockReducer(
        fullWidth: width, fullHeight: height, factorAcross: factor, factorDown: factor) == nil)
  }
}
