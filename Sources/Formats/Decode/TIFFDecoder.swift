import CTIFF
import Media
import Pixels

/// TIFF through libtiff: the smallest level that is enough, band by band and reduced on the way.
enum TIFFDecoder {
  /// What the library may take for one thing when nothing was reserved.
  private static let defaultMemoryLimit = 256 << 20

  /// The first picture; nil for what is not read here: inks, light in floats, CIE Lab, planes
  /// apart, …
  ///
  /// - Parameter descriptor: the file; read with `pread` only.
  static func decode(
    _ descriptor: CInt, probe: Probe, target: Int, reservedByteCount: Int
  ) throws(MediaFailure) -> DecodedPicture? {
    var reader: OpaquePointer?
    defer { unsafe ctiff_close(reader) }
    var header = unsafe ctiff_header()
    let limit = reservedByteCount > 0 ? reservedByteCount : defaultMemoryLimit
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe ctiff_open(descriptor, UInt32(target), limit, &reader, &header, message, size)
    }
    if Int(code) == CTIFF_OTHER { return nil }
    guard Int(code) == CTIFF_OK else { throw LibraryMessage.failure(format: .tiff, text: text) }
    guard let rows = unsafe TIFFRows(header) else { return nil }
    let (width, height) = unsafe (Int(header.width), Int(header.height))
    var reducer = try SmallDecoder.reducer(
      width: width, height: height, target: target, layout: rows.layout, format: .tiff)
    let (rowByteCount, bandRowCount) = unsafe (header.row_size, Int(header.band_rows))
    // The library's part keeps this below a third of the limit, or a few megabytes.
    var band = [UInt8](repeating: 0, count: rowByteCount * bandRowCount)
    var row = [UInt8](repeating: 0, count: rows.areReady ? 0 : width * rows.layout.rawValue)
    for y in 0..<height {
      if y % bandRowCount == 0 {
        let (code, text) = unsafe LibraryMessage.collect { message, size in
          unsafe band.withUnsafeMutableBufferPointer {
            unsafe ctiff_read_band(
              reader, UInt32(y / bandRowCount), $0.baseAddress, $0.count, message, size)
          }
        }
        guard code == 0 else { throw LibraryMessage.failure(format: .tiff, text: text) }
      }
      let start = y % bandRowCount * rowByteCount
      let stored = band.span.extracting(start..<(start + rowByteCount))
      if rows.areReady {
        reducer.addRow(stored, y: y)
      } else {
        rows.convert(stored, into: &row)
        reducer.addRow(row.span, y: y)
      }
    }
    var picture = SmallDecoder.picture(reducer)
    if let profile = unsafe header.profile {
      picture.profile = unsafe Array(
        UnsafeBufferPointer(start: profile, count: header.profile_size))
    }
    picture.fullWidth = Int(probe.storedWidth)
    picture.fullHeight = Int(probe.storedHeight)
    picture.orientation = probe.orientation
    return picture
  }
}
