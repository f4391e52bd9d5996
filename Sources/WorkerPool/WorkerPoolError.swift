import Platform

/// Why the pool could not take or do a job: about the pool, never about a file (that is a
/// `MediaFailure`).
public enum WorkerPoolError: Error, Sendable, Equatable, CustomStringConvertible {
  /// As many jobs wait as may wait; try again later.
  case queueFull(limit: Int)
  /// A worker could not be started: the executable, and why.
  case cannotStart(executable: FilePath, reason: String)
  /// The pool has been shut down.
  case shutDown

  public var description: String {
    switch self {
    case .queueFull(let limit):
      "\(limit) jobs wait for a worker already; try again later"
    case .cannotStart(let executable, let reason):
      """
      the worker \(executable) could not be started (\(reason)); it must lie beside albumen, \
      from the same build
      """
    case .shutDown:
      "the workers have been shut down"
    }
  }
}
