import Media

/// Where the XMP of a JPEG is, or would be: the one thing in a copy that is replaced, while every other
/// byte stays. exiv2 would write the whole head anew and lose fields on the way (0.27: structural ones of
/// EXIF; of PNGs all EXIF in text chunks), so JPEGs are the only ones.
struct JPEGPacket {
  /// The whole segment; empty where there is none.
  private let segment: Range<Int>

  /// What an XMP segment begins with.
  private static let signature = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
  /// What programs that search for packets go by.
  private static let opening = Array(
    "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n".utf8)
  private static let closing = Array("\n<?xpacket end=\"w\"?>".utf8)
  /// Bytes a segment has room for, its two of length included.
  private static let segmentByteCount = 0xFFFF

  /// Walks through the segments before the picture's data.
  init(_ bytes: [UInt8]) throws(MediaFailure) {
    guard bytes.starts(with: [0xFF, 0xD8, 0xFF]) else {
      throw MediaFailure(
        .unsupported, "Tags are embedded in JPEGs only; write a sidecar for this one.")
    }
    var index = 2
    // New ones go behind JFIF and EXIF, which readers want first.
    var place = index
    while index + 4 <= bytes.count, bytes[index] == 0xFF {
      let marker = bytes[index + 1]
      if marker == 0xFF {
        index += 1
        continue
      }
      guard (0xC0...0xFE).contains(marker), !(0xD0...0xDA).contains(marker) else { break }
      let end = index + 2 + (Int(bytes[index + 2]) << 8 | Int(bytes[index + 3]))
      guard end <= bytes.count, end >= index + 4 else { break }
      if marker == 0xE1, bytes[(index + 4)..<end].starts(with: Self.signature) {
        segment = index..<end
        return
      }
      if marker == 0xE0 || (marker == 0xE1 && bytes[(index + 4)..<end].starts(with: "Exif".utf8)) {
        place = end
      }
      index = end
    }
    guard index + 4 <= bytes.count, bytes[index] == 0xFF, bytes[index + 1] == 0xDA else {
      throw MediaFailure(.corrupt, "Its segments end before its picture begins.")
    }
    segment = place..<place
  }

  /// The packet that is there; empty for none.
  func packet(in bytes: [UInt8]) -> [UInt8] {
    Array(bytes[segment].dropFirst(4 + Self.signature.count))
  }

  /// The picture with another packet.
  ///
  /// - Throws: `.tooLarge` when it has no room in a segment.
  func replaced(in bytes: [UInt8], by packet: [UInt8]) throws(MediaFailure) -> [UInt8] {
    let packet = Self.opening + packet + Self.closing
    let count = 2 + Self.signature.count + packet.count
    guard count <= Self.segmentByteCount else {
      throw MediaFailure(
        .tooLarge,
        "Its XMP would have \(packet.count) bytes and a JPEG has room for 64 KiB; write a sidecar.")
    }
    var made: [UInt8] = []
    made.reserveCapacity(bytes.count - segment.count + 2 + count)
    made += bytes[..<segment.lowerBound]
    made += [0xFF, 0xE1, UInt8(count >> 8), UInt8(count & 0xFF)]
    made += Self.signature
    made += packet
    made += bytes[segment.upperBound...]
    return made
  }
}
