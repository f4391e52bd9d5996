import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import Formats

extension `Rendering files` {
  @Suite(.serialized, .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  struct `Details` {
    private func render(
      _ path: String, sizes: [Int] = [64], background: RGB = .tile
    ) throws -> (result: RenderResult, picture: PixelBuffer) {
      let file = try CorpusFile(path: path, isExpectedToWork: true, note: "").open()
      let result = try Rendering.render(
        file, request: RenderRequest(maxPixelSizes: sizes, background: background))
      let jpeg = try #require(result.images.first).jpeg
      let decoded = try jpeg.withUnsafeBufferPointer { bytes in
        try JPEGDecoder.decode(bytes, target: sizes[0])
      }
      return (result, decoded.pixels)
    }

    /// The average of a part of the picture.
    private func mean(_ picture: PixelBuffer, x: Range<Int>, y: Range<Int>) -> [Int] {
      var sums = [0, 0, 0]
      for row in y {
        for column in x {
          for (channel, value) in picture.pixel(x: column, y: row).enumerated() {
            sums[channel] += Int(value)
          }
        }
      }
      return sums.map { $0 / (x.count * y.count) }
    }

    private func isNear(_ colour: [Int], _ wanted: [Int], tolerance: Int = 16) -> Bool {
      zip(colour, wanted).allSatisfy { abs($0 - $1) <= tolerance }
    }

    @Test(arguments: 1...8)
    func `every orientation gives the same upright picture`(orientation: Int) throws {
      let (_, picture) = try render("exif-orientation/rasteiner_test_\(orientation).jpg")
      let (w, h) = (picture.width, picture.height)
      #expect(h > w)
      #expect(isNear(mean(picture, x: 2..<(w / 3), y: 2..<(h / 3)), [254, 0, 0]))
      #expect(isNear(mean(picture, x: (2 * w / 3)..<(w - 2), y: 2..<(h / 3)), [0, 255, 1]))
      #expect(isNear(mean(picture, x: 2..<(w / 3), y: (2 * h / 3)..<(h - 2)), [0, 0, 254]))
      let last = mean(picture, x: (2 * w / 3)..<(w - 2), y: (2 * h / 3)..<(h - 2))
      #expect(isNear(last, [255, 255, 255]))
    }

    // What Pillow 13 gives for the same files with their profiles converted to sRGB (the four
    // quarters of Lab, the whole of the others).
    @Test(arguments: [
      ("png/dispose_op_background.png", [255, 0, 0]), ("tiff/multipage.tiff", [0, 128, 0]),
      ("gif/delay_0.gif", [255, 0, 0]), ("png/mode_16bit.png", [255, 0, 0]),
      ("tiff/hopper.Lab.tif", [86, 77, 89]), ("metadata/BlueSquare.jpg", [176, 176, 255]),
      ("png/16bit.png", [127, 127, 255]),
    ])
    func `colours are those of the file`(path: String, wanted: [Int]) throws {
      let (_, picture) = try render(path)
      let colour = mean(picture, x: 0..<picture.width, y: 0..<picture.height)
      #expect(isNear(colour, wanted, tolerance: 14), "\(colour)")
    }

    @Test func `transparency shows the background that was asked for`() throws {
      let green = try render(
        "png/tbbn0g04.png", background: RGB(red: 0, green: 200, blue: 0)
      ).picture
      #expect(isNear(mean(green, x: 0..<2, y: 0..<2), [0, 200, 0], tolerance: 24))
    }

    @Test func `a small picture is not enlarged and sizes keep their order`() throws {
      let (result, _) = try render("png/basn0g01.png", sizes: [512, 16, 256])
      #expect(result.images.map(\.width) == [32, 16, 32])
    }

    @Test(arguments: [[], [0], [20_000], [Int](repeating: 8, count: 9)])
    func `senseless sizes are refused`(sizes: [Int]) throws {
      let file = try CorpusFile(path: "png/basn0g01.png", isExpectedToWork: true, note: "").open()
      #expect(throws: MediaFailure.self) {
        try Rendering.render(file, request: RenderRequest(maxPixelSizes: sizes))
      }
    }

    @Test
    func `a drawing without a size is drawn at the size asked for, its links are not followed`()
      throws
    {
      let directory = try TemporaryDirectory()
      let path = try directory.write(
        "drawing.svg",
        Array(
          """
          <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
          viewBox="0 0 10 5"><rect width="10" height="5" fill="#0000ff"/>\
          <image xlink:href="file:///etc/passwd" width="10" height="5"/></svg>
          """.utf8))
      let file = OpenFile(descriptor: try FileDescriptor.open(path, flags: 0), path: path)
      let result = try Rendering.render(file, request: RenderRequest(maxPixelSizes: [200]))
      #expect(result.images.first?.width == 200 && result.images.first?.height == 100)
    }
  }
}
