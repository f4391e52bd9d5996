import CScan
import Catalog
import Glibc
import Media
import Platform

/// What one scan thread does with a folder: list it, compare it with what is known, and hand on what
/// is new. Used by one thread.
final class FolderPass {
  /// Nobody nests folders this deep; a tree made to be endless ends here.
  private static let depthLimit = 4096
  /// Files handed on at once: one by one the threads wait for each other's lock.
  private static let candidatesTogether = 16

  private let run: ScanRun
  private let fileSystem: FileSystem
  private let reader: ScanReader
  private let lister: DirectoryReader
  /// Counted here and added up once in a while: nobody needs every single file.
  private var discovered = 0
  private var unchanged = 0

  init(run: ScanRun) throws {
    self.run = run
    fileSystem = run.fileSystem
    reader = try run.catalog.openScanReader()
    lister = DirectoryReader(fileSystem: fileSystem, followsLinks: run.options.followsLinks)
  }

  /// Scans one folder.
  ///
  /// - Throws: `CatalogError` only: what the file system refuses is recorded.
  func scan(_ work: FolderStack.Work) throws {
    switch work {
    case .target(let target): try scan(target)
    case .child(let name, let isLink, let parent, let isLast):
      do {
        let entered = try enter(name, isLink: isLink, parent: parent)
        // It is not on the stack any more, and nothing else would close it in a pause.
        if isLast { parent.close() }
        guard let folder = entered else { return }
        try scan(folder, isRecursive: true)
      } catch let error as SystemError {
        if isLast { parent.close() }
        run.noteFailure(of: parent.relativePath.appendingComponent(name), in: parent.root, error)
      }
    }
    addCounts()
  }

  // MARK: Beginnings

  private func scan(_ target: ScanTarget) throws {
    guard var folder = openRoot(target.root) else { return }
    var reached: [UInt8] = []
    do {
      for component in target.path.split(separator: slash) {
        // The way down has its own rules, as in a scan from the root.
        let directory = try folder.directory(fileSystem)
        readIgnoreRules(of: folder, in: directory)
        reached = reached.appendingComponent(component)
        if component.first == UInt8(ascii: ".") { return }
        if folder.rules?.ignores(path: reached, isDirectory: true) ?? false { return }
        let kind = try fileSystem.status(
          TerminatedName(component), in: directory, followsLinks: false
        ).kind
        let isLink = run.options.followsLinks && kind == .link
        guard let next = try enter(Array(component), isLink: isLink, parent: folder) else { return }
        folder.close()
        folder = next
      }
      try scan(folder, isRecursive: target.isRecursive)
    } catch let error as SystemError {
      run.noteFailure(of: reached, in: target.root, error)
    }
  }

  private func openRoot(_ root: ScannedRoot) -> FolderNode? {
    do {
      let directory = try fileSystem.openRoot(root.path)
      run.noteOnline(root, directory)
      return FolderNode(root: root, parent: nil, name: [], isLink: false, directory: directory)
    } catch {
      run.noteOffline(root, error)
      return nil
    }
  }

  // MARK: Boundaries

  private func enter(
    _ name: [UInt8], isLink: Bool, parent: FolderNode
  ) throws -> FolderNode? {
    let opened = try fileSystem.openDirectory(
      TerminatedName(name), in: parent.directory(fileSystem), followsLinks: isLink)
    guard parent.depth < Self.depthLimit else {
      throw SystemError(code: ENAMETOOLONG, call: "openat")
    }
    // A link upwards, or a folder mounted inside itself.
    if parent.isInside(opened) { return nil }
    if isLink, !run.mayFollow(opened, from: parent) { return nil }
    if opened.device != parent.device {
      if run.options.staysOnDevice || MountKind(of: opened) == .kernel { return nil }
    }
    return FolderNode(
      root: parent.root, parent: parent, name: name, isLink: isLink, directory: opened)
  }

  // MARK: One folder

  private func scan(_ folder: FolderNode, isRecursive: Bool) throws {
    let path = folder.relativePath
    var charge = ScanCharge(run)
    let (files, wanted) = try compare(folder, path: path, isRecursive: isRecursive, charge: &charge)
    // Nothing but the node holds the directory from here on: a pause can close it.
    try hand(on: wanted, of: files, path: path, folder: folder)
    _ = consume charge
  }

  /// Lists a folder and compares it; what is below is on the stack when it returns.
  private func compare(
    _ folder: FolderNode, path: [UInt8], isRecursive: Bool, charge: inout ScanCharge
  ) throws -> (PackedNames, [Wanted]) {
    let directory = try folder.directory(fileSystem)
    run.visit(folder, path: path, directory: directory)
    var listing = try lister.list(directory, name: folder.name[...]) { try charge.grow(to: $0) }
    if listing.isEmpty && path.isEmpty, try reader.hasPresentFiles(root: folder.root.id) {
      // A disk that is not mounted leaves an empty folder behind.
      run.noteOffline(folder.root)
      return (PackedNames(), [])
    }
    if listing.hasIgnoreRules { readIgnoreRules(of: folder, in: directory) }
    if let rules = folder.rules { listing.drop(by: rules, folder: path) }
    if !isRecursive { run.note(folders: listing.folders, in: path, root: folder.root) }
    let id = try reader.folderID(path: path, root: folder.root.id)
    let wanted = try compare(listing.files, in: directory, path: path, folder: folder, id: id)
    // From here on nothing in it is taken for gone because nobody looked.
    if let id { run.noteVisit(of: id) }
    // Others may begin with what is below while this thread opens files.
    if isRecursive { run.stack.push(listing.folders, in: folder) }
    return (listing.files, wanted)
  }

  private func readIgnoreRules(of folder: FolderNode, in directory: OpenDirectory) {
    do {
      let file = try fileSystem.openFile(
        TerminatedName(IgnoreRules.fileName.utf8), in: directory, followsLinks: false)
      guard try FileSystem.status(of: file).kind == .file else { return }
      folder.rules = IgnoreRules(
        bytes: try file.read(at: 0, count: IgnoreRules.maximumByteCount),
        folderByteCount: folder.pathByteCount, above: folder.rules)
    } catch {
      if error.code == ENOENT { return }
      run.counters.record(
        folder.path.appending(IgnoreRules.fileName),
        "The ignore file cannot be read (\(error.reason)); nothing is ignored by it.",
        code: error.code)
    }
  }

  /// A file to open: its place in the listing and what is known of it.
  private struct Wanted {
    let index: Int
    let known: AssetID?
    let previousFailure: MediaFailure.Kind?
  }

  /// Merges the listing with what is known, both sorted by name bytes. A file that is as it was
  /// costs one `fstatat` and no memory.
  private func compare(
    _ files: PackedNames, in directory: OpenDirectory, path: [UInt8], folder: FolderNode,
    id: FolderID?
  ) throws -> [Wanted] {
    var wanted: [Wanted] = []
    var index = 0
    discovered += files.count
    func take(_ known: ScanReader.Row) {
      while index < files.count {
        let order = known.compareName(with: files.terminated(index).bytes)
        if order <= 0 { break }
        wanted.append(Wanted(index: index, known: nil, previousFailure: nil))
        index += 1
      }
      guard index < files.count, known.compareName(with: files.terminated(index).bytes) == 0 else {
        if known.state != .missing { noteAbsence(known, path: path, folder: folder) }
        return
      }
      let place = index
      index += 1
      let status: FileStatus
      do {
        status = try fileSystem.status(
          files.terminated(place), in: directory, followsLinks: run.options.followsLinks)
      } catch {
        discovered -= 1
        if error.code == ENOENT {
          if known.state != .missing { noteAbsence(known, path: path, folder: folder) }
        } else {
          run.counters.record(
            folder.path.appending(bytes: files.name(place)), error.reason, code: error.code)
        }
        return
      }
      let isSame =
        known.byteCount == status.byteCount
        && known.modifiedNanoseconds == status.modifiedNanoseconds && known.inode == status.inode
      if isSame, known.retriableFailure == nil {
        if known.state == .missing {
          run.noteFound(known.id, root: folder.root.id)
        } else {
          unchanged += 1
        }
      } else {
        wanted.append(
          Wanted(
            index: place, known: known.id, previousFailure: isSame ? known.retriableFailure : nil))
      }
    }
    if let id { try reader.forEachKnownFile(in: id, take) }
    while index < files.count {
      wanted.append(Wanted(index: index, known: nil, previousFailure: nil))
      index += 1
    }
    return wanted
  }

  private func noteAbsence(_ known: ScanReader.Row, path: [UInt8], folder: FolderNode) {
    run.noteAbsence(
      Absence(root: folder.root.id, id: known.id, folder: path, name: known.name))
  }

  // MARK: New and changed files

  private func hand(
    on wanted: [Wanted], of files: PackedNames, path: [UInt8], folder: FolderNode
  ) throws {
    if wanted.isEmpty { return }
    var held: OpenDirectory?
    var open: [Candidate] = []
    func passOn() {
      run.probes.add(open)
      open.removeAll(keepingCapacity: true)
    }
    // Also when the folder cannot be opened again after a pause.
    defer { passOn() }
    for one in wanted {
      if run.gate.isClosed {
        // What is open keeps a disk from being unmounted.
        passOn()
        held = nil
        folder.close()
        addCounts()
        run.gate.wait()
      }
      if run.isEnding { return }
      let directory = try held ?? folder.directory(fileSystem)
      held = directory
      if let candidate = try candidate(
        one, name: files.terminated(one.index), in: directory, path: path, folder: folder)
      {
        open.append(candidate)
        if open.count == Self.candidatesTogether { passOn() }
      } else {
        discovered -= 1
      }
    }
  }

  /// Opens a file. Nil when there is nothing to probe: it is gone, or it is no file any more.
  private func candidate(
    _ wanted: Wanted, name: TerminatedName, in directory: OpenDirectory, path: [UInt8],
    folder: FolderNode
  ) throws -> Candidate? {
    let absolute = folder.root.path.appending(bytes: path.appendingComponent(name.bytes))
    func candidate(
      _ status: FileStatus, _ file: OpenFile?, _ failure: MediaFailure?
    ) -> Candidate {
      Candidate(
        root: folder.root.id, folder: path, name: Array(name.bytes), known: wanted.known,
        path: absolute, previousFailure: wanted.previousFailure, status: status, file: file,
        failure: failure)
    }
    do {
      let descriptor = try openPatiently(name, in: directory)
      let status = try settledStatus(of: descriptor)
      guard status.kind == .file else {
        noteGone(wanted, name: name, path: path, folder: folder)
        return nil
      }
      return candidate(status, OpenFile(descriptor: descriptor, path: absolute), nil)
    } catch {
      switch error.code {
      case ENOENT, ELOOP, ENXIO, ENOTDIR:
        noteGone(wanted, name: name, path: path, folder: folder)
        return nil
      default: break
      }
      let follows = run.options.followsLinks
      guard let status = try? fileSystem.status(name, in: directory, followsLinks: follows),
        error.code != EMFILE, error.code != ENFILE
      else {
        run.counters.record(absolute, error.reason, code: error.code)
        return nil
      }
      let reason = "The file cannot be opened: \(error.reason)."
      return candidate(status, nil, MediaFailure(.unreadable, reason))
    }
  }

  private func noteGone(
    _ wanted: Wanted, name: TerminatedName, path: [UInt8], folder: FolderNode
  ) {
    guard let id = wanted.known else { return }
    run.noteAbsence(
      Absence(root: folder.root.id, id: id, folder: path, name: Array(name.bytes)))
  }

  /// Waits a little when the process has no descriptor left: batches in flight give some back.
  private func openPatiently(
    _ name: TerminatedName, in directory: OpenDirectory
  ) throws(SystemError) -> FileDescriptor {
    var attempt = 0
    while true {
      do {
        return try fileSystem.openFile(
          name, in: directory, followsLinks: run.options.followsLinks)
      } catch {
        attempt += 1
        guard error.code == EMFILE || error.code == ENFILE, attempt < 100 else { throw error }
        usleep(10_000)
      }
    }
  }

  /// The status of a file once its time of change can tell the next write from the last one.
  ///
  /// File systems stamp times with the kernel's tick (up to 10 ms). A file written to within the
  /// tick it is probed in could change again and look the same for ever.
  private func settledStatus(
    of descriptor: borrowing FileDescriptor
  ) throws(SystemError) -> FileStatus {
    let status = try FileSystem.status(of: descriptor)
    let age = cscan_file_clock() - status.modifiedNanoseconds
    guard (0..<20_000_000).contains(age) else { return status }
    usleep(20_000)
    return try FileSystem.status(of: descriptor)
  }

  private func addCounts() {
    if discovered == 0 && unchanged == 0 { return }
    run.counters.update { [discovered, unchanged] progress in
      progress.discovered += discovered
      progress.unchanged += unchanged
    }
    discovered = 0
    unchanged = 0
  }
}
