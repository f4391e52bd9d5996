import Media
import Pixels

/// What every decoder gives: a picture reduced as far as the format allows, and what is left to do.
package struct DecodedPicture {
  /// The pixels, at least of the `sufficientPixelSize` asked for unless the picture itself is smaller.
  package var pixels: PixelBuffer
  /// The size of the whole picture as stored: what the aspect of the result is computed from.
  package var fullWidth: Int
  package var fullHeight: Int
  /// The part of `pixels` that is picture, when its last samples reach beyond it.
  package var extent: (width: Double, height: Double)?
  /// How many pixels of the whole picture, across and down, each pixel is the mean of.
  package var averaged = 1
  /// The ICC profile the pixels are in; empty for sRGB.
  package var profile: [UInt8] = []
  /// How the pixels must still be turned.
  package var orientation: Orientation = .up

  /// A picture that is complete as it is.
  package init(pixels: PixelBuffer) {
    self.pixels = pixels
    fullWidth = pixels.width
    fullHeight = pixels.height
  }

  /// Turns the picture into what was asked for: colours to sRGB, transparency over the background,
  /// reduction, orientation, JPEG. The smaller sizes are made from the larger ones.
  func finished(probe: Probe, request: RenderRequest) throws(MediaFailure) -> RenderResult {
    var current = pixels
    // Blending needs the right colours first; otherwise converting the reduced picture is cheaper.
    var isConverted = profile.isEmpty
    if current.layout.hasAlpha {
      if !isConverted { current = ColourConversion.toSRGB(current, profile: profile) }
      isConverted = true
      current = current.flattened(over: request.background)
    }
    var (extent, averaged) = (extent, averaged)
    let order = request.maxPixelSizes.indices.sorted {
      request.maxPixelSizes[$0] > request.maxPixelSizes[$1]
    }
    var images = [RenderedImage?](repeating: nil, count: order.count)
    var smallest: PixelBuffer?
    for index in order {
      var size = ThumbnailSize.fitting(
        width: fullWidth, height: fullHeight, maxPixelSize: request.maxPixelSizes[index])
      size = (
        min(size.width, request.mostPixels(from: current.width)),
        min(size.height, request.mostPixels(from: current.height))
      )
      current = current.resized(
        width: size.width, height: size.height, extent: extent, averaged: averaged)
      (extent, averaged) = (nil, 1)
      if !isConverted {
        current = ColourConversion.toSRGB(current, profile: profile)
        isConverted = true
      }
      // Grey stays one channel until here: a third of the work.
      let upright = current.oriented(orientation).flattened(over: request.background)
      images[index] = RenderedImage(
        width: upright.width, height: upright.height,
        jpeg: try JPEGEncoder.encode(upright, quality: request.jpegQuality))
      smallest = upright
    }
    let placeholder: [UInt8]
    if request.wantsPlaceholder {
      placeholder = Placeholder(of: smallest ?? current.oriented(orientation)).bytes
    } else {
      placeholder = []
    }
    return RenderResult(
      images: images.compactMap { $0 }, placeholder: placeholder, probe: probe)
  }
}
