import Search
import Testing

@Suite struct QueryNumberTests {
  @Test(
    arguments: [
      ("stars:3", .stars, 3, 3), ("stars:-1", .stars, -1, -1), ("stars:>=3", .stars, 3, nil),
      ("stars:>3", .stars, 4, nil), ("stars:<3", .stars, nil, 2), ("stars:<=3", .stars, nil, 3),
      ("stars:=3", .stars, 3, 3), ("stars:≥3", .stars, 3, nil), ("stars:≤3", .stars, nil, 3),
      ("stars:2..5", .stars, 2, 5), ("stars:..5", .stars, nil, 5), ("stars:2..", .stars, 2, nil),
      ("stars:*", .stars, nil, nil), ("stars:\u{200E}>=\u{200E}3", .stars, 3, nil),
      ("WIDTH:>=3000", .width, 3000, nil), ("width:640px", .width, 640, 640),
      ("height:0..9", .height, 0, 9), ("iso:100", .iso, 100, 100), ("gentags:0", .gentags, 0, 0),
      ("tagcount:<5", .tagcount, nil, 4), ("width:<0", .width, nil, -1),
      ("mp:12", .mp, 11_500_000, 12_499_999), ("mp:12.0", .mp, 11_950_000, 12_049_999),
      ("mp:>=2.5", .mp, 2_500_000, nil), ("mp:1..2mp", .mp, 1_000_000, 2_000_000),
      ("mp:0", .mp, 0, 499_999), ("mp:=12", .mp, 12_000_000, 12_000_000),
      ("f:2.8", .aperture, 275, 284), ("f:<=2.8", .aperture, nil, 280),
      ("f:4", .aperture, 350, 449),
      ("f:2.80", .aperture, 280, 280), ("f:2.805", .aperture, 281, 281),
      ("focal:50", .focal, 495, 504), ("focal:24..70mm", .focal, 240, 700),
      ("ratio:>1.5", .ratio, 15_001, nil), ("ratio:16:9", .ratio, 17_601, 17_955),
      ("ratio:1", .ratio, 9_900, 10_100), ("ratio:>=16:9", .ratio, 17_778, nil),
      ("ratio:>16:9", .ratio, 17_779, nil), ("ratio:<16:9", .ratio, nil, 17_777),
      ("ratio:4:3..16:9", .ratio, 13_333, 17_778), ("ratio:1.85:1", .ratio, 18_315, 18_685),
      ("size:123456", .size, 123_456, 123_456), ("size:>10mb", .size, 10_000_001, nil),
      ("size:<=1.5gib", .size, nil, 1_610_612_736), ("size:1k..2M", .size, 1000, 2_000_000),
      ("size:10mb", .size, 9_500_000, 10_499_999), ("size:1KiB", .size, 512, 1535),
      ("size:1tib..", .size, 1 << 40, nil), ("size:0.5b..", .size, 1, nil),
      ("duration:90", .duration, 89_500, 90_499), ("duration:90s", .duration, 89_500, 90_499),
      ("duration:2m", .duration, 90_000, 149_999), ("duration:>=1:30", .duration, 90_000, nil),
      ("duration:<1:02:03.5", .duration, nil, 3_723_499),
      ("duration:1h30m..", .duration, 5_400_000, nil),
      ("duration:1m30s", .duration, 89_500, 90_499), ("duration:250ms", .duration, 250, 250),
      ("duration:1.5h..", .duration, 5_400_000, nil), ("duration:1:30", .duration, 89_500, 90_499),
      ("size:999999999999999999", .size, 999_999_999_999_999_999, 999_999_999_999_999_999),
      ("size:>999999999999999999", .size, 999_999_999_999_999_999, nil),
    ] as [(String, NumberField, Int64?, Int64?)])
  func `numbers are in the unit of their column`(
    text: String, field: NumberField, lower: Int64?, upper: Int64?
  ) throws {
    let query = try parsed(text)
    #expect(query.expression == .range(field, lower: lower, upper: upper))
    #expect(try parsed(query.description) == query, "\(query)")
  }

  @Test func `lists are any of their values`() throws {
    #expect(
      try parsed("stars:1,3..4,>4").expression
        == .or([
          .range(.stars, lower: 1, upper: 1), .range(.stars, lower: 3, upper: 4),
          .range(.stars, lower: 5, upper: nil),
        ]))
    #expect(try parsed("-iso:100,200").description == "-(iso:100 or iso:200)")
  }

  /// What is rounded in a column is found by the same number rounded.
  @Test(arguments: [(1920, 1080), (1366, 768), (4032, 3024), (3, 7), (1, 3)])
  func `a ratio finds what has it`(width: Int64, height: Int64) throws {
    let column = (width * 20_000 + height) / (2 * height)
    for (sign, isFound) in [("", true), (">=", true), ("<=", true), (">", false), ("<", false)] {
      guard
        case .range(_, let lower, let upper) = try parsed("ratio:\(sign)\(width):\(height)")
          .expression
      else { Issue.record(); return }
      #expect((column >= lower ?? .min && column <= upper ?? .max) == isFound, "\(sign)")
    }
  }

  @Test func `every number field names its column`() {
    #expect(Set(NumberField.allCases.map(\.column)).count == NumberField.allCases.count)
  }
}
