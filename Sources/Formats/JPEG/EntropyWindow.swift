import CJPEGLanes
import Glibc
import Media

/// A window of a scan's bytes without stuffing (FF 00 → FF), in constant memory.
///
/// The stuffing is taken out sixteen bytes at a time, so whoever reads the bits tests neither for FF nor
/// for markers. Restart markers are taken out too and remembered as ends of segments.
///
/// Bits are read through `base` without checks. What makes that safe: behind `count` there are always
/// `slop` zero bytes, more than any MCU can reach (`LaneDecoder.mcuByteLimit`).
@safe final class EntropyWindow {
  /// Bytes of the window, its slop not counted: a lane has 23 bits for where it is (`LaneDecoder`).
  static let capacity = (1 << 20) - slop
  /// Readable zero bytes behind the last one.
  static let slop = 4096
  private static let readByteCount = 128 << 10

  private let read: (_ offset: Int64, _ count: Int) throws(MediaFailure) -> [UInt8]
  private var fileOffset: Int64
  private let storage: UnsafeMutablePointer<UInt8>

  /// How many bytes the window has.
  private(set) var count = 0
  /// The restart markers ahead: the byte each stands before, and its code.
  var restarts: ArraySlice<(end: Int, code: UInt8)> { allRestarts[takenRestarts...] }
  private var allRestarts: [(end: Int, code: UInt8)] = []
  private var takenRestarts = 0
  /// The marker that ended the scan and the file offset behind it; nil at the end of the file.
  private(set) var marker: (code: UInt8, end: Int64)?
  /// Whether the window reaches to the end of the scan.
  private(set) var isComplete = false

  /// - Parameters:
  ///   - source: the file.
  ///   - offset: where the scan's data begin.
  init(source: some ByteSource, offset: Int64) {
    read = { offset, count throws(MediaFailure) in try source.read(at: offset, count: count) }
    fileOffset = offset
    unsafe storage = UnsafeMutablePointer.allocate(capacity: Self.capacity + Self.slop)
    unsafe storage.initialize(repeating: 0, count: Self.slop)
  }

  deinit { unsafe storage.deallocate() }

  /// `count` bytes of the scan and `slop` zeros.
  var base: UnsafePointer<UInt8> { unsafe UnsafePointer(storage) }

  /// Gives up the first bytes and fills the window up, or to the end of the scan.
  ///
  /// - Parameter used: how many bytes are no longer needed, at most `count`.
  func fill(dropping used: Int) throws(MediaFailure) {
    precondition(used >= 0 && used <= count, "only what is there can be dropped")
    count -= used
    unsafe memmove(storage, storage + used, count)
    allRestarts = restarts.map { ($0.end - used, $0.code) }
    takenRestarts = 0
    // Never one byte alone, which could be half a marker. Unstuffing never makes more of it.
    while !isComplete, count <= Self.capacity - 2 {
      let raw = try read(
        fileOffset, min(Self.readByteCount, Self.capacity - count))
      append(raw)
    }
    unsafe memset(storage + count, 0, Self.slop)
  }

  /// Steps over the next restart marker.
  func takeRestart() { takenRestarts += 1 }

  private func append(_ raw: [UInt8]) {
    if raw.isEmpty {
      isComplete = true
      return
    }
    unsafe raw.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      let end = bytes.count
      var at = 0
      while at < end {
        // At most as many bytes as `raw` has, which fit, and 15 of the slop.
        at += unsafe cjpeglanes_unstuff(start + at, end - at, storage + count, &count)
        guard at < end else { break }
        guard at + 1 < end else {
          // An FF at the end of what was read is read again together with what follows it.
          if at == 0 { isComplete = true }
          break
        }
        let code = unsafe bytes[at + 1]
        if code == 0xFF {
          at += 1  // fill bytes before a marker
        } else if (0xD0...0xD7).contains(code) {
          allRestarts.append((count, code))
          at += 2
        } else {
          marker = (code, fileOffset + Int64(at) + 2)
          isComplete = true
          break
        }
      }
      fileOffset += Int64(at)
    }
  }

  /// Goes to the end of the scan without keeping its bytes.
  func skip() throws(MediaFailure) {
    while !isComplete {
      takenRestarts = allRestarts.count
      try fill(dropping: count)
    }
  }

  /// The marker behind a scan that is not wanted and the offset behind it; nil when the file ends
  /// before it.
  static func marker(
    in source: some ByteSource, from offset: Int64
  ) throws(MediaFailure) -> (code: UInt8, end: Int64)? {
    var offset = offset
    while true {
      let bytes = try source.read(at: offset, count: readByteCount)
      guard bytes.count >= 2 else { return nil }
      var at = 0
      while at + 1 < bytes.count {
        let found = unsafe bytes.withUnsafeBytes { bytes in
          unsafe bytes.baseAddress.flatMap { start in
            // Not the last byte: what follows it is needed too.
            unsafe memchr(start + at, 0xFF, bytes.count - 1 - at).map {
              unsafe UnsafeRawPointer($0) - start
            }
          }
        }
        guard let found else { break }
        // Stuffing, fill bytes and restart markers belong to the scan.
        switch bytes[found + 1] {
        case 0, 0xD0...0xD7: at = found + 2
        case 0xFF: at = found + 1
        default: return (bytes[found + 1], offset + Int64(found) + 2)
        }
      }
      offset += Int64(max(1, bytes.count - 1))
    }
  }
}
