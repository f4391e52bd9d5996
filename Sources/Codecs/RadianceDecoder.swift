import CVips
import Formats
import Media
import Pixels

/// Radiance HDR: libvips reads the light, our tone mapping makes a picture of it.
enum RadianceDecoder {
  static func decode(
    _ descriptor: CInt, target: Int, background: RGB
  ) throws(MediaFailure) -> DecodedPicture {
    var picture = unsafe cvips_picture()
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe cvips_radiance(descriptor, CInt(target), &picture, message, size)
    }
    defer { unsafe cvips_free(&picture) }
    let width = unsafe Int(picture.width)
    let height = unsafe Int(picture.height)
    guard code == 0, let base = unsafe picture.pixels,
      var raster = LinearReducer(fullWidth: width, fullHeight: height, factor: 1)
    else { throw LibraryMessage.failure(format: .radianceHDR, text: text) }
    let samples = unsafe UnsafeRawBufferPointer(start: base, count: width * height * 12)
    for y in 0..<height {
      for x in 0..<width {
        let at = (y * width + x) * 12
        let pixel = unsafe SIMD4<Float>(
          samples.load(fromByteOffset: at, as: Float.self),
          samples.load(fromByteOffset: at + 4, as: Float.self),
          samples.load(fromByteOffset: at + 8, as: Float.self), 1)
        raster.add(pixel, x: x, y: y)
      }
    }
    return DecodedPicture(pixels: ToneMapping.picture(of: raster, background: background))
  }
}
