import Glibc

/// A test of the distance from a place.
struct NearTest {
  private static let degree = 1e7

  let latitudes: Column
  let longitudes: Column
  private let latitude: Double
  private let longitude: Double
  private let kilometres: Double

  /// What lies in a box around the circle, which passes whatever is in the circle.
  let box: (latitudes: ValueTest, longitudes: ValueTest)

  /// Nil when nothing can be that near.
  init?(latitude: Double, longitude: Double, kilometres: Double, store: AssetStore) {
    guard latitude.isFinite, abs(latitude) <= 90, longitude.isFinite, abs(longitude) <= 360,
      kilometres >= 0
    else { return nil }
    self.latitude = latitude
    self.longitude = longitude
    self.kilometres = kilometres
    latitudes = store.columns[Column.index(of: NumericColumn.latitude)]
    longitudes = store.columns[Column.index(of: NumericColumn.longitude)]
    // A millionth of a degree more than the circle has, for what rounding takes.
    let angle = min(.pi, kilometres / GreatCircle.earthRadiusInKilometres)
    let reach = angle * 180 / .pi + 1e-6
    let (south, north) = (latitude - reach, latitude + reach)
    let everywhere = Self.range(-181, 181)
    var east = [everywhere]
    if south > -90 && north < 90 {
      // The meridian that touches the circle is not where the circle is widest in degrees.
      let half =
        asin(min(1, sin(angle) / cos(latitude * .pi / 180))) * 180 / .pi + 1e-6
        / cos(
          min(abs(south), abs(north)) * .pi / 180)
      let (left, right) = (longitude - half, longitude + half)
      if right - left < 360 {
        // The same circle where the date line is crossed, either way.
        east = [-720.0, -360, 0, 360, 720].map { Self.range(left + $0, right + $0) }
      }
    }
    box = (
      ValueTest(latitudes, [Self.range(max(-91, south), min(91, north))]),
      ValueTest(longitudes, east)
    )
  }

  private static func range(_ low: Double, _ high: Double) -> ClosedRange<Int64> {
    Int64((low * degree).rounded(.down))...Int64((high * degree).rounded(.up))
  }

  /// Whether an asset is near.
  func passes(_ chunk: Chunk, _ place: Int) -> Bool {
    guard let north = latitudes.value(chunk, place), let east = longitudes.value(chunk, place)
    else { return false }
    return GreatCircle.kilometres(
      latitude: latitude, longitude: longitude, toLatitude: Double(north) / Self.degree,
      toLongitude: Double(east) / Self.degree) <= kilometres
  }
}
