import Catalog

extension Scanner {
  private static let pageSize = 1000

  /// The last part of a scan: roots that are on- or offline now, files that are back or gone.
  ///
  /// - Parameter newest: the last folder that was known before the scan.
  func settle(_ targets: [ScanTarget], known: [Root], newest: FolderID, run: ScanRun) async throws {
    let offline = run.seen.offlineRoots
    let online = run.seen.onlineRoots
    for root in known {
      if offline.contains(root.id), root.state != .offline {
        try await run.catalog.setRootState(root.id, .offline)
      } else if online.contains(root.id), root.state != .online {
        try await run.catalog.setRootState(root.id, .online)
      }
    }
    try await run.writer.writeAbsences()
    // Folders nobody came to are only gone when the walk was complete.
    if run.outcome.isCancelled { return }
    for target in targets where !offline.contains(target.root.id) {
      try await settleFolders(of: target, newest: newest, run: run)
    }
  }

  private func settleFolders(of target: ScanTarget, newest: FolderID, run: ScanRun) async throws {
    let root = target.root.id
    let listed = target.isRecursive ? nil : run.seen.listedFolders(in: target.path, root: root)
    // "folder/" lies before all that is in the folder, and "" has nothing before it.
    let prefix = target.path.isEmpty ? [] : target.path + [slash]
    var after: [UInt8]? = target.path.isEmpty ? nil : prefix
    while true {
      let page = try await run.catalog.knownFolders(
        root: root, after: after, limit: Self.pageSize)
      let below = page.prefix { $0.relativePath.starts(with: prefix) }
      let gone = below.filter { folder in
        // A folder that this scan added was not known when it was visited.
        guard folder.presentCount > 0, folder.id <= newest, !run.seen.hasVisited(folder.id),
          !run.seen.isUncertain(folder.relativePath, root: root)
        else { return false }
        guard let listed, folder.relativePath.count > prefix.count else { return true }
        // Scanned without what is below: only a folder that is not listed any more is gone.
        let component = folder.relativePath.dropFirst(prefix.count).prefix { $0 != slash }
        return !listed.contains(Array(component))
      }
      if !gone.isEmpty { try await run.writer.writeMissing(gone.map(\.id), root: root) }
      guard below.count == page.count, page.count == Self.pageSize, let last = page.last else {
        break
      }
      after = last.relativePath
    }
    // The folder itself: it has no "folder/" before its path.
    if !target.path.isEmpty { try await settleFolder(target, newest: newest, run: run) }
  }

  private func settleFolder(_ target: ScanTarget, newest: FolderID, run: ScanRun) async throws {
    let root = target.root.id
    guard !run.seen.isUncertain(target.path, root: root),
      let folder = try await run.catalog.knownFolder(path: target.path, root: root),
      folder.presentCount > 0, folder.id <= newest, !run.seen.hasVisited(folder.id)
    else { return }
    try await run.writer.writeMissing([folder.id], root: root)
  }
}
