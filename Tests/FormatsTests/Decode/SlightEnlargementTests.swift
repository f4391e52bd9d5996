import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import Formats

/// Thumbnails made from a picture that is a little too small, where the request allows it.
@Suite struct SlightEnlargementTests {
  /// Waves of many directions and lengths, as a JPEG in a file.
  private func file(
    _ directory: TemporaryDirectory, width: Int, height: Int
  ) throws -> OpenFile {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let (far, near) = (x * x / 160 + y * 3, y * y / 140 + x * 2)
        for value in [far, near, far ^ near] {
          bytes.append(UInt8(64 + abs(value % 254 - 127)))
        }
      }
    }
    let picture = PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes)
    let path = try directory.write("waves.jpg", try JPEGEncoder.encode(picture, quality: 95))
    return OpenFile(descriptor: try FileDescriptor.open(path, flags: 0), path: path)
  }

  private func render(_ file: OpenFile, _ request: RenderRequest) throws -> [RenderedImage] {
    let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
    return try #require(
      try Formats.renderAlone(file.descriptor, probe: Formats.probe(source), request: request)
    ).images
  }

  /// The picture from its eighth, as every size is made of it.
  private func eighth(_ file: OpenFile, width: Int, height: Int) throws -> PixelBuffer {
    let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
    let decoded = try #require(
      try JPEGDecoder.decodeEighth(source, probe: Formats.probe(source)))
    return decoded.pixels.resized(
      width: width, height: height, extent: decoded.extent, averaged: decoded.averaged)
  }

  @Test(arguments: [(504, 376), (504, 8), (511, 511), (376, 505)])
  func `three percent less are made from the eighth and have the size asked for`(
    width: Int, height: Int
  ) throws {
    let directory = try TemporaryDirectory()
    let file = try file(directory, width: width, height: height)
    var request = RenderRequest(maxPixelSizes: [64, 32], jpegQuality: 100)
    let exact = try render(file, request)
    request.mayEnlargeSlightly = true
    let made = try render(file, request)
    #expect(made.map { max($0.width, $0.height) } == [64, 32])
    #expect(made.map { [$0.width, $0.height] } == exact.map { [$0.width, $0.height] })
    let wanted = try eighth(file, width: made[0].width, height: made[0].height)
    #expect(made[0].jpeg == (try JPEGEncoder.encode(wanted, quality: 100)))
    // Who does not allow it gets what more pixels give.
    #expect(exact[0].jpeg != made[0].jpeg)
  }

  @Test func `what is too small for it is decoded at the next size`() throws {
    let directory = try TemporaryDirectory()
    let file = try file(directory, width: 503, height: 376)
    var request = RenderRequest(maxPixelSizes: [64])
    let exact = try render(file, request)
    request.mayEnlargeSlightly = true
    #expect(try render(file, request) == exact)
  }

  @Test func `a picture smaller than the size is not enlarged`() throws {
    let directory = try TemporaryDirectory()
    let file = try file(directory, width: 63, height: 40)
    var request = RenderRequest(maxPixelSizes: [64])
    request.mayEnlargeSlightly = true
    #expect(try render(file, request).map { [$0.width, $0.height] } == [[63, 40]])
  }
}
