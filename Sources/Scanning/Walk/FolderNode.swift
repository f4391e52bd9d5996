import Catalog
import Platform

/// A root as a scan sees it.
struct ScannedRoot: Sendable {
  let id: RootID
  let path: FilePath
}

/// A folder that is being scanned, or has folders below it that will be.
///
/// It knows its way from the root component by component, and opens itself again along that way
/// when its descriptor had to be given up (too many folders are open, or the scan is paused).
final class FolderNode: Sendable {
  let root: ScannedRoot
  private let above: Locked<FolderNode?>
  /// Its component; empty for the root.
  let name: [UInt8]
  /// Reached through a symbolic link.
  let isLink: Bool
  let device: UInt64
  let inode: UInt64
  /// The length of its path below the root.
  let pathByteCount: Int
  /// How many links were followed to come here.
  let linkCount: Int
  /// How many components it lies below the root.
  let depth: Int
  private let kept: Locked<OpenDirectory?>
  // Set once, before any child is made.
  private let ignoreRules: Locked<IgnoreRules?>

  /// A folder that was just opened.
  init(
    root: ScannedRoot, parent: FolderNode?, name: [UInt8], isLink: Bool, directory: OpenDirectory
  ) {
    self.root = root
    above = Locked(parent)
    self.name = name
    self.isLink = isLink
    device = directory.device
    inode = directory.inode
    let before = parent?.pathByteCount ?? 0
    pathByteCount = before == 0 ? name.count : before + 1 + name.count
    linkCount = (parent?.linkCount ?? 0) + (isLink ? 1 : 0)
    depth = (parent?.depth ?? -1) + 1
    kept = Locked(directory)
    ignoreRules = Locked(parent?.rules)
  }

  // One at a time: the release of a chain many thousand folders long must not recurse, the stack
  // would end first.
  deinit {
    var next = above.withLock { $0.take() }
    while next != nil, isKnownUniquelyReferenced(&next) {
      next = next?.above.withLock { $0.take() }
    }
  }

  /// The folder it is in; nil for the root.
  var parent: FolderNode? { above.withLock { $0 } }

  /// The rules that hold for what is in it.
  var rules: IgnoreRules? {
    get { ignoreRules.withLock { $0 } }
    set { ignoreRules.withLock { $0 = newValue } }
  }

  /// Its path below the root; empty for the root.
  ///
  /// - Complexity: O(length); made when it is needed, because a chain of nodes that each keep
  ///   theirs would need the square of it.
  var relativePath: [UInt8] {
    var components: [[UInt8]] = []
    var node: FolderNode? = self
    while let current = node, current.parent != nil {
      components.append(current.name)
      node = current.parent
    }
    var path: [UInt8] = []
    path.reserveCapacity(pathByteCount)
    for component in components.reversed() {
      if !path.isEmpty { path.append(slash) }
      path.append(contentsOf: component)
    }
    return path
  }

  /// Its absolute path, for messages.
  var path: FilePath {
    let relative = relativePath
    return relative.isEmpty ? root.path : root.path.appending(bytes: relative)
  }

  /// True when a directory is this folder or one above it: following it would never end.
  func isInside(_ directory: OpenDirectory) -> Bool {
    var node: FolderNode? = self
    while let current = node {
      if current.inode == directory.inode && current.device == directory.device { return true }
      node = current.parent
    }
    return false
  }

  /// True when its descriptor is kept open.
  var isOpen: Bool { kept.withLock { $0 != nil } }

  /// Gives up the descriptor; whoever uses it now keeps it until done.
  func close() { kept.withLock { $0 = nil } }

  /// Its open directory, opened again along the way from the nearest open folder when needed.
  ///
  /// - Throws: `SystemError`, `ENOENT` also when the folder at the path is another one now.
  func directory(_ fileSystem: FileSystem) throws(SystemError) -> OpenDirectory {
    var closed: [FolderNode] = []
    var node: FolderNode? = self
    var open: OpenDirectory?
    while let current = node {
      open = current.kept.withLock { $0 }
      if open != nil { break }
      closed.append(current)
      node = current.parent
    }
    for current in closed.reversed() {
      let opened: OpenDirectory
      if let above = open {
        opened = try fileSystem.openDirectory(
          TerminatedName(current.name), in: above, followsLinks: current.isLink)
      } else {
        opened = try fileSystem.openRoot(root.path)
      }
      guard opened.device == current.device, opened.inode == current.inode else {
        throw SystemError(code: 2, call: "openat", path: current.path)
      }
      open = opened
    }
    guard let open else { preconditionFailure("every chain begins with a root") }
    return open
  }

  /// The same, kept open until `close`.
  func reopen(_ fileSystem: FileSystem) throws(SystemError) -> OpenDirectory {
    let opened = try directory(fileSystem)
    kept.withLock { $0 = opened }
    return opened
  }
}

extension [UInt8] {
  /// This relative path with one more component.
  func appendingComponent(_ name: some Collection<UInt8>) -> [UInt8] {
    if isEmpty { return Array(name) }
    var path = self
    path.reserveCapacity(count + 1 + name.count)
    path.append(slash)
    path.append(contentsOf: name)
    return path
  }
}
