/// The three primary colours and the white of an RGB space, as CIE xy.
public struct Primaries: Sendable, Hashable {
  /// x and y of red, green, blue and white.
  public let red: SIMD2<Double>
  public let green: SIMD2<Double>
  public let blue: SIMD2<Double>
  public let white: SIMD2<Double>

  /// sRGB and Rec. 709.
  public static let rec709 = Primaries(
    red: [0.64, 0.33], green: [0.30, 0.60], blue: [0.15, 0.06], white: [0.3127, 0.3290])
  /// Rec. 2020 and 2100.
  public static let rec2020 = Primaries(
    red: [0.708, 0.292], green: [0.170, 0.797], blue: [0.131, 0.046], white: [0.3127, 0.3290])
  /// Display P3.
  public static let displayP3 = Primaries(
    red: [0.680, 0.320], green: [0.265, 0.690], blue: [0.150, 0.060], white: [0.3127, 0.3290])

  /// Primaries from their coordinates.
  public init(
    red: SIMD2<Double>, green: SIMD2<Double>, blue: SIMD2<Double>, white: SIMD2<Double>
  ) {
    self.red = red
    self.green = green
    self.blue = blue
    self.white = white
  }

  /// The matrix from linear RGB of these primaries to CIE XYZ; nil when they span no colours.
  public var toXYZ: ColourMatrix? {
    guard [red, green, blue, white].allSatisfy({ $0.y.magnitude > 1e-6 && $0.x.isFinite }) else {
      return nil
    }
    func xyz(_ point: SIMD2<Double>) -> SIMD3<Double> {
      [point.x / point.y, 1, (1 - point.x - point.y) / point.y]
    }
    let unscaled = ColourMatrix(columns: xyz(red), xyz(green), xyz(blue))
    guard let scale = unscaled.inverse?.applied(to: xyz(white)) else { return nil }
    return ColourMatrix(
      columns: unscaled.columns.0 * scale.x, unscaled.columns.1 * scale.y,
      unscaled.columns.2 * scale.z)
  }

  /// The matrix from linear RGB of these primaries to linear sRGB, white to white (Bradford); nil
  /// when it would change nothing or the primaries make no sense.
  public var toSRGB: ColourMatrix? {
    guard self != .rec709, let toXYZ, let back = Self.rec709.toXYZ?.inverse else { return nil }
    let bradford = ColourMatrix(
      columns: [0.8951, -0.7502, 0.0389], [0.2664, 1.7135, -0.0685], [-0.1614, 0.0367, 1.0296])
    guard let unbradford = bradford.inverse, let target = Self.rec709.toXYZ else { return nil }
    let from = bradford.applied(to: toXYZ.applied(to: [1, 1, 1]))
    let to = bradford.applied(to: target.applied(to: [1, 1, 1]))
    guard from.x != 0, from.y != 0, from.z != 0 else { return nil }
    let gains = to / from
    let adaptation = unbradford.multiplied(
      by: ColourMatrix(columns: [gains.x, 0, 0], [0, gains.y, 0], [0, 0, gains.z])
        .multiplied(by: bradford))
    return back.multiplied(by: adaptation.multiplied(by: toXYZ))
  }
}

/// A 3 × 3 matrix for colours.
public struct ColourMatrix: Sendable {
  /// The columns.
  public let columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  /// A matrix from its columns.
  public init(columns first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
    columns = (first, second, third)
  }

  /// Matrix × colour.
  public func applied(to colour: SIMD3<Double>) -> SIMD3<Double> {
    columns.0 * colour.x + columns.1 * colour.y + columns.2 * colour.z
  }

  /// Matrix × matrix.
  public func multiplied(by other: ColourMatrix) -> ColourMatrix {
    ColourMatrix(
      columns: applied(to: other.columns.0), applied(to: other.columns.1),
      applied(to: other.columns.2))
  }

  /// The inverse; nil when there is none.
  public var inverse: ColourMatrix? {
    let (a, b, c) = columns
    func cross(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> SIMD3<Double> {
      [
        left.y * right.z - left.z * right.y, left.z * right.x - left.x * right.z,
        left.x * right.y - left.y * right.x,
      ]
    }
    let rows = (cross(b, c), cross(c, a), cross(a, b))
    let determinant = (a * rows.0).sum()
    guard determinant.isFinite, determinant.magnitude > 1e-12 else { return nil }
    return ColourMatrix(
      columns: SIMD3(rows.0.x, rows.1.x, rows.2.x) / determinant,
      SIMD3(rows.0.y, rows.1.y, rows.2.y) / determinant,
      SIMD3(rows.0.z, rows.1.z, rows.2.z) / determinant)
  }
}
