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

  private func request(_ size: Int) -> RenderRequest { RenderRequest(maxPixelSizes: [size]) }

  @Test(arguments: MediaFormat.allCases)
  func `never overflows and never falls with the size`(format: MediaFormat) {
    var last = 0
    for edge: UInt32 in [0, 1, 100, 4000, 65_535, 1_000_000, .max] {
      let cost = DecodeCost.reservation(for: probe(format, edge, edge), request: request(512))
      #expect(cost >= last && cost > 0)
      last = cost
    }
    let preview = DecodeCost.reservation(for: probe(format, 4000, 3000), request: request(2048))
    #expect(
      preview >= DecodeCost.reservation(for: probe(format, 4000, 3000), request: request(256)))
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
    #expect(DecodeCost.reservation(for: probe, request: request(512)) <= mebibytes << 20)
  }

  @Test func `100 megapixels of PNG cost a few rows, interlaced ones the picture`() {
    let rows = DecodeCost.reservation(for: probe(.png, 11_600, 8700), request: request(512))
    // Hardly more than the reduced picture alone.
    let reduced = DecodeCost.reservation(for: probe(.png, 1536, 1536), request: request(512))
    #expect(rows < reduced + (1 << 20))
    let whole = DecodeCost.reservation(
      for: probe(.png, 11_600, 8700, progressive: true), request: request(512))
    #expect(whole > 11_600 * 8700 * 4)
  }

  @Test func `36 megapixels of progressive JPEG cost a few megabytes at thumbnail sizes`() {
    let large = probe(.jpeg, 7360, 4912, progressive: true)
    #expect(DecodeCost.usesEighthScale(large, request: request(512)))
    #expect(DecodeCost.reservation(for: large, request: request(512)) < 64 << 20)
    #expect(!DecodeCost.usesEighthScale(large, request: request(2048)))
    #expect(DecodeCost.reservation(for: large, request: request(2048)) > 200 << 20)
  }

  @Test(arguments: [
    (256, 1992, 1991), (512, 3984, 3983), (1, 8, 7),
    (RenderRequest.maximumPixelSize, 127_256, 127_255),
  ])
  func `where it may be enlarged, three percent less are enough`(
    size: Int, enough: UInt32, tooSmall: UInt32
  ) {
    var request = request(size)
    #expect(request.mostPixels(from: request.sufficientPixelSize) == size)
    #expect(DecodeCost.usesEighthScale(probe(.jpeg, UInt32(size) * 8, 4), request: request))
    #expect(!DecodeCost.usesEighthScale(probe(.jpeg, UInt32(size) * 8 - 1, 4), request: request))
    request.mayEnlargeSlightly = true
    #expect(request.mostPixels(from: request.sufficientPixelSize) >= size)
    #expect(DecodeCost.usesEighthScale(probe(.jpeg, enough, 4), request: request))
    #expect(DecodeCost.usesEighthScale(probe(.jpeg, 4, enough), request: request))
    #expect(!DecodeCost.usesEighthScale(probe(.jpeg, tooSmall, 4), request: request))
  }

  @Test func `a photograph of twelve megapixels is made from its eighth for a library`() {
    let progressive = probe(.jpeg, 4032, 3024, progressive: true)
    var request = RenderRequest(maxPixelSizes: [256, 512])
    let exact = DecodeCost.reservation(for: progressive, request: request)
    request.mayEnlargeSlightly = true
    #expect(DecodeCost.reservation(for: progressive, request: request) < exact / 2)
  }
}
