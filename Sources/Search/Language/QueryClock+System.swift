import Glibc

extension QueryClock {
  /// The system's clock in the system's time zone, with its summer time.
  package static func system() -> QueryClock {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    let utc = Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    var parts = unsafe tm()
    var seconds = now.tv_sec
    unsafe localtime_r(&seconds, &parts)
    let offsetSeconds = unsafe Int64(parts.tm_gmtoff)
    let wall = utc + offsetSeconds * 1000
    return QueryClock(utcMilliseconds: utc, wallMilliseconds: wall) { offset(atWall: $0) }
  }

  /// How far the wall clock is ahead of UTC when it shows this. Of an hour that comes twice it takes the
  /// one, and of one that never comes the time before or after it, that the C library takes.
  private static func offset(atWall wall: Int64) -> Int64 {
    let seconds = wall >= 0 ? wall / 1000 : (wall - 999) / 1000
    // Read as UTC first, for the calendar parts; then the same parts as local time.
    var asUTC = Int(seconds)
    var parts = unsafe tm()
    unsafe gmtime_r(&asUTC, &parts)
    unsafe parts.tm_isdst = -1
    let actual = unsafe mktime(&parts)
    return (seconds - Int64(actual)) * 1000
  }
}
