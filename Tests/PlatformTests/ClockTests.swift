import Platform
import Testing

@Suite struct ClockTests {
  @Test(
    arguments: [
      (since: 5, until: 9, passed: 4), (since: 9, until: 9, passed: 0),
      // Another thread wrote down a moment after this one had looked at the clock.
      (since: 9, until: 5, passed: 0), (since: 0, until: UInt64.max, passed: UInt64.max),
    ] as [(since: UInt64, until: UInt64, passed: UInt64)])
  func timePassedIsNeverNegative(_ times: (since: UInt64, until: UInt64, passed: UInt64)) {
    #expect(nanosecondsPassed(since: times.since, until: times.until) == times.passed)
  }

  @Test func theClockGoesOn() {
    let before = monotonicNanoseconds()
    #expect(nanosecondsPassed(since: before) < UInt64.max / 2)
    #expect(monotonicNanoseconds() >= before)
  }
}
