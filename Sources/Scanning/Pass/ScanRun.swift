import Catalog
import Glibc
import Media
import MemoryBudget
import Platform

/// A folder that is about to be read.
package struct ScannedPlace: Sendable {
  /// The root it is below.
  package let root: RootID
  /// The root's path.
  package let rootPath: FilePath
  /// The folder's path below the root.
  package let path: [UInt8]
}

/// Told of every folder before it is read.
package protocol FolderObserver: Sendable {
  /// - Parameters:
  ///   - folder: the folder.
  ///   - descriptor: open on it, for the duration of the call.
  func willRead(_ folder: ScannedPlace, descriptor: CInt)
}

/// All that belongs to one running scan, shared by its threads and tasks. Thread-safe.
final class ScanRun: Sendable {
  let catalog: Catalog
  let options: ScanOptions
  let fileSystem: FileSystem
  let budget: MemoryBudget
  let account: Account
  let counters = ScanCounters()
  let stack: FolderStack
  let gate: PauseGate
  let ending: ScanEnding
  let probes: ProbeQueue
  let writer: ScanWriter
  let seen = SeenFolders()
  private let observer: (any FolderObserver)?
  init(
    catalog: Catalog, prober: any AssetProber, options: ScanOptions, fileSystem: FileSystem,
    budget: MemoryBudget, account: Account, roots: [Root], observer: (any FolderObserver)?
  ) {
    self.catalog = catalog
    self.options = options
    self.fileSystem = fileSystem
    self.budget = budget
    self.account = account
    self.observer = observer
    let writer = ScanWriter(catalog: catalog, counters: counters, seen: seen, roots: roots)
    self.writer = writer
    let stack = FolderStack()
    let gate = PauseGate()
    let ending = ScanEnding(stack: stack, gate: gate)
    self.stack = stack
    self.gate = gate
    self.ending = ending
    probes = ProbeQueue(
      prober: prober, batchesInFlight: options.batchesInFlight, counters: counters,
      deliver: { try await writer.add($0) }, fail: { ending.fail($0) })
  }

  /// True when threads should stop as soon as they can.
  var isEnding: Bool { ending.isEnding }

  /// Ends the scan because it cannot go on.
  func fail(_ error: any Error) { ending.fail(error) }

  /// Ends the scan because somebody wants it.
  func cancel() { ending.cancel() }

  /// How it ended, when it ended early.
  var outcome: ScanEnding.Outcome { ending.outcome }

  // MARK: Pausing

  func pause() {
    if isEnding || gate.isClosed { return }
    gate.close()
    stack.pause()
    counters.setPaused(true)
  }

  /// True when all threads wait, for folders or for the end of a pause.
  var isAtRest: Bool { gate.waitingCount + stack.waitingCount == options.threadCount }

  func resume() {
    if !gate.isClosed { return }
    counters.setPaused(false)
    gate.open()
    stack.resume()
  }

  // MARK: What scan threads say

  func visit(_ folder: FolderNode, path: [UInt8], directory: OpenDirectory) {
    let place =
      path.isEmpty ? folder.root.path : folder.root.path.appending(bytes: path)
    counters.update { $0.current = place }
    observer?.willRead(
      ScannedPlace(root: folder.root.id, rootPath: folder.root.path, path: path),
      descriptor: directory.descriptor.rawValue)
  }

  func noteVisit(of folder: FolderID) { seen.insert(folder) }

  func noteAbsence(_ absence: Absence) { seen.insert(absence) }

  func noteFound(_ id: AssetID, root: RootID) { seen.insertFound(id, root: root) }

  func note(folders: PackedNames, in path: [UInt8], root: ScannedRoot) {
    seen.insert(folders: folders, in: path, root: root.id)
  }

  /// A root that cannot be read now.
  func noteOffline(_ root: ScannedRoot, _ error: SystemError? = nil) {
    seen.insertOffline(root.id)
    counters.record(
      root.path,
      error.map { "The folder cannot be opened (\($0.reason)); its pictures stay in the library." }
        ?? "The folder is empty, as when a disk is not mounted; its pictures stay in the library.",
      code: error?.code ?? 0)
  }

  func noteOnline(_ root: ScannedRoot, _ directory: OpenDirectory) {
    seen.insertOnline(root.id, canonicalPath: Self.canonicalPath(of: directory))
  }

  /// A folder that cannot be opened or read. One that is gone is no error: what was known in it is
  /// missing.
  func noteFailure(of path: [UInt8], in root: ScannedRoot, _ error: SystemError) {
    switch error.code {
    case ENOENT, ENOTDIR, ELOOP: return
    default: break
    }
    seen.insertUnreadable(path, root: root.id)
    counters.record(
      path.isEmpty ? root.path : root.path.appending(bytes: path),
      "The folder cannot be read (\(error.reason)); what is known of it stays.", code: error.code)
  }

  // MARK: Links

  /// At most this many links follow each other on the way to a folder.
  private static let linkLimit = 8

  /// Whether a folder reached through a link is scanned: not when it lies below a root anyway, and
  /// not twice.
  func mayFollow(_ directory: OpenDirectory, from parent: FolderNode) -> Bool {
    if parent.linkCount >= Self.linkLimit { return false }
    if let path = Self.canonicalPath(of: directory), seen.isBelowRoot(path) { return false }
    return seen.insertLinked(device: directory.device, inode: directory.inode)
  }

  /// Where a directory is, with all links resolved; nil without /proc.
  private static func canonicalPath(of directory: OpenDirectory) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let link = FilePath("/proc/self/fd/\(directory.descriptor.rawValue)")
    let count = unsafe link.withCString { text in
      unsafe readlink(text, &buffer, buffer.count)
    }
    guard count > 0, count < buffer.count else { return nil }
    return FilePath(bytes: buffer.prefix(count).map { UInt8(bitPattern: $0) })
  }
}
