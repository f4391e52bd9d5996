import Glibc
import Media

/// The bits of a scan, read through a window of the file: constant memory whatever the file's size.
///
/// Bytes are unstuffed (FF 00 → FF) when the window is filled, by `memchr` and block copies, so the
/// bit loop never looks for FF. A marker ends the data; after it zeros are delivered, and
/// `hasOverrun` tells when more of them were used than a valid stream ever needs.
///
/// Not generic over the source on purpose: the file is asked once per window, the bits many million
/// times, and a generic bit loop that is not specialised costs ten times as much.
struct JPEGBitReader {
  private static let windowByteCount = 64 << 10

  private let read: (_ offset: Int64, _ count: Int) throws(MediaFailure) -> [UInt8]
  // The file offset of the first byte that is not in the window yet.
  private var fileOffset: Int64
  private var window: [UInt8] = []
  private var position = 0
  // Left-aligned: the next bit of the stream is the highest.
  private var reservoir: UInt64 = 0
  private(set) var bitCount = 0
  private var missingByteCount = 0
  /// The marker that ended the data, and the file offset behind it.
  private(set) var marker: (code: UInt8, end: Int64)?
  private var isAtEnd = false

  init(source: some ByteSource, offset: Int64) {
    read = { offset, count throws(MediaFailure) in try source.read(at: offset, count: count) }
    fileOffset = offset
  }

  /// True when bits were used that the stream does not have.
  var hasOverrun: Bool { missingByteCount * 8 > bitCount }

  /// At least 32 bits in the reservoir (zeros behind the end): a code and what follows it.
  @inline(__always)
  mutating func refill() throws(MediaFailure) {
    if bitCount >= 32 { return }
    if position + 8 <= window.count {
      let word = unsafe window.withUnsafeBytes {
        unsafe UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      }
      reservoir |= word >> UInt64(bitCount)
      // Whole bytes only: what was or-ed in beyond them is or-ed in again, unchanged, next time.
      let bytes = (64 - bitCount) >> 3
      position += bytes
      bitCount += bytes << 3
    } else {
      try refillSlowly()
    }
  }

  private mutating func refillSlowly() throws(MediaFailure) {
    // The quick path may have left bits of bytes it did not count; they are read again here.
    reservoir &= bitCount == 0 ? 0 : ~UInt64(0) << UInt64(64 - bitCount)
    while bitCount <= 56 {
      if position == window.count { try fillWindow() }
      var byte: UInt8 = 0
      if position < window.count {
        byte = window[position]
        position += 1
      } else {
        missingByteCount += 1
      }
      reservoir |= UInt64(byte) << UInt64(56 - bitCount)
      bitCount += 8
    }
  }

  /// The next `count` bits without using them, 1…32; `refill` comes first.
  @inline(__always)
  func peek(_ count: Int) -> UInt32 { UInt32(truncatingIfNeeded: reservoir >> UInt64(64 - count)) }

  /// Uses bits that were looked at.
  @inline(__always)
  mutating func skip(_ count: Int) {
    reservoir <<= UInt64(count)
    bitCount -= count
  }

  /// Goes to the next restart marker, which must be the one expected.
  mutating func restart(expected: UInt8) throws(MediaFailure) -> Bool {
    // All data bytes before the marker must have been used, but for the padding of the last one.
    if marker == nil { try fillWindowIfEmpty() }
    guard let found = marker, found.code == expected, position >= window.count,
      bitCount - missingByteCount * 8 < 8
    else { return false }
    fileOffset = found.end
    marker = nil
    isAtEnd = false
    reservoir = 0
    bitCount = 0
    missingByteCount = 0
    return true
  }

  private mutating func fillWindowIfEmpty() throws(MediaFailure) {
    if position >= window.count { try fillWindow() }
  }

  /// The marker after the scan and the offset behind it; skips data that was not used.
  mutating func finish() throws(MediaFailure) -> (code: UInt8, end: Int64)? {
    while true {
      while marker == nil && !isAtEnd {
        position = window.count
        try fillWindow()
      }
      guard let found = marker else { return nil }
      // A restart marker behind the last interval of the scan belongs to the scan.
      guard (0xD0...0xD7).contains(found.code) else { return found }
      fileOffset = found.end
      marker = nil
    }
  }

  private mutating func fillWindow() throws(MediaFailure) {
    window.removeAll(keepingCapacity: true)
    position = 0
    if marker != nil || isAtEnd { return }
    let raw = try read(fileOffset, Self.windowByteCount)
    guard !raw.isEmpty else {
      isAtEnd = true
      return
    }
    window.reserveCapacity(raw.count)
    var start = 0
    while start < raw.count {
      let found = firstFF(in: raw, from: start)
      window.append(contentsOf: raw[start..<found])
      guard found < raw.count else { break }
      guard found + 1 < raw.count else {
        // FF is the last byte of the window: it is read again together with what follows it.
        if found == 0 { isAtEnd = true }
        fileOffset += Int64(found)
        return
      }
      let code = raw[found + 1]
      if code == 0 {
        window.append(0xFF)
        start = found + 2
      } else if code == 0xFF {
        start = found + 1  // fill bytes before a marker
      } else {
        marker = (code, fileOffset + Int64(found) + 2)
        return
      }
    }
    fileOffset += Int64(raw.count)
  }

  private func firstFF(in bytes: [UInt8], from start: Int) -> Int {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress,
        let found = unsafe memchr(base + start, 0xFF, buffer.count - start)
      else { return buffer.count }
      return unsafe found - UnsafeMutableRawPointer(mutating: base)
    }
  }
}
