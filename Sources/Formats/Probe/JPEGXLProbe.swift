import Media

/// JPEG XL: the codestream's header, bare or in a container (ISO/IEC 18181-1 and -2).
///
/// The header says that a picture is animated but not how many frames it has, so `frameCount`
/// stays 1.
enum JPEGXLProbe {
  /// Size, metadata and the names of extra channels fit into this many bytes.
  private static let headerByteCount = 4096

  static func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
    if try reader.u16be(0) == 0xFF0A {
      let bytes = try reader.bytes(from: 2, to: reader.byteCount, limit: headerByteCount)
      return try Codestream(bytes, reader).probe(reader)
    }
    var codestream: [UInt8] = []
    var exif: Range<Int>?
    var xmp: Range<Int>?
    try ISOBoxes.forEach(reader, from: 0, to: reader.byteCount) { box throws(MediaFailure) in
      switch box.type {
      case code("jxlc"):
        codestream = try reader.bytes(from: box.body, to: box.end, limit: headerByteCount)
      case code("jxlp") where codestream.count < headerByteCount:
        codestream += try reader.bytes(from: box.body + 4, to: box.end, limit: headerByteCount)
      case code("Exif"): exif = box.body..<max(box.body, box.end)
      case code("xml "): xmp = box.body..<max(box.body, box.end)
      default: break
      }
      return true
    }
    guard codestream.count > 2 else { throw reader.truncated }
    guard codestream[0] == 0xFF, codestream[1] == 0x0A else {
      throw reader.corrupt("its codestream does not begin with its signature")
    }
    var probe = try Codestream(Array(codestream[2...]), reader).probe(reader)
    try addMetadata(reader, exif, xmp, &probe)
    return probe
  }

  /// The codestream's orientation is the one that counts, not that of EXIF (18181-2, Exif box).
  private static func addMetadata(
    _ reader: MediaReader, _ exif: Range<Int>?, _ xmp: Range<Int>?, _ probe: inout Probe
  ) throws(MediaFailure) {
    var metadata = EmbeddedMetadata()
    metadata.xmpRange = xmp
    if let exif { metadata.exif = try EXIF(reader, withOffsetAt: exif) }
    try probe.take(metadata, reader, takesOrientation: false)
  }

  /// SizeHeader and ImageMetadata.
  private struct Codestream {
    private var width = 0
    private var height = 0
    private var orientation = Orientation.up
    private var bitsPerSample = 8
    private var isGrey = false
    private var hasAlpha = false

    init(_ bytes: [UInt8], _ reader: MediaReader) throws(MediaFailure) {
      var bits = BitReader(bytes)
      guard let size = Self.size(&bits) else { throw reader.truncated }
      (width, height) = size
      guard readMetadata(&bits) != nil else { throw reader.truncated }
    }

    func probe(_ reader: MediaReader) throws(MediaFailure) -> Probe {
      var probe = try reader.makeProbe(.jpegXL, width: width, height: height)
      probe.orientation = orientation
      probe.bitsPerChannel = UInt8(clamping: bitsPerSample)
      probe.hasAlpha = hasAlpha
      probe.channelCount = (isGrey ? 1 : 3) + (hasAlpha ? 1 : 0)
      return probe
    }

    private static let sideForms = [(1, 9), (1, 13), (1, 18), (1, 30)]

    private static func size(_ bits: inout BitReader) -> (Int, Int)? {
      guard let isSmall = bits.flag() else { return nil }
      func side(_ bits: inout BitReader) -> Int? {
        isSmall
          ? bits.bits(5).map { ($0 + 1) * 8 }
          : bits.choice(sideForms.map { (offset: $0.0, bits: $0.1) })
      }
      guard let height = side(&bits), let ratio = bits.bits(3) else { return nil }
      switch ratio {
      case 0: return side(&bits).map { ($0, height) }
      case 1: return (height, height)
      case 2: return (height * 12 / 10, height)
      case 3: return (height * 4 / 3, height)
      case 4: return (height * 3 / 2, height)
      case 5: return (height * 16 / 9, height)
      case 6: return (height * 5 / 4, height)
      default: return (height * 2, height)
      }
    }

    /// Nil when the bytes end too early.
    private mutating func readMetadata(_ bits: inout BitReader) -> Void? {
      guard let isDefault = bits.flag() else { return nil }
      if isDefault { return () }
      guard let hasExtraFields = bits.flag() else { return nil }
      if hasExtraFields {
        guard let turned = bits.bits(3), let hasIntrinsicSize = bits.flag() else { return nil }
        orientation = Orientation(exif: turned + 1) ?? .up
        if hasIntrinsicSize, Self.size(&bits) == nil { return nil }
        guard let hasPreview = bits.flag() else { return nil }
        if hasPreview, Self.skipPreview(&bits) == nil { return nil }
        guard let isAnimated = bits.flag() else { return nil }
        if isAnimated, Self.skipAnimation(&bits) == nil { return nil }
      }
      guard let depth = Self.bitDepth(&bits), bits.skip(1),
        let extraCount = bits.choice([(0, 0), (1, 0), (2, 4), (1, 12)])
      else { return nil }
      bitsPerSample = depth
      for _ in 0..<extraCount {
        guard let isAlpha = Self.extraChannelIsAlpha(&bits) else { return nil }
        hasAlpha = hasAlpha || isAlpha
      }
      // xyb_encoded, then the colour encoding, of which only "grey" matters here.
      guard bits.skip(1), let hasDefaultColour = bits.flag() else { return nil }
      if hasDefaultColour { return () }
      guard bits.skip(1), let space = bits.enumeration() else { return nil }
      isGrey = space == 1
      return ()
    }

    private static func bitDepth(_ bits: inout BitReader) -> Int? {
      guard let isFloat = bits.flag() else { return nil }
      if !isFloat { return bits.choice([(8, 0), (10, 0), (12, 0), (1, 6)]) }
      guard let depth = bits.choice([(32, 0), (16, 0), (24, 0), (1, 6)]), bits.skip(4) else {
        return nil
      }
      return depth
    }

    private static func skipPreview(_ bits: inout BitReader) -> Void? {
      guard let isSmall = bits.flag() else { return nil }
      let forms: [(offset: Int, bits: Int)] =
        isSmall ? [(16, 0), (32, 0), (1, 5), (33, 9)] : [(1, 6), (65, 8), (321, 10), (1345, 12)]
      guard bits.choice(forms) != nil, let ratio = bits.bits(3) else { return nil }
      return ratio == 0 && bits.choice(forms) == nil ? nil : ()
    }

    private static func skipAnimation(_ bits: inout BitReader) -> Void? {
      guard bits.choice([(100, 0), (1000, 0), (1, 10), (1, 30)]) != nil,
        bits.choice([(1, 0), (1001, 0), (1, 8), (1, 10)]) != nil,
        bits.choice([(0, 0), (0, 3), (0, 16), (0, 32)]) != nil, bits.skip(1)
      else { return nil }
      return ()
    }

    private static func extraChannelIsAlpha(_ bits: inout BitReader) -> Bool? {
      guard let isDefault = bits.flag() else { return nil }
      if isDefault { return true }
      guard let type = bits.enumeration(), bitDepth(&bits) != nil,
        bits.choice([(0, 0), (3, 0), (4, 0), (1, 3)]) != nil,
        let nameLength = bits.choice([(0, 0), (0, 4), (16, 5), (48, 10)]),
        bits.skip(nameLength * 8)
      else { return nil }
      switch type {
      case 0: return bits.skip(1) ? true : nil
      case 2: return bits.skip(64) ? false : nil  // spot colour: four half-precision numbers
      case 5: return bits.choice([(1, 0), (0, 2), (3, 4), (19, 8)]).map { _ in false }
      default: return false
      }
    }
  }
}
