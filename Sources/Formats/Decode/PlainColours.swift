import Pixels

/// Colour models without a profile.
package enum PlainColours {
  /// Ink amounts (255 is full) as RGB, without knowledge of the inks.
  package static func rgb(cyan: UInt8, magenta: UInt8, yellow: UInt8, black: UInt8) -> SIMD3<UInt8>
  {
    func channel(_ ink: UInt8) -> UInt8 {
      UInt8((255 - UInt32(ink)) * (255 - UInt32(black)) / 255)
    }
    return SIMD3(channel(cyan), channel(magenta), channel(yellow))
  }

  /// CIE Lab (D50) with L of 0…255, a and b shifted by 128, as sRGB.
  static func rgb(lightness: UInt8, a: UInt8, b: UInt8) -> SIMD3<UInt8> {
    let middle = (Float(lightness) * 100 / 255 + 16) / 116
    func cubed(_ value: Float) -> Float {
      value > 6 / 29 ? value * value * value : 3 * (6 / 29) * (6 / 29) * (value - 4 / 29)
    }
    let x = cubed(middle + (Float(a) - 128) / 500) * 0.9642
    let y = cubed(middle)
    let z = cubed(middle - (Float(b) - 128) / 200) * 0.8249
    // XYZ under D50 to linear sRGB, Bradford-adapted.
    let light = SIMD3(
      3.1339 * x - 1.6169 * y - 0.4906 * z, -0.9788 * x + 1.9161 * y + 0.0335 * z,
      0.0719 * x - 0.2290 * y + 1.4052 * z)
    func byte(_ value: Float) -> UInt8 { UInt8((Transfer.sRGB(value) * 255).rounded()) }
    return SIMD3(byte(light.x), byte(light.y), byte(light.z))
  }
}
