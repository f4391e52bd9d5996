import Media
import Pixels
import Testing

@Suite struct `Light and its curves` {
  @Test func `sRGB values survive the way to light and back`() {
    for value in 0...255 {
      let back = Transfer.sRGB(Transfer.linear(UInt8(value))) * 255
      #expect(abs(back - Float(value)) < 0.01)
    }
  }

  @Test func `diffuse white of PQ and HLG is one`() {
    #expect(abs(Transfer.linearPQ(0.5806) - 1) < 0.01)
    #expect(abs(Transfer.linearHLG(0.75) - 1) < 0.02)
  }

  @Test func `primaries keep white and change colours as the standards say`() throws {
    let matrix = try #require(Primaries.rec2020.toSRGB)
    let white = matrix.applied(to: [1, 1, 1])
    #expect((white - [1, 1, 1]).indices.allSatisfy { abs(white[$0] - 1) < 1e-6 })
    // BT.2087: the red of Rec. 2020 lies outside of Rec. 709.
    let red = matrix.applied(to: [1, 0, 0])
    #expect(abs(red.x - 1.6605) < 0.001 && abs(red.y + 0.1246) < 0.001)
    #expect(Primaries.rec709.toSRGB == nil)
    let nonsense = Primaries(red: [0, 0], green: [0, 0], blue: [0, 0], white: [0, 0])
    #expect(nonsense.toSRGB == nil)
  }

  @Test func `what is not finite stays where it is`() throws {
    var raster = try #require(LinearReducer(fullWidth: 8, fullHeight: 4, factor: 2))
    for y in 0..<4 {
      for x in 0..<8 { raster.add([0.5, 0.5, 0.5, 1], x: x, y: y) }
    }
    raster.add([.nan, .infinity, -.infinity, 0], x: 0, y: 0)
    raster.add([9, 9, 9, 9], x: 8, y: 0)
    raster.add([9, 9, 9, 9], x: -1, y: 3)
    let picture = ToneMapping.picture(of: raster, background: .tile)
    #expect(picture.width == 4 && picture.height == 2)
    #expect(Array(picture.pixel(x: 0, y: 0)) == [188, 255, 0])
    #expect(Array(picture.pixel(x: 3, y: 1)) == [188, 188, 188])
  }

  @Test func `transparent light shows the background`() throws {
    let raster = try #require(LinearReducer(fullWidth: 2, fullHeight: 1, factor: 1))
    let background = RGB(red: 10, green: 100, blue: 200)
    let picture = ToneMapping.picture(of: raster, background: background)
    for (channel, value) in zip(picture.pixel(x: 1, y: 0), [10, 100, 200]) {
      #expect(abs(Int(channel) - value) <= 1)
    }
  }
}
