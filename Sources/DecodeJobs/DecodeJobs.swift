import Formats
import Media
import Pixels
import Platform
import WorkerProtocol
import WorkerRuntime

/// The jobs of a worker of any kind: headers, which all read alike, and what its decoders make. Used
/// from the worker's one thread.
public final class DecodeJobs: WorkerJobs {
  /// Makes small pictures; nil when that takes a worker with more decoders.
  public typealias Render =
    (borrowing FileDescriptor, Probe, RenderRequest) throws(MediaFailure) -> RenderResult?
  /// Reads deep metadata from a file, and from its sidecar when there is one.
  public typealias Describe =
    (_ descriptor: CInt, _ sidecar: CInt?, _ fileExtension: String) throws(MediaFailure)
    -> DeepMetadata?

  /// Changes XMP, of a sidecar or of a picture.
  public typealias Edit =
    (_ edit: SidecarEdit, _ descriptor: CInt?, _ isPicture: Bool) throws(MediaFailure) -> [UInt8]?

  private let headers = HeaderReader()
  private let decode: Render
  private let describe: Describe
  private let change: Edit

  /// Jobs with these decoders; without `describe` and `edit` metadata is referred to another worker.
  public init(
    decode: @escaping Render,
    describe: @escaping Describe = { _, _, _ throws(MediaFailure) in nil },
    edit: @escaping Edit = { _, _, _ throws(MediaFailure) in nil }
  ) {
    self.decode = decode
    self.describe = describe
    change = edit
  }

  public func probe(
    _ descriptor: CInt, fileExtension: String
  ) throws(MediaFailure) -> ProbeReport {
    let (probe, fingerprint) = try headers.report(descriptor, fileExtension: fileExtension)
    return ProbeReport(probe: probe, fingerprint: fingerprint)
  }

  public func render(
    _ descriptor: CInt, fileExtension: String, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult? {
    try FileDescriptor.lending(descriptor) { file throws(MediaFailure) in
      try decode(file, probe, request)
    }
  }

  public func metadata(
    _ descriptor: CInt, sidecar: CInt?, fileExtension: String, format: MediaFormat
  ) throws(MediaFailure) -> DeepMetadata? {
    try describe(descriptor, sidecar, fileExtension)
  }

  public func edit(
    _ edit: SidecarEdit, of descriptor: CInt?, isPicture: Bool
  ) throws(MediaFailure) -> [UInt8]? {
    try change(edit, descriptor, isPicture)
  }
}
