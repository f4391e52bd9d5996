import Media
import Pixels
import Testing

@Suite struct `A pixel buffer` {
  /// Upright: 1 2 3 / 4 5 6. Each orientation's stored raster by the EXIF standard's table.
  static let stored: [(Orientation, Int, Int, [UInt8])] = [
    (.up, 3, 2, [1, 2, 3, 4, 5, 6]),
    (.upMirrored, 3, 2, [3, 2, 1, 6, 5, 4]),
    (.down, 3, 2, [6, 5, 4, 3, 2, 1]),
    (.downMirrored, 3, 2, [4, 5, 6, 1, 2, 3]),
    (.leftMirrored, 2, 3, [1, 4, 2, 5, 3, 6]),
    (.right, 2, 3, [3, 6, 2, 5, 1, 4]),
    (.rightMirrored, 2, 3, [6, 3, 5, 2, 4, 1]),
    (.left, 2, 3, [4, 1, 5, 2, 6, 3]),
  ]

  @Test(arguments: stored)
  func `every orientation comes out upright`(
    orientation: Orientation, width: Int, height: Int, bytes: [UInt8]
  ) {
    let picture = PixelBuffer(width: width, height: height, layout: .grey, bytes: bytes)
    let upright = picture.oriented(orientation)
    #expect(upright.bytes == [1, 2, 3, 4, 5, 6])
    #expect(upright.width == 3 && upright.height == 2)
  }

  @Test func `transparency shows the background`() {
    let picture = PixelBuffer(
      width: 3, height: 1, layout: .rgba,
      bytes: [255, 0, 0, 255, 255, 0, 0, 0, 200, 100, 0, 128])
    let flat = picture.flattened(over: RGB(red: 0, green: 0, blue: 100))
    #expect(flat.bytes == [255, 0, 0, 0, 0, 100, 100, 50, 50])
  }

  @Test func `grey becomes three equal colours`() {
    let picture = PixelBuffer(
      width: 3, height: 2, layout: .grey, bytes: [0, 1, 127, 128, 254, 255])
    let flat = picture.flattened(over: .tile)
    #expect(flat.layout == .rgb)
    #expect(flat.bytes == [0, 1, 127, 128, 254, 255].flatMap { [$0, $0, $0] })
  }

  @Test func `a constant picture stays constant at every size`() {
    let picture = PixelBuffer(
      width: 97, height: 61, layout: .rgb, bytes: [UInt8](repeating: 201, count: 97 * 61 * 3))
    for (width, height) in [(1, 1), (96, 60), (13, 61), (50, 7)] {
      let small = picture.resized(width: width, height: height)
      #expect(small.bytes.allSatisfy { $0 == 201 })
      #expect(small.bytes.count == width * height * 3)
    }
  }

  @Test func `a ramp keeps its slope and its ends`() {
    let bytes: [UInt8] = (0..<256).flatMap { [UInt8($0), UInt8(255 - $0), 7] }
    let picture = PixelBuffer(width: 256, height: 1, layout: .rgb, bytes: bytes)
    let small = picture.resized(width: 64, height: 1)
    for x in 2..<62 {
      #expect(abs(Int(small.pixel(x: x, y: 0).first ?? 0) - (4 * x + 2)) <= 1)
    }
  }

  @Test func `a picture is fitted, never enlarged`() {
    #expect(ThumbnailSize.fitting(width: 100, height: 80, maxPixelSize: 256) == (100, 80))
    #expect(ThumbnailSize.fitting(width: 4000, height: 3000, maxPixelSize: 256) == (256, 192))
    #expect(ThumbnailSize.fitting(width: 1, height: 90_000, maxPixelSize: 256) == (1, 256))
  }
}
