import CScan
import Catalog
import Glibc
import MemoryBudget
import Platform

/// How folders are watched.
public struct WatchOptions: Sendable {
  /// A change is scanned when nothing has followed it for this long.
  public var quietTime = Duration.milliseconds(400)
  /// But after this long in any case, so that steady writing does not put it off for ever.
  public var longestWait = Duration.seconds(3)
  /// How often all is scanned where changes are not reported: network file systems, and folders
  /// beyond the limit of watches.
  public var rescanInterval = Duration.seconds(300)
  /// How often a root that is offline is tried again.
  public var offlineInterval = Duration.seconds(20)

  /// The defaults.
  public init() {}
}

/// Something about watching that people should know.
public enum WatchNotice: Sendable, Hashable, CustomStringConvertible {
  /// No more folders can be watched; the rest is scanned at intervals.
  case limitReached(watchCount: Int, reason: String)
  /// A root on a file system that does not report changes; it is scanned at intervals.
  case notReported(FilePath)
  /// A scan that a change asked for failed.
  case scanFailed(String)

  public var description: String {
    switch self {
    case .limitReached(let count, let reason):
      "\(count) folders are watched and no more can be (\(reason)); the others are looked at every "
        + "few minutes. Raise fs.inotify.max_user_watches with sysctl to watch all."
    case .notReported(let path):
      "\(path) is on a network file system, which does not report changes made elsewhere; it is "
        + "looked at every few minutes."
    case .scanFailed(let reason): "A change could not be taken over: \(reason)"
    }
  }
}

/// Follows changes in root folders with inotify, and has the changed folders scanned, only those.
///
/// Watches are added by scans, each before its folder is read, so that nothing falls between:
/// start the watcher, then scan all roots once. Thread-safe.
public final class Watcher: Sendable {
  private struct State {
    var tasks: [Task<Void, Never>] = []
    var isLimited = false
    var unreported: Set<RootID> = []
    var notices: [AsyncStream<WatchNotice>.Continuation] = []
  }

  private let scanner: Scanner
  private let catalog: Catalog
  private let options: WatchOptions
  private let table: WatchTable
  private let reader: WatchReader
  private let signal: AsyncStream<Void>
  private let signalled: AsyncStream<Void>.Continuation
  private let state = Locked(State())

  /// A watcher that does nothing yet.
  ///
  /// - Parameters:
  ///   - scanner: what scans the changed folders.
  ///   - catalog: where the roots are.
  ///   - options: how folders are watched.
  ///   - budget: what the table of watches is charged to, as `scan.watches`.
  /// - Throws: `SystemError` when the system gives no inotify instance.
  public init(
    scanner: Scanner, catalog: Catalog, options: WatchOptions = WatchOptions(),
    budget: MemoryBudget
  ) throws {
    self.scanner = scanner
    self.catalog = catalog
    self.options = options
    let table = WatchTable(budget: budget)
    self.table = table
    let (signal, signalled) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.signal = signal
    self.signalled = signalled
    reader = try WatchReader(table: table) { signalled.yield() }
  }

  deinit { reader.stop() }

  /// How many folders are watched.
  public var watchCount: Int { table.count }

  /// What people should know, from now on.
  public func notices() -> AsyncStream<WatchNotice> {
    AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
      state.withLock { $0.notices.append(continuation) }
    }
  }

  private func tell(_ notice: WatchNotice) {
    for listener in state.withLock({ $0.notices }) { listener.yield(notice) }
  }

  /// Begins to watch what scans from now on come across.
  public func start() {
    scanner.setObserver(Observer(watcher: self))
    reader.start()
    let tasks = [
      Task { [weak self, signal] in
        for await _ in signal {
          guard let self else { return }
          await self.follow()
        }
      },
      Task { [weak self, options] in
        var sinceRescan = Duration.zero
        let step = min(options.offlineInterval, options.rescanInterval)
        while !Task.isCancelled {
          try? await Task.sleep(for: step)
          guard let self, !Task.isCancelled else { return }
          sinceRescan += step
          let isDue = sinceRescan >= options.rescanInterval
          if isDue { sinceRescan = .zero }
          await self.lookAround(isRescanDue: isDue)
        }
      },
    ]
    state.withLock { $0.tasks = tasks }
  }

  /// Ends watching, after the scan that is running.
  public func stop() async {
    scanner.setObserver(nil)
    reader.stop()
    signalled.finish()
    let (tasks, notices) = state.withLock { state in
      defer { (state.tasks, state.notices) = ([], []) }
      return (state.tasks, state.notices)
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    for listener in notices { listener.finish() }
  }

  // MARK: Following changes

  /// Waits until it is quiet, then has scanned what changed.
  private func follow() async {
    while let age = table.age, !Task.isCancelled {
      let quiet = Duration.nanoseconds(Int64(age.last))
      if quiet >= options.quietTime || .nanoseconds(Int64(age.first)) >= options.longestWait {
        break
      }
      try? await Task.sleep(for: options.quietTime - quiet)
    }
    let changes = table.takeChanges()
    if changes.isEmpty || Task.isCancelled { return }
    do {
      if changes.isEverything {
        _ = try await scanner.scan()
      } else {
        _ = try await scanner.rescan(
          changes.folders.map { place, isRecursive in
            FolderChange(root: place.root, path: place.path, isRecursive: isRecursive)
          })
      }
    } catch is CancellationError {
      return
    } catch ScanError.busy {
      // A scan of everything has perhaps passed these folders already: they come after it.
      table.putBack(changes)
      try? await Task.sleep(for: options.quietTime)
      signalled.yield()
    } catch {
      tell(.scanFailed(String(describing: error)))
    }
  }

  /// Looks at what reports nothing.
  private func lookAround(isRescanDue: Bool) async {
    do {
      let (isLimited, unreported) = state.withLock { ($0.isLimited, $0.unreported) }
      let due = try await catalog.roots().filter { root in
        root.state == .offline || (isRescanDue && (isLimited || unreported.contains(root.id)))
      }
      if !due.isEmpty { _ = try await scanner.scan(roots: due.map(\.id)) }
    } catch is CancellationError {
      return
    } catch ScanError.busy {
      return
    } catch {
      tell(.scanFailed(String(describing: error)))
    }
  }

  // MARK: Adding watches

  /// Held by the scanner, which must not keep the watcher alive.
  private final class Observer: FolderObserver {
    private weak let watcher: Watcher?
    init(watcher: Watcher) { self.watcher = watcher }
    func willRead(_ folder: ScannedPlace, descriptor: CInt) {
      watcher?.add(folder, descriptor: descriptor)
    }
  }

  private func add(_ folder: ScannedPlace, descriptor: CInt) {
    if MountKind(type: cscan_file_system_type(descriptor)) == .network {
      let isNew = state.withLock { $0.unreported.insert(folder.root).inserted }
      if isNew { tell(.notReported(folder.rootPath)) }
      return
    }
    let place = WatchTable.Place(root: folder.root, path: folder.path)
    guard table.reserve(for: place) else { return noteLimit("the memory budget has no room") }
    do { try reader.watch(place, descriptor: descriptor) } catch {
      // A folder that has just gone needs no watch.
      if error.code == ENOSPC || error.code == ENOMEM { noteLimit(error.reason) }
    }
  }

  private func noteLimit(_ reason: String) {
    let isNew = state.withLock { state in
      defer { state.isLimited = true }
      return !state.isLimited
    }
    if isNew { tell(.limitReached(watchCount: table.count, reason: reason)) }
  }
}
