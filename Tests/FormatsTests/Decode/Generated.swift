import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import Formats

/// Files the tests make for themselves, with the commands `ffmpeg` and `vips`.
struct Generated {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Runs a command that must succeed.
  func run(_ words: String..., more: [String] = []) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words + more
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(
      process.terminationStatus == 0, "\(words): \(String(decoding: text, as: UTF8.self))")
  }

  func path(_ name: String) -> String { directory.path.appending(name).description }

  /// An opened file of the directory.
  func open(_ name: String) throws -> OpenFile {
    let path = directory.path.appending(name)
    return OpenFile(descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
  }

  /// A PPM whose left half has one colour and whose right half another.
  func halves(
    _ name: String, width: Int, height: Int, left: [UInt8], right: [UInt8]
  ) throws {
    let row = (0..<width).flatMap { $0 < width / 2 ? left : right }
    let pixels = [[UInt8]](repeating: row, count: height).flatMap { $0 }
    _ = try directory.write(name, Array("P6\n\(width) \(height)\n255\n".utf8) + pixels)
  }

  /// What a file says about itself and its thumbnail.
  func render(
    _ name: String, size: Int = 64, background: RGB = .tile
  ) throws -> (probe: Probe, picture: PixelBuffer) {
    let result = try Rendering.render(
      try open(name), request: RenderRequest(maxPixelSizes: [size], background: background))
    let jpeg = try #require(result.images.first).jpeg
    let decoded = try jpeg.withUnsafeBufferPointer { try JPEGDecoder.decode($0, target: size) }
    return (result.probe, decoded.pixels)
  }
}

extension PixelBuffer {
  /// The average colour of a part, away from its edges.
  func mean(x: ClosedRange<Double>, y: ClosedRange<Double> = 0.1...0.9) -> [Int] {
    var sums = [0, 0, 0]
    var count = 0
    for row in Int(y.lowerBound * Double(height))..<Int(y.upperBound * Double(height)) {
      for column in Int(x.lowerBound * Double(width))..<Int(x.upperBound * Double(width)) {
        let pixel = Array(pixel(x: column, y: row))
        for channel in 0..<3 { sums[channel] += Int(pixel[pixel.count < 3 ? 0 : channel]) }
        count += 1
      }
    }
    return sums.map { $0 / max(1, count) }
  }
}

/// True when each channel differs by no more than `tolerance`.
func isNear(_ colour: [Int], _ wanted: [Int], _ tolerance: Int = 12) -> Bool {
  zip(colour, wanted).allSatisfy { abs($0 - $1) <= tolerance }
}
