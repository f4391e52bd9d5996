import Catalog
import Glibc
import Media
import MemoryBudget
import Platform
import WorkerPool

/// Writes tags beside pictures, as XMP sidecars, or into copies of them.
///
/// Originals are never written. What is in a sidecar already is read and changed in a worker; everything
/// else in it stays.
package struct SidecarExporter: Sendable {
  /// How one picture went.
  package enum Outcome: Sendable, Equatable {
    case written
    /// What is there says the same already.
    case unchanged
    /// A copy with a sidecar, because tags cannot be put into this kind of file.
    case besideCopy
  }

  private let workers: WorkerPool
  private let files: BlockingPool

  package init(workers: WorkerPool, files: BlockingPool) {
    self.workers = workers
    self.files = files
  }

  /// Writes `name.jpg.xmp` beside a picture. One that is there keeps what else is in it, and so does
  /// what `name.xmp` says, which itself is left alone: it may be about several pictures.
  ///
  /// - Throws: `ExchangeError`, `MediaFailure` for a sidecar that cannot be read (it stays as it is),
  ///   `WorkerPoolError`, `CancellationError`.
  package func writeSidecar(_ picture: PictureTags, of path: FilePath) async throws -> Outcome {
    let own = Self.sidecarPath(of: path)
    let (existing, isOwn) = try await files.run {
      if let file = try Self.open(own) { return (OpenFile?.some(file), true) }
      return (try Self.open(Self.sharedSidecarPath(of: path)), false)
    }
    let made = try await workers.writeSidecar(
      SidecarMapping.edit(picture), to: existing, priority: .background)
    return try await files.run {
      if isOwn, let existing, try Self.isSame(made, existing) { return .unchanged }
      try Self.write(made, to: own)
      return .written
    }
  }

  /// Writes a copy of a picture with its tags inside, or beside it where that cannot be.
  ///
  /// - Parameter target: where the copy goes; nothing may be there.
  /// - Throws: as `writeSidecar`.
  package func writeCopy(
    _ picture: PictureTags, of path: FilePath, to target: FilePath
  ) async throws -> Outcome {
    let file = try await files.run {
      try Self.makeFolder(target.parent)
      if unsafe target.withCString({ unsafe access($0, F_OK) }) == 0 {
        throw ExchangeError(target, "there is a file already; export into an empty folder.")
      }
      guard let file = try Self.open(path) else {
        throw ExchangeError(path, "it is not there any more; scan again.")
      }
      return file
    }
    do {
      let made = try await workers.embed(
        SidecarMapping.edit(picture), in: file, priority: .background)
      try await files.run { try Self.write(made, to: target) }
      return .written
    } catch let failure as MediaFailure
      where failure.kind == .unsupported || failure.kind == .tooLarge
    {
      let made = try await workers.writeSidecar(
        SidecarMapping.edit(picture), to: nil, priority: .background)
      try await files.run {
        let output = try OutputFile(target)
        let byteCount: Int
        do throws(SystemError) { byteCount = Int(try file.descriptor.status().st_size) } catch {
          throw ExchangeError(error, path: path)
        }
        try output.write(contentsOf: file.descriptor, byteCount: byteCount)
        try output.finish()
        try Self.write(made, to: Self.sidecarPath(of: target))
      }
      return .besideCopy
    }
  }

  // MARK: Files

  static func sidecarPath(of path: FilePath) -> FilePath {
    FilePath(bytes: path.bytes + Array(".xmp".utf8))
  }

  private static func sharedSidecarPath(of path: FilePath) -> FilePath {
    let name = path.nameBytes
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
      return sidecarPath(of: path)
    }
    return FilePath(bytes: Array(path.bytes[..<dot]) + Array(".xmp".utf8))
  }

  /// A regular file; nil when there is none.
  private static func open(_ path: FilePath) throws(ExchangeError) -> OpenFile? {
    do throws(SystemError) {
      let file = OpenFile(
        descriptor: try FileDescriptor.open(
          path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
        path: path)
      guard try file.descriptor.status().st_mode & S_IFMT == S_IFREG else {
        throw SystemError(code: EINVAL, call: "open", path: path)
      }
      return file
    } catch {
      if error.code == ENOENT { return nil }
      if error.code == EINVAL || error.code == ELOOP {
        throw ExchangeError(path, "it is no regular file, and is left alone; move it away.")
      }
      throw ExchangeError(error, path: path)
    }
  }

  private static func write(_ made: EditedFile, to path: FilePath) throws(ExchangeError) {
    let output = try OutputFile(path)
    try output.write(contentsOf: made.memory.descriptor, byteCount: made.byteCount)
    try output.finish()
  }

  private static func isSame(
    _ made: EditedFile, _ existing: OpenFile
  ) throws(ExchangeError) -> Bool {
    do throws(SystemError) {
      guard Int(try existing.descriptor.status().st_size) == made.byteCount else { return false }
      var offset = 0
      while offset < made.byteCount {
        let count = min(OutputFile.pieceByteCount, made.byteCount - offset)
        guard
          try made.memory.descriptor.read(at: Int64(offset), count: count)
            == existing.descriptor.read(at: Int64(offset), count: count)
        else { return false }
        offset += count
      }
      return true
    } catch { throw ExchangeError(error, path: existing.path) }
  }

  private static func makeFolder(_ path: FilePath) throws(ExchangeError) {
    if unsafe path.withCString({ unsafe mkdir($0, 0o755) }) == 0 || errno == EEXIST { return }
    let code = errno
    if code == ENOENT, path.parent != path {
      try makeFolder(path.parent)
      if unsafe path.withCString({ unsafe mkdir($0, 0o755) }) == 0 || errno == EEXIST { return }
    }
    throw ExchangeError(SystemError(code: code, call: "mkdir", path: path), path: path)
  }
}
