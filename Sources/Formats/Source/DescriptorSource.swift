import Glibc
import Media
import Platform

/// An open file as a source, read with `pread` so that the descriptor's own offset stays untouched.
///
/// Borrows the descriptor: whoever made the source keeps it open and closes it. Use it from one
/// thread at a time.
public final class DescriptorSource: ByteSource {
  public let byteCount: Int64
  private let descriptor: CInt
  private var cachedHead: [UInt8]?
  /// Memory of a former head, used again: a scan probes thousands of files one after the other.
  private var spare: [UInt8]

  public var rawDescriptor: CInt? { descriptor }

  /// A source over an open regular file.
  ///
  /// - Parameters:
  ///   - descriptor: Open for reading; borrowed.
  ///   - spare: An array whose memory the head may take over (see `takeHead()`).
  /// - Throws: `.unreadable` when it is no regular file or `fstat` fails.
  public init(borrowing descriptor: CInt, reusing spare: consuming [UInt8] = [])
    throws(MediaFailure)
  {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw Self.unreadable(.last("fstat"))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw MediaFailure(.unreadable, "This is not a regular file, so it cannot be read as one.")
    }
    self.descriptor = descriptor
    self.spare = spare
    byteCount = max(0, Int64(status.st_size))
  }

  /// Gives up the head so that the next file can use its memory.
  public func takeHead() -> [UInt8] {
    defer {
      cachedHead = nil
      spare = []
    }
    return cachedHead ?? spare
  }

  public func head() throws(MediaFailure) -> [UInt8] {
    if let cachedHead { return cachedHead }
    var bytes = spare
    spare = []
    let count = Int(min(byteCount, Int64(headByteCount)))
    if bytes.capacity < count {
      // New memory need not be cleared first.
      bytes = try read(at: 0, count: count)
      cachedHead = bytes
      return bytes
    }
    if bytes.count > count {
      bytes.removeLast(bytes.count - count)
    } else {
      bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
    }
    var failure: SystemError?
    let got = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe fill(buffer, at: 0, failure: &failure)
    }
    if let failure { throw Self.unreadable(failure) }
    // The file may have shrunk since `fstat`.
    if got < count { bytes.removeLast(count - got) }
    cachedHead = bytes
    return bytes
  }

  public func read(at offset: Int64, count: Int) throws(MediaFailure) -> [UInt8] {
    guard offset >= 0, offset < byteCount, count > 0 else { return [] }
    let wanted = Int(min(Int64(count), byteCount - offset))
    var failure: SystemError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
      let room = unsafe UnsafeMutableRawBufferPointer(
        start: buffer.baseAddress, count: min(wanted, buffer.count))
      initialized = unsafe fill(room, at: offset, failure: &failure)
    }
    if let failure { throw Self.unreadable(failure) }
    return bytes
  }

  /// Reads until the buffer is full or the file ends; returns how many bytes came.
  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: Int64, failure: inout SystemError?
  ) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let got = unsafe pread(
        descriptor, base + filled, buffer.count - filled, Int(offset) + filled)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { failure = .last("pread") }
      if got <= 0 { break }
      filled += got
    }
    return filled
  }

  private static func unreadable(_ error: SystemError) -> MediaFailure {
    MediaFailure(.unreadable, "The system could not read the file: \(error).")
  }
}
