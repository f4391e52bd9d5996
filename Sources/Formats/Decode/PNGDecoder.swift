import CPNG
import Media
import Pixels

/// PNG through libpng, row by row and reduced on the way: a few rows of memory, whatever its size. Only
/// an interlaced one is kept whole while it is read. Of animations it is the still picture.
enum PNGDecoder {
  /// A picture of which less than this part of its rows can be read is broken: a header may promise
  /// any number of them.
  private static let leastPart = 8

  /// The picture of a file.
  ///
  /// - Parameter descriptor: the file; read with `pread` only.
  static func decode(_ descriptor: CInt, target: Int) throws(MediaFailure) -> DecodedPicture {
    try unsafe decode(
      DescriptorSource(borrowing: descriptor), descriptor,
      UnsafeBufferPointer(start: nil, count: 0), format: .png, target: target)
  }

  /// The same from bytes in memory: what icons hold.
  static func decode(
    _ bytes: [UInt8], format: MediaFormat, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    let source = BytesSource(bytes)
    let result = unsafe bytes.withUnsafeBufferPointer { bytes in
      Result { () throws(MediaFailure) in
        try unsafe decode(source, -1, bytes, format: format, target: target)
      }
    }
    return try result.get()
  }

  private static func decode(
    _ source: some ByteSource, _ descriptor: CInt, _ bytes: UnsafeBufferPointer<UInt8>,
    format: MediaFormat, target: Int
  ) throws(MediaFailure) -> DecodedPicture {
    /// What a call into the library says, as a failure.
    func check(_ call: (UnsafeMutablePointer<CChar>, Int) -> CInt) throws(MediaFailure) {
      let (code, text) = unsafe LibraryMessage.collect(call)
      if code != 0 { throw LibraryMessage.failure(format: format, text: text) }
    }
    var reader: OpaquePointer?
    defer { unsafe cpng_close(reader) }
    var header = unsafe cpng_header()
    try unsafe check {
      unsafe cpng_open(
        descriptor, bytes.baseAddress, bytes.count, &reader, &header, $0, $1)
    }
    let (width, height) = unsafe (Int(header.width), Int(header.height))
    guard let layout = unsafe PixelBuffer.Layout(rawValue: Int(header.channels)) else {
      throw LibraryMessage.failure(format: format, text: "")
    }
    var reducer = try SmallDecoder.reducer(
      width: width, height: height, target: target, layout: layout, format: format)
    let rowByteCount = width * layout.rawValue
    let isInterlaced = unsafe header.is_interlaced != 0
    // The limits of the reducer keep the product within 34 bits.
    var rows = [UInt8](repeating: 0, count: rowByteCount * (isInterlaced ? height : 1))
    if isInterlaced {
      try unsafe check { message, size in
        unsafe rows.withUnsafeMutableBufferPointer {
          unsafe cpng_read_all(reader, $0.baseAddress, message, size)
        }
      }
      try PNGCheck.findEnd(source)
      for y in 0..<height {
        reducer.addRow(
          rows.span.extracting((y * rowByteCount)..<((y + 1) * rowByteCount)), y: y)
      }
    } else {
      var readRowCount = 0
      do throws(MediaFailure) {
        for y in 0..<height {
          try unsafe check { message, size in
            unsafe rows.withUnsafeMutableBufferPointer {
              unsafe cpng_read_row(reader, $0.baseAddress, message, size)
            }
          }
          reducer.addRow(rows.span, y: y)
          readRowCount += 1
        }
        try unsafe check { unsafe cpng_finish(reader, $0, $1) }
      } catch {
        // Damage inside: the rows before it are worth showing, unless they are hardly a picture.
        guard readRowCount > height / leastPart, error.kind == .corrupt else { throw error }
        try PNGCheck.findEnd(source)
      }
    }
    var picture = SmallDecoder.picture(reducer)
    if let profile = unsafe header.profile {
      picture.profile = unsafe Array(
        UnsafeBufferPointer(start: profile, count: header.profile_size))
    }
    return picture
  }
}
