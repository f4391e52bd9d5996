import Media
import Search
import Testing

/// Milliseconds of a moment on a wall clock.
private func wall(
  _ year: Int, _ month: Int = 1, _ day: Int = 1, _ hour: Int = 0, _ minute: Int = 0,
  _ second: Int = 0, _ millisecond: Int = 0
) -> Int64 {
  CaptureTime(
    year: year, month: month, day: day, hour: hour, minute: minute, second: second,
    millisecond: millisecond)?.wallMilliseconds ?? .min
}

private let hour: Int64 = 3_600_000

@Suite struct QueryDateTests {
  @Test(
    arguments: [
      ("2024", wall(2024), wall(2025)), ("2024-05", wall(2024, 5), wall(2024, 6)),
      ("2024-12", wall(2024, 12), wall(2025)), ("2024-02", wall(2024, 2), wall(2024, 3)),
      ("2024-05-17", wall(2024, 5, 17), wall(2024, 5, 18)),
      ("2024-5-7", wall(2024, 5, 7), wall(2024, 5, 8)),
      ("2024-12-31", wall(2024, 12, 31), wall(2025)),
      ("2024-05..2024-06", wall(2024, 5), wall(2024, 7)), (">=2024-05", wall(2024, 5), nil),
      (">2024-05", wall(2024, 6), nil), ("<2024-05", nil, wall(2024, 5)),
      ("<=2024-05", nil, wall(2024, 6)),
      ("..2024", nil, wall(2025)), ("2024..", wall(2024), nil), ("=2024", wall(2024), wall(2025)),
      ("2024-05-17T10", wall(2024, 5, 17, 10), wall(2024, 5, 17, 11)),
      ("2024-05-17t10:30", wall(2024, 5, 17, 10, 30), wall(2024, 5, 17, 10, 31)),
      ("2024-05-17T10:30:05", wall(2024, 5, 17, 10, 30, 5), wall(2024, 5, 17, 10, 30, 6)),
      (
        "2024-05-17T10:30:05.250", wall(2024, 5, 17, 10, 30, 5, 250),
        wall(2024, 5, 17, 10, 30, 5, 251)
      ),
      ("today", wall(2024, 5, 17), wall(2024, 5, 18)),
      ("Yesterday", wall(2024, 5, 16), wall(2024, 5, 17)),
      ("yesterday..today", wall(2024, 5, 16), wall(2024, 5, 18)),
      (">=today", wall(2024, 5, 17), nil),
      ("last:30d", wall(2024, 4, 17, 15, 45, 30, 250), nil),
      ("LAST:90s", wall(2024, 5, 17, 15, 44, 0, 250), nil),
      ("last:5min", wall(2024, 5, 17, 15, 40, 30, 250), nil),
      ("last:2h", wall(2024, 5, 17, 13, 45, 30, 250), nil),
      ("last:1w", wall(2024, 5, 10, 15, 45, 30, 250), nil),
      ("last:3mo", wall(2024, 2, 17, 15, 45, 30, 250), nil),
      ("last:1y", wall(2023, 5, 17, 15, 45, 30, 250), nil),
      ("last:999999y", wall(1), nil), ("last:2023y", wall(1, 5, 17, 15, 45, 30, 250), nil),
      ("0001", wall(1), wall(2)), ("9999", wall(9999), wall(9999, 12, 31) + 24 * hour),
      ("*", nil, nil),
    ] as [(String, Int64?, Int64?)])
  func `dates are stretches of the camera's local time`(
    text: String, lower: Int64?, end: Int64?
  ) throws {
    let query = try parsed("taken:" + text)
    #expect(query.expression == .range(.taken, lower: lower, upper: end.map { $0 - 1 }))
    #expect(try parsed("date:" + text) == query)
    #expect(try parsed(query.description) == query, "\(query)")
  }

  /// The clock here is two hours ahead of UTC.
  @Test(
    arguments: [
      ("2024-05-17", wall(2024, 5, 16, 22), wall(2024, 5, 17, 22)),
      ("today", wall(2024, 5, 16, 22), wall(2024, 5, 17, 22)),
      ("last:1d", wall(2024, 5, 16, 13, 45, 30, 250), nil),
      ("2024-05-17T10:00Z", wall(2024, 5, 17, 10), wall(2024, 5, 17, 10, 1)),
      ("2024Z..", wall(2024), nil), ("<2024", nil, wall(2023, 12, 31, 22)),
    ] as [(String, Int64?, Int64?)])
  func `what was added was added in UTC, on a day that began here`(
    text: String, lower: Int64?, end: Int64?
  ) throws {
    let query = try parsed("added:" + text)
    #expect(query.expression == .range(.added, lower: lower, upper: end.map { $0 - 1 }))
    #expect(try Query(parsing: query.description, clock: QueryClock(utcMilliseconds: 0)) == query)
  }

  @Test func `a month back from its last day is the last day of a shorter one`() throws {
    let clock = QueryClock(utcMilliseconds: wall(2024, 3, 31, 12))
    let query = try Query(parsing: "taken:last:1mo", clock: clock)
    #expect(query.expression == .range(.taken, lower: wall(2024, 2, 29, 12), upper: nil))
  }

  @Test func `a day on which clocks are set has another length`() throws {
    let change = wall(2024, 3, 31, 2)
    let clock = QueryClock(utcMilliseconds: wall(2024, 5, 1), wallMilliseconds: wall(2024, 5, 1, 2))
    {
      $0 < change ? hour : 2 * hour
    }
    let query = try Query(parsing: "added:2024-03-31", clock: clock)
    guard case .range(_, let lower?, let upper?) = query.expression else { Issue.record(); return }
    #expect(lower == wall(2024, 3, 30, 23))
    #expect(upper - lower + 1 == 23 * hour)
  }

  @Test(arguments: [
    ("2024-05", "taken:2024-05"), ("2024-05-01..2024-05-31", "taken:2024-05"),
    ("2024-05-17..2024-06", "taken:2024-05-17..2024-06"), (">2023", "taken:>=2024"),
    ("<2024-03", "taken:<=2024-02"), ("2024-05-17T10:30..", "taken:>=2024-05-17T10:30"),
  ])
  func `canonical dates are short`(text: String, canonical: String) throws {
    #expect(try parsed("taken:" + text).description == canonical)
  }

  @Test func `the system's clock knows its zone`() {
    let clock = QueryClock.system()
    #expect(abs(clock.wallMilliseconds - clock.utcMilliseconds) <= 15 * hour)
    #expect(clock.utcMilliseconds > wall(2024))
    #expect(clock.utcMilliseconds(ofWall: clock.wallMilliseconds) == clock.utcMilliseconds)
  }
}
