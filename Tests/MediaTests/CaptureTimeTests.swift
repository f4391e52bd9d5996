import Media
import Testing

@Suite struct CaptureTimeTests {
  @Test(arguments: [
    (1970, 1, 1, 0, 0, 0, Int64(0)), (2000, 2, 29, 12, 0, 0, 951_825_600_000),
    (2025, 3, 12, 9, 30, 15, 1_741_771_815_000), (1969, 12, 31, 23, 59, 59, -1000),
  ])
  func `calendar dates and milliseconds agree both ways`(
    year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, expected: Int64
  ) throws {
    let time = try #require(
      CaptureTime(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second))
    #expect(time.wallMilliseconds == expected)
    let back = time.calendar
    #expect((back.year, back.month, back.day) == (year, month, day))
    #expect((back.hour, back.minute, back.second) == (hour, minute, second))
  }

  @Test(arguments: [(2023, 2, 29), (2024, 13, 1), (0, 1, 1), (2024, 4, 31), (2024, 1, 0)])
  func `impossible dates are refused`(year: Int, month: Int, day: Int) {
    #expect(
      CaptureTime(year: year, month: month, day: day, hour: 0, minute: 0, second: 0) == nil)
  }

  @Test func `the text form carries the offset only when it is known`() throws {
    let known = try #require(
      CaptureTime(
        year: 2025, month: 3, day: 12, hour: 9, minute: 30, second: 0, offsetMinutes: -210))
    #expect(known.iso8601 == "2025-03-12T09:30:00-03:30")
    #expect(
      CaptureTime(wallMilliseconds: known.wallMilliseconds).iso8601 == "2025-03-12T09:30:00")
  }
}
