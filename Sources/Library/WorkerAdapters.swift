import Media
import Pixels
import Platform
import Thumbnails
import WorkerPool

/// Thumbnails are made by the workers.
struct WorkerRenderer: ThumbnailRenderer {
  let workers: WorkerPool

  func render(
    _ file: OpenFile, probe: Probe, request: RenderRequest, priority: ThumbnailPriority
  ) async throws -> RenderResult {
    let urgency: JobPriority =
      switch priority {
      case .background: .background
      case .prefetch: .prefetch
      case .visible: .visible
      }
    return try await workers.render(file, probe: probe, request: request, priority: urgency)
  }
}
