import Glibc
import Platform

/// Brings a database from its `user_version` to the newest, all or nothing.
struct Migration {
  let database: Database
  let steps: [String]
  /// What SQL cannot do, in the same transaction; gets the version the database had.
  var finish: (Int) throws -> Void = { _ in }

  /// Runs the missing steps in one transaction, after a copy of an existing database was made.
  func run(report: inout CatalogOpenReport) throws {
    let version = try found()
    if version == steps.count { return }
    if version > 0 {
      report.backup = try backUp(version: version)
      report.migratedFromVersion = version
    } else {
      report.wasCreated = true
    }
    try database.writeTransaction {
      // Another program may have done it while this one waited for the lock.
      let version = try found()
      for step in steps[version...] { try database.execute(step) }
      try finish(version)
      try database.execute("PRAGMA application_id = \(Schema.applicationID)")
      try database.execute("PRAGMA user_version = \(steps.count)")
    }
  }

  private func found() throws -> Int {
    let version = Int(try database.integer("PRAGMA user_version") ?? 0)
    guard (0...steps.count).contains(version) else {
      throw CatalogError(
        .newerVersion(found: version, known: steps.count), path: database.path,
        reason: "format \(version)")
    }
    return version
  }

  /// Copies the database beside itself, under a name that is not taken.
  private func backUp(version: Int) throws -> FilePath {
    for attempt in 1...1000 {
      let ending = attempt == 1 ? "" : "-\(attempt)"
      let copy = FilePath(
        bytes: database.path.bytes + Array(".backup-v\(version)\(ending)".utf8))
      let isTaken = unsafe copy.withCString { unsafe access($0, F_OK) } == 0
      if isTaken { continue }
      do {
        try database.withStatement("VACUUM INTO ?") { statement in
          // A path that is not UTF-8 is still the same bytes to the file system.
          try statement.bind(textBytes: copy.bytes, at: 1)
          try statement.run()
        }
      } catch {
        // Half a copy would look like a good one.
        _ = unsafe copy.withCString { unsafe unlink($0) }
        throw error
      }
      return copy
    }
    throw CatalogError(
      .cannotOpen, path: database.path, reason: "a thousand backups are beside it already")
  }
}
