import Glibc
import Media
import Platform

/// A read-only connection of its own, for one scan thread: one folder a call, without a change of
/// threads and without an object per file. Not thread-safe.
package final class ScanReader {
  /// What it may keep of the file. Little: a scan reads every page once.
  package static let pageCacheByteCount = 512 << 10

  private let database: Database

  init(database: Database) { self.database = database }

  /// A known file, valid during the call it is handed to.
  package struct Row {
    fileprivate let statement: Statement

    package var id: AssetID { AssetID(rawValue: statement.int(0)) }
    package var name: [UInt8] { statement.bytes(1) }
    package var byteCount: Int64 { statement.int(2) }
    package var modifiedNanoseconds: Int64 { statement.int(3) }
    package var inode: UInt64 { UInt64(bitPattern: statement.int(4)) }
    package var state: AssetState {
      AssetState(rawValue: UInt8(truncatingIfNeeded: statement.int(5))) ?? .ok
    }

    /// Why its probe failed, when the same bytes may well work another time.
    package var retriableFailure: MediaFailure.Kind? {
      // 1 is a failed probe; a thumbnail that failed is tried again by whoever makes thumbnails.
      guard statement.int(6) == 1,
        let kind = MediaFailure.Kind(rawValue: UInt8(truncatingIfNeeded: statement.int(7))),
        kind.isTransient
      else { return nil }
      return kind
    }

    /// Less than, equal to or greater than 0 as the name's bytes sort before, with or behind
    /// others.
    package func compareName(with other: ArraySlice<UInt8>) -> Int {
      unsafe statement.withBytes(1) { own in
        unsafe other.withUnsafeBytes { other in
          let common = min(own.count, other.count)
          if common > 0, let left = own.baseAddress, let right = other.baseAddress {
            let order = unsafe memcmp(left, right, common)
            if order != 0 { return Int(order) }
          }
          return own.count - other.count
        }
      }
    }
  }

  /// The row of a folder; nil when it is not known.
  package func folderID(path: [UInt8], root: RootID) throws -> FolderID? {
    try database.withStatement("SELECT id FROM folders WHERE root_id = ? AND path = ?") {
      statement in
      try statement.bind(root.rawValue, at: 1)
      try statement.bind(path, at: 2)
      return try statement.step() ? FolderID(rawValue: statement.int(0)) : nil
    }
  }

  /// Calls `body` with every file known in a folder, missing ones too, in the order of their names'
  /// bytes.
  package func forEachKnownFile(in folder: FolderID, _ body: (Row) throws -> Void) throws {
    try database.withStatement(
      """
      SELECT id, name, byte_count, modified_ns, inode, state, failure_stage, failure_kind
      FROM assets WHERE folder_id = ? ORDER BY name
      """
    ) { statement in
      try statement.bind(folder.rawValue, at: 1)
      let row = Row(statement: statement)
      while try statement.step() { try body(row) }
    }
  }

  /// True when some asset below the root is not missing.
  package func hasPresentFiles(root: RootID) throws -> Bool {
    try database.withStatement(
      """
      SELECT 1 FROM folders
      WHERE root_id = ? AND image_ok + image_broken + video_ok + video_broken > 0 LIMIT 1
      """
    ) { statement in
      try statement.bind(root.rawValue, at: 1)
      return try statement.step()
    }
  }
}
