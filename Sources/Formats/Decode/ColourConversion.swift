import CLittleCMS
import Pixels

/// Colours from an embedded profile to sRGB.
package enum ColourConversion {
  /// The picture in sRGB. A profile that cannot be read, or is for another colour model than the
  /// pixels have, changes nothing: the pixels are then taken for sRGB, as every viewer does.
  static func toSRGB(_ picture: PixelBuffer, profile: [UInt8]) -> PixelBuffer {
    let hasAlpha = picture.layout.hasAlpha
    let channels = picture.layout.rawValue - (hasAlpha ? 1 : 0)
    let layout: PixelBuffer.Layout = hasAlpha ? .rgba : .rgb
    guard
      let bytes = convert(
        picture.bytes, count: picture.width * picture.height, channels: channels,
        hasAlpha: hasAlpha, profile: profile)
    else { return picture }
    return PixelBuffer(width: picture.width, height: picture.height, layout: layout, bytes: bytes)
  }

  /// `count` pixels of four inks (255 is full) as RGB, by their profile if it is for inks.
  package static func rgb(inks: [UInt8], count: Int, profile: [UInt8]) -> [UInt8] {
    if !profile.isEmpty,
      let converted = convert(inks, count: count, channels: 4, hasAlpha: false, profile: profile)
    {
      return converted
    }
    var result: [UInt8] = []
    result.reserveCapacity(count * 3)
    for at in stride(from: 0, to: count * 4, by: 4) {
      let colour = PlainColours.rgb(
        cyan: inks[at], magenta: inks[at + 1], yellow: inks[at + 2], black: inks[at + 3])
      result.append(colour.x)
      result.append(colour.y)
      result.append(colour.z)
    }
    return result
  }

  /// `count` pixels of `channels` samples (and alpha) as RGB (and alpha); nil when the profile does
  /// not fit.
  package static func convert(
    _ samples: [UInt8], count: Int, channels: Int, hasAlpha: Bool, profile: [UInt8]
  ) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: count * (hasAlpha ? 4 : 3))
    let code = unsafe profile.withUnsafeBytes { profile in
      unsafe samples.withUnsafeBufferPointer { source in
        unsafe result.withUnsafeMutableBufferPointer { target in
          unsafe clittlecms_to_srgb(
            profile.baseAddress, profile.count, source.baseAddress, target.baseAddress, count,
            CInt(channels), hasAlpha ? 1 : 0)
        }
      }
    }
    return code == 0 ? result : nil
  }
}
