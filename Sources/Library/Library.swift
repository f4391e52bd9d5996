import Catalog
import Glibc
import MemoryBudget
import Platform
import Scanning
import Search
import Thumbnails
import WorkerPool

/// An open library: its catalog, its budget, and all that works on it.
///
/// One process has a library open at a time. Thread-safe. `close` it to end its workers and to write
/// back what waits; a library that is only let go of loses nothing that is in the catalog.
public final class Library: Sendable {
  /// Where the library's own files are.
  public let directory: FilePath
  /// What people call it: from the settings, else the name of its first root.
  public let name: String
  /// What its user decided for it.
  public let settings: LibrarySettings
  /// What all processes together may use.
  public let budget: MemoryBudget
  /// What is known about the files.
  public let catalog: Catalog
  /// The processes that read untrusted files.
  public let workers: WorkerPool
  /// Brings the catalog up to date.
  public let scanner: Scanner
  /// The small pictures.
  public let thumbnails: ThumbnailStore
  /// Answers searches.
  public let search: SearchEngine
  /// Watches what all processes use.
  public let memory: MemoryMonitor

  struct Work {
    var scan: Task<Void, Never>?
    var rescans: Task<Void, Never>?
    // Hears the end of every scan, also of those the watcher asks for, and what it has to say.
    var listeners: [Task<Void, Never>] = []
    var watcher: Watcher?
    var background: Task<Void, Never>?
    var isBackgroundWanted = false
    var isClosed = false
  }

  let options: LibraryOptions
  let previews: PreviewStore
  private let pressure: PressureRelief
  let work = Locked(Work())
  // For calls on users' disks, which may be slow or hang.
  let files: BlockingPool
  private let lock: LibraryLock
  private let baseReservation: Locked<Reservation?>

  /// Opens a library, and makes it when there is none and `options.mayCreate` allows it.
  ///
  /// - Throws: `LibraryError`, `CatalogError`, `BudgetError`: each says what to do.
  public static func open(_ options: LibraryOptions) async throws -> Library {
    let opening = BlockingPool(name: "library-open", threadCount: 1)
    let opened = try await opening.run { try OpenedLibrary(options) }
    opening.shutDown()

    let budget = MemoryBudget(byteLimit: opened.memoryLimit)
    var catalogOptions = CatalogOptions()
    catalogOptions.journal = options.journal
    let catalog = try await Catalog.open(
      directory: opened.directory, options: catalogOptions, budget: budget)
    for notice in catalog.openReport.notices { options.noticeHandler(notice) }
    do {
      let settings = try await addRoots(opened, to: catalog)
      // They may fit by now: the budget is given anew each time.
      try await catalog.clearFailures(of: .overBudget)
      // Measured once everything is loaded; what is reserved from here on comes on top.
      let base = try options.processByteCount ?? ProcessMemory.pss(of: getpid())
      guard base <= budget.byteLimit / 2 else {
        throw LibraryError(
          .memoryLimit,
          "This process takes \(base >> 20) MiB before it has opened a picture, too much for a budget "
            + "of \(budget.byteLimit >> 20) MiB; give more with --memory.")
      }
      let reservation = try await budget.reserve(
        base, for: budget.account("process.base", floor: base))
      return try await Library(
        opened: opened, settings: settings, options: options, budget: budget, catalog: catalog,
        baseReservation: reservation)
    } catch {
      try? await catalog.close()
      throw error
    }
  }

  // Adds what was asked for and notes all roots in the settings, from which a library is found.
  private static func addRoots(
    _ opened: OpenedLibrary, to catalog: Catalog
  ) async throws -> LibrarySettings {
    for root in opened.roots { _ = try await catalog.addRoot(root) }
    let roots = try await catalog.roots().map(\.path)
    if roots.isEmpty {
      throw LibraryError(
        .notFound, path: opened.directory,
        "\(opened.directory): this library has no folder yet; name one to add it.")
    }
    var settings = opened.settings
    if settings.roots != roots {
      settings.roots = roots
      try settings.save(to: opened.directory)
    }
    return settings
  }

  private init(
    opened: OpenedLibrary, settings: LibrarySettings, options: LibraryOptions,
    budget: MemoryBudget, catalog: Catalog, baseReservation: consuming Reservation
  ) async throws {
    directory = opened.directory
    self.settings = settings
    self.options = options
    self.budget = budget
    self.catalog = catalog
    lock = opened.lock
    let first = settings.roots[0]
    name = settings.name ?? (first.name.isEmpty ? first.description : first.name)
    self.baseReservation = Locked(baseReservation)
    files = BlockingPool(name: "library-files", threadCount: 4, queueLimit: 1024)

    var pool = WorkerPool.Configuration(
      executables: opened.workers,
      workerCount: options.workerCount ?? settings.workerCount)
    if let limit = options.jobTimeLimit ?? settings.jobSeconds.map({ .seconds($0) }) {
      pool.jobTimeLimit = limit
    }
    pool.noticeHandler = options.noticeHandler
    let workers = try WorkerPool(configuration: pool, budget: budget)
    self.workers = workers
    search = SearchEngine(
      catalog: catalog, directory: opened.directory, noticeHandler: options.noticeHandler)
    pressure = PressureRelief(
      place: options.pressurePlace, budget: budget, workers: workers, search: search,
      noticeHandler: options.noticeHandler)
    memory = MemoryMonitor(budget: budget, pressure: pressure)

    var scan = ScanOptions()
    scan.threadCount = options.scanThreadCount ?? settings.scanThreadCount ?? scan.threadCount
    scan.followsLinks = settings.followsLinks ?? scan.followsLinks
    scan.staysOnDevice = settings.staysOnDevice ?? scan.staysOnDevice
    scanner = Scanner(catalog: catalog, prober: workers, options: scan, budget: budget)

    var making = ThumbnailOptions()
    making.runningLimit = pool.workerCount
    making.isSmallFirst = options.worksInBackground
    if let limit = options.thumbnailDiskByteLimit ?? settings.thumbnailDiskByteLimit {
      making.diskByteLimit = Int(limit)
    }
    let changes = ChangedFiles()
    thumbnails = try await ThumbnailStore(
      directory: opened.directory, catalog: catalog, renderer: WorkerRenderer(workers: workers),
      options: making, budget: budget, onChangedFile: { _, path in changes.note(path) })
    previews = PreviewStore(workers: workers, files: files, budget: budget)
    changes.setHandler { [weak self] in self?.startScan() }
  }

  /// Ends everything that works on the library and writes back what waits.
  public func close() async {
    let work = work.withLock { work in
      work.isClosed = true
      return work
    }
    for listener in work.listeners { listener.cancel() }
    work.rescans?.cancel()
    scanner.cancel()
    await work.watcher?.stop()
    work.background?.cancel()
    await work.scan?.value
    await work.background?.value
    pressure.stop()
    memory.stop()
    await thumbnails.close()
    await workers.shutDown()
    // Its snapshot is of the catalog's last state.
    await search.close()
    try? await catalog.close()
    files.shutDown()
    lock.release()
  }
}

/// Waits for a file that is not as it was scanned, and asks for a scan; once in a while, for a folder
/// that was replaced has thousands of them.
private final class ChangedFiles: Sendable {
  private struct State {
    var handler: (@Sendable () -> Void)?
    var nextNanoseconds: UInt64 = 0
  }

  private let state = Locked(State())
  private static let pause: UInt64 = 10_000_000_000

  func setHandler(_ handler: @escaping @Sendable () -> Void) {
    state.withLock { $0.handler = handler }
  }

  func note(_ path: FilePath) {
    let handler = state.withLock { state -> (@Sendable () -> Void)? in
      let now = monotonicNanoseconds()
      guard now >= state.nextNanoseconds else { return nil }
      state.nextNanoseconds = now + Self.pause
      return state.handler
    }
    handler?()
  }
}

/// What opening a library finds out before anything is started. Blocks.
struct OpenedLibrary: Sendable {
  let directory: FilePath
  let roots: [FilePath]
  let settings: LibrarySettings
  let memoryLimit: Int
  let workers: [WorkerKind: FilePath]
  let lock: LibraryLock

  init(_ options: LibraryOptions) throws {
    workers = try WorkerExecutable.kinds(
      beside: try WorkerExecutable.find(options.workerExecutable))
    let roots = try options.roots.map { root throws(LibraryError) in try Self.checkedRoot(root) }
    self.roots = roots
    directory = try Self.directory(options, roots: roots)
    try Self.makeDirectory(directory)
    lock = try LibraryLock(directory: directory)
    settings = try LibrarySettings.load(from: directory)
    memoryLimit = try Self.memoryLimit(options, settings)
  }

  private static func checkedRoot(_ root: FilePath) throws(LibraryError) -> FilePath {
    guard let path = LibraryLocation.canonical(root) else {
      let code = errno
      throw code == EACCES
        ? LibraryError(
          .notPermitted, path: root,
          "\(root): this user may not look there; change the rights of the folders above it.")
        : LibraryError(
          .folderMissing, path: root, "\(root): there is no such folder; check the path.")
    }
    do throws(SystemError) {
      _ = try FileDescriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      if error.code == ENOTDIR {
        throw LibraryError(
          .folderMissing, path: root, "\(root): is not a folder; name the folder it is in.")
      }
      throw LibraryError(
        .notPermitted, path: root,
        "\(root): the folder cannot be read (\(error.reason)); change its rights.")
    }
    return path
  }

  private static func directory(
    _ options: LibraryOptions, roots: [FilePath]
  ) throws(LibraryError) -> FilePath {
    if let directory = options.directory {
      let absolute = LibraryLocation.canonical(directory) ?? directory
      if !LibraryLocation.isLibrary(absolute), roots.isEmpty || !options.mayCreate {
        throw LibraryError(
          .notFound, path: directory,
          "\(directory): there is no library here; make one with `albumen scan FOLDER --library "
            + "\(directory)`.")
      }
      return absolute
    }
    guard let first = roots.first else {
      throw LibraryError(.notFound, "Name a folder of pictures, or a library with --library DIR.")
    }
    if let found = try LibraryLocation.locate(first) { return found }
    guard options.mayCreate else {
      throw LibraryError(
        .notFound, path: first,
        "\(first): there is no library of this folder; make one with `albumen scan \(first)`.")
    }
    return try LibraryLocation.directory(forRoot: first, isPortable: options.isPortable)
  }

  private static func makeDirectory(_ directory: FilePath) throws(LibraryError) {
    var missing: [FilePath] = []
    var next = directory
    while unsafe next.withCString({ unsafe access($0, F_OK) }) != 0, next != next.parent {
      missing.append(next)
      next = next.parent
    }
    for path in missing.reversed() {
      // What people have in their pictures is nobody else's business.
      let result = unsafe path.withCString { unsafe mkdir($0, 0o700) }
      if result != 0 && errno != EEXIST {
        throw LibraryLock.cannotWrite(.last("mkdir", path: path), in: path)
      }
    }
  }

  private static func memoryLimit(
    _ options: LibraryOptions, _ settings: LibrarySettings
  ) throws(LibraryError) -> Int {
    var limit = options.memoryLimit
    if limit == nil, let text = LibraryLocation.environment("ALBUMEN_MEMORY") {
      do throws(MemoryLimitError) { limit = try MemoryLimit.parse(text.description) } catch {
        throw LibraryError(.memoryLimit, "ALBUMEN_MEMORY: \(error)")
      }
    }
    let chosen = limit ?? settings.memoryLimit ?? MemoryLimit.systemDefault()
    do throws(MemoryLimitError) { try MemoryLimit.check(chosen) } catch {
      throw LibraryError(.memoryLimit, "\(error)")
    }
    return chosen
  }
}
