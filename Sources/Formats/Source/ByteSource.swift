import Media

/// Bytes that can be read at any place: an open file or an array.
///
/// What lies outside is not an error of the source: a read past the end gives fewer bytes.
public protocol ByteSource {
  /// How many bytes there are.
  var byteCount: Int64 { get }

  /// The descriptor the bytes come from, for decoders that want one; nil for bytes in memory.
  ///
  /// Borrowed: valid as long as the source's owner keeps it open. Never close it, and read it with
  /// `pread` only (its file offset is shared).
  var rawDescriptor: CInt? { get }

  /// The first `headByteCount` bytes, or all when there are fewer. Read once, then kept.
  ///
  /// - Throws: `.unreadable` with the system's reason.
  func head() throws(MediaFailure) -> [UInt8]

  /// The bytes from `offset` on: `count` of them, or fewer at the end of the file; none for an
  /// offset outside. The array is allocated for what the file has, never for what was asked.
  ///
  /// - Throws: `.unreadable` with the system's reason.
  func read(at offset: Int64, count: Int) throws(MediaFailure) -> [UInt8]
}

/// How many bytes `ByteSource.head()` gives at most: 64 KiB hold the header of nearly every file,
/// an EXIF block (at most 64 KiB in a JPEG) included.
public let headByteCount = 65_536
