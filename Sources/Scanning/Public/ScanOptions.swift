/// How a scan goes about it.
public struct ScanOptions: Sendable {
  /// Threads that walk and compare. More than cores help where directories are slow to read.
  public var threadCount = 4
  /// Batches of 64 files that are probed at the same time.
  public var batchesInFlight = 4
  /// Whether symbolic links to directories and files are followed. Loops are found, and what lies
  /// below a root anyway is not seen twice.
  public var followsLinks = false
  /// Whether to stay on the file system a root is on. If not, mounted disks and shares below a root
  /// belong to it; the kernel's own file systems (proc, sysfs, …) never do.
  public var staysOnDevice = false

  /// The defaults.
  public init() {}
}
