import Media

extension PixelBuffer {
  /// The picture turned upright as its EXIF orientation says.
  ///
  /// Complexity: O(pixels), one more buffer of the same size.
  public func oriented(_ orientation: Orientation) -> PixelBuffer {
    if orientation == .up { return self }
    // Where the upright pixel (0, 0) lies in the stored raster, and the steps in the stored raster
    // for one pixel to the right and one row down in the upright picture.
    let right = layout.rawValue
    let down = width * layout.rawValue
    let lastColumn = (width - 1) * right
    let lastRow = (height - 1) * down
    let (start, stepX, stepY) =
      switch orientation {
      case .up: (0, right, down)
      case .upMirrored: (lastColumn, -right, down)
      case .down: (lastColumn + lastRow, -right, -down)
      case .downMirrored: (lastRow, right, -down)
      case .leftMirrored: (0, down, right)
      case .right: (lastRow, -down, right)
      case .rightMirrored: (lastColumn + lastRow, -down, -right)
      case .left: (lastColumn, down, -right)
      }
    let newWidth = orientation.swapsAxes ? height : width
    let newHeight = orientation.swapsAxes ? width : height
    var result = [UInt8](repeating: 0, count: bytes.count)
    unsafe bytes.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        var into = 0
        for y in 0..<newHeight {
          var from = start + y * stepY
          // The usual case apart, so that nothing is counted for each pixel.
          if right == 3 {
            for _ in 0..<newWidth {
              unsafe target[into] = source[from]
              unsafe target[into + 1] = source[from + 1]
              unsafe target[into + 2] = source[from + 2]
              into += 3
              from += stepX
            }
            continue
          }
          for _ in 0..<newWidth {
            for channel in 0..<right {
              unsafe target[into + channel] = source[from + channel]
            }
            into += right
            from += stepX
          }
        }
      }
    }
    return PixelBuffer(width: newWidth, height: newHeight, layout: layout, bytes: result)
  }
}
