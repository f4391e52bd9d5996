import Glibc
import Media

/// What one worker is at, for the memory view and `doctor`.
public struct WorkerSnapshot: Sendable, Equatable {
  /// The stages of a worker's life.
  public enum State: String, Sendable {
    /// Loading its libraries and confining itself.
    case starting
    /// Waiting for work.
    case idle
    /// On a job.
    case busy
    /// Told to end, or killed.
    case ending
  }

  /// Its process.
  public let processIdentifier: pid_t
  /// What it has loaded.
  public let kind: WorkerKind
  /// What it is at.
  public let state: State
  /// The job in words, e.g. `probe 64 files`; nil when there is none.
  public let job: String?
  /// Its proportional share of memory in bytes, measured now; nil when it is gone already.
  public let pss: Int?
}
