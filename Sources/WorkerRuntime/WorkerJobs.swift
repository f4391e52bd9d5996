import Media
import Pixels
import WorkerProtocol

/// What a worker can do with the bytes it is given: the decoders, injected so that tests can bring
/// their own. Called on one thread, one job at a time; descriptors are borrowed.
public protocol WorkerJobs {
  /// Reads a file's header.
  func probe(_ descriptor: CInt, fileExtension: String) throws(MediaFailure) -> ProbeReport

  /// Makes small pictures from a file; nil when that takes a worker with more decoders.
  func render(
    _ descriptor: CInt, fileExtension: String, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult?

  /// Reads a file's deep metadata, and that of its sidecar; nil when that takes another worker.
  func metadata(
    _ descriptor: CInt, sidecar: CInt?, fileExtension: String, format: MediaFormat
  ) throws(MediaFailure) -> DeepMetadata?

  /// Changes a sidecar, or the metadata of a picture, and returns the new one; nil when that takes
  /// another worker. Without a file a new packet is made.
  func edit(
    _ edit: SidecarEdit, of descriptor: CInt?, isPicture: Bool
  ) throws(MediaFailure) -> [UInt8]?
}
