/// What `albumen` and its workers agree on about memory, beyond the reservation of each job.
public enum WorkerMemory {
  /// Freed bytes that a worker with little to load may keep for its next job. The worker keeps to it, and its
  /// standing charge holds it: the job's own reservation is gone by then.
  public static let keptByteCount = 4 << 20
}
