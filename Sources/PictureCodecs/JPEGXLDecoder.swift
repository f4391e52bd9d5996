import CJPEGXL
import Formats
import Media
import Pixels

/// JPEG XL: reduced as its rows are decoded.
enum JPEGXLDecoder {
  /// The first frame, reduced; nil for what only a more general decoder reads or may judge: light in
  /// floating point, inks, and damaged files.
  static func decode(
    _ descriptor: CInt, probe: Probe, target: Int
  ) throws(MediaFailure) -> DecodedPicture? {
    let byteCount = try DescriptorSource(borrowing: descriptor).byteCount
    var info = unsafe cjpegxl_info()
    guard let file = unsafe cjpegxl_open(descriptor, byteCount, &info) else { return nil }
    defer { unsafe cjpegxl_close(file) }
    let width = unsafe Int(info.width)
    let height = unsafe Int(info.height)
    // What the parent reserved is for the size the probe has seen.
    guard width == Int(probe.storedWidth), height == Int(probe.storedHeight),
      unsafe info.is_float == 0 && info.is_linear == 0 && info.has_unusual_channels == 0,
      let layout = unsafe PixelBuffer.Layout(rawValue: Int(info.channels))
    else { return nil }
    let factor = min(
      LinearReducer.factor(longestEdge: max(width, height), target: target),
      BlockReducer.largestFactor)
    guard
      let reducer = BlockReducer(
        fullWidth: width, fullHeight: height, channelCount: layout.rawValue, factorAcross: factor,
        factorDown: factor)
    else { return nil }
    let receiver = Receiver(reducer, layout)
    let code = unsafe cjpegxl_read(
      file,
      { context, x, y, count, samples in
        guard let context = unsafe context, let samples = unsafe samples else { return }
        let receiver = unsafe Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
        unsafe receiver.take(samples, count: count, x: x, y: y)
      }, Unmanaged.passUnretained(receiver).toOpaque())
    guard code == 0 else { return nil }
    var decoded = DecodedPicture(pixels: receiver.picture())
    decoded.fullWidth = width
    decoded.fullHeight = height
    decoded.extent = (Double(width) / Double(factor), Double(height) / Double(factor))
    decoded.averaged = factor
    decoded.orientation = probe.orientation
    if let profile = unsafe info.profile {
      decoded.profile = unsafe Array(
        UnsafeBufferPointer(start: profile, count: info.profile_byte_count))
    }
    return decoded
  }

  /// Takes pieces of rows, straight alpha, and averages them with colours by their alpha.
  @safe private final class Receiver {
    private var reducer: BlockReducer
    private let layout: PixelBuffer.Layout
    private var weighted: [UInt16] = []

    init(_ reducer: BlockReducer, _ layout: PixelBuffer.Layout) {
      self.reducer = reducer
      self.layout = layout
    }

    func take(_ samples: UnsafeRawPointer, count: Int, x: Int, y: Int) {
      let sampleCount = count * layout.rawValue
      let area = BlockReducer.Area(x: x, y: y, width: count, height: 1)
      let bytes = unsafe UnsafeRawBufferPointer(start: samples, count: sampleCount)
      guard layout.hasAlpha else {
        unsafe reducer.add(bytes, of: UInt8.self, byteStride: sampleCount, area: area)
        return
      }
      if weighted.count < sampleCount { weighted = [UInt16](repeating: 0, count: sampleCount) }
      let channels = layout.rawValue
      for pixel in stride(from: 0, to: sampleCount, by: channels) {
        let alpha = unsafe UInt16(bytes[pixel + channels - 1])
        for channel in pixel..<(pixel + channels - 1) {
          weighted[channel] = unsafe UInt16(bytes[channel]) * alpha
        }
        weighted[pixel + channels - 1] = alpha
      }
      unsafe weighted.withUnsafeBytes { weighted in
        unsafe reducer.add(weighted, of: UInt16.self, byteStride: sampleCount * 2, area: area)
      }
    }

    func picture() -> PixelBuffer {
      let channels = layout.rawValue
      let colours = layout.hasAlpha ? channels - 1 : channels
      var bytes: [UInt8] = []
      bytes.reserveCapacity(reducer.width * reducer.height * channels)
      for y in 0..<reducer.height {
        for x in 0..<reducer.width {
          guard layout.hasAlpha else {
            for channel in 0..<colours {
              bytes.append(UInt8(reducer.average(x: x, y: y, channel: channel)))
            }
            continue
          }
          let alpha = reducer.sum(x: x, y: y, channel: colours)
          for channel in 0..<colours {
            let sum = UInt64(reducer.sum(x: x, y: y, channel: channel))
            bytes.append(alpha == 0 ? 0 : UInt8((sum + UInt64(alpha) / 2) / UInt64(alpha)))
          }
          bytes.append(UInt8(reducer.average(x: x, y: y, channel: colours)))
        }
      }
      return PixelBuffer(
        width: reducer.width, height: reducer.height, layout: layout, bytes: bytes)
    }
  }
}
