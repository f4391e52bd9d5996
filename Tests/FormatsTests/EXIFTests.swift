import Media
import Testing

@testable import Formats

@Suite struct EXIFTests {
  private func probe(
    _ first: [Sample.Tag] = [], exif: [Sample.Tag] = [], gps: [Sample.Tag] = [], xmp: String? = nil,
    bigEndian: Bool = false
  ) throws -> Probe {
    let block = Sample.tiff(first, exif: exif, gps: gps, bigEndian: bigEndian)
    return try Formats.probe(BytesSource(Sample.jpeg(exif: block, xmp: xmp)))
  }

  @Test func `the original time comes with its fraction and its offset`() throws {
    let found = try probe(
      [Sample.ascii(0x0132, "2022:01:01 00:00:00")],
      exif: [
        Sample.ascii(0x9003, "2020:02:29 23:59:58"), Sample.ascii(0x9004, "2021:01:01 00:00:00"),
        Sample.ascii(0x9011, "-03:30"), Sample.ascii(0x9291, "25"),
      ])
    let time = try #require(found.captureTime)
    #expect(time.iso8601 == "2020-02-29T23:59:58-03:30")
    #expect(time.offsetMinutes == -210)
    #expect(time.wallMilliseconds % 1000 == 250)
  }

  @Test func `times fall back from original to digitised to XMP to the last change`() throws {
    let changed = Sample.ascii(0x0132, "2022:01:01 00:00:00")
    let blank = Sample.ascii(0x9003, "    :  :     :  :  ")
    let digitized = Sample.ascii(0x9004, "2021:01:01 00:00:00")
    let xmp = "<a photoshop:DateCreated='2019-06-07'/>"
    func year(_ probe: Probe) -> Int? { probe.captureTime?.calendar.year }
    #expect(year(try probe([changed], exif: [blank, digitized], xmp: xmp)) == 2021)
    #expect(year(try probe([changed], exif: [blank], xmp: xmp)) == 2019)
    #expect(year(try probe([changed], exif: [blank])) == 2022)
    #expect(year(try probe(exif: [blank])) == nil)
  }

  @Test(arguments: [
    "0000:00:00 00:00:00", "", "2020", "2020:13:01 00:00:00", "2021:02:29 00:00:00", "yesterday",
    "2020:01:01 25:00:00",
  ])
  func `what is no date is no date`(text: String) throws {
    #expect(try probe(exif: [Sample.ascii(0x9003, text)]).captureTime == nil)
  }

  @Test(arguments: [
    ("2020:05:06 07:08:09", "2020-05-06T07:08:09"),
    ("2020-05-06T07:08:09+02:00", "2020-05-06T07:08:09+02:00"),
    ("2020/05/06 07:08", "2020-05-06T07:08:00"),
    (" 2020:05:06 07:08:09Z", "2020-05-06T07:08:09+00:00"),
    ("2020:05:06", "2020-05-06T00:00:00"),
  ])
  func `dates are read in the forms that occur`(text: String, expected: String) throws {
    let found = try probe(exif: [Sample.ascii(0x9003, text)])
    #expect(found.captureTime?.iso8601 == expected)
  }

  // MARK: Places

  private func gps(
    latitude: [(Int, Int)], _ south: String?, longitude: [(Int, Int)], _ west: String?,
    bigEndian: Bool = false
  ) -> [Sample.Tag] {
    var tags = [
      Sample.rationals(2, latitude, bigEndian: bigEndian),
      Sample.rationals(4, longitude, bigEndian: bigEndian),
    ]
    if let south { tags.append(Sample.ascii(1, south)) }
    if let west { tags.append(Sample.ascii(3, west)) }
    return tags
  }

  @Test(arguments: [false, true])
  func `degrees, minutes and seconds count with their hemisphere`(bigEndian: Bool) throws {
    let tags = gps(
      latitude: [(33, 1), (30, 1), (36, 1)], "S", longitude: [(1515, 10), (0, 1), (0, 1)], "w",
      bigEndian: bigEndian)
    let place = try #require(try probe(gps: tags, bigEndian: bigEndian).position)
    #expect(abs(place.latitude + 33.51) < 1e-9)
    #expect(place.longitude == -151.5)
    #expect(place.altitudeMetres == nil)
  }

  @Test func `heights below the sea are negative`() throws {
    let tags =
      gps(latitude: [(31, 1)], "N", longitude: [(35, 1)], "E")
      + [
        Sample.Tag(tag: 5, type: 1, count: 1, value: [1]), Sample.rationals(6, [(4305, 10)]),
      ]
    #expect(try probe(gps: tags).position?.altitudeMetres == -430.5)
  }

  @Test func `a place without numbers, hemisphere or sense is none`() throws {
    let sound = [(10, 1)]
    #expect(try probe(gps: gps(latitude: [(0, 0)], "N", longitude: sound, "E")).position == nil)
    #expect(try probe(gps: gps(latitude: sound, nil, longitude: sound, "E")).position == nil)
    #expect(try probe(gps: gps(latitude: sound, "N", longitude: sound, "?")).position == nil)
    #expect(try probe(gps: gps(latitude: [(91, 1)], "N", longitude: sound, "E")).position == nil)
    #expect(try probe(gps: gps(latitude: [(0, 1)], "N", longitude: [(0, 1)], "E")).position == nil)
    // Seconds of 0/0 are left out, the rest still says where.
    let partial = gps(latitude: [(10, 1), (30, 1), (0, 0)], "N", longitude: sound, "E")
    #expect(try probe(gps: partial).position?.latitude == 10.5)
  }

  @Test(arguments: [
    ("51,30.5N", 51.508333333), ("51,30,36S", -51.51), ("12.25", 12.25), ("N", nil),
    ("1,2,3,4,5N", nil), ("x,1N", nil),
  ])
  func `XMP writes degrees its own way`(text: String, expected: Double?) {
    let degrees = XMPScan.degrees(Array(text.utf8)[...])
    #expect((degrees == nil) == (expected == nil))
    if let degrees, let expected { #expect(abs(degrees - expected) < 1e-6) }
  }

  // MARK: Text

  @Test(
    arguments: [
      ([0x20, 0x41, 0x43, 0x4D, 0x45, 0x20, 0x20], "ACME"),
      ([0x41, 0x0A, 0x42, 0x1B, 0x5B], "AB["),
      ([0x41, 0xFF, 0x42], "A\u{FFFD}B"),
      ([0x41, 0x00, 0x42], "A"),
      (Array("a\u{202E}b\u{85}c".utf8), "abc"),
      ([0x20, 0x09], nil), ([], nil),
    ] as [([UInt8], String?)])
  func `text is trimmed, repaired and freed of control characters`(
    bytes: [UInt8], expected: String?
  ) throws {
    let tags = [Sample.ascii(0x010F, bytes)]
    #expect(try probe(tags).cameraMake == expected)
  }

  @Test func `text is kept up to a bound`() throws {
    let tags = [Sample.ascii(0x0110, String(repeating: "x", count: 5000))]
    #expect(try probe(tags).cameraModel?.utf8.count == ProbeLimits.textByteCount)
  }

  // MARK: Damage

  @Test func `one bad entry does not hide the others`() throws {
    let bad = Sample.Tag(tag: 0x010F, type: 2, count: 1 << 30, value: Sample.le(8, 4))
    let unknownType = Sample.Tag(tag: 0x0111, type: 99, count: 1, value: [1])
    let found = try probe([bad, unknownType, Sample.short(0x0112, 6)])
    #expect(found.orientation == .right)
    #expect(found.cameraMake == nil)
  }

  @Test func `directories that point at themselves end`() throws {
    let looped = Sample.tiff([
      Sample.long(0x8769, 8), Sample.long(0x8825, 8), Sample.short(0x0112, 3),
    ])
    let found = try Formats.probe(BytesSource(Sample.jpeg(exif: looped)))
    #expect(found.orientation == .down)
  }
}
