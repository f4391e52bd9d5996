import Formats
import Media
import Pixels
import Platform
import WorkerProtocol
import WorkerRuntime

/// The decoders behind a worker's jobs. Used from the worker's one thread.
final class DecodeJobs: WorkerJobs {
  /// The memory of the last file's head, used again for the next.
  private var spareHead: [UInt8] = []

  /// Loads every library and table, so that nothing has to be opened once the worker is confined.
  ///
  /// What each step touched of the libraries' code is given back before the next, so that a worker
  /// is small even while it starts.
  static func prepare() {
    Confinement.giveBackCode()
    // Without a decoder each job fails by itself and says why.
    try? Formats.prepareDecoders()
    Confinement.giveBackCode()
    Formats.prepareDrawings()
    Confinement.giveBackCode()
    try? Formats.prepareMetadata()
  }

  func probe(_ descriptor: CInt, fileExtension: String) throws(MediaFailure) -> ProbeReport {
    let source = try DescriptorSource(borrowing: descriptor, reusing: takeSpareHead())
    defer { spareHead = source.takeHead() }
    do throws(MediaFailure) {
      let probe = try Formats.probe(source, fileExtension: fileExtension)
      return ProbeReport(probe: probe, fingerprint: try Formats.fingerprint(source))
    } catch {
      var failure = error
      // All empty files are alike, which says nothing of one that moved.
      if source.byteCount > 0 { failure.fingerprint = try? Formats.fingerprint(source) }
      throw failure
    }
  }

  func render(
    _ descriptor: CInt, fileExtension: String, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult {
    let file = FileDescriptor(takingOwnershipOf: descriptor)
    let result: Result<RenderResult, MediaFailure>
    do throws(MediaFailure) {
      result = .success(try Formats.render(file, probe: probe, request: request))
    } catch { result = .failure(error) }
    // Only borrowed: whoever called closes it.
    _ = file.relinquish()
    return try result.get()
  }

  func metadata(
    _ descriptor: CInt, sidecar: CInt?, fileExtension: String, format: MediaFormat
  ) throws(MediaFailure) -> DeepMetadata {
    let source = try DescriptorSource(borrowing: descriptor)
    guard let sidecar else {
      return try Formats.metadata(source, fileExtension: fileExtension)
    }
    return try Formats.metadata(
      source, sidecar: try DescriptorSource(borrowing: sidecar), fileExtension: fileExtension)
  }

  private func takeSpareHead() -> [UInt8] {
    defer { spareHead = [] }
    return spareHead
  }
}
