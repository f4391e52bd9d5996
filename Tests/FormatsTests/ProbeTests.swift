import Media
import Platform
import Testing

@testable import Formats

/// What a probe of a hand-made file should say.
struct ProbeCase: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]
  let expected: Probe
  var fileExtension = ""

  var testDescription: String { name }

  init(
    _ name: String, _ format: MediaFormat, _ bytes: [UInt8], width: UInt32 = 64,
    height: UInt32 = 48, fileExtension: String = "", _ change: (inout Probe) -> Void = { _ in }
  ) {
    self.name = name
    self.bytes = bytes
    self.fileExtension = fileExtension
    var probe = Probe(format: format, storedWidth: width, storedHeight: height)
    change(&probe)
    expected = probe
  }
}

@Suite struct ProbeTests {
  static let pictures: [ProbeCase] = [
    ProbeCase("baseline JPEG", .jpeg, Sample.jpeg()),
    ProbeCase("progressive JPEG", .jpeg, Sample.jpeg(frame: 0xC2)) { $0.isProgressive = true },
    ProbeCase("arithmetic JPEG", .jpeg, Sample.jpeg(frame: 0xC9)),
    ProbeCase("arithmetic progressive JPEG", .jpeg, Sample.jpeg(frame: 0xCA)) {
      $0.isProgressive = true
    },
    ProbeCase("12-bit JPEG", .jpeg, Sample.jpeg(frame: 0xC1, bits: 12)) { $0.bitsPerChannel = 12 },
    ProbeCase("CMYK JPEG", .jpeg, Sample.jpeg(channels: 4)) { $0.channelCount = 4 },
    ProbeCase("grey JPEG", .jpeg, Sample.jpeg(channels: 1)) { $0.channelCount = 1 },
    ProbeCase(
      "stereo pair of JPEGs", .jpeg,
      Sample.jpeg(segments: Sample.multiPicture(types: [0x2002_0002, 0x0002_0002]))
    ) { $0.frameCount = 2 },
    ProbeCase(
      "JPEG with a large preview and a gain map behind it", .jpeg,
      Sample.jpeg(segments: Sample.multiPicture(types: [0x2003_0000, 0x0001_0001, 0]))),
    ProbeCase("PNG", .png, Sample.png()),
    ProbeCase(
      "interlaced 16-bit PNG with alpha", .png,
      Sample.png(depth: 16, colour: 6, isInterlaced: true)
    ) {
      $0.bitsPerChannel = 16
      $0.channelCount = 4
      $0.hasAlpha = true
      $0.isProgressive = true
    },
    ProbeCase(
      "palette PNG with a transparent colour", .png,
      Sample.png(depth: 4, colour: 3, before: Sample.chunk("tRNS", [0]))
    ) {
      $0.bitsPerChannel = 4
      $0.channelCount = 1
      $0.hasAlpha = true
    },
    ProbeCase(
      "APNG", .png,
      Sample.png(
        before: Sample.chunk("acTL", Sample.be(2, 4) + Sample.be(0, 4)),
        after: Sample.chunk("fcTL", Sample.be(0, 20) + Sample.be(1, 2) + Sample.be(4, 2) + [0, 0])
          + Sample.chunk("fcTL", Sample.be(0, 20) + Sample.be(5, 2) + Sample.be(0, 2) + [0, 0]))
    ) {
      $0.frameCount = 2
      $0.durationMilliseconds = 300
    },
    ProbeCase(
      "PNG with EXIF behind its pixels", .png,
      Sample.png(after: Sample.chunk("eXIf", Sample.exif(orientation: 6)))
    ) { $0.orientation = .right },
    ProbeCase("GIF", .gif, Sample.gif()) { $0.channelCount = 1 },
    ProbeCase(
      "animated GIF", .gif,
      Sample.gif(delays: [5, 0, 1], isInterlaced: true, isTransparent: true)
    ) {
      $0.channelCount = 1
      $0.frameCount = 3
      $0.durationMilliseconds = 250
      $0.hasAlpha = true
      $0.isProgressive = true
    },
    ProbeCase("lossy WebP", .webp, Sample.riff("WEBP", Sample.webpLossy(width: 64, height: 48))),
    ProbeCase(
      "lossless WebP with alpha", .webp,
      Sample.riff("WEBP", Sample.webpLossless(width: 64, height: 48, hasAlpha: true))
    ) {
      $0.channelCount = 4
      $0.hasAlpha = true
    },
    ProbeCase(
      "animated WebP", .webp,
      Sample.webpExtended(
        width: 64, height: 48, flags: 2,
        Sample.riffChunk("ANMF", Sample.le(0, 12) + Sample.le(40, 3) + [0])
          + Sample.riffChunk("ANMF", Sample.le(0, 12) + Sample.le(60, 3) + [0]))
    ) {
      $0.frameCount = 2
      $0.durationMilliseconds = 100
    },
    ProbeCase(
      "WebP with EXIF", .webp,
      Sample.webpExtended(
        width: 64, height: 48, flags: 8,
        Sample.webpLossy(width: 64, height: 48)
          + Sample.riffChunk("EXIF", Sample.exif(orientation: 8)))
    ) { $0.orientation = .left },
    ProbeCase(
      "TIFF with three pages and a smaller copy", .tiff,
      Sample.tiff(
        page(bits: 16), next: [page(), page() + [Sample.long(0xFE, 1)], page()])
    ) {
      $0.bitsPerChannel = 16
      $0.frameCount = 3
    },
    ProbeCase(
      "BMP upside down", .bmp,
      Sample.text("BM") + Sample.le(0, 12) + Sample.le(40, 4) + Sample.le(64, 4)
        + Sample.le(-48, 4) + Sample.le(1, 2) + Sample.le(24, 2) + Sample.le(0, 24)),
    ProbeCase("HEIF", .heif, Sample.heif()),
    ProbeCase("AVIF", .avif, Sample.heif(brand: "avif")),
    ProbeCase(
      "JPEG XL codestream", .jpegXL, [0xFF, 0x0A, 0x0B, 0x4E]),
    ProbeCase(
      "JPEG 2000 codestream", .jpeg2000,
      Sample.be(0xFF4F_FF51, 4) + Sample.be(47, 2) + Sample.be(0, 2) + Sample.be(70, 4)
        + Sample.be(50, 4) + Sample.be(6, 4) + Sample.be(2, 4) + Sample.be(0, 16)
        + Sample.be(1, 2) + [11, 1, 1]
    ) {
      $0.channelCount = 1
      $0.bitsPerChannel = 12
    },
    ProbeCase(
      "Radiance HDR", .radianceHDR,
      Sample.text(
        "#?RADIANCE\nCAPDATE= 2020:05:06 07:08:09\nFORMAT=32-bit_rle_rgbe\n\n-Y 48 +X 64\n")
    ) {
      $0.bitsPerChannel = 32
      $0.captureTime = CaptureTime(
        year: 2020, month: 5, day: 6, hour: 7, minute: 8, second: 9)
    },
    ProbeCase(
      "OpenEXR by its display window", .openEXR,
      Sample.exr(
        data: (10, 10, 19, 19), display: (0, 0, 63, 47), channels: ["A", "Z"],
        pixelType: 2)
    ) {
      $0.channelCount = 2
      $0.bitsPerChannel = 32
      $0.hasAlpha = true
    },
    ProbeCase(
      "QOI", .qoi,
      Sample.text("qoif") + Sample.be(64, 4) + Sample.be(48, 4) + [4, 0]
    ) {
      $0.channelCount = 4
      $0.hasAlpha = true
    },
    ProbeCase(
      "TGA by its extension", .tga,
      [0, 0, 10] + Sample.le(0, 9) + Sample.le(64, 2) + Sample.le(48, 2) + [24, 0],
      fileExtension: "tga"),
    ProbeCase(
      "TGA by its exact size", .tga,
      [0, 0, 2] + Sample.le(0, 9) + Sample.le(64, 2) + Sample.le(48, 2) + [32, 8]
        + [UInt8](repeating: 7, count: 64 * 48 * 4)
    ) {
      $0.channelCount = 4
      $0.hasAlpha = true
    },
    ProbeCase(
      "ICO by its largest picture", .ico,
      Sample.le(0x10000, 4) + Sample.le(2, 2) + [16, 16, 0, 0, 1, 0, 32, 0] + Sample.le(4, 4)
        + Sample.le(38, 4) + [64, 48, 0, 0, 1, 0, 32, 0] + Sample.le(4, 4) + Sample.le(42, 4)
        + Sample.le(40, 4) + Sample.le(40, 4)
    ) {
      $0.channelCount = 4
      $0.hasAlpha = true
    },
    ProbeCase(
      "PSD", .psd,
      Sample.text("8BPS") + Sample.be(1, 2) + Sample.be(0, 6) + Sample.be(4, 2) + Sample.be(48, 4)
        + Sample.be(64, 4) + Sample.be(16, 2) + Sample.be(3, 2) + Sample.be(0, 12)
    ) {
      $0.channelCount = 4
      $0.bitsPerChannel = 16
      $0.hasAlpha = true
    },
    ProbeCase(
      "DNG", .cameraRaw,
      Sample.tiff(page() + [Sample.long(0xC612, 0x0104), Sample.ascii(0x010F, " ACME ")])
    ) {
      $0.bitsPerChannel = 16
      $0.cameraMake = "ACME"
    },
  ]

  static let videos: [ProbeCase] = [
    ProbeCase("MP4", .mp4, Sample.movie()) { $0.durationMilliseconds = 2500 },
    ProbeCase("QuickTime without brands", .quickTime, Sample.movie(brand: nil)) {
      $0.durationMilliseconds = 2500
    },
    ProbeCase("MP4 with a date", .mp4, Sample.movie(created: 2_082_844_800 + 86_400)) {
      $0.durationMilliseconds = 2500
      $0.captureTime = CaptureTime(wallMilliseconds: 86_400_000, offsetMinutes: 0)
    },
    ProbeCase(
      "MP4 with a place", .mp4,
      Sample.movie(
        extra: Sample.box(
          "udta",
          Sample.be(22, 4) + [0xA9] + Sample.text("xyz") + Sample.be(10, 2) + Sample.be(0, 2)
            + Sample.text("+35.5-139."))
      )
    ) {
      $0.durationMilliseconds = 2500
      $0.position = GeoPosition(latitude: 35.5, longitude: -139)
    },
    ProbeCase("Matroska", .matroska, Sample.matroska()) { $0.durationMilliseconds = 2500 },
    ProbeCase("WebM", .webm, Sample.matroska(type: "webm")) { $0.durationMilliseconds = 2500 },
    ProbeCase("AVI", .avi, Sample.avi()) { $0.durationMilliseconds = 2000 },
  ]

  private static func page(bits: Int = 8) -> [Sample.Tag] {
    [
      Sample.short(0x0100, 64), Sample.short(0x0101, 48), Sample.short(0x0102, bits),
      Sample.short(0x0115, 3),
    ]
  }

  @Test(arguments: pictures + videos)
  func `a minimal file says what it is`(sample: ProbeCase) throws {
    let probe = try Formats.probe(
      BytesSource(sample.bytes), fileExtension: sample.fileExtension)
    #expect(probe == sample.expected)
  }

  @Test(arguments: pictures + videos, ["", "jpg", "png", "nef", "mp4", "txt"])
  func `a wrong extension does no harm`(sample: ProbeCase, fileExtension: String) throws {
    // Only TGA leans on its extension.
    guard sample.fileExtension.isEmpty else { return }
    let probe = try Formats.probe(BytesSource(sample.bytes), fileExtension: fileExtension)
    #expect(probe == sample.expected)
  }

  @Test(arguments: pictures + videos)
  func `every beginning of a file is probed or refused`(sample: ProbeCase) throws {
    for count in 0..<sample.bytes.count {
      do {
        _ = try Formats.probe(
          BytesSource(Array(sample.bytes[..<count])), fileExtension: sample.fileExtension)
      } catch {
        #expect(
          count == 0
            ? error.kind == .empty
            : [.truncated, .unrecognised, .corrupt, .unsupported].contains(error.kind),
          "\(count) bytes: \(error.kind.name)")
      }
    }
  }

  // MARK: Orientation

  @Test(arguments: Orientation.allCases, [false, true])
  func `EXIF turns a JPEG all eight ways in both byte orders`(
    orientation: Orientation, bigEndian: Bool
  ) throws {
    let exif = Sample.exif(orientation: Int(orientation.rawValue), bigEndian: bigEndian)
    let probe = try Formats.probe(BytesSource(Sample.jpeg(exif: exif)))
    #expect(probe.orientation == orientation)
    #expect(probe.width == (orientation.swapsAxes ? 48 : 64))
  }

  @Test(arguments: [0, 9, 255, 65535])
  func `an orientation outside 1 to 8 is up`(value: Int) throws {
    let exif = Sample.exif(orientation: value)
    #expect(try Formats.probe(BytesSource(Sample.jpeg(exif: exif))).orientation == .up)
  }

  /// The eight ways HEIF can turn a picture, as libavif writes them.
  static let transformations: [([(String, Int)], Orientation)] = [
    ([], .up), ([("imir", 1)], .upMirrored), ([("irot", 2)], .down), ([("imir", 0)], .downMirrored),
    ([("irot", 1), ("imir", 0)], .leftMirrored), ([("irot", 3)], .right),
    ([("irot", 3), ("imir", 0)], .rightMirrored), ([("irot", 1)], .left),
  ]

  @Test(arguments: 0..<8)
  func `HEIF's own transformations count, EXIF's orientation does not`(index: Int) throws {
    let (transformations, orientation) = Self.transformations[index]
    let bytes = Sample.heif(
      transformations: transformations, exif: Sample.exif(orientation: 3))
    #expect(try Formats.probe(BytesSource(bytes)).orientation == orientation)
  }

  @Test(arguments: [
    ([1, 0, 0, 1], Orientation.up), ([0, 1, -1, 0], .right), ([-1, 0, 0, -1], .down),
    ([0, -1, 1, 0], .left), ([-1, 0, 0, 1], .upMirrored), ([1, 0, 0, -1], .downMirrored),
  ])
  func `a track's matrix turns a video`(matrix: [Int], orientation: Orientation) throws {
    let probe = try Formats.probe(BytesSource(Sample.movie(matrix: matrix)))
    #expect(probe.orientation == orientation)
  }

  @Test func `XMP turns a picture when EXIF says nothing, and EXIF wins`() throws {
    let xmp = #"<rdf:Description tiff:Orientation="3" xmp:CreateDate="2001-02-03T04:05:06Z"/>"#
    #expect(try Formats.probe(BytesSource(Sample.jpeg(xmp: xmp))).orientation == .down)
    let both = Sample.jpeg(exif: Sample.exif(orientation: 6), xmp: xmp)
    let probe = try Formats.probe(BytesSource(both))
    #expect(probe.orientation == .right)
    #expect(probe.captureTime?.iso8601 == "2001-02-03T04:05:06+00:00")
  }
}
