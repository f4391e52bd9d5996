import Codecs
import Formats
import Media
import Pixels
import Platform
import WorkerProtocol
import WorkerRuntime

/// Every job, with every decoder. Used from the worker's one thread.
final class FullJobs: WorkerJobs {
  private let headers = HeaderReader()

  /// Loads every library and table, so that nothing has to be opened once the worker is confined.
  ///
  /// What each step touched of the libraries' code is given back before the next, so that a worker
  /// is small even while it starts.
  static func prepare() {
    Confinement.giveBackCode()
    // Without a decoder each job fails by itself and says why.
    try? Codecs.prepareDecoders()
    Confinement.giveBackCode()
    Codecs.prepareDrawings()
    Confinement.giveBackCode()
    try? Codecs.prepareMetadata()
  }

  func probe(_ descriptor: CInt, fileExtension: String) throws(MediaFailure) -> ProbeReport {
    let (probe, fingerprint) = try headers.report(descriptor, fileExtension: fileExtension)
    return ProbeReport(probe: probe, fingerprint: fingerprint)
  }

  func render(
    _ descriptor: CInt, fileExtension: String, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult? {
    try FileDescriptor.lending(descriptor) { file throws(MediaFailure) in
      try Codecs.render(file, probe: probe, request: request)
    }
  }

  func metadata(
    _ descriptor: CInt, sidecar: CInt?, fileExtension: String, format: MediaFormat
  ) throws(MediaFailure) -> DeepMetadata? {
    let source = try DescriptorSource(borrowing: descriptor)
    guard let sidecar else {
      return try Codecs.metadata(source, fileExtension: fileExtension)
    }
    return try Codecs.metadata(
      source, sidecar: try DescriptorSource(borrowing: sidecar), fileExtension: fileExtension)
  }
}
