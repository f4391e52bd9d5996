import Foundation
import TestSupport
import Testing

@testable import Pixels

@Suite struct LanczosResamplerTests {
  /// The definition, sample by sample in doubles.
  private func reference(
    _ picture: PixelBuffer, width: Int, height: Int, extent: (width: Double, height: Double)
  ) -> [Double] {
    func taps(_ target: Int, count: Int, extent: Double, targetCount: Int) -> [(Int, Double)] {
      let scale = extent / Double(targetCount)
      let stretch = max(1, scale)
      let center = (Double(target) + 0.5) * scale - 0.5
      var found: [(Int, Double)] = []
      for source in 0..<count {
        let x = abs(Double(source) - center) / stretch
        guard x < 3 else { continue }
        let angle = Double.pi * x
        found.append((source, x == 0 ? 1 : 3 * sin(angle) * sin(angle / 3) / (angle * angle)))
      }
      let sum = found.reduce(0) { $0 + $1.1 }
      return found.map { ($0.0, $0.1 / sum) }
    }
    let channels = picture.layout.rawValue
    var result: [Double] = []
    for y in 0..<height {
      let rows = taps(y, count: picture.height, extent: extent.height, targetCount: height)
      for x in 0..<width {
        let columns = taps(x, count: picture.width, extent: extent.width, targetCount: width)
        for channel in 0..<channels {
          var sum = 0.0
          for (row, down) in rows {
            for (column, along) in columns {
              let at = (row * picture.width + column) * channels + channel
              sum += down * along * Double(picture.bytes[at])
            }
          }
          result.append(min(255, max(0, sum)))
        }
      }
    }
    return result
  }

  @Test(arguments: [PixelBuffer.Layout.grey, .rgb])
  func `every layout, size and extent gives what the definition says`(layout: PixelBuffer.Layout) {
    var random = SeededGenerator(seed: 5)
    for round in 0..<30 {
      let width = Int.random(in: 1...70, using: &random)
      let height = Int.random(in: 1...70, using: &random)
      let picture = PixelBuffer(
        width: width, height: height, layout: layout,
        bytes: (0..<(width * height * layout.rawValue)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        })
      let size = (
        width: Int.random(in: 1...min(90, width * 2), using: &random),
        height: Int.random(in: 1...min(90, height * 2), using: &random)
      )
      guard size != (width, height) else { continue }
      let extent =
        round % 2 == 0
        ? (width: Double(width), height: Double(height))
        : (width: Double(width) - 0.6, height: Double(height) - 0.3)
      let made = picture.resized(width: size.width, height: size.height, extent: extent)
      let wanted = reference(picture, width: size.width, height: size.height, extent: extent)
      let worst = zip(made.bytes, wanted).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(worst <= 0.53, "\(width)×\(height) to \(size)")
    }
  }

  /// Grey waves of all directions, none shorter than ten pixels, and their means of 8 × 8.
  private func waves(seed: UInt64) -> (whole: PixelBuffer, means: PixelBuffer) {
    var random = SeededGenerator(seed: seed)
    let side = 512
    var samples = [Double](repeating: 128, count: side * side)
    for _ in 0..<12 {
      let length = Double.random(in: 10...60, using: &random)
      let angle = Double.random(in: 0...(2 * .pi), using: &random)
      let (across, down) = (cos(angle) / length * 2 * .pi, sin(angle) / length * 2 * .pi)
      for y in 0..<side {
        for x in 0..<side {
          samples[y * side + x] += 9 * cos(Double(x) * across + Double(y) * down)
        }
      }
    }
    var means = [UInt8](repeating: 0, count: side / 8 * (side / 8))
    for y in 0..<(side / 8) {
      for x in 0..<(side / 8) {
        var sum = 0.0
        for line in 0..<8 {
          let from = (y * 8 + line) * side + x * 8
          sum += samples[from..<(from + 8)].reduce(0, +)
        }
        means[y * (side / 8) + x] = UInt8(sum / 64 + 0.5)
      }
    }
    return (
      PixelBuffer(
        width: side, height: side, layout: .grey, bytes: samples.map { UInt8($0 + 0.5) }),
      PixelBuffer(width: side / 8, height: side / 8, layout: .grey, bytes: means)
    )
  }

  @Test(arguments: [1, 2, 3] as [UInt64], [20, 32, 45])
  func `what was averaged before comes out nearer to the whole picture reduced at once`(
    seed: UInt64, side: Int
  ) {
    let (whole, means) = waves(seed: seed)
    let wanted = whole.resized(width: side, height: side)
    func error(_ picture: PixelBuffer) -> Double {
      zip(picture.bytes, wanted.bytes).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    }
    let plain = error(means.resized(width: side, height: side))
    let compensated = error(means.resized(width: side, height: side, averaged: 8))
    #expect(compensated < 0.7 * plain, "\(compensated) of \(plain)")
  }

  @Test func `an even picture stays even when it was averaged before`() {
    for side in [1, 2, 3, 7, 64] {
      let picture = PixelBuffer(
        width: side, height: side, layout: .rgb,
        bytes: [UInt8](repeating: 201, count: side * side * 3))
      let made = picture.resized(width: max(1, side / 2), height: max(1, side - 1), averaged: 8)
      #expect(made.bytes.allSatisfy { $0 == 201 })
    }
  }

  @Test func `weights of a sample are 1 together, also when a picture is reduced very far`() {
    for (count, target, averaged, bits) in [
      (1000, 3, 1, 15), (60_000, 16, 1, 21), (50, 70, 8, 15), (500, 256, 8, 15), (3, 2, 8, 21),
    ] {
      let weights = LanczosWeights(
        sourceCount: count, extent: Double(count), targetCount: target, averaged: averaged,
        mostFractionBits: bits)
      #expect(weights.reaches(to: count))
      #expect(!weights.reaches(to: count - 1))
      #expect(weights.stride % 2 == 0)
      for index in 0..<target {
        let line = weights.weights[(index * weights.stride)..<((index + 1) * weights.stride)]
        #expect(line.reduce(0) { $0 + Int($1) } == 1 << weights.fractionBits)
      }
    }
    let bytes = (0..<(1000 * 300 * 3)).map { UInt8(truncatingIfNeeded: $0 / 7 &* 31) }
    let picture = PixelBuffer(width: 1000, height: 300, layout: .rgb, bytes: bytes)
    let made = picture.resized(width: 3, height: 2)
    let wanted = reference(picture, width: 3, height: 2, extent: (1000, 300))
    #expect(zip(made.bytes, wanted).allSatisfy { abs(Double($0) - $1) <= 0.53 })
  }

  @Test func `black and white edges overshoot into nothing but black and white`() {
    let bytes = (0..<(200 * 90)).map { UInt8($0 % 200 / 25 % 2 == 0 ? 0 : 255) }
    let picture = PixelBuffer(width: 200, height: 90, layout: .grey, bytes: bytes)
    let made = picture.resized(width: 150, height: 61)
    let wanted = reference(picture, width: 150, height: 61, extent: (200, 90))
    #expect(made.bytes.contains(0) && made.bytes.contains(255))
    #expect(zip(made.bytes, wanted).allSatisfy { abs(Double($0) - $1) <= 0.53 })
  }

  @Test func `transparency has to be flattened before`() async {
    await #expect(processExitsWith: .failure) {
      _ = PixelBuffer(width: 2, height: 1, layout: .rgba, bytes: [UInt8](repeating: 9, count: 8))
        .resized(width: 1, height: 1)
    }
  }
}
