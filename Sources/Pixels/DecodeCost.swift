import Media

/// How many bytes a worker may need to render a picture, from its header alone.
///
/// An upper bound of what the process grows by: the parent reserves it before the job starts and
/// the worker is held to it by the kernel. All arithmetic saturates, so a header that claims
/// 4 billion × 4 billion pixels costs `Int.max` and can never be admitted.
public enum DecodeCost {
  /// The worst case in bytes for making what was asked for from the file.
  ///
  /// Complexity: O(1). Pure; thread-safe.
  public static func reservation(for probe: Probe, request: RenderRequest) -> Int {
    let width = Int(probe.storedWidth)
    let height = Int(probe.storedHeight)
    let target = min(request.largestPixelSize, RenderRequest.maximumPixelSize)
    return add(
      decoding(
        probe, width: width, height: height, target: target,
        usesEighthScale: usesEighthScale(probe, request: request)),
      finishing(target))
  }

  /// True when a JPEG of one or three components is large enough to be made from 1/8 of its size:
  /// its decoder then keeps no coefficients.
  public static func usesEighthScale(_ probe: Probe, request: RenderRequest) -> Bool {
    probe.format == .jpeg && probe.channelCount <= 3
      && max(probe.storedWidth, probe.storedHeight) / 8 >= request.sufficientPixelSize
  }

  /// The most bytes a WebP picture may have: nothing that cannot be compressed has more.
  public static func packedWebPByteCount(_ probe: Probe) -> Int {
    add(
      multiply(Int(probe.storedWidth), Int(probe.storedHeight), probe.hasAlpha ? 4 : 3), 1 << 20)
  }

  /// What every job needs whatever its format: the reduced picture of up to twice the target,
  /// float rows, the JPEG encoder, code pages touched for the first time.
  static func finishing(_ target: Int) -> Int {
    // 2× the target on both edges × RGBA, one copy to turn it, one to resize from, the JPEGs.
    add(multiply(target, target, 4 * 4 + 3 * 4), fixedByteCount)
  }

  /// Library heaps, tables and stacks that do not depend on the picture.
  static let fixedByteCount = 24 << 20

  private static func decoding(
    _ probe: Probe, width: Int, height: Int, target: Int, usesEighthScale: Bool
  ) -> Int {
    let pixels = multiply(width, height)
    let channels = max(1, min(Int(probe.channelCount == 0 ? 4 : probe.channelCount), 64))
    let sampleBytes = max(1, (Int(probe.bitsPerChannel) + 7) / 8)
    let raster = multiply(pixels, channels, sampleBytes)
    // Rows in flight: strips, tiles and line caches, and what a reduction in one pass keeps for each
    // row it makes, which grows with the factor. 820 rows were measured at a factor of 32.
    let factor = max(1, max(width, height) / target)
    let rows = multiply(
      width, max(4, channels), max(192, multiply(sampleBytes, add(96, multiply(factor, 24)))))
    // What is left after reducing while reading: below 3 × the target on each edge.
    let reduced = min(pixels, multiply(target, target, 9))
    // The same after reducing rows of bytes, as RGBA and flattened.
    let isReduced = ByteReducer.factor(longestEdge: max(width, height), target: target) > 1
    let rendered = multiply(isReduced ? reduced : pixels, 4 + 3)
    switch probe.format {
    case .jpeg:
      // From DC alone: means as 16 bits and their RGB at 1/8, twice for the margin. What rows cost
      // pays for the windows and, when the data are suspicious, for the general decoder.
      if usesEighthScale { return add(pixels / 64 * 18, rows) }
      if !probe.isProgressive { return rows }
      // Every coefficient is kept, 2 bytes each; the sampling is not known here.
      return add(multiply(pixels, min(channels, 4), 2), rows)
    case .png:
      // Rows as stored and as RGBA, the one before, and the sums of one; profiles are within what is
      // fixed. Interlaced: the whole picture as RGBA.
      return add(
        multiply(width, 64), rendered, probe.isProgressive ? multiply(pixels, 4) : 0)
    case .webp where probe.frameCount <= 1:
      // Lossless: a raster of 32 bits; with alpha, lossy: the picture as RGBA and a plane of alpha.
      return add(
        packedWebPByteCount(probe), multiply(pixels, probe.hasAlpha ? 5 : 4), rendered, rows)
    case .gif, .webp:
      // The canvas, the frame and the previous canvas, as RGBA; one less for a still.
      return add(multiply(pixels, 4, probe.frameCount > 1 ? 3 : 2), rows)
    case .tiff:
      // Large strips are read line by line, so only their packed bytes are held, and those are
      // hardly ever more than 128 MiB in one strip.
      return add(min(raster, 128 << 20), rows, rendered)
    case .heif, .avif:
      // Planes, the converted planes and the interleaved copy: 6 bytes a pixel were measured.
      return add(multiply(pixels, sampleBytes > 1 ? 18 : 9), rows)
    case .jpegXL:
      // Float planes for every channel, layers and the result: 70 bytes a pixel were measured for
      // four channels of more than 8 bits with layers, 9 for a photograph.
      return add(multiply(pixels, channels, sampleBytes > 1 ? 20 : 8), rows)
    case .jpeg2000:
      // 32 bits a sample, and the result.
      return add(multiply(pixels, channels, 4 + sampleBytes), rows)
    case .svg:
      return multiply(target, target, 4 * 4)
    case .radianceHDR:
      return add(multiply(width, 4 * 64), multiply(reduced, 12 + 16 + 3))
    case .openEXR:
      // At most 256 rows in a chunk, all channels, packed and unpacked; rows of floats; the grid.
      return add(
        multiply(width, max(4, channels), sampleBytes * 256 * 2), multiply(width, 4 * 4 * 256),
        multiply(reduced, 16 + 3))
    case .cameraRaw:
      // The sensor's raster and a quarter of its pixels as four 16-bit colours, then as RGB. Three
      // colours at every pixel are not halved.
      return add(multiply(pixels, channels >= 3 ? 19 : 5), 24 << 20)
    case .mp4, .quickTime, .matroska, .webm, .avi:
      // Pictures a decoder keeps for reference: fewer of the large ones (the levels of H.264, HEVC
      // and AV1 say so), at 4:2:0.
      let frames = pixels > 2_200_000 ? 10 : 18
      return add(multiply(pixels, frames, sampleBytes > 1 ? 6 : 3) / 2, rows)
    case .bmp, .qoi, .tga, .psd:
      return add(rows, multiply(width, 256), rendered)
    case .ico:
      return multiply(min(pixels, 1 << 20), 4 * 5)
    }
  }

  private static func multiply(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
      let (value, overflows) = product.multipliedReportingOverflow(by: factor)
      return overflows ? Int.max : value
    }
  }

  private static func add(_ terms: Int...) -> Int {
    terms.reduce(0) { sum, term in
      let (value, overflows) = sum.addingReportingOverflow(term)
      return overflows ? Int.max : value
    }
  }
}
