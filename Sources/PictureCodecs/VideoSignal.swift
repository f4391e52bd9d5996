import Pixels

/// How a video or an AVIF codes its colours: ITU-T H.273.
package struct VideoSignal: Hashable {
  /// ColourPrimaries.
  package var primaries: Int
  /// TransferCharacteristics.
  package var transfer: Int

  /// A signal from its parts.
  package init(primaries: Int, transfer: Int) {
    self.primaries = primaries
    self.transfer = transfer
  }

  /// True for PQ and HLG: showing their values as they are gives a grey, flat picture.
  package var isHighDynamicRange: Bool { transfer == 16 || transfer == 18 }

  private var space: Primaries {
    switch primaries {
    case 9: .rec2020
    case 11, 12: .displayP3
    default: .rec709
    }
  }

  /// The picture in sRGB. Standard-range signals with Rec. 709 primaries are close enough to sRGB to
  /// be taken as they are.
  package func toSRGB(_ picture: PixelBuffer) -> PixelBuffer {
    let matrix = space.toSRGB
    guard isHighDynamicRange || matrix != nil else { return picture }
    let step = picture.layout.rawValue
    guard step >= 3 else { return picture }
    let light: [Float] = (0...255).map { value in
      let signal = Float(value) / 255
      switch transfer {
      case 16: return Transfer.linearPQ(signal)
      case 18: return Transfer.linearHLG(signal)
      default: return Transfer.linear(signal)
      }
    }
    var result = picture
    for pixel in 0..<(picture.width * picture.height) {
      let at = pixel * step
      var colour = SIMD3(
        Double(light[Int(picture.bytes[at])]), Double(light[Int(picture.bytes[at + 1])]),
        Double(light[Int(picture.bytes[at + 2])]))
      if let matrix { colour = matrix.applied(to: colour) }
      for channel in 0..<3 {
        var value = Float(colour[channel])
        if isHighDynamicRange { value = ToneMapping.shoulder(value) }
        result.bytes[at + channel] = UInt8(
          (Transfer.sRGB(max(0, min(1, value))) * 255).rounded())
      }
    }
    return result
  }
}
