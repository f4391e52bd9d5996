import Media
import Pixels
import Testing

@Suite struct `A placeholder` {
  @Test(arguments: [(600, 400), (400, 600), (100, 100), (1, 1), (2000, 10), (3, 900), (5, 4)])
  func `bytes round trip and stay within 29`(size: (Int, Int)) throws {
    let picture = try #require(PixelBuffer(width: size.0, height: size.1, layout: .rgb))
    let placeholder = Placeholder(of: picture)
    #expect(placeholder.bytes.count <= 29)
    #expect(Placeholder(bytes: placeholder.bytes) == placeholder)
  }

  @Test func `a picture with a bright left half has a bright left half`() throws {
    var picture = try #require(PixelBuffer(width: 60, height: 40, layout: .rgb))
    for y in 0..<40 {
      for index in (y * 180)..<(y * 180 + 90) { picture.bytes[index] = 255 }
    }
    let placeholder = Placeholder(of: picture)
    #expect(placeholder.columns == 6 && placeholder.rows == 4)
    #expect(placeholder.average == RGB(red: 128, green: 128, blue: 128))
    #expect(placeholder.luma[0] == 255 && placeholder.luma[5] == 0)
  }

  @Test(arguments: [[], [1, 0, 0, 0, 0x64], [2, 0, 0, 0, 0x11, 7], [1, 0, 0, 0, 0x01, 7]])
  func `other bytes are refused`(bytes: [UInt8]) { #expect(Placeholder(bytes: bytes) == nil) }
}
