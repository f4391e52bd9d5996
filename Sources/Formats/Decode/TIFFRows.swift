import CTIFF
import Pixels

/// Rows as a TIFF stores them, as rows of 8-bit samples: grey or RGB, with or without alpha.
struct TIFFRows {
  let layout: PixelBuffer.Layout
  private let width: Int
  private let bits: Int
  private let samples: Int
  private let isInverted: Bool
  private let isPremultiplied: Bool
  /// Red, green and blue of each index.
  private var palette: [SIMD3<UInt8>] = []

  /// Nil for samples that make no pixel here.
  init?(_ header: ctiff_header) {
    width = unsafe Int(header.width)
    bits = unsafe Int(header.bits)
    samples = unsafe Int(header.samples)
    let colours = unsafe Int(header.colours)
    isInverted = colours == CTIFF_INVERTED_GREY
    isPremultiplied = unsafe Int(header.alpha) == CTIFF_PREMULTIPLIED
    guard let layout = PixelBuffer.Layout(rawValue: colours == CTIFF_PALETTE ? 3 : samples) else {
      return nil
    }
    self.layout = layout
    guard colours == CTIFF_PALETTE else { return }
    guard let red = unsafe header.red, let green = unsafe header.green,
      let blue = unsafe header.blue, bits <= 8
    else { return nil }
    let entries = (0..<(1 << bits)).map { index in
      unsafe SIMD3(red[index], green[index], blue[index])
    }
    // Old programs wrote values of 8 bits.
    let isSmall = entries.allSatisfy { $0.max() < 256 }
    palette = entries.map { SIMD3(truncatingIfNeeded: isSmall ? $0 : $0 &>> 8) }
  }

  /// True when the rows are what they shall be as they are.
  var areReady: Bool { bits == 8 && palette.isEmpty && !isInverted && !isPremultiplied }

  /// One row, into `row` of `width` pixels.
  func convert(_ stored: Span<UInt8>, into row: inout [UInt8]) {
    let count = width * samples
    precondition(stored.count * 8 >= count * bits, "a row has all its samples")
    precondition(row.count == width * layout.rawValue, "a row has room for all its pixels")
    if !palette.isEmpty {
      for x in 0..<width {
        let colour = palette[index(stored, x)]
        row[x * 3] = colour.x
        row[x * 3 + 1] = colour.y
        row[x * 3 + 2] = colour.z
      }
      return
    }
    switch bits {
    case 16: narrow(stored, into: &row)
    case 8: for at in 0..<count { row[at] = stored[at] }
    default:
      // 1, 2 or 4 bits: the largest value is white.
      let scale = 255 / ((1 << bits) - 1)
      for x in 0..<width { row[x] = UInt8(index(stored, x) * scale) }
    }
    if isInverted {
      for at in stride(from: 0, to: count, by: samples) { row[at] = 255 - row[at] }
    }
    if isPremultiplied { divide(&row) }
  }

  private func index(_ stored: Span<UInt8>, _ x: Int) -> Int {
    if bits == 8 { return Int(stored[x]) }
    let bit = x * bits
    return Int(stored[bit / 8]) >> (8 - bits - bit % 8) & (1 << bits - 1)
  }

  /// Samples of 16 bits, rounded to 8.
  private func narrow(_ stored: Span<UInt8>, into row: inout [UInt8]) {
    unsafe stored.withUnsafeBytes { stored in
      unsafe row.withUnsafeMutableBufferPointer { row in
        for at in 0..<min(row.count, stored.count / 2) {
          let sample = unsafe stored.loadUnaligned(fromByteOffset: at * 2, as: UInt16.self)
          // 257 of the large ones make one of the small ones.
          unsafe row[at] = UInt8(truncatingIfNeeded: (sample &- sample &>> 8 &+ 128) &>> 8)
        }
      }
    }
  }

  /// Colours that were multiplied by their alpha, without it.
  private func divide(_ row: inout [UInt8]) {
    for pixel in stride(from: 0, to: row.count, by: samples) {
      let alpha = Int(row[pixel + samples - 1])
      guard alpha > 0, alpha < 255 else { continue }
      for at in pixel..<(pixel + samples - 1) {
        row[at] = UInt8(min(255, (Int(row[at]) * 255 + alpha / 2) / alpha))
      }
    }
  }
}
