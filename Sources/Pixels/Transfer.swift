import Glibc

/// Transfer curves: stored values to light and back. Light is 1 at diffuse white.
public enum Transfer {
  /// An sRGB byte as light.
  public static func linear(_ value: UInt8) -> Float { linear(Float(value) / 255) }

  /// An sRGB value (0…1) as light.
  public static func linear(_ value: Float) -> Float {
    value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }

  /// Light as an sRGB value (0…1).
  public static func sRGB(_ light: Float) -> Float {
    light <= 0.003_130_8 ? max(0, light) * 12.92 : 1.055 * pow(min(1, light), 1 / 2.4) - 0.055
  }

  /// A PQ value (SMPTE ST 2084, 0…1) as light, 203 cd/m² being diffuse white (BT.2408).
  public static func linearPQ(_ value: Float) -> Float {
    let root = pow(max(0, min(1, value)), 1 / 78.84375)
    let top = max(0, root - 0.835_937_5)
    let bottom = 18.851_562_5 - 18.6875 * root
    return pow(top / bottom, 1 / 0.159_301_757_812_5) * 10_000 / 203
  }

  /// An HLG value (0…1) as display light of a 1,000 cd/m² screen, 203 cd/m² being diffuse white.
  public static func linearHLG(_ value: Float) -> Float {
    let signal = max(0, min(1, value))
    let scene: Float =
      signal <= 0.5
      ? signal * signal / 3 : (exp((signal - 0.559_910_73) / 0.178_832_77) + 0.284_668_92) / 12
    return pow(scene, 1.2) * 1000 / 203
  }
}

/// Light to sRGB bytes by a table over its square root, which spends its entries where the eye does.
struct SRGBTable: Sendable {
  static let shared = SRGBTable()
  private let bytes: [UInt8]

  private init() {
    bytes = (0...4095).map { index in
      let root = Float(index) / 4095
      return UInt8((Transfer.sRGB(root * root) * 255).rounded())
    }
  }

  /// The byte of a light value; what is below 0 or above 1 is clipped, NaN is black.
  func encoded(_ light: Float) -> UInt8 {
    guard light > 0 else { return 0 }
    return bytes[Int(min(1, light).squareRoot() * 4095 + 0.5)]
  }
}
