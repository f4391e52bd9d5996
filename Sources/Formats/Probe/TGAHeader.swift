import Media

/// TGA, which has no magic bytes: a header that makes sense, and a footer in newer files.
enum TGAHeader {
  static func matches(
    _ reader: MediaReader, fileExtension: String
  ) throws(MediaFailure) -> Bool {
    do throws(MediaFailure) {
      guard let header = try Header(reader) else { return false }
      if fileExtension == "tga" { return true }
      if try reader.matches("TRUEVISION-XFILE.\0", at: reader.byteCount - 18) { return true }
      // Without either, only a file of exactly the size its header says.
      return !header.isCompressed && header.pixelEnd == reader.byteCount
    } catch {
      if error.kind == .unreadable { throw error }
      return false
    }
  }

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    guard let header = try Header(reader) else { throw reader.corrupt("its fields make no sense") }
    var probe = try reader.makeProbe(.tga, width: header.width, height: header.height)
    probe.channelCount = header.isGrey || header.isMapped ? 1 : header.depth == 32 ? 4 : 3
    probe.bitsPerChannel = header.depth == 15 || header.depth == 16 && !header.isGrey ? 5 : 8
    probe.hasAlpha = header.alphaBits > 0 && (header.depth == 32 || header.depth == 16)
    return probe
  }

  private struct Header {
    let width: Int
    let height: Int
    let depth: Int
    let alphaBits: Int
    let isCompressed: Bool
    let isGrey: Bool
    let isMapped: Bool
    /// Where uncompressed pixels end.
    let pixelEnd: Int

    init?(_ reader: MediaReader) throws(MediaFailure) {
      let mapType = try reader.u8(1)
      let type = try reader.u8(2)
      guard mapType <= 1, [1, 2, 3, 9, 10, 11].contains(type) else { return nil }
      width = try reader.u16le(12)
      height = try reader.u16le(14)
      depth = try reader.u8(16)
      let descriptor = try reader.u8(17)
      isCompressed = type >= 9
      isGrey = type & 7 == 3
      isMapped = type & 7 == 1
      alphaBits = descriptor & 0x0F
      let mapCount = try reader.u16le(5)
      let mapBits = try reader.u8(7)
      guard width > 0, height > 0, [8, 15, 16, 24, 32].contains(depth), descriptor & 0xC0 == 0,
        isMapped == (mapType == 1) || mapType == 1,
        mapType == 0 ? mapCount == 0 : mapCount > 0 && [15, 16, 24, 32].contains(mapBits)
      else { return nil }
      pixelEnd =
        18 + (try reader.u8(0)) + mapCount * ((mapBits + 7) / 8) + width * height
        * ((depth + 7) / 8)
    }
  }
}
