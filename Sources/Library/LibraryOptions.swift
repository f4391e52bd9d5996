import Catalog
import MemoryBudget
import Platform

/// How a library is opened. What is nil comes from its settings, then from the defaults.
public struct LibraryOptions: Sendable {
  /// Where the library's own files are; nil to find the place from the first root.
  public var directory: FilePath?
  /// Folders to add to it; none when it is there already.
  public var roots: [FilePath] = []
  /// Whether a library that is made now lies in `.albumen` inside the first root.
  public var isPortable = false
  /// Whether a library may be made when there is none.
  public var mayCreate = true
  /// Bytes all processes together may use; else `ALBUMEN_MEMORY`, the settings, the system's default.
  public var memoryLimit: Int?
  /// Threads that walk folders, 1…64.
  public var scanThreadCount: Int?
  /// Worker processes, 1…64.
  public var workerCount: Int?
  /// How long a worker may take for one file.
  public var jobTimeLimit: Duration?
  /// Bytes of thumbnails kept on disk.
  public var thumbnailDiskByteLimit: Int64?
  /// How the catalog writes.
  public var journal = CatalogOptions.Journal.automatic
  /// Whether the roots are watched for changes, with a rescan from time to time where they can't be.
  public var watches = false
  /// Whether thumbnails and metadata are made in the background while nobody waits.
  public var worksInBackground = false
  /// The worker executable; nil for `ALBUMEN_WORKER`, then `albumen-worker` beside this executable.
  public var workerExecutable: FilePath?
  /// What this process takes by itself; measured when nil. For tests, whose process is many things.
  package var processByteCount: Int?
  /// Where the kernel tells about memory. For tests, which play another machine.
  package var pressurePlace = MemoryPressureMonitor.Place()
  /// Hears sentences for the user that are no errors.
  public var noticeHandler: @Sendable (String) -> Void = { _ in }

  /// The defaults.
  public init() {}
}
