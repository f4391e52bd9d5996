import Glibc
import Platform

/// The bytes of a file one after the other, a piece of it in memory at a time.
///
/// One thread at a time; reading blocks on slow disks.
package struct ByteFeed {
  /// Bytes in memory at a time, charged with what an import reserves.
  package static let pieceByteCount = 64 << 10

  /// The file, for messages.
  package let path: FilePath
  /// The line the next byte is on, from 1.
  package private(set) var line = 1

  private let file: OpenFile?
  private var offset: Int64
  private var piece: [UInt8]
  private var position = 0
  // Bytes that were read before and come again, the next one last.
  private var returned: [UInt8] = []

  /// The bytes of an open file, from its start.
  package init(_ file: OpenFile) {
    self.file = file
    path = file.path
    offset = 0
    piece = []
    dropByteOrderMark()
  }

  /// Bytes that are in memory.
  package init(bytes: [UInt8], path: FilePath) {
    file = nil
    self.path = path
    offset = 0
    piece = bytes
    dropByteOrderMark()
  }

  /// The next byte; nil at the end.
  package mutating func next() throws(ExchangeError) -> UInt8? {
    let byte: UInt8
    if let back = returned.popLast() {
      byte = back
    } else {
      if position == piece.count, try !refill() { return nil }
      byte = piece[position]
      position += 1
    }
    if byte == 0x0A { line += 1 }
    return byte
  }

  /// The next byte without taking it; nil at the end.
  package mutating func peek() throws(ExchangeError) -> UInt8? {
    if let back = returned.last { return back }
    if position == piece.count, try !refill() { return nil }
    return piece[position]
  }

  /// Gives bytes back that `next` gave: they come again, in the same order.
  package mutating func giveBack(_ bytes: ArraySlice<UInt8>) {
    for byte in bytes.reversed() {
      returned.append(byte)
      if byte == 0x0A { line -= 1 }
    }
  }

  private mutating func refill() throws(ExchangeError) -> Bool {
    guard let file else { return false }
    do throws(SystemError) {
      piece = try file.descriptor.read(at: offset, count: Self.pieceByteCount)
    } catch { throw ExchangeError(error, path: path) }
    offset += Int64(piece.count)
    position = 0
    return !piece.isEmpty
  }

  // What cannot be read now is said by the first `next`.
  private mutating func dropByteOrderMark() {
    if piece.isEmpty { _ = try? refill() }
    if piece.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }
}
