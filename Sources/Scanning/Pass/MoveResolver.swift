import CScan
import Catalog
import Glibc
import Media
import Platform

/// Tells moved files from new ones and from copies: a known asset with the same content (size and
/// fingerprint) has moved when its old path no longer has that content.
actor MoveResolver {
  /// How findings go into the catalog.
  struct Plan: Sendable {
    var upserts: [ScannedFile] = []
    var moves: [MovedFile] = []
    /// Known paths that have the content of another asset, to be settled one by one.
    var exchanges: [Finding] = []
  }

  private let catalog: Catalog
  private let seen: SeenFolders
  private let roots: [Root]
  // A disk or share that hangs holds this thread and nothing else.
  private let pool = BlockingPool(name: "scan-moves", threadCount: 1)
  private var finder: MoveFinder?

  init(catalog: Catalog, seen: SeenFolders, roots: [Root]) {
    self.catalog = catalog
    self.seen = seen
    self.roots = roots
  }

  deinit { pool.shutDown() }

  /// Sorts findings of one root.
  func plan(_ findings: [Finding]) async throws -> Plan {
    var plan = Plan()
    let candidates = try await candidates(for: findings)
    if candidates.allSatisfy(\.isEmpty) {
      plan.upserts = findings.map { Self.byPath($0.file) }
      return plan
    }
    var taken: Set<AssetID> = []
    var known: [(Finding, [MoveCandidate])] = []
    // Files at unknown paths first: an asset whose file was renamed must follow it before another
    // file at the old path is taken for its new content.
    for (finding, candidates) in zip(findings, candidates) {
      guard finding.file.known == nil else {
        known.append((finding, candidates))
        continue
      }
      let free = candidates.filter { !taken.contains($0.id) }
      if let source = try await choose(free, for: finding.file) {
        taken.insert(source)
        plan.moves.append(MovedFile(id: source, file: finding.file))
      } else {
        plan.upserts.append(Self.byPath(finding.file))
      }
    }
    for (finding, candidates) in known {
      // Its own content, touched or copied over itself.
      let isOwn = candidates.contains { $0.id == finding.file.known }
      if isOwn || candidates.isEmpty {
        plan.upserts.append(Self.byPath(finding.file))
      } else {
        plan.exchanges.append(finding)
      }
    }
    return plan
  }

  /// The asset a file at a known path was before, when it was one.
  func source(of finding: Finding) async throws -> AssetID? {
    guard let candidates = try await candidates(for: [finding]).first else { return nil }
    // An exchange before this one may have brought the asset here already.
    if let here = candidates.first(where: { $0.path == finding.path }) { return here.id }
    return try await choose(candidates, for: finding.file)
  }

  /// The row is looked up by path when it is written: a row known at the time of the comparison may
  /// have moved since.
  static func byPath(_ file: ScannedFile) -> ScannedFile {
    var file = file
    file.known = nil
    return file
  }

  private func candidates(for findings: [Finding]) async throws -> [[MoveCandidate]] {
    let files: [(index: Int, file: MoveFinder.File)] = findings.enumerated().compactMap {
      index, finding in
      guard let fingerprint = finding.file.fingerprint else { return nil }
      return (index, MoveFinder.File(fingerprint: fingerprint, byteCount: finding.file.byteCount))
    }
    var result = [[MoveCandidate]](repeating: [], count: findings.count)
    if files.isEmpty { return result }
    let finder = try await moveFinder()
    for (file, found) in zip(files, try await finder.candidates(for: files.map(\.file))) {
      result[file.index] = found
    }
    return result
  }

  /// Made when the first new file turns up: a rescan of an unchanged library never needs it.
  private func moveFinder() async throws -> MoveFinder {
    if let finder { return finder }
    let made = try await catalog.moveFinder()
    finder = finder ?? made
    return finder ?? made
  }

  private func choose(
    _ candidates: [MoveCandidate], for file: ScannedFile
  ) async throws -> AssetID? {
    if candidates.isEmpty { return nil }
    let roots = roots
    let offline = seen.offlineRoots
    let gone = try await pool.run {
      candidates.filter { candidate in
        candidate.isMissing
          || !Self.isStillThere(
            candidate, byteCount: file.byteCount, roots: roots, offline: offline)
      }
    }
    // A rename keeps inode and time, a move to another disk the time.
    let isSameInode = { (candidate: MoveCandidate) in
      candidate.inode == file.inode && candidate.modifiedNanoseconds == file.modifiedNanoseconds
    }
    return
      (gone.first(where: isSameInode)
      ?? gone.first { $0.modifiedNanoseconds == file.modifiedNanoseconds } ?? gone.first)?.id
  }

  /// Blocks. A file on a root that cannot be reached counts as still there.
  private static func isStillThere(
    _ candidate: MoveCandidate, byteCount: Int64, roots: [Root], offline: Set<RootID>
  ) -> Bool {
    guard let root = roots.first(where: { candidate.path.isWithin($0.path) }),
      !offline.contains(root.id),
      let directory = try? FileSystem().openRoot(root.path),
      let relative = candidate.path.relative(to: root.path)
    else { return true }
    let components = relative.split(separator: slash)
    guard let name = components.last else { return true }
    var open = directory
    do {
      let fileSystem = FileSystem()
      for component in components.dropLast() {
        open = try fileSystem.openDirectory(
          TerminatedName(component), in: open, followsLinks: true)
      }
      let status = try fileSystem.status(TerminatedName(name), in: open, followsLinks: true)
      return status.kind == .file && status.byteCount == byteCount
        && status.modifiedNanoseconds == candidate.modifiedNanoseconds
        && status.inode == candidate.inode
    } catch {
      // Anything but "it is not there" proves nothing.
      return error.code != ENOENT && error.code != ENOTDIR
    }
  }
}
