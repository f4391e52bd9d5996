import Media

/// Whether a PNG is all there, for one that cannot be read to its end: what is damaged inside still shows
/// the rows before, what was cut is refused.
enum PNGCheck {
  /// More chunks than this are not walked; 8 KiB of data in each is the common minimum.
  private static let maximumChunkCount = 1 << 20

  /// Walks the chunks, reading eight bytes of each.
  ///
  /// - Throws: `.truncated` when the file ends inside of a chunk.
  static func findEnd(_ source: some ByteSource) throws(MediaFailure) {
    var offset: Int64 = 8
    for _ in 0..<maximumChunkCount {
      let head = try source.read(at: offset, count: 8)
      guard head.count == 8 else { break }
      let byteCount = head[..<4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
      // Length, type, data, checksum.
      let end = offset + 12 + byteCount
      if head[4...].elementsEqual("IEND".utf8) { return }
      guard end <= source.byteCount else { break }
      offset = end
    }
    throw MediaFailure(
      .truncated, "The PNG file ends after \(source.byteCount) bytes, before its picture does.")
  }
}
