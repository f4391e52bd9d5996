extension PixelBuffer {
  /// The picture at another size, each channel filtered by itself with Lanczos-3 (in sRGB values,
  /// as the tools people compare with do).
  ///
  /// - Parameters:
  ///   - extent: the part of the raster that is picture, when its right and bottom samples reach
  ///     beyond it; nil for all.
  ///   - averaged: how many pixels of a larger picture, across and down, each pixel is the mean of.
  ///
  /// - Precondition: the picture is opaque: flatten transparency first.
  ///
  /// Complexity: O(width × new height × reduction + new pixels × reduction); beside the result two bytes
  /// a sample of one row, and the weights.
  public func resized(
    width newWidth: Int, height newHeight: Int, extent: (width: Double, height: Double)? = nil,
    averaged: Int = 1
  ) -> PixelBuffer {
    precondition(newWidth > 0 && newHeight > 0, "a raster has at least one pixel")
    precondition(!layout.hasAlpha, "transparency is flattened before a picture is resized")
    let extent = extent ?? (Double(width), Double(height))
    if newWidth == width && newHeight == height { return self }
    let resampler = LanczosResampler(
      horizontal: WeightShelf.shared.weights(
        for: WeightShelf.Key(
          sourceCount: width, extent: extent.width, targetCount: newWidth, averaged: averaged,
          mostFractionBits: LanczosResampler.mostHorizontalBits)),
      vertical: WeightShelf.shared.weights(
        for: WeightShelf.Key(
          sourceCount: height, extent: extent.height, targetCount: newHeight, averaged: averaged,
          mostFractionBits: LanczosResampler.mostVerticalBits)),
      width: width, channels: layout.rawValue)
    return PixelBuffer(
      width: newWidth, height: newHeight, layout: layout, bytes: resampler.resampled(bytes))
  }
}
