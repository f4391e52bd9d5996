/// Where a picture was taken, WGS 84.
public struct GeoPosition: Sendable, Hashable {
  /// Degrees north, -90…90.
  public let latitude: Double
  /// Degrees east, -180…180.
  public let longitude: Double
  /// Metres above sea level; nil when the file does not say.
  public let altitudeMetres: Double?

  /// A position; nil when a number is not finite or out of range.
  public init?(latitude: Double, longitude: Double, altitudeMetres: Double? = nil) {
    guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
    self.latitude = latitude
    self.longitude = longitude
    self.altitudeMetres = altitudeMetres.flatMap { $0.isFinite ? $0 : nil }
  }
}
