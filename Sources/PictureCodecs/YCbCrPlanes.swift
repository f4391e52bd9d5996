import CHEIFCodecs
import Pixels

/// The planes of a picture, reduced to one grid, and what colours they are.
@safe struct YCbCrPlanes {
  private var luma: BlockReducer
  private var chroma: [BlockReducer]
  /// By how many bits a place in the grid of luma is shifted to be one in that of chroma.
  private let shiftAcross: Int
  private let shiftDown: Int
  /// How many pixels there are to a sample of chroma.
  private let chromaAcross: Int
  private let chromaDown: Int
  private let layout: CInt
  private let bits: CInt
  private let signal: (primaries: Int, transfer: Int, matrix: Int, isFullRange: Bool)

  /// Empty planes for a picture of whose parts this is the first; nil for what is not read here.
  init?(
    _ frame: cheifcodecs_frame, crop: (x: Int, y: Int, width: Int, height: Int), factor: Int
  ) {
    layout = unsafe frame.chroma
    bits = unsafe frame.bits
    signal = unsafe (
      Int(frame.primaries), Int(frame.transfer), Int(frame.matrix), frame.is_full_range != 0
    )
    chromaAcross = layout == 1 || layout == 2 ? 2 : 1
    chromaDown = layout == 1 ? 2 : 1
    guard (8...16).contains(bits), (0...3).contains(layout),
      // Chroma would lie between the pixels of what is seen.
      crop.x % chromaAcross == 0, crop.y % chromaDown == 0,
      let luma = BlockReducer(
        fullWidth: crop.width, fullHeight: crop.height, factorAcross: factor, factorDown: factor)
    else { return nil }
    self.luma = luma
    shiftAcross = factor == 1 ? chromaAcross - 1 : 0
    shiftDown = factor == 1 ? chromaDown - 1 : 0
    chroma = []
    guard layout != 0 else { return }
    guard
      let plane = BlockReducer(
        fullWidth: (crop.width - 1) / chromaAcross + 1,
        fullHeight: (crop.height - 1) / chromaDown + 1,
        factorAcross: max(1, factor / chromaAcross), factorDown: max(1, factor / chromaDown))
    else { return nil }
    chroma = [plane, plane]
  }

  /// Adds a part at a place of what is seen; false when it is not like the first one.
  mutating func add(
    _ frame: cheifcodecs_frame, x: Int, y: Int, width: Int, height: Int
  ) -> Bool {
    guard unsafe frame.chroma == layout && frame.bits == bits,
      unsafe Int(frame.width) >= width && Int(frame.height) >= height,
      x % chromaAcross == 0, y % chromaDown == 0
    else { return false }
    let area = BlockReducer.Area(x: x, y: y, width: width, height: height)
    unsafe Self.add(frame.planes.0, frame.byte_strides.0, bits, area, to: &luma)
    guard !chroma.isEmpty else { return true }
    // The last sample of an odd edge belongs to the pixel there.
    let small = BlockReducer.Area(
      x: x / chromaAcross, y: y / chromaDown, width: (width - 1) / chromaAcross + 1,
      height: (height - 1) / chromaDown + 1)
    unsafe Self.add(frame.planes.1, frame.byte_strides.1, bits, small, to: &chroma[0])
    unsafe Self.add(frame.planes.2, frame.byte_strides.1, bits, small, to: &chroma[1])
    return true
  }

  private static func add(
    _ plane: UnsafeRawPointer?, _ byteStride: Int, _ bits: CInt, _ area: BlockReducer.Area,
    to reducer: inout BlockReducer
  ) {
    let sampleByteCount = bits > 8 ? 2 : 1
    let block = unsafe UnsafeRawBufferPointer(
      start: plane,
      count: (area.height - 1) * byteStride + area.width * sampleByteCount)
    if bits > 8 {
      unsafe reducer.add(block, of: UInt16.self, byteStride: byteStride, area: area)
    } else {
      unsafe reducer.add(block, of: UInt8.self, byteStride: byteStride, area: area)
    }
  }

  /// The picture in the colours it is coded in; nil for matrices that are not known here.
  ///
  /// - Parameter coded: what the container says, which goes before what the stream says.
  func colours(
    signal coded: (primaries: Int, transfer: Int, matrix: Int, isFullRange: Bool)?
  ) -> (pixels: PixelBuffer, signal: VideoSignal)? {
    let signal = coded ?? signal
    guard let conversion = Conversion(signal.matrix, isFullRange: signal.isFullRange, bits: bits),
      !conversion.isIdentity || layout == 3 || layout == 0
    else { return nil }
    let (width, height) = (luma.width, luma.height)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: width * height * 3) { bytes, count in
      var at = 0
      for y in 0..<height {
        for x in 0..<width {
          let pixel: SIMD4<Float>
          if chroma.isEmpty {
            pixel = conversion.grey(average(luma, x, y))
          } else {
            let (cx, cy) = (x >> shiftAcross, y >> shiftDown)
            pixel = conversion.colour(
              average(luma, x, y), average(chroma[0], cx, cy), average(chroma[1], cx, cy))
          }
          let clamped = pixel.clamped(
            lowerBound: SIMD4(repeating: 0), upperBound: SIMD4(repeating: 255))
          let rounded = SIMD4<UInt8>(clamped, rounding: .toNearestOrAwayFromZero)
          unsafe bytes[at] = rounded.x
          unsafe bytes[at + 1] = rounded.y
          unsafe bytes[at + 2] = rounded.z
          at += 3
        }
      }
      count = at
    }
    return (
      PixelBuffer(width: width, height: height, layout: .rgb, bytes: bytes),
      VideoSignal(primaries: signal.primaries, transfer: signal.transfer)
    )
  }

  private func average(_ plane: BlockReducer, _ x: Int, _ y: Int) -> Float {
    Float(plane.sum(x: x, y: y)) / Float(plane.pixelCount(x: x, y: y))
  }
}

/// From coded values to red, green and blue from 0 to 255: ITU-T H.273, 8.3.
private struct Conversion {
  let isIdentity: Bool
  private let lumaZero: Float
  private let lumaScale: Float
  private let chromaZero: Float
  private let chromaScale: Float
  /// What a unit of each difference adds to red, green and blue.
  private let blueDifference: SIMD4<Float>
  private let redDifference: SIMD4<Float>

  init?(_ matrix: Int, isFullRange: Bool, bits: CInt) {
    let step = Float(1 << (bits - 8))
    let largest = Float(1 << bits) - 1
    lumaZero = isFullRange ? 0 : 16 * step
    lumaScale = 255 / (isFullRange ? largest : 219 * step)
    chromaZero = 128 * step
    chromaScale = 255 / (isFullRange ? largest : 224 * step)
    isIdentity = matrix == 0
    let (red, blue): (Float, Float)
    switch matrix {
    case 1: (red, blue) = (0.2126, 0.0722)
    // What does not say is taken as BT.601, as all decoders of these files do.
    case 0, 2, 5, 6: (red, blue) = (0.299, 0.114)
    case 9: (red, blue) = (0.2627, 0.0593)
    default: return nil
    }
    let green = 1 - red - blue
    blueDifference = [0, -2 * (1 - blue) * blue / green, 2 * (1 - blue), 0]
    redDifference = [2 * (1 - red), -2 * (1 - red) * red / green, 0, 0]
  }

  func grey(_ luma: Float) -> SIMD4<Float> { SIMD4(repeating: (luma - lumaZero) * lumaScale) }

  func colour(_ luma: Float, _ blue: Float, _ red: Float) -> SIMD4<Float> {
    if isIdentity {
      return (SIMD4(red, luma, blue, 0) - lumaZero) * lumaScale
    }
    return grey(luma) + blueDifference * ((blue - chromaZero) * chromaScale)
      + redDifference * ((red - chromaZero) * chromaScale)
  }
}
