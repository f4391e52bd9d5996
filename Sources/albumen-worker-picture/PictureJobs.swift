import Formats
import Media
import PictureCodecs
import Pixels
import Platform
import WorkerProtocol
import WorkerRuntime

/// The jobs that need no general library: those of the lean worker, and pictures of the formats that
/// have a library of their own. Refers all else.
final class PictureJobs: WorkerJobs {
  private let headers = HeaderReader()

  func probe(_ descriptor: CInt, fileExtension: String) throws(MediaFailure) -> ProbeReport {
    let (probe, fingerprint) = try headers.report(descriptor, fileExtension: fileExtension)
    return ProbeReport(probe: probe, fingerprint: fingerprint)
  }

  func render(
    _ descriptor: CInt, fileExtension: String, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderResult? {
    try FileDescriptor.lending(descriptor) { file throws(MediaFailure) in
      try PictureCodecs.render(file, probe: probe, request: request)
    }
  }

  func metadata(
    _ descriptor: CInt, sidecar: CInt?, fileExtension: String, format: MediaFormat
  ) throws(MediaFailure) -> DeepMetadata? { nil }
}
