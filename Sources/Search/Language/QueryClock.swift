/// What the time is, and where: `today`, `last:30d` and the days of `added:` hang on it.
///
/// Who parses passes it in, so that a text and a clock always give the same query. `taken:` counts in
/// the camera's own local time and compares it with the wall clock here; `added:` is kept in UTC, so a
/// day of it begins when it began here.
package struct QueryClock: Sendable {
  /// Milliseconds since 1970 UTC.
  package let utcMilliseconds: Int64
  /// The same moment on the wall clock here, as milliseconds since 1970 if that were UTC.
  package let wallMilliseconds: Int64
  private let offset: @Sendable (_ wallMilliseconds: Int64) -> Int64

  /// - Parameters:
  ///   - utcMilliseconds: now.
  ///   - wallMilliseconds: now, on the wall clock.
  ///   - offset: how many milliseconds the wall clock is ahead of UTC when it shows this; cheap, called
  ///     a few times a query.
  package init(
    utcMilliseconds: Int64, wallMilliseconds: Int64,
    offset: @escaping @Sendable (_ wallMilliseconds: Int64) -> Int64
  ) {
    self.utcMilliseconds = utcMilliseconds
    self.wallMilliseconds = wallMilliseconds
    self.offset = offset
  }

  /// A clock that is ahead of UTC by the same time all year.
  package init(utcMilliseconds: Int64, offsetMinutes: Int = 0) {
    let offset = Int64(offsetMinutes) * 60_000
    self.init(utcMilliseconds: utcMilliseconds, wallMilliseconds: utcMilliseconds + offset) { _ in
      offset
    }
  }

  /// When the wall clock here showed this.
  package func utcMilliseconds(ofWall wall: Int64) -> Int64 { wall - offset(wall) }
}
