import Media

/// Where the first picture of a WebP file lies: the chunks that libwebp decodes, and the profile.
struct WebPPicture {
  /// The chunks VP8, VP8L, or ALPH and VP8.
  private(set) var chunks: Range<Int64> = 0..<0
  /// The ICC profile; empty when there is none.
  private(set) var profile: Range<Int64> = 0..<0
  /// True for a frame of an animation, which may be smaller than the picture.
  private(set) var isFrame = false

  /// Walks the chunks, reading eight bytes of each.
  ///
  /// - Throws: `.truncated` when the file ends before its picture does.
  init(_ source: some ByteSource) throws(MediaFailure) {
    var offset: Int64 = 12
    for _ in 0..<ProbeLimits.stepCount {
      let head = try source.read(at: offset, count: 8)
      guard head.count == 8 else { break }
      let byteCount = head[4...].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
      let body = offset + 8
      let end = body + byteCount
      guard end <= source.byteCount else { break }
      switch String(decoding: head[..<4], as: UTF8.self) {
      case "ICCP": profile = body..<end
      case "ALPH" where chunks.isEmpty: chunks = offset..<end
      case "VP8 ", "VP8L":
        chunks = (chunks.isEmpty ? offset : chunks.lowerBound)..<end
        return
      case "ANMF":
        // Its own header has 16 bytes; chunks like those of a still picture follow.
        chunks = min(body + 16, end)..<end
        isFrame = true
        return
      default: break
      }
      offset = end + (byteCount & 1)
    }
    throw MediaFailure(
      .truncated, "The WEBP file ends after \(source.byteCount) bytes, before its picture does.")
  }
}
