import Glibc

/// From scene-referred light (1 is diffuse white) to an 8-bit picture.
public enum ToneMapping {
  /// The picture of a reduced linear raster, over a background.
  ///
  /// Light is shown as it is up to 0.9 of white and rolls off softly above, so that ordinary
  /// renders look as in any viewer at exposure 0. Only a picture that would come out all black or
  /// all white is exposed by its own brightness.
  ///
  /// - Parameters:
  ///   - raster: the light, premultiplied.
  ///   - matrix: from the raster's primaries to sRGB's; nil when they are the same.
  ///   - background: what shows where alpha is below 1.
  public static func picture(
    of raster: consuming LinearReducer, matrix: ColourMatrix? = nil, background: RGB
  ) -> PixelBuffer {
    let (width, height) = (raster.width, raster.height)
    var linear = raster.averages()
    if let matrix {
      for index in linear.indices {
        let pixel = linear[index]
        let colour = matrix.applied(to: [Double(pixel.x), Double(pixel.y), Double(pixel.z)])
        linear[index] = [Float(colour.x), Float(colour.y), Float(colour.z), pixel.w]
      }
    }
    let exposure = exposure(for: linear)
    let back = SIMD4(
      Transfer.linear(background.red), Transfer.linear(background.green),
      Transfer.linear(background.blue), 0)
    var bytes = [UInt8](repeating: 0, count: linear.count * 3)
    let table = SRGBTable.shared
    for index in linear.indices {
      let pixel = linear[index]
      let through = max(0, min(1, 1 - pixel.w))
      let light = pixel * exposure + back * through
      bytes[index * 3] = table.encoded(shoulder(light.x))
      bytes[index * 3 + 1] = table.encoded(shoulder(light.y))
      bytes[index * 3 + 2] = table.encoded(shoulder(light.z))
    }
    return PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes)
  }

  /// Straight up to the knee, then an exponential approach to 1 without a kink.
  public static func shoulder(_ light: Float) -> Float {
    let knee: Float = 0.9
    if light <= knee { return max(0, light) }
    return knee + (1 - knee) * (1 - exp(-(light - knee) / (1 - knee)))
  }

  /// 1, unless the picture would hardly be seen.
  static func exposure(for linear: [SIMD4<Float>]) -> Float {
    // At most some 4,000 samples: enough for percentiles.
    let step = max(1, linear.count / 4096)
    var levels: [Float] = []
    for index in stride(from: 0, to: linear.count, by: step) where linear[index].w > 0 {
      let pixel = linear[index]
      let luminance = 0.2126 * pixel.x + 0.7152 * pixel.y + 0.0722 * pixel.z
      if luminance > 0, luminance.isFinite { levels.append(luminance) }
    }
    guard levels.count >= 16 else { return 1 }
    levels.sort()
    let median = levels[levels.count / 2]
    let bright = levels[levels.count * 99 / 100]
    if median > 1.5 { return 0.4 / median }
    if bright < 0.05 { return 0.5 / bright }
    return 1
  }
}
