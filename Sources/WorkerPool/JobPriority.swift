/// Who waits for a render: jobs of a higher priority start first, equal ones in order of arrival.
public enum JobPriority: Int, Comparable, Sendable, CaseIterable {
  /// Nobody looks yet: thumbnails and metadata made ahead. Waits while a scan probes files.
  case background
  /// Somebody will probably look next.
  case prefetch
  /// Somebody looks now.
  case visible

  public static func < (left: JobPriority, right: JobPriority) -> Bool {
    left.rawValue < right.rawValue
  }
}
