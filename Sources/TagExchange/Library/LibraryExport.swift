import Catalog
import Media
import MemoryBudget
import Platform

/// Writes what a library knows of tags into one file.
package enum LibraryExport {
  /// The formats of one file.
  package enum Format: String, Sendable, CaseIterable {
    case json, jsonLines = "jsonl", csv, sqlite
  }

  /// Writes the file, which appears whole or not at all.
  ///
  /// - Parameters:
  ///   - ids: which assets, ascending; nil for all that something is said of. Tags, aliases, rules and
  ///     albums are written in any case.
  ///   - progress: told how many assets are written, now and then.
  /// - Returns: how many assets were written.
  /// - Throws: `ExchangeError`, `CatalogError`, `BudgetError`, `CancellationError`.
  package static func write(
    _ catalog: Catalog, _ ids: [AssetID]?, as format: Format, to path: FilePath,
    budget: MemoryBudget, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> Int {
    let names = try await LibraryTagNames.read(from: catalog, budget: budget)
    return try await catalog.read { database in
      try database.readTransaction {
        try write(LibraryTags(database, names), database, ids, format, to: path, progress)
      }
    }
  }

  private static func write(
    _ library: LibraryTags, _ database: Database, _ ids: [AssetID]?, _ format: Format,
    to path: FilePath, _ progress: (Int) -> Void
  ) throws -> Int {
    switch format {
    case .json, .jsonLines:
      let writer = try LibraryDocumentWriter(
        OutputFile(path), isLines: format == .jsonLines)
      for category in library.categories {
        try writer.write(
          .category(
            LibraryDocument.Category(
              name: category.name, color: category.color, position: category.position)))
      }
      try library.forEachTag { try writer.write(.tag($0)) }
      let count = try assets(library, ids, progress) { try writer.write(.asset($0.asset)) }
      try library.forEachAlbum { try writer.write(.album($0)) }
      try writer.finish()
      return count
    case .csv:
      let writer = try TagTableWriter(OutputFile(path))
      let count = try assets(library, ids, progress) { row in
        try writer.write(row.asset.path, row.asset.picture)
      }
      try writer.finish()
      return count
    case .sqlite:
      guard path != "-" else {
        throw ExchangeError(path, "a database cannot go to standard output; name a file.")
      }
      return try dump(library, database, ids, to: path, progress)
    }
  }

  private static func assets(
    _ library: LibraryTags, _ ids: [AssetID]?, _ progress: (Int) -> Void,
    _ body: (LibraryTags.Row) throws -> Void
  ) throws -> Int {
    var count = 0
    try library.forEachAsset(ids) { row in
      try body(row)
      count += 1
      if count.isMultiple(of: 1000) { progress(count) }
    }
    return count
  }

  private static func dump(
    _ library: LibraryTags, _ database: Database, _ ids: [AssetID]?, to path: FilePath,
    _ progress: (Int) -> Void
  ) throws -> Int {
    let dump = try RelationalDump(path)
    for category in library.categories { try dump.add(category) }
    try database.forEachTag { try dump.add($0) }
    try database.forEachAlias { try dump.add($0) }
    try database.forEachImplication { try dump.add($0) }
    var written: Set<Int64>?
    if ids != nil { written = [] }
    let count = try assets(library, ids, progress) { row in
      try dump.add(row)
      written?.insert(row.id.rawValue)
    }
    for album in try database.albums() {
      try dump.add(album) { add in
        try database.forEachMember(of: album.id) { id in
          if let written, !written.contains(id.rawValue) { return }
          try dump.ensureAsset(id.rawValue, in: library)
          try add(id)
        }
      }
    }
    if ids == nil { try dump.addParents(from: library) }
    try dump.finish()
    return count
  }
}
