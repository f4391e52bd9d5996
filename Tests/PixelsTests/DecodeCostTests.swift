import Media
import Pixels
import Testing

@Suite struct `The cost of a decode` {
  private func probe(
    _ format: MediaFormat, _ width: UInt32, _ height: UInt32, progressive: Bool = false
  ) -> Probe {
    var probe = Probe(format: format, storedWidth: width, storedHeight: height)
    probe.isProgressive = progressive
    return probe
  }

  @Test(arguments: MediaFormat.allCases)
  func `never overflows and never falls with the size`(format: MediaFormat) {
    var last = 0
    for edge: UInt32 in [0, 1, 100, 4000, 65_535, 1_000_000, .max] {
      let cost = DecodeCost.reservation(for: probe(format, edge, edge), maxPixelSize: 512)
      #expect(cost >= last && cost > 0)
      last = cost
    }
    let preview = DecodeCost.reservation(for: probe(format, 4000, 3000), maxPixelSize: 2048)
    #expect(preview >= DecodeCost.reservation(for: probe(format, 4000, 3000), maxPixelSize: 256))
  }

  @Test(arguments: [
    (MediaFormat.jpeg, false, 200), (.jpeg, true, 120), (.heif, false, 180), (.png, false, 60),
    (.cameraRaw, false, 200), (.openEXR, false, 200), (.tiff, false, 180),
  ])
  func `a picture of twelve megapixels fits beside everything else in 256 MiB`(
    format: MediaFormat, isProgressive: Bool, mebibytes: Int
  ) {
    var probe = probe(format, 4032, 3024, progressive: isProgressive)
    if format == .cameraRaw { probe.channelCount = 1 }
    #expect(DecodeCost.reservation(for: probe, maxPixelSize: 512) <= mebibytes << 20)
  }

  @Test func `100 megapixels of PNG cost a few rows, interlaced ones the picture`() {
    let rows = DecodeCost.reservation(for: probe(.png, 11_600, 8700), maxPixelSize: 512)
    // Hardly more than the reduced picture alone.
    let reduced = DecodeCost.reservation(for: probe(.png, 1536, 1536), maxPixelSize: 512)
    #expect(rows < reduced + (1 << 20))
    let whole = DecodeCost.reservation(
      for: probe(.png, 11_600, 8700, progressive: true), maxPixelSize: 512)
    #expect(whole > 11_600 * 8700 * 4)
  }

  @Test func `36 megapixels of progressive JPEG cost a few megabytes at thumbnail sizes`() {
    let large = probe(.jpeg, 7360, 4912, progressive: true)
    #expect(DecodeCost.usesEighthScale(large, maxPixelSize: 512))
    #expect(DecodeCost.reservation(for: large, maxPixelSize: 512) < 64 << 20)
    #expect(!DecodeCost.usesEighthScale(large, maxPixelSize: 2048))
    #expect(DecodeCost.reservation(for: large, maxPixelSize: 2048) > 200 << 20)
  }
}
