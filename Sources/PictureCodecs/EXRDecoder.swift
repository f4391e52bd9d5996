import COpenEXR
import Formats
import Media
import Pixels

/// OpenEXR: any compression, scanlines, tiles (the smallest level that is large enough), flattened
/// deep data; read chunk by chunk into a reduced raster, so that memory does not grow with the
/// picture.
@safe final class EXRDecoder {
  private let file: OpaquePointer
  private var part: CInt = 0
  private var info = copenexr_part()
  private var channels: EXRChannels
  private let chunkLimit: Int
  private let byteCount: Int64
  /// Chroma rows of the last chunk, for files whose chunks are shorter than their subsampling.
  private var lastChroma: [[Float]] = [[], [], [], []]

  /// Wider or higher pictures are refused.
  static let maximumEdge = 1 << 18

  deinit { unsafe copenexr_close(file) }

  /// Opens the file and chooses what to show: the first of the parts with the best channels.
  init(_ descriptor: CInt, byteCount: Int64, reservedByteCount: Int) throws(MediaFailure) {
    let (opened, text) = unsafe LibraryMessage.collect { message, size in
      unsafe copenexr_open(descriptor, byteCount, CInt(Self.maximumEdge), message, size)
    }
    guard let opened = unsafe opened else { throw Self.failure(text) }
    unsafe file = opened
    self.byteCount = byteCount
    chunkLimit = reservedByteCount > 0 ? reservedByteCount : 1 << 30
    var best: (part: CInt, info: copenexr_part, channels: EXRChannels)?
    for candidate in 0..<min(unsafe copenexr_part_count(opened), 256) {
      var info = copenexr_part()
      guard unsafe copenexr_get_part(opened, candidate, &info) == 0 else { continue }
      var names: [String] = []
      for index in 0..<min(Int(info.channel_count), EXRChannels.maximumChannelCount) {
        var channel = copenexr_channel()
        guard unsafe copenexr_get_channel(opened, candidate, CInt(index), &channel) == 0 else {
          break
        }
        names.append(
          unsafe withUnsafeBytes(of: &channel.name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
          })
      }
      guard let channels = EXRChannels(names: names) else { continue }
      if channels.rank > best?.channels.rank ?? 0 { best = (candidate, info, channels) }
    }
    guard let best else {
      // `deinit` does not run for an object that never came to be.
      unsafe copenexr_close(opened)
      throw MediaFailure(.unsupported, "The OpenEXR file has no part with channels to show.")
    }
    (part, info, channels) = best
  }

  /// The reduced picture.
  ///
  /// - Parameters:
  ///   - probe: tells whether the picture's frame is the data window or the display window.
  ///   - target: the longer edge wanted.
  ///   - background: shows where the picture is transparent or the data window does not reach.
  func decode(probe: Probe, target: Int, background: RGB) throws(MediaFailure) -> DecodedPicture {
    let data = try frame(
      info.data_min_x, info.data_min_y, info.data_max_x, info.data_max_y)
    var shown = data
    if let display = try? frame(
      info.display_min_x, info.display_min_y, info.display_max_x, info.display_max_y),
      display.width == Int(probe.storedWidth), display.height == Int(probe.storedHeight)
    {
      shown = display
    }
    let isTiled = info.storage == 1 || info.storage == 3
    let level = isTiled && shown == data ? sufficientLevel(target: target) : 0
    var width = shown.width
    var height = shown.height
    if level > 0 {
      let size = try levelSize(level)
      (width, height) = (size.width, size.height)
    }
    let factor = LinearReducer.factor(longestEdge: max(width, height), target: target)
    guard var raster = LinearReducer(fullWidth: width, fullHeight: height, factor: factor) else {
      throw Self.failure("the picture is too large")
    }
    let offset = (x: data.x - shown.x, y: data.y - shown.y)
    if isTiled {
      try readTiles(level: level, offset: offset, into: &raster)
    } else {
      try readScanlines(data: data, offset: offset, into: &raster)
    }
    let picture = ToneMapping.picture(
      of: raster, matrix: primaries.flatMap(\.toSRGB), background: background)
    var decoded = DecodedPicture(pixels: picture)
    decoded.fullWidth = shown.width
    decoded.fullHeight = shown.height
    decoded.extent = (Double(width) / Double(factor), Double(height) / Double(factor))
    return decoded
  }

  private struct Frame: Equatable {
    var x, y, width, height: Int
  }

  private func frame(
    _ minX: CInt, _ minY: CInt, _ maxX: CInt, _ maxY: CInt
  ) throws(MediaFailure) -> Frame {
    let width = Int(maxX) - Int(minX) + 1
    let height = Int(maxY) - Int(minY) + 1
    guard width > 0, height > 0 else {
      throw MediaFailure(.corrupt, "The OpenEXR file has an empty window.")
    }
    guard width <= Self.maximumEdge, height <= Self.maximumEdge else {
      throw MediaFailure(
        .tooLarge, "The OpenEXR picture of \(width)×\(height) pixels passes the limit.")
    }
    return Frame(x: Int(minX), y: Int(minY), width: width, height: height)
  }

  private var primaries: Primaries? {
    let (rx, ry, gx, gy, bx, by, wx, wy) = info.chromaticities
    guard ry > 0, gy > 0, by > 0, wy > 0 else { return nil }
    return Primaries(
      red: [Double(rx), Double(ry)], green: [Double(gx), Double(gy)],
      blue: [Double(bx), Double(by)], white: [Double(wx), Double(wy)])
  }

  /// The part that red, green and blue have in luminance.
  private var luminanceWeights: SIMD3<Float> {
    guard let matrix = (primaries ?? .rec709).toXYZ, matrix.columns.1.y.magnitude > 1e-6 else {
      return [0.2126, 0.7152, 0.0722]
    }
    return [Float(matrix.columns.0.y), Float(matrix.columns.1.y), Float(matrix.columns.2.y)]
  }

  // MARK: - Chunks

  private func sufficientLevel(target: Int) -> Int {
    // The diagonal of rip-maps; mip-maps have nothing else.
    var level = min(Int(info.level_count_x), Int(info.level_count_y)) - 1
    while level > 0 {
      if let size = try? levelSize(level), max(size.width, size.height) >= target { return level }
      level -= 1
    }
    return 0
  }

  private func levelSize(
    _ level: Int
  ) throws(MediaFailure) -> (width: Int, height: Int, tileWidth: Int, tileHeight: Int) {
    var (width, height, tileWidth, tileHeight): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
    guard
      unsafe copenexr_get_level(
        file, part, CInt(level), &width, &height, &tileWidth, &tileHeight) == 0,
      width > 0, height > 0, tileWidth > 0, tileHeight > 0
    else { throw Self.failure("a resolution level cannot be read") }
    return (Int(width), Int(height), Int(tileWidth), Int(tileHeight))
  }

  private func checkChunkCount(_ count: Int) throws(MediaFailure) {
    // Each chunk has an entry of eight bytes in the table of offsets.
    guard Int64(count) <= byteCount / 8 else {
      throw MediaFailure(
        .truncated,
        "The OpenEXR file has \(byteCount) bytes, too few for the \(count) chunks it announces.")
    }
  }

  private func readScanlines(
    data: Frame, offset: (x: Int, y: Int), into raster: inout LinearReducer
  ) throws(MediaFailure) {
    let rows = max(1, Int(info.rows_per_chunk))
    try checkChunkCount((data.height - 1) / rows + 1)
    for y in stride(from: data.y, to: data.y + data.height, by: rows) {
      try read(into: &raster) { request throws(MediaFailure) in
        let (code, text) = unsafe LibraryMessage.collect { message, size in
          unsafe copenexr_read_scanlines(
            file, part, CInt(y), channels.indexes, channels.depth, chunkLimit, &request.area,
            &request.planes, &request.widths, &request.heights, message, size)
        }
        guard code == 0 else { throw Self.failure(text) }
        return (offset.x, Int(request.area.y) - data.y + offset.y)
      }
    }
  }

  private func readTiles(
    level: Int, offset: (x: Int, y: Int), into raster: inout LinearReducer
  ) throws(MediaFailure) {
    let size = try levelSize(level)
    let columns = (size.width - 1) / size.tileWidth + 1
    let rows = (size.height - 1) / size.tileHeight + 1
    try checkChunkCount(columns * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        try read(into: &raster) { request throws(MediaFailure) in
          let (code, text) = unsafe LibraryMessage.collect { message, size in
            unsafe copenexr_read_tile(
              file, part, CInt(column), CInt(row), CInt(level), channels.indexes, channels.depth,
              chunkLimit, &request.area, &request.planes, &request.widths, &request.heights,
              message, size)
          }
          guard code == 0 else { throw Self.failure(text) }
          return (Int(request.area.x) + offset.x, Int(request.area.y) + offset.y)
        }
      }
    }
  }

  /// What one call to the library fills in.
  @safe private struct ChunkRequest {
    var area = copenexr_area()
    var planes = unsafe [UnsafePointer<Float>?](repeating: nil, count: 4)
    var widths = [CInt](repeating: 0, count: 4)
    var heights = [CInt](repeating: 0, count: 4)
  }

  /// Reads a chunk and adds its pixels; `body` returns where it lies in the shown frame.
  private func read(
    into raster: inout LinearReducer,
    _ body: (inout ChunkRequest) throws(MediaFailure) -> (x: Int, y: Int)
  ) throws(MediaFailure) {
    var chunk = ChunkRequest()
    let origin = try body(&chunk)
    let width = Int(chunk.area.width)
    let height = Int(chunk.area.height)
    guard width > 0, height > 0 else { return }
    let weights = luminanceWeights
    let samplers = (0..<4).map { index in
      unsafe PlaneRows(
        base: chunk.planes[index], width: Int(chunk.widths[index]),
        height: Int(chunk.heights[index]), areaWidth: width, areaHeight: height)
    }
    for index in 1...2 where samplers[index].hasSamples {
      lastChroma[index] = samplers[index].lastRow
    }
    let hasAlpha = samplers[3].hasSamples
    for y in 0..<height {
      for x in 0..<width {
        let first = samplers[0].sample(x: x, y: y) ?? 0
        var pixel = SIMD4<Float>(first, first, first, 1)
        switch channels.model {
        case .grey: break
        case .rgb:
          pixel.y = samplers[1].sample(x: x, y: y) ?? 0
          pixel.z = samplers[2].sample(x: x, y: y) ?? 0
        case .luminanceChroma:
          let red = chroma(samplers[1], 1, x: x, y: y, width: width)
          let blue = chroma(samplers[2], 2, x: x, y: y, width: width)
          pixel.x = (red + 1) * first
          pixel.z = (blue + 1) * first
          pixel.y = (first - pixel.x * weights.x - pixel.z * weights.z) / weights.y
        }
        if hasAlpha { pixel.w = samplers[3].sample(x: x, y: y) ?? 1 }
        raster.add(pixel, x: origin.x + x, y: origin.y + y)
      }
    }
  }

  private func chroma(_ plane: PlaneRows, _ index: Int, x: Int, y: Int, width: Int) -> Float {
    if let value = plane.sample(x: x, y: y) { return value }
    let row = lastChroma[index]
    return row.isEmpty ? 0 : row[min(row.count - 1, x * row.count / width)]
  }

  private static func failure(_ text: String) -> MediaFailure {
    LibraryMessage.failure(format: .openEXR, text: text)
  }
}

/// The samples of one channel of a chunk, whatever its subsampling.
@safe private struct PlaneRows {
  let base: UnsafePointer<Float>?
  let width: Int
  let height: Int
  let areaWidth: Int
  let areaHeight: Int

  var hasSamples: Bool { unsafe base != nil && width > 0 && height > 0 }

  /// The sample that covers a pixel of the area; nil when the channel has none in this chunk.
  @inline(__always) func sample(x: Int, y: Int) -> Float? {
    guard let base = unsafe base, width > 0, height > 0 else { return nil }
    let column = width == areaWidth ? x : min(width - 1, x * width / areaWidth)
    let row = height == areaHeight ? y : min(height - 1, y * height / areaHeight)
    return unsafe base[row * width + column]
  }

  var lastRow: [Float] {
    guard let base = unsafe base, hasSamples else { return [] }
    return unsafe Array(
      UnsafeBufferPointer(start: base + (height - 1) * width, count: width))
  }
}
