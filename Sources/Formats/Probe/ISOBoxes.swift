import Media

/// The boxes of the ISO base media format: HEIF, AVIF, MP4, QuickTime, JPEG XL, JPEG 2000, CR3.
enum ISOBoxes {
  struct Box {
    let type: Int
    /// The first byte behind the box's header.
    let body: Int
    /// The end the box claims, which may lie outside the file.
    let end: Int
  }

  /// Boxes of one level that are looked at.
  private static let boxCount = 4096

  /// Calls `body` with each box between `start` and `end` until it returns false.
  ///
  /// - Throws: `.corrupt` for a box smaller than its own header; a box cut off by the end of the
  ///   file is still handed out, so that what is there can be read.
  static func forEach(
    _ reader: MediaReader, from start: Int, to end: Int,
    _ body: (Box) throws(MediaFailure) -> Bool
  ) throws(MediaFailure) {
    var offset = start
    let end = min(end, reader.byteCount)
    for _ in 0..<boxCount {
      guard offset <= end - 8 else { return }
      var size = try reader.u32be(offset)
      let type = try reader.u32be(offset + 4)
      var headerByteCount = 8
      if size == 1 {
        guard offset <= end - 16 else { return }
        size = try reader.u64be(offset + 8)
        headerByteCount = 16
      } else if size == 0 {
        // The last box may run to the end; QuickTime also ends lists with four zero bytes.
        size = end - offset
      }
      guard size >= headerByteCount else {
        throw reader.corrupt("the box at byte \(offset) is \(size) bytes long")
      }
      let boxEnd = reader.sum(offset, size)
      guard try body(Box(type: type, body: offset + headerByteCount, end: boxEnd)) else { return }
      offset = boxEnd
    }
  }

  /// The first box of a type on one level; nil when there is none.
  static func first(
    _ wanted: Int, _ reader: MediaReader, from start: Int, to end: Int
  ) throws(MediaFailure) -> Box? {
    var found: Box?
    try forEach(reader, from: start, to: end) { box throws(MediaFailure) in
      if box.type == wanted { found = box }
      return found == nil
    }
    return found
  }

  /// True when one of the top boxes is a movie: what tells an old QuickTime file from chance.
  static func holdsMovie(_ reader: MediaReader) throws(MediaFailure) -> Bool {
    try first(code("moov"), reader, from: 0, to: reader.byteCount) != nil
  }
}
