import Media

/// The rows of a merged Photoshop picture, any channel's in any order of channels but with `y`
/// ascending: channels lie one behind the other in the file.
struct PSDRows<Source: ByteSource> {
  private let source: Source
  private let rowByteCount: Int
  private let height: Int
  private let isPacked: Bool
  private let dataOffset: Int64
  private let tableOffset: Int64
  private let entryByteCount: Int
  /// For packed rows: where each channel's next row starts, found by summing the table.
  private var nextOffsets: [Int64] = []
  private var nextRows: [Int] = []

  init(
    source: Source, at offset: Int64, rowByteCount: Int, height: Int, channelCount: Int,
    isLarge: Bool
  ) throws(MediaFailure) {
    self.source = source
    self.rowByteCount = rowByteCount
    self.height = height
    var cursor = SourceCursor(source, at: offset, format: .psd)
    let compression = try cursor.bigEndian16()
    guard compression <= 1 else {
      throw MediaFailure(
        .unsupported, "This PSD's merged picture is compressed in a way not decoded here.")
    }
    isPacked = compression == 1
    entryByteCount = isLarge ? 4 : 2
    tableOffset = cursor.offset
    let tableByteCount = Int64(height) * Int64(channelCount) * Int64(entryByteCount)
    dataOffset = isPacked ? tableOffset + tableByteCount : tableOffset
    guard dataOffset <= source.byteCount else { throw Self.truncated }
    guard isPacked else { return }
    var sum = dataOffset
    for channel in 0..<channelCount {
      nextOffsets.append(sum)
      nextRows.append(0)
      // Only the sums are kept: the table is read again, row by row, later.
      var table = SourceCursor(
        source, at: tableOffset + Int64(channel) * Int64(height) * Int64(entryByteCount),
        format: .psd)
      for _ in 0..<height {
        sum += Int64(
          entryByteCount == 2 ? UInt32(try table.bigEndian16()) : try table.bigEndian32())
      }
    }
  }

  private static var truncated: MediaFailure {
    MediaFailure(.truncated, "The PSD file ends before its picture does.")
  }

  /// One row, `rowByteCount` bytes.
  mutating func row(_ y: Int, channel: Int) throws(MediaFailure) -> [UInt8] {
    if !isPacked {
      let index = Int64(channel) * Int64(height) + Int64(y)
      let bytes = try source.read(
        at: dataOffset + index * Int64(rowByteCount), count: rowByteCount)
      guard bytes.count == rowByteCount else { throw Self.truncated }
      return bytes
    }
    precondition(nextRows[channel] == y, "packed rows are read in order")
    let entry = tableOffset + (Int64(channel) * Int64(height) + Int64(y)) * Int64(entryByteCount)
    let packedByteCount = try source.read(at: entry, count: entryByteCount)
      .reduce(0) { $0 << 8 | Int($1) }
    // PackBits never needs more than one more byte per 128.
    let packed = try source.read(
      at: nextOffsets[channel], count: min(packedByteCount, rowByteCount * 2 + 256))
    nextOffsets[channel] += Int64(packedByteCount)
    nextRows[channel] += 1
    return try unpacked(packed)
  }

  private func unpacked(_ packed: [UInt8]) throws(MediaFailure) -> [UInt8] {
    var row: [UInt8] = []
    row.reserveCapacity(rowByteCount)
    var index = 0
    while row.count < rowByteCount {
      guard index < packed.count else { throw Self.truncated }
      let code = Int(Int8(bitPattern: packed[index]))
      index += 1
      if code >= 0 {
        guard index + code < packed.count else { throw Self.truncated }
        row.append(contentsOf: packed[index...(index + code)])
        index += code + 1
      } else if code != -128 {
        guard index < packed.count else { throw Self.truncated }
        row.append(contentsOf: repeatElement(packed[index], count: 1 - code))
        index += 1
      }
    }
    if row.count > rowByteCount { row.removeLast(row.count - rowByteCount) }
    return row
  }
}
