import Catalog
import Glibc
import Library
import Media
import Platform

/// The pictures of a library, or some of them, a page at a time, with their paths.
final class AssetPages: Sendable {
  /// Pictures of a page.
  static let count = 200

  private let library: Library
  private let selected: [AssetID]?
  private let position = Locked(Int64(0))

  /// - Parameter selection: which; nil for all.
  init(_ library: Library, _ selection: AssetSelection?) {
    self.library = library
    selected = selection.map { TagArguments.ids($0) }
  }

  /// The next page; empty at the end.
  func next() async throws -> [(id: AssetID, path: FilePath)] {
    if let selected {
      while true {
        let start = position.withLock { position in
          defer { position += Int64(Self.count) }
          return Int(position)
        }
        guard start < selected.count else { return [] }
        let ids = selected[start..<min(selected.count, start + Self.count)]
        var page: [(id: AssetID, path: FilePath)] = []
        for id in ids {
          if let asset = try await library.catalog.asset(id) { page.append((id, asset.path)) }
        }
        if !page.isEmpty { return page }
      }
    }
    let after = position.withLock { $0 }
    let page = try await library.catalog.read { database in
      try database.withStatement(
        """
        SELECT a.id, r.path, f.path, a.name FROM assets a JOIN folders f ON f.id = a.folder_id
        JOIN roots r ON r.id = f.root_id WHERE a.id > ? AND a.state <> 3 ORDER BY a.id LIMIT ?
        """
      ) { row in
        try row.bind(after, at: 1)
        try row.bind(Self.count, at: 2)
        var page: [(id: AssetID, path: FilePath)] = []
        while try row.step() {
          page.append(
            (
              AssetID(rawValue: row.int(0)),
              FilePath(bytes: row.bytes(1)).appending(bytes: row.bytes(2))
                .appending(bytes: row.bytes(3))
            ))
        }
        return page
      }
    }
    if let last = page.last { position.withLock { $0 = last.id.rawValue } }
    return page
  }
}

/// The working directory.
func currentDirectory() -> FilePath {
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
  let isKnown = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
    unsafe getcwd(buffer.baseAddress, buffer.count) != nil
  }
  return isKnown ? FilePath(bytes: buffer.map { UInt8(bitPattern: $0) }) : "."
}
