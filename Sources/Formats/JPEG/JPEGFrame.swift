import Media

/// What a JPEG's header segments say, as far as decoding needs it (ITU-T T.81, annex B).
struct JPEGFrame {
  /// One colour component.
  struct Component {
    let identifier: UInt8
    let horizontalSampling: Int
    let verticalSampling: Int
    let quantizationTable: Int
    /// Blocks that carry picture, i.e. what a scan of this component alone has.
    var blocksAcross = 0
    var blocksDown = 0
    /// Blocks in memory: padded to whole MCUs, as interleaved scans have them.
    var paddedBlocksAcross = 0
    var paddedBlocksDown = 0
  }

  let isProgressive: Bool
  /// Bits of a sample: 8 or 12.
  let precision: Int
  let width: Int
  let height: Int
  var components: [Component]
  let maximumHorizontalSampling: Int
  let maximumVerticalSampling: Int
  /// MCUs of an interleaved scan.
  let unitsAcross: Int
  let unitsDown: Int

  /// Reads an SOF0, SOF1 or SOF2 segment's body.
  ///
  /// - Throws: `Refusal` for anything this decoder leaves to a general one.
  init(marker: UInt8, body: ArraySlice<UInt8>) throws(EighthScaleJPEG.Refusal) {
    let body = Array(body)
    guard body.count >= 6 else { throw .suspicious("the frame header is cut short") }
    isProgressive = marker == 0xC2
    precision = Int(body[0])
    height = Int(body[1]) << 8 | Int(body[2])
    width = Int(body[3]) << 8 | Int(body[4])
    let count = Int(body[5])
    guard precision == 8 || (precision == 12 && marker != 0xC0) else {
      throw .unsupported("\(precision)-bit samples")
    }
    guard height > 0 else { throw .unsupported("a height told after the picture (DNL)") }
    guard width > 0 else { throw .suspicious("the width is zero") }
    guard count == 1 || count == 3 else { throw .unsupported("\(count) components") }
    guard body.count >= 6 + 3 * count else { throw .suspicious("the frame header is cut short") }
    components = (0..<count).map { index in
      let at = 6 + 3 * index
      return Component(
        identifier: body[at], horizontalSampling: Int(body[at + 1] >> 4),
        verticalSampling: Int(body[at + 1] & 15), quantizationTable: Int(body[at + 2]))
    }
    guard Set(components.map(\.identifier)).count == count else {
      throw .suspicious("two components have the same identifier")
    }
    guard
      components.allSatisfy({
        (1...4).contains($0.horizontalSampling) && (1...4).contains($0.verticalSampling)
          && $0.quantizationTable < 4
      })
    else { throw .suspicious("a sampling factor is out of range") }
    maximumHorizontalSampling = components.map(\.horizontalSampling).max() ?? 1
    maximumVerticalSampling = components.map(\.verticalSampling).max() ?? 1
    unitsAcross = (width + 8 * maximumHorizontalSampling - 1) / (8 * maximumHorizontalSampling)
    unitsDown = (height + 8 * maximumVerticalSampling - 1) / (8 * maximumVerticalSampling)
    for index in components.indices {
      let (across, down) = (
        components[index].horizontalSampling, components[index].verticalSampling
      )
      let samplesAcross =
        (width * across + maximumHorizontalSampling - 1) / maximumHorizontalSampling
      let samplesDown = (height * down + maximumVerticalSampling - 1) / maximumVerticalSampling
      components[index].blocksAcross = (samplesAcross + 7) / 8
      components[index].blocksDown = (samplesDown + 7) / 8
      components[index].paddedBlocksAcross = unitsAcross * across
      components[index].paddedBlocksDown = unitsDown * down
    }
  }
}

/// One scan: which components it carries, with which tables, and which part of their coefficients.
struct JPEGScan {
  /// A component of the scan and its Huffman tables.
  struct Member {
    let component: Int
    let dcTable: Int
    let acTable: Int
  }

  let members: [Member]
  /// First and last coefficient, in zigzag order.
  let spectralStart: Int
  let spectralEnd: Int
  /// Successive approximation: the bit before (0 on a first scan) and the bit of this scan.
  let approximationHigh: Int
  let approximationLow: Int

  /// Reads an SOS segment's body.
  init(body: ArraySlice<UInt8>, frame: JPEGFrame) throws(EighthScaleJPEG.Refusal) {
    let body = Array(body)
    guard let count = body.first.map(Int.init), (1...4).contains(count), body.count >= 4 + 2 * count
    else { throw .suspicious("a scan header is cut short") }
    var members: [Member] = []
    for index in 0..<count {
      let identifier = body[1 + 2 * index]
      let tables = body[2 + 2 * index]
      guard let component = frame.components.firstIndex(where: { $0.identifier == identifier })
      else { throw .suspicious("a scan names a component that does not exist") }
      guard !members.contains(where: { $0.component == component }) else {
        throw .suspicious("a scan names a component twice")
      }
      guard tables >> 4 < 4, tables & 15 < 4 else {
        throw .suspicious("a scan names a table that cannot exist")
      }
      members.append(
        Member(component: component, dcTable: Int(tables >> 4), acTable: Int(tables & 15)))
    }
    let blockCount = members.reduce(0) { sum, member in
      let component = frame.components[member.component]
      return sum + component.horizontalSampling * component.verticalSampling
    }
    // T.81, B.2.3. The decoders' reads beyond the end of the data are bounded by it.
    guard count == 1 || blockCount <= 10 else { throw .suspicious("an MCU has too many blocks") }
    self.members = members
    let at = 1 + 2 * count
    spectralStart = Int(body[at])
    spectralEnd = Int(body[at + 1])
    approximationHigh = Int(body[at + 2] >> 4)
    approximationLow = Int(body[at + 2] & 15)
    if frame.isProgressive {
      guard spectralStart <= spectralEnd, spectralEnd < 64, approximationLow <= 13,
        spectralStart != 0 || spectralEnd == 0, spectralStart == 0 || count == 1,
        approximationHigh == 0 || approximationHigh == approximationLow + 1
      else { throw .suspicious("a scan's coefficients are out of range") }
    } else {
      guard spectralStart == 0, spectralEnd == 63, approximationHigh == 0, approximationLow == 0
      else { throw .suspicious("a sequential scan with part of the coefficients") }
    }
  }
}
