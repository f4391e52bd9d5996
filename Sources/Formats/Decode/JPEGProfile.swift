import Media

/// The ICC profile of a JPEG: one or more APP2 segments before the frame, put together.
enum JPEGProfile {
  private static let name = Array("ICC_PROFILE\0".utf8)

  /// The profile; empty when there is none, or when a piece of it is missing, as libjpeg has it
  /// (ICC.1, annex B.4). What is wrong with the file otherwise is for its decoder to tell.
  static func read(_ source: some ByteSource) throws(MediaFailure) -> [UInt8] {
    let reader = try MediaReader(source)
    // Profiles of displays have a few kilobytes, those for printing a few hundred.
    reader.windowByteCount = 64
    var pieces: [Int: (start: Int, count: Int)] = [:]
    var pieceCount = 0
    var offset = 2
    while offset <= reader.byteCount - 4, try reader.u8(offset) == 0xFF {
      let code = try reader.u8(offset + 1)
      switch code {
      case 0xFF:
        offset += 1
        continue
      case 0x01, 0xD0...0xD8:
        offset += 2
        continue
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF, 0xD9, 0xDA:
        // From the frame on there is no more of it.
        offset = reader.byteCount
        continue
      default: break
      }
      let length = try reader.u16be(offset + 2)
      // Two bytes of length, the name, the number of the piece and how many there are.
      let begin = offset + 4 + name.count
      if code == 0xE2, length >= name.count + 4, begin + 2 <= reader.byteCount,
        try reader.matches("ICC_PROFILE\0", at: offset + 4)
      {
        let number = try reader.u8(begin)
        let count = try reader.u8(begin + 1)
        if pieceCount == 0 { pieceCount = count }
        // Pieces that contradict each other are no profile.
        guard count == pieceCount, (1...max(1, count)).contains(number), pieces[number] == nil
        else {
          return []
        }
        pieces[number] = (begin + 2, length - name.count - 4)
      }
      guard length >= 2 else { break }
      offset += 2 + length
    }
    guard pieceCount > 0, pieces.count == pieceCount else { return [] }
    var profile: [UInt8] = []
    for number in 1...pieceCount {
      guard let piece = pieces[number], piece.start + piece.count <= reader.byteCount else {
        return []
      }
      profile += try reader.bytes(at: piece.start, count: piece.count)
    }
    return profile
  }
}
