import Media
import Pixels

/// Reads a source from front to back in pieces of 64 KiB; every read past the end throws
/// `.truncated`.
struct SourceCursor<Source: ByteSource> {
  private let source: Source
  private let format: MediaFormat
  private var buffer: [UInt8] = []
  private var index = 0
  /// Where the buffer ends in the source.
  private var nextOffset: Int64

  init(_ source: Source, at offset: Int64 = 0, format: MediaFormat) {
    self.source = source
    self.format = format
    nextOffset = offset
  }

  /// Where the next byte lies.
  var offset: Int64 { nextOffset - Int64(buffer.count - index) }

  private mutating func refill() throws(MediaFailure) {
    buffer = try source.read(at: nextOffset, count: 64 << 10)
    nextOffset += Int64(buffer.count)
    index = 0
    guard !buffer.isEmpty else {
      throw MediaFailure(
        .truncated, "The \(format.name.uppercased()) file ends before its picture does.")
    }
  }

  /// The next byte.
  mutating func byte() throws(MediaFailure) -> UInt8 {
    if index == buffer.count { try refill() }
    defer { index += 1 }
    return buffer[index]
  }

  /// The next `count` bytes, behind each other in `bytes` from `start` on.
  mutating func read(
    into bytes: inout [UInt8], at start: Int = 0, count: Int
  ) throws(MediaFailure) {
    var done = 0
    while done < count {
      if index == buffer.count { try refill() }
      let piece = min(count - done, buffer.count - index)
      bytes.replaceSubrange(
        (start + done)..<(start + done + piece), with: buffer[index..<(index + piece)])
      index += piece
      done += piece
    }
  }

  /// The next `count` bytes.
  mutating func bytes(_ count: Int) throws(MediaFailure) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      if index == buffer.count { try refill() }
      let piece = min(count - result.count, buffer.count - index)
      result.append(contentsOf: buffer[index..<(index + piece)])
      index += piece
    }
    return result
  }

  mutating func littleEndian16() throws(MediaFailure) -> Int {
    let low = try byte()
    return Int(low) | Int(try byte()) << 8
  }

  mutating func littleEndian32() throws(MediaFailure) -> UInt32 {
    let low = try littleEndian16()
    return UInt32(low) | UInt32(try littleEndian16()) << 16
  }

  mutating func bigEndian16() throws(MediaFailure) -> Int {
    let high = try byte()
    return Int(high) << 8 | Int(try byte())
  }

  mutating func bigEndian32() throws(MediaFailure) -> UInt32 {
    let high = try bigEndian16()
    return UInt32(high) << 16 | UInt32(try bigEndian16())
  }
}

/// What decoders that go row by row share: dimensions within reason, and a reducer for them.
enum SmallDecoder {
  static func reducer(
    width: Int, height: Int, target: Int, layout: PixelBuffer.Layout = .rgba, format: MediaFormat
  ) throws(MediaFailure) -> ByteReducer {
    let name = format.name.uppercased()
    guard width > 0, height > 0 else {
      throw MediaFailure(.corrupt, "The \(name) file announces a picture without pixels.")
    }
    guard width <= ProbeLimits.side, height <= ProbeLimits.side,
      width * height <= ProbeLimits.pixelCount,
      let reducer = ByteReducer(
        fullWidth: width, fullHeight: height, target: target, layout: layout)
    else {
      throw MediaFailure(
        .tooLarge, "The \(name) picture of \(width)×\(height) pixels passes the limits.")
    }
    return reducer
  }

  static func picture(_ reducer: consuming ByteReducer) -> DecodedPicture {
    let (fullWidth, fullHeight) = (reducer.fullWidth, reducer.fullHeight)
    let averaged = reducer.factor
    let factor = Double(averaged)
    var picture = DecodedPicture(pixels: reducer.picture())
    picture.averaged = averaged
    picture.fullWidth = fullWidth
    picture.fullHeight = fullHeight
    picture.extent = (Double(fullWidth) / factor, Double(fullHeight) / factor)
    return picture
  }
}
