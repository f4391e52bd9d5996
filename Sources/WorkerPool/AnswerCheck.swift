import Media
import Pixels
import Platform
import WorkerProtocol

/// Holds a worker's answers against what was asked and takes their content out of shared memory.
///
/// The worker can still write there, so everything is copied first and checked afterwards.
enum AnswerCheck {
  /// What a render without a probe gave: the pictures, or only the report on the header.
  static func picturesOrProbe(
    _ answer: WorkerAnswer, request: RenderRequest, output: OpenFile
  ) throws(WireError) -> Product {
    if case .probed(_, let results) = answer {
      guard results.count == 1 else { throw WireError("not the report on one file") }
      return .probes(results)
    }
    return .pictures(try pictures(answer, request: request, output: output))
  }

  /// The pictures of a render.
  static func pictures(
    _ answer: WorkerAnswer, request: RenderRequest, output: OpenFile
  ) throws(WireError) -> Result<RenderResult, MediaFailure> {
    guard case .rendered(_, let result) = answer else { throw WireError("not a render's answer") }
    let layout: RenderedLayout
    switch result {
    case .success(let made): layout = made
    case .failure(let failure): return .failure(failure)
    }
    guard layout.extents.count == request.maxPixelSizes.count else {
      throw WireError("\(layout.extents.count) pictures, not \(request.maxPixelSizes.count)")
    }
    guard request.wantsPlaceholder || layout.placeholder.isEmpty else {
      throw WireError("a placeholder nobody asked for")
    }
    // Together, not each: a few extents must not multiply what the memory holds.
    let room = layout.jpegs.isEmpty ? byteCount(of: output) : layout.jpegs.count
    guard layout.extents.reduce(0, { $0 + Int($1.byteCount) }) <= room else {
      throw WireError("pictures that overlap")
    }
    var images: [RenderedImage] = []
    for (extent, size) in zip(layout.extents, request.maxPixelSizes) {
      guard max(extent.width, extent.height) <= UInt32(clamping: size) else {
        throw WireError("a picture of \(extent.width)×\(extent.height), larger than \(size)")
      }
      let jpeg =
        layout.jpegs.isEmpty
        ? try bytes(of: output, at: Int64(extent.offset), count: Int(extent.byteCount))
        : try bytes(of: layout.jpegs, at: Int(extent.offset), count: Int(extent.byteCount))
      guard jpeg.count >= 4, jpeg[0] == 0xff, jpeg[1] == 0xd8, jpeg[jpeg.count - 2] == 0xff,
        jpeg[jpeg.count - 1] == 0xd9
      else { throw WireError("a picture that is no JPEG") }
      images.append(
        RenderedImage(width: Int(extent.width), height: Int(extent.height), jpeg: jpeg))
    }
    return .success(
      RenderResult(images: images, placeholder: layout.placeholder, probe: layout.probe))
  }

  /// The metadata of a file.
  static func metadata(
    _ answer: WorkerAnswer, output: OpenFile
  ) throws(WireError) -> Result<DeepMetadata, MediaFailure> {
    guard case .described(_, let result) = answer else {
      throw WireError("not a metadata job's answer")
    }
    switch result {
    case .success(let count):
      let encoded = try bytes(of: output, at: 0, count: Int(count))
      var reader = WireReader(encoded[...])
      let metadata = try reader.readMetadata()
      try reader.finish()
      return .success(metadata)
    case .failure(let failure):
      return .failure(failure)
    }
  }

  /// What an edit made.
  static func edited(
    _ answer: WorkerAnswer, output: OpenFile
  ) throws(WireError) -> Result<(memory: OpenFile, byteCount: Int), MediaFailure> {
    guard case .edited(_, let result) = answer else { throw WireError("not an edit's answer") }
    if case .success(let count) = result, Int(count) > byteCount(of: output) {
      throw WireError("an extent outside of its memory")
    }
    return result.map { (output, Int($0)) }
  }

  private static func bytes(
    of jpegs: [UInt8], at offset: Int, count: Int
  ) throws(WireError) -> [UInt8] {
    guard offset + count <= jpegs.count else {
      throw WireError("an extent outside of the answer")
    }
    return Array(jpegs[offset..<(offset + count)])
  }

  private static func byteCount(of output: OpenFile) -> Int {
    (try? output.descriptor.status())?.st_size ?? 0
  }

  /// Copies bytes out of shared memory; fewer than asked for is a lie about the extent. Memory
  /// grows with what is there: the size is sealed, so the count is held against it first.
  private static func bytes(
    of output: OpenFile, at offset: Int64, count: Int
  ) throws(WireError) -> [UInt8] {
    guard offset + Int64(count) <= Int64(byteCount(of: output)) else {
      throw WireError("an extent outside of its memory")
    }
    guard let bytes = try? output.descriptor.read(at: offset, count: count), bytes.count == count
    else { throw WireError("shared memory cannot be read") }
    return bytes
  }
}
