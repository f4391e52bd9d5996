import Glibc
import Platform

/// A file that is written piece by piece beside its place and appears there whole or not at all; "-" is
/// standard output.
///
/// One thread at a time; writing blocks. A file that was not finished leaves nothing behind.
package final class OutputFile {
  /// Bytes that are gathered before they are written.
  package static let pieceByteCount = 64 << 10

  /// Where it will be.
  package let path: FilePath
  private let temporary: FilePath?
  private let file: FileDescriptor
  private var piece: [UInt8] = []
  private var isFinished = false

  /// Begins a file.
  ///
  /// - Throws: `ExchangeError` when the folder cannot be written.
  package init(_ path: FilePath) throws(ExchangeError) {
    self.path = path
    do throws(SystemError) {
      if path == "-" {
        temporary = nil
        file = FileDescriptor(
          takingOwnershipOf: try systemCall("dup") { dup(STDOUT_FILENO) })
      } else {
        let beside = path.parent.appending(
          bytes: Array(".\(getpid())-".utf8) + Array(path.nameBytes).suffix(200)
            + Array(".part".utf8))
        temporary = beside
        file = try FileDescriptor.open(
          beside, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, permissions: 0o644)
      }
    } catch { throw ExchangeError(error, path: path) }
    piece.reserveCapacity(Self.pieceByteCount + 4096)
  }

  deinit { if !isFinished { discard() } }

  /// Adds bytes.
  package func write(_ bytes: some Collection<UInt8>) throws(ExchangeError) {
    piece.append(contentsOf: bytes)
    if piece.count >= Self.pieceByteCount { try flush() }
  }

  /// Adds the bytes of another file from its start.
  package func write(
    contentsOf source: borrowing FileDescriptor, byteCount: Int
  ) throws(ExchangeError) {
    var offset = 0
    while offset < byteCount {
      let part: [UInt8]
      do throws(SystemError) {
        part = try source.read(
          at: Int64(offset), count: min(Self.pieceByteCount, byteCount - offset))
      } catch { throw ExchangeError(error, path: path) }
      guard !part.isEmpty else {
        throw ExchangeError(path, "what is to be written ends too early.")
      }
      try write(part)
      offset += part.count
    }
  }

  /// Makes it durable and puts it into its place.
  package func finish() throws(ExchangeError) {
    try flush()
    guard let temporary else {
      isFinished = true
      return
    }
    do throws(SystemError) {
      try AtomicFile.finish(file, at: temporary, to: path)
    } catch { throw ExchangeError(error, path: path) }
    isFinished = true
  }

  private func flush() throws(ExchangeError) {
    do throws(SystemError) { try file.write(piece) } catch {
      throw ExchangeError(error, path: path)
    }
    piece.removeAll(keepingCapacity: true)
  }

  private func discard() {
    guard let temporary else { return }
    _ = unsafe temporary.withCString { unsafe unlink($0) }
  }
}
