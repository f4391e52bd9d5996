import Glibc

/// Distances on a globe.
package enum GreatCircle {
  /// The mean radius of the Earth (IUGG).
  package static let earthRadiusInKilometres = 6371.0088

  /// The shortest way over the surface between two places in degrees, by the haversine formula: good to
  /// half a percent, and to the millimetre for near ones.
  package static func kilometres(
    latitude: Double, longitude: Double, toLatitude: Double, toLongitude: Double
  ) -> Double {
    let radians = Double.pi / 180
    let north = sin((toLatitude - latitude) * radians / 2)
    let east = sin((toLongitude - longitude) * radians / 2)
    let part =
      north * north + cos(latitude * radians) * cos(toLatitude * radians) * east * east
    return 2 * earthRadiusInKilometres * asin(min(1, part.squareRoot()))
  }
}
