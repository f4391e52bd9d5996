import Formats
import Media
import Pixels
import Platform
import WorkerProtocol
import WorkerRuntime

/// The decoders behind a worker's jobs.
struct DecodeJobs: WorkerJobs {
  /// Loads every library and table, so that nothing has to be opened once the worker is confined.
  static func prepare() {
    // Without a decoder each job fails by itself and says why.
    try? Formats.prepareDecoders()
  }

  func probe(_ descriptor: CInt, fileExtension: String) throws(MediaFailure) -> ProbeReport {
    throw MediaFailure(.unsupported, "No decoder for this format is built in.")
  }

  func render(
    _ descriptor: CInt, fileExtension: String, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult {
    try lend(descriptor) { file throws(MediaFailure) in
      try Formats.render(file, probe: probe, request: request)
    }
  }

  func metadata(
    _ descriptor: CInt, sidecar: CInt?, fileExtension: String, format: MediaFormat
  ) throws(MediaFailure) -> DeepMetadata {
    throw MediaFailure(.unsupported, "No decoder for this format is built in.")
  }

  /// Lends a borrowed descriptor as an owned one that is not closed in the end.
  private func lend<Value>(
    _ descriptor: CInt, _ body: (borrowing FileDescriptor) throws(MediaFailure) -> Value
  ) throws(MediaFailure) -> Value {
    let file = FileDescriptor(takingOwnershipOf: descriptor)
    let result: Result<Value, MediaFailure>
    do throws(MediaFailure) { result = .success(try body(file)) } catch {
      result = .failure(error)
    }
    _ = file.relinquish()
    return try result.get()
  }
}
