import Catalog
import Media
import MemoryBudget
import Platform

/// Finds the assets that files name by path, as people write paths: absolute, relative to the file that
/// names them, or relative to a folder of the library.
struct AssetLocator: Sendable {
  private let roots: [(id: RootID, path: FilePath)]
  private let base: FilePath

  /// - Parameter base: the folder of the file that names pictures.
  init(_ catalog: Catalog, base: FilePath) async throws {
    roots = try await catalog.roots().map { ($0.id, $0.path) }
    self.base = base
  }

  /// The assets at paths; nil for those there are none at. Blocks: for a reader's thread.
  func assets(at paths: [FilePath], in database: Database) throws -> [AssetID?] {
    try database.withStatement(
      """
      SELECT a.id FROM folders f JOIN assets a ON a.folder_id = f.id
      WHERE f.root_id = ? AND f.path = ? AND a.name = ?
      """
    ) { row in
      func find(_ below: ArraySlice<UInt8>, _ root: RootID) throws -> AssetID? {
        let folder =
          below.lastIndex(of: UInt8(ascii: "/")).map { Array(below[..<$0]) } ?? []
        let name = Array(
          below.suffix(from: below.startIndex + (folder.isEmpty ? 0 : folder.count + 1)))
        try row.bind(root.rawValue, at: 1)
        try row.bind(folder, at: 2)
        try row.bind(name, at: 3)
        defer { row.reset() }
        return try row.step() ? AssetID(rawValue: row.int(0)) : nil
      }
      return try paths.map { path in
        let plain = Self.plain(path)
        let absolute = plain.isAbsolute ? plain : base.appending(bytes: plain.bytes)
        for root in roots {
          guard let below = absolute.relative(to: root.path), !below.isEmpty else { continue }
          if let found = try find(below, root.id) { return found }
        }
        if plain.isAbsolute { return nil }
        for root in roots {
          if let found = try find(plain.bytes[...], root.id) { return found }
        }
        return nil
      }
    }
  }

  /// Without `./` in front.
  private static func plain(_ path: FilePath) -> FilePath {
    var bytes = path.bytes[...]
    while bytes.starts(with: [UInt8(ascii: "."), UInt8(ascii: "/")]) {
      bytes = bytes.dropFirst(2).drop { $0 == UInt8(ascii: "/") }
    }
    return FilePath(bytes: bytes)
  }
}
