import Media
import Platform
import WorkerPool
import WorkerProtocol

/// What reads the headers of new and changed files: a pool of workers, or what a test puts in its
/// place.
public protocol AssetProber: Sendable {
  /// Probes up to 64 files, in order. May be called again before it has returned.
  ///
  /// - Throws: when no file could be probed for a reason that lies in none of them; it ends the
  ///   scan.
  func probe(_ files: [OpenFile]) async throws -> [Result<ProbeReport, MediaFailure>]
}

extension WorkerPool: AssetProber {}
