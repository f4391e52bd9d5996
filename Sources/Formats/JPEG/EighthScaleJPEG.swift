import Media
import Pixels

/// Decodes a JPEG at one eighth of its size from its DC coefficients alone.
///
/// A DC coefficient is eight times the mean of its 8×8 block, so the means are the picture at 1/8
/// scale, exactly what libjpeg computes at that scale for luma. Where a block of chroma covers two by
/// two of luma, libjpeg makes 2×2 samples of it, and so does this: of sequential files the odd AC
/// coefficients of chroma are decoded too (`QuarterWeights`). All other AC is stepped over
/// (`LaneDecoder`). Of a progressive file only the DC scans are decoded and no coefficient array is
/// kept: a few megabytes whatever the picture's size, where a general decoder holds all coefficients
/// (216 MB for 36 megapixels at 4:4:4). It also reads the 12-bit files libjpeg-turbo 2 refuses.
///
/// Anything unusual is refused rather than guessed, so that a general decoder gets its turn:
/// arithmetic coding, lossless, hierarchical, four components, DNL, damaged restart intervals.
public enum EighthScaleJPEG {
  /// Why the file is left to a general decoder.
  public enum Refusal: Error, Equatable, CustomStringConvertible {
    /// Valid, but not what this decoder does.
    case unsupported(String)
    /// The bytes contradict themselves.
    case suspicious(String)

    public var description: String {
      switch self {
      case .unsupported(let what): what
      case .suspicious(let what): what
      }
    }
  }

  /// The picture at 1/8 of its size, ⌈width/8⌉ × ⌈height/8⌉, as stored: neither turned by its
  /// orientation nor converted by its profile. Grey or RGB. The picture itself ends at width/8 and
  /// height/8: what the last blocks hold beyond is padding.
  ///
  /// - Parameters:
  ///   - source: the file.
  ///   - byteLimit: the bytes its planes may take; a picture of w × h needs about w·h·9/64. A few
  ///     megabytes for windows and records come to it whatever its size.
  /// - Throws: `Refusal`, or `MediaFailure` when the file cannot be read or ends too early.
  public static func decode(
    _ source: some ByteSource, byteLimit: Int = 64 << 20
  ) throws -> PixelBuffer {
    var decoder = Decoder(source: source, byteLimit: byteLimit)
    try decoder.run()
    return try decoder.picture()
  }
}

extension EighthScaleJPEG {
  /// The state of one decode.
  struct Decoder<Source: ByteSource> {
    let source: Source
    let byteLimit: Int
    private(set) var frame: JPEGFrame?
    // 64 factors each, in zigzag order; empty where none is defined.
    private(set) var quantization = [[UInt16]](repeating: [], count: 4)
    private var dcTables = [JPEGHuffmanTable?](repeating: nil, count: 4)
    private var acTables = [JPEGHuffmanTable?](repeating: nil, count: 4)
    private var restartInterval = 0
    // Adobe's APP14: 0 RGB, 1 YCbCr; nil without one.
    private var adobeTransform: UInt8?
    private var hasJFIF = false
    private(set) var planes: EighthScalePlanes?
    // The lowest bit each component has; nil before its first DC scan.
    private var lowestBit: [Int?] = []
    // The components of which the first AC was read, or could not be.
    private var hasDetails: Set<Int> = []

    init(source: Source, byteLimit: Int) {
      self.source = source
      self.byteLimit = byteLimit
    }

    /// Reads segments until every component's DC is complete.
    mutating func run() throws {
      var offset: Int64 = 2
      guard try source.head().starts(with: [0xFF, 0xD8]) else {
        throw Refusal.suspicious("the file does not begin with SOI")
      }
      var next: (code: UInt8, end: Int64)?
      // Real files have a few dozen segments; a progressive one a few per scan.
      for _ in 0..<10_000 {
        let marker = if let next { next } else { try nextMarker(at: offset) }
        next = nil
        switch marker.code {
        case 0xD9:
          return try checkComplete()
        case 0x01, 0xD0...0xD8:
          offset = marker.end
        case 0xDA:
          let body = try segment(at: marker.end)
          next = try scan(body, dataOffset: marker.end + Int64(body.count) + 2)
          if isComplete { return }
        default:
          let body = try segment(at: marker.end)
          try read(marker.code, body)
          offset = marker.end + Int64(body.count) + 2
        }
      }
      throw Refusal.suspicious("the file has too many segments")
    }

    private var isComplete: Bool {
      guard hasAllDC, let frame else { return false }
      return !frame.isProgressive
        || frame.components.indices.allSatisfy {
          !frame.isFine(frame.components[$0]) || hasDetails.contains($0)
        }
    }

    private var hasAllDC: Bool { !lowestBit.isEmpty && lowestBit.allSatisfy { $0 == 0 } }

    private func checkComplete() throws {
      guard !lowestBit.isEmpty, lowestBit.allSatisfy({ $0 != nil }) else {
        throw MediaFailure(.truncated, "the JPEG ends before its picture is complete")
      }
    }

    private func nextMarker(at offset: Int64) throws -> (code: UInt8, end: Int64) {
      let bytes = try source.read(at: offset, count: 64)
      guard bytes.count >= 2 else {
        throw MediaFailure(.truncated, "the JPEG ends before its picture is complete")
      }
      guard bytes[0] == 0xFF, let index = bytes.firstIndex(where: { $0 != 0xFF }) else {
        throw Refusal.suspicious("there is no marker where one must be")
      }
      return (bytes[index], offset + Int64(index) + 1)
    }

    private func segment(at offset: Int64) throws -> [UInt8] {
      let length = try source.read(at: offset, count: 2)
      guard length.count == 2 else {
        throw MediaFailure(.truncated, "the JPEG ends inside a segment")
      }
      let count = Int(length[0]) << 8 | Int(length[1])
      guard count >= 2 else { throw Refusal.suspicious("a segment has no room for its length") }
      let body = try source.read(at: offset + 2, count: count - 2)
      guard body.count == count - 2 else {
        throw MediaFailure(.truncated, "the JPEG ends inside a segment")
      }
      return body
    }

    private mutating func read(_ code: UInt8, _ body: [UInt8]) throws {
      switch code {
      case 0xC0, 0xC1, 0xC2:
        guard frame == nil else { throw Refusal.unsupported("several frames") }
        let frame = try JPEGFrame(marker: code, body: body[...])
        // Two bytes a block for the coefficients, one for the picture; four for the samples of fine
        // ones and eight for their details; at most 3 × 8,192² × 15.
        let byteCount = frame.components.reduce(0) {
          $0 + $1.blockCount * (frame.isFine($1) ? 15 : 3)
        }
        guard byteCount <= byteLimit else {
          throw MediaFailure(
            .overBudget, "one eighth of the picture takes \(byteCount) of \(byteLimit) bytes")
        }
        self.frame = frame
        planes = EighthScalePlanes(frame: frame)
        lowestBit = frame.components.map { _ in nil }
      case 0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        throw Refusal.unsupported("lossless, hierarchical or arithmetic coding")
      case 0xC4: try readHuffmanTables(body[...])
      case 0xDB: try readQuantizationTables(body[...])
      case 0xDD:
        guard body.count >= 2 else { throw Refusal.suspicious("DRI is cut short") }
        restartInterval = Int(body[0]) << 8 | Int(body[1])
      case 0xE0 where body.starts(with: Array("JFIF\0".utf8)): hasJFIF = true
      case 0xEE where body.starts(with: Array("Adobe".utf8)) && body.count >= 12:
        adobeTransform = body[11]
      default: break
      }
    }

    private mutating func readHuffmanTables(_ body: ArraySlice<UInt8>) throws {
      var rest = body
      while let kind = rest.popFirst() {
        guard rest.count >= 16, kind & 15 < 4, kind >> 4 < 2 else {
          throw Refusal.suspicious("a Huffman table is cut short")
        }
        let counts = rest.prefix(16)
        let total = counts.reduce(0) { $0 + Int($1) }
        rest = rest.dropFirst(16)
        guard rest.count >= total, total <= 256 else {
          throw Refusal.suspicious("a Huffman table is cut short")
        }
        let table = try JPEGHuffmanTable(counts: counts, symbols: Array(rest.prefix(total)))
        rest = rest.dropFirst(total)
        if kind >> 4 == 0 {
          dcTables[Int(kind & 15)] = table
        } else {
          acTables[Int(kind & 15)] = table
        }
      }
    }

    private mutating func readQuantizationTables(_ body: ArraySlice<UInt8>) throws {
      var rest = body
      while let kind = rest.popFirst() {
        let isWide = kind >> 4 != 0
        guard kind & 15 < 4, kind >> 4 < 2, rest.count >= (isWide ? 128 : 64) else {
          throw Refusal.suspicious("a quantization table is cut short")
        }
        let bytes = Array(rest.prefix(isWide ? 128 : 64))
        let values = (0..<64).map {
          isWide ? UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) : UInt16(bytes[$0])
        }
        // The tables of a scan are those in force when it begins; a change between scans would
        // matter, and no encoder makes one.
        let before = quantization[Int(kind & 15)]
        if !before.isEmpty, before != values, lowestBit.contains(where: { $0 != nil }) {
          throw Refusal.unsupported("quantization that changes between scans")
        }
        quantization[Int(kind & 15)] = values
        rest = rest.dropFirst(bytes.count)
      }
    }

    /// Decodes a scan's DC, or skips the scan; returns the marker behind it.
    private mutating func scan(
      _ body: [UInt8], dataOffset: Int64
    ) throws -> (code: UInt8, end: Int64) {
      guard let frame else { throw Refusal.suspicious("a scan stands before the frame") }
      let scan = try JPEGScan(body: body[...], frame: frame)
      if !frame.isProgressive { return try decodeSequential(scan, frame, dataOffset) }
      let entropy = try decodeProgressive(scan, frame, dataOffset)
      if isComplete { return (0xD9, dataOffset) }
      guard
        let marker = try entropy?.finish() ?? EntropyWindow.marker(in: source, from: dataOffset)
      else {
        // The DC of all is there: what is missing would only have made chroma finer.
        if hasAllDC { return (0xD9, dataOffset) }
        throw MediaFailure(.truncated, "the JPEG ends inside a scan")
      }
      return marker
    }

    private mutating func decodeSequential(
      _ scan: JPEGScan, _ frame: JPEGFrame, _ dataOffset: Int64
    ) throws -> (code: UInt8, end: Int64) {
      var codes: [(dc: JPEGHuffmanTable, ac: JPEGHuffmanTable)] = []
      var factors: [[UInt16]] = []
      for member in scan.members {
        guard lowestBit[member.component] == nil else {
          throw Refusal.suspicious("a component comes twice")
        }
        guard let dc = dcTables[member.dcTable], let ac = acTables[member.acTable] else {
          throw Refusal.unsupported("missing Huffman tables")
        }
        let table = quantization[frame.components[member.component].quantizationTable]
        guard !table.isEmpty else { throw Refusal.unsupported("missing quantization tables") }
        codes.append((dc, ac))
        factors.append(table)
      }
      if planes?.samples.isEmpty == true { planes?.makeFine(frame: frame) }
      guard var target = planes.take() else {
        throw Refusal.suspicious("a scan stands before the frame")
      }
      let entropy = SequentialScan(
        frame: frame, scan: scan, source: source, offset: dataOffset,
        restartInterval: restartInterval,
        tables: ScanTables(
          codes: codes, quantization: factors,
          isFine: scan.members.map { target.fineStarts[$0.component] != nil }),
        planes: target)
      try entropy.decode(into: &target)
      planes = target
      for member in scan.members { lowestBit[member.component] = 0 }
      if isComplete { return (0xD9, dataOffset) }
      guard let marker = try entropy.finish() else {
        throw MediaFailure(.truncated, "the JPEG ends inside a scan")
      }
      return marker
    }

    /// Decodes the DC of a scan, or the AC that says how fine chroma is; nil when it has neither.
    private mutating func decodeProgressive(
      _ scan: JPEGScan, _ frame: JPEGFrame, _ dataOffset: Int64
    ) throws -> ProgressiveScan? {
      let isFirst = scan.approximationHigh == 0
      if scan.spectralStart > 0 {
        if isFirst { decodeDetails(scan, frame, dataOffset) }
        return nil
      }
      var codes: [JPEGHuffmanTable] = []
      for member in scan.members {
        guard isFirst == (lowestBit[member.component] == nil),
          isFirst || lowestBit[member.component] == scan.approximationHigh
        else { throw Refusal.suspicious("the scans of a component are out of order") }
        lowestBit[member.component] = scan.approximationLow
        guard isFirst else { continue }
        guard let table = dcTables[member.dcTable] else {
          throw Refusal.unsupported("missing Huffman tables")
        }
        codes.append(table)
      }
      guard var planes = planes.take() else { return nil }
      var entropy = ProgressiveScan(
        frame: frame, scan: scan, source: source, offset: dataOffset,
        restartInterval: restartInterval, codes: codes, starts: planes.starts)
      try entropy.decode(into: &planes.coefficients)
      self.planes = planes
      return entropy
    }

    /// Of components that libjpeg turns back to 2×2 samples a block, the first AC scans: nearly all
    /// there is to know, and they come early. Damage in them leaves the component without.
    private mutating func decodeDetails(
      _ scan: JPEGScan, _ frame: JPEGFrame, _ dataOffset: Int64
    ) {
      let index = scan.members[0].component
      let component = frame.components[index]
      let factors = quantization[component.quantizationTable]
      guard frame.isFine(component), let table = acTables[scan.members[0].acTable],
        !factors.isEmpty, var planes = planes.take()
      else { return }
      var details = planes.details[index]
      planes.details[index] = []
      self.planes = planes
      if details.isEmpty {
        details = [SIMD4<Int16>](repeating: .zero, count: component.blockCount)
      }
      var entropy = ProgressiveScan(
        frame: frame, scan: scan, source: source, offset: dataOffset,
        restartInterval: restartInterval, codes: [table],
        starts: frame.components.map { _ in 0 })
      let weights = QuarterWeights.table(quantization: factors)
      if (try? entropy.decodeDetails(weights: weights, into: &details)) == nil { details = [] }
      self.planes?.details[index] = details
      if scan.spectralStart == 1 { hasDetails.insert(index) }
    }

    /// The picture from the decoded coefficients.
    mutating func picture() throws -> PixelBuffer {
      guard let frame, planes != nil else { throw Refusal.suspicious("there is no frame") }
      var factors: [Int32] = []
      for component in frame.components {
        guard let factor = quantization[component.quantizationTable].first else {
          throw Refusal.unsupported("missing quantization tables")
        }
        factors.append(Int32(factor))
      }
      if frame.isProgressive { planes?.takeDetails(frame: frame, factors: factors) }
      guard let planes else { throw Refusal.suspicious("there is no frame") }
      let assembly = EighthScaleAssembly(frame: frame, planes: planes, factors: factors)
      // libjpeg's rules (jdapimin.c): Adobe's word counts, then JFIF, then the identifiers.
      let identifiers = frame.components.map(\.identifier)
      let isRGB =
        adobeTransform.map { $0 == 0 }
        ?? (!hasJFIF && identifiers == Array("RGB".utf8))
      return assembly.picture(isRGB: isRGB)
    }
  }
}
