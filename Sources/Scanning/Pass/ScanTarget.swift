import Catalog

/// Where a scan begins: a root, or a folder below one.
package struct ScanTarget: Sendable {
  let root: ScannedRoot
  /// The folder's path below the root; empty for the root.
  let path: [UInt8]
  /// Whether folders below are scanned too.
  let isRecursive: Bool
}

/// A folder in which something changed.
public struct FolderChange: Sendable, Hashable {
  /// The root it is below.
  public let root: RootID
  /// Its path below the root; empty for the root.
  public let path: [UInt8]
  /// Whether what is below may have changed as well.
  public let isRecursive: Bool

  /// A change from its parts.
  public init(root: RootID, path: [UInt8], isRecursive: Bool) {
    self.root = root
    self.path = path
    self.isRecursive = isRecursive
  }
}
