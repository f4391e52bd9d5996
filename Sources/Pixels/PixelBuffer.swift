import Media

/// An 8-bit raster: rows top to bottom, channels interleaved, no padding, sRGB unless its owner
/// says otherwise. Alpha is straight (not premultiplied).
public struct PixelBuffer: Sendable, Hashable {
  /// What one pixel holds; the raw value is its size in bytes.
  public enum Layout: Int, Sendable {
    case grey = 1
    case greyAlpha = 2
    case rgb = 3
    case rgba = 4

    /// True when the last channel is alpha.
    public var hasAlpha: Bool { self == .greyAlpha || self == .rgba }
  }

  /// Width in pixels, at least 1.
  public let width: Int
  /// Height in pixels, at least 1.
  public let height: Int
  /// What one pixel holds.
  public let layout: Layout
  /// The samples; `width × height × layout.rawValue` of them.
  public var bytes: [UInt8]

  /// A raster around bytes that exist already.
  ///
  /// - Precondition: the dimensions are positive and the count of bytes is theirs.
  public init(width: Int, height: Int, layout: Layout, bytes: [UInt8]) {
    precondition(width > 0 && height > 0, "a raster has at least one pixel")
    let (pixels, overflows) = width.multipliedReportingOverflow(by: height)
    let (count, overflowsToo) = pixels.multipliedReportingOverflow(by: layout.rawValue)
    precondition(
      !overflows && !overflowsToo && bytes.count == count, "the bytes must fill the raster")
    self.width = width
    self.height = height
    self.layout = layout
    self.bytes = bytes
  }

  /// A raster with all samples zero; nil when its size in bytes cannot be counted.
  public init?(width: Int, height: Int, layout: Layout) {
    guard width > 0, height > 0 else { return nil }
    let (pixels, overflows) = width.multipliedReportingOverflow(by: height)
    let (count, overflowsToo) = pixels.multipliedReportingOverflow(by: layout.rawValue)
    guard !overflows, !overflowsToo else { return nil }
    self.init(
      width: width, height: height, layout: layout, bytes: [UInt8](repeating: 0, count: count))
  }

  /// The samples of one pixel; for tests and small work.
  public func pixel(x: Int, y: Int) -> ArraySlice<UInt8> {
    let start = (y * width + x) * layout.rawValue
    return bytes[start..<start + layout.rawValue]
  }

  /// The picture as opaque RGB, what is transparent showing `background`.
  ///
  /// Blends the sRGB values, as browsers do. Complexity: O(pixels).
  public func flattened(over background: RGB) -> PixelBuffer {
    if layout == .rgb { return self }
    var result = [UInt8](repeating: 0, count: width * height * 3)
    let back = [UInt32(background.red), UInt32(background.green), UInt32(background.blue)]
    let step = layout.rawValue
    unsafe bytes.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        for pixel in 0..<(width * height) {
          let from = pixel * step
          let into = pixel * 3
          if layout == .grey {
            let value = unsafe source[from]
            unsafe target[into] = value
            unsafe target[into + 1] = value
            unsafe target[into + 2] = value
            continue
          }
          let alpha = UInt32(unsafe source[from + step - 1])
          for channel in 0..<3 {
            let value = UInt32(unsafe source[step < 3 ? from : from + channel])
            unsafe target[into + channel] = UInt8(
              (value * alpha + back[channel] * (255 - alpha) + 127) / 255)
          }
        }
      }
    }
    return PixelBuffer(width: width, height: height, layout: .rgb, bytes: result)
  }
}
