import Catalog
import Media
import Platform

/// What a scan has come across and what it has not: from the difference follows what is missing.
/// Thread-safe.
///
/// One bit a known folder; nothing for a file that is there.
final class SeenFolders: Sendable {
  private struct State {
    var visited: [UInt64] = []
    var absences: [Absence] = []
    var found: [RootID: [AssetID]] = [:]
    var unreadable: [RootID: [[UInt8]]] = [:]
    var unreadableCount = 0
    var offline: Set<RootID> = []
    var online: Set<RootID> = []
    var canonicalRoots: [FilePath] = []
    var linked: Set<Identity> = []
    var listed: [Place: Set<[UInt8]>] = [:]
  }

  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private struct Place: Hashable {
    let root: RootID
    let path: [UInt8]
  }

  /// With more unreadable folders than this, no folder is taken for gone.
  private static let unreadableLimit = 10_000

  private let state = Locked(State())

  // MARK: Folders

  func insert(_ folder: FolderID) {
    state.withLock { state in
      let word = Int(folder.rawValue >> 6)
      if word >= state.visited.count {
        state.visited.append(
          contentsOf: repeatElement(0, count: word + 1 + word / 2 - state.visited.count))
      }
      state.visited[word] |= 1 << UInt64(folder.rawValue & 63)
    }
  }

  func hasVisited(_ folder: FolderID) -> Bool {
    state.withLock { state in
      let word = Int(folder.rawValue >> 6)
      return word < state.visited.count
        && state.visited[word] & (1 << UInt64(folder.rawValue & 63)) != 0
    }
  }

  /// The folders in a folder that is scanned without them.
  func insert(folders: PackedNames, in path: [UInt8], root: RootID) {
    let names = Set((0..<folders.count).map { Array(folders.name($0)) })
    state.withLock { $0.listed[Place(root: root, path: path)] = names }
  }

  /// The names noted for a folder scanned without those in it; nil when it was not scanned.
  func listedFolders(in path: [UInt8], root: RootID) -> Set<[UInt8]>? {
    state.withLock { $0.listed[Place(root: root, path: path)] }
  }

  func insertUnreadable(_ path: [UInt8], root: RootID) {
    state.withLock { state in
      state.unreadableCount += 1
      if state.unreadableCount <= Self.unreadableLimit {
        state.unreadable[root, default: []].append(path)
      }
    }
  }

  /// True when a folder lies in one that could not be read: nobody knows whether it is there.
  func isUncertain(_ path: [UInt8], root: RootID) -> Bool {
    state.withLock { state in
      if state.unreadableCount > Self.unreadableLimit { return true }
      return state.unreadable[root, default: []].contains { path.isWithin($0) }
    }
  }

  // MARK: Roots

  func insertOffline(_ root: RootID) {
    state.withLock { state in
      state.offline.insert(root)
      state.online.remove(root)
    }
  }

  func insertOnline(_ root: RootID, canonicalPath: FilePath?) {
    state.withLock { state in
      if !state.offline.contains(root) { state.online.insert(root) }
      if let canonicalPath, !state.canonicalRoots.contains(canonicalPath) {
        state.canonicalRoots.append(canonicalPath)
      }
    }
  }

  var offlineRoots: Set<RootID> { state.withLock { $0.offline } }
  var onlineRoots: Set<RootID> { state.withLock { $0.online } }

  func isBelowRoot(_ path: FilePath) -> Bool {
    state.withLock { state in state.canonicalRoots.contains { path.isWithin($0) } }
  }

  /// False when a directory was reached through a link before.
  func insertLinked(device: UInt64, inode: UInt64) -> Bool {
    state.withLock { $0.linked.insert(Identity(device: device, inode: inode)).inserted }
  }

  // MARK: Files

  func insert(_ absence: Absence) { state.withLock { $0.absences.append(absence) } }

  func insertFound(_ id: AssetID, root: RootID) {
    state.withLock { $0.found[root, default: []].append(id) }
  }

  /// How many files are noted as absent or back.
  var pendingCount: Int {
    state.withLock { state in
      state.absences.count + state.found.values.reduce(0) { $0 + $1.count }
    }
  }

  /// Hands over what is noted as absent, and forgets it.
  func takeAbsences() -> [Absence] {
    state.withLock { state in
      defer { state.absences = [] }
      return state.absences
    }
  }

  /// Hands over what is back, and forgets it.
  func takeFound() -> [RootID: [AssetID]] {
    state.withLock { state in
      defer { state.found = [:] }
      return state.found
    }
  }
}

extension [UInt8] {
  /// True when this relative path is `ancestor` or lies below it, by whole components.
  func isWithin(_ ancestor: [UInt8]) -> Bool {
    if ancestor.isEmpty { return true }
    guard starts(with: ancestor) else { return false }
    return count == ancestor.count || self[ancestor.count] == slash
  }
}
