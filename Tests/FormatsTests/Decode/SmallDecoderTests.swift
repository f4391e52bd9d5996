import Codecs
import Media
import Pixels
import TestSupport
import Testing

@testable import Formats

@Suite struct `Our own decoders` {
  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
  }

  private func bitmap(
    width: Int, height: Int, bits: Int, compression: Int = 0, palette: [UInt8] = [],
    pixels: [UInt8]
  ) -> BytesSource {
    let offset = 54 + palette.count
    var bytes = Array("BM".utf8)
    let fields = [
      (offset + pixels.count, 4), (0, 4), (offset, 4), (40, 4), (width, 4), (height, 4), (1, 2),
      (bits, 2), (compression, 4), (0, 20),
    ]
    for (value, count) in fields { bytes += little(value, count) }
    return BytesSource(bytes + palette + pixels)
  }

  @Test func `a bitmap is read from its bottom row up`() throws {
    let pixels: [UInt8] = [0, 0, 255, 0, 255, 0, 0, 0] + [255, 0, 0, 255, 255, 255, 0, 0]
    let picture = try BMPDecoder.decode(
      bitmap(width: 2, height: 2, bits: 24, pixels: pixels), target: 64
    ).pixels
    #expect(Array(picture.pixel(x: 0, y: 0)) == [0, 0, 255, 255])
    #expect(Array(picture.pixel(x: 1, y: 0)) == [255, 255, 255, 255])
    #expect(Array(picture.pixel(x: 0, y: 1)) == [255, 0, 0, 255])
    #expect(Array(picture.pixel(x: 1, y: 1)) == [0, 255, 0, 255])
  }

  @Test func `run lengths, jumps and literals of a bitmap`() throws {
    let palette: [UInt8] = [0, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0]
    // Bottom row: two of colour 1, literal 2 1 2 (padded); then one row up: skipped by two, one 2.
    let pixels: [UInt8] = [2, 1, 0, 3, 2, 1, 2, 0, 0, 0] + [0, 2, 2, 0, 1, 2, 0, 1]
    let picture = try BMPDecoder.decode(
      bitmap(width: 5, height: 2, bits: 8, compression: 1, palette: palette, pixels: pixels),
      target: 64
    ).pixels
    #expect((0..<5).map { picture.pixel(x: $0, y: 1).first } == [255, 255, 0, 255, 0])
    #expect(Array(picture.pixel(x: 0, y: 0)) == [0, 0, 0, 0])
    #expect(Array(picture.pixel(x: 2, y: 0)) == [0, 255, 0, 255])
  }

  @Test func `a bitmap that ends early says so`() {
    #expect {
      try BMPDecoder.decode(
        bitmap(width: 20, height: 20, bits: 24, pixels: [1, 2, 3]), target: 64)
    } throws: { ($0 as? MediaFailure)?.kind == .truncated }
  }

  @Test func `run lengths of a TGA, top row first`() throws {
    var header = [UInt8](repeating: 0, count: 18)
    header[2] = 10
    header[12] = 3
    header[14] = 1
    header[16] = 24
    header[17] = 0x20
    let picture = try TGADecoder.decode(
      BytesSource(header + [0x81, 0, 0, 255, 0x00, 255, 0, 0]), target: 64
    ).pixels
    #expect(picture.bytes == [255, 0, 0, 255, 255, 0, 0, 255, 0, 0, 255, 255])
  }

  @Test func `runs, differences and indexes of a QOI`() throws {
    let head: [UInt8] = Array("qoif".utf8) + [0, 0, 0, 4, 0, 0, 0, 1, 4, 0]
    // A colour, a run of one more, a difference of (+1, 0, -1), and the first colour by its index.
    let index = UInt8((30 + 100 + 210 + 2805) % 64)
    let data: [UInt8] = [0xFE, 10, 20, 30, 0xC0, 0b0111_1001, index]
    let picture = try QOIDecoder.decode(BytesSource(head + data), target: 64).pixels
    #expect(
      picture.bytes == [10, 20, 30, 255, 10, 20, 30, 255, 11, 20, 29, 255, 10, 20, 30, 255])
  }

  @Test func `packed rows of a Photoshop document`() throws {
    let head: [UInt8] = Array("8BPS".utf8) + [0, 1] + [UInt8](repeating: 0, count: 6)
    let shape: [UInt8] = [0, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 8, 0, 3]
    let empty = [UInt8](repeating: 0, count: 12)
    let rows: [UInt8] = [0, 1] + [0, 2, 0, 2, 0, 5] + [253, 200] + [253, 100] + [3, 1, 2, 3, 4]
    let picture = try PSDDecoder(BytesSource(head + shape + empty + rows)).decode(target: 64).pixels
    #expect(Array(picture.pixel(x: 0, y: 0)) == [200, 100, 1, 255])
    #expect(Array(picture.pixel(x: 3, y: 0)) == [200, 100, 4, 255])
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: [
      "other/bricks-color.bmp", "other/bricks-color.qoi", "other/bricks-color.tga",
      "other/hopper.psd", "other/hippopotamus.regular.ico",
    ])
  func `damaged files fail or give a picture, nothing else`(path: String) throws {
    let file = try CorpusFile(path: path, isExpectedToWork: true, note: "").open()
    let good = try file.descriptor.read(at: 0, count: 200_000)
    var random = SeededGenerator(seed: 7)
    for round in 0..<60 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        // Half of the damage goes where the structure is.
        let end = Bool.random(using: &random) ? min(64, bytes.count) : bytes.count
        // Bits, but not the high bytes of dimensions: a picture of a gigapixel takes its time.
        bytes[Int.random(in: 0..<end, using: &random)] ^= UInt8(
          1 << Int.random(in: 0...4, using: &random))
      }
      if round % 4 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      let source = BytesSource(bytes)
      do throws(MediaFailure) {
        let picture: DecodedPicture? =
          switch file.path.fileExtension {
          case "bmp": try BMPDecoder.decode(source, target: 64)
          case "qoi": try QOIDecoder.decode(source, target: 64)
          case "tga": try TGADecoder.decode(source, target: 64)
          case "psd": try PSDDecoder(source).decode(target: 64)
          default: try ICODecoder.decode(source, target: 64)
          }
        #expect((picture?.pixels.width ?? 0) > 0)
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
  }
}
