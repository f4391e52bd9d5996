import Platform

/// What `albumen doctor` found in a catalog.
public struct CatalogHealth: Sendable, Equatable {
  /// What SQLite says is wrong, at most a hundred lines; empty when nothing is.
  public var damage: [String] = []
  /// Rows that point to rows that are not there.
  public var danglingReferences = 0
  /// Folders whose counts disagree with their assets; `repairCounts` sets them right.
  public var miscountedFolders = 0

  /// True when all is well.
  public var isHealthy: Bool {
    damage.isEmpty && danglingReferences == 0 && miscountedFolders == 0
  }
}

/// Checks and repairs.
extension Catalog {
  private static let actualCounts = """
    SELECT f.id,
      count(CASE WHEN a.kind = 1 AND a.state = 1 THEN 1 END) AS io,
      count(CASE WHEN a.kind = 1 AND a.state = 2 THEN 1 END) AS ib,
      count(CASE WHEN a.kind = 1 AND a.state = 3 THEN 1 END) AS im,
      count(CASE WHEN a.kind = 2 AND a.state = 1 THEN 1 END) AS vo,
      count(CASE WHEN a.kind = 2 AND a.state = 2 THEN 1 END) AS vb,
      count(CASE WHEN a.kind = 2 AND a.state = 3 THEN 1 END) AS vm
    FROM folders f LEFT JOIN assets a ON a.folder_id = f.id GROUP BY f.id
    """

  /// Checks every page, reference and count. Reads all of the database: seconds for a million assets.
  public func integrityCheck() async throws -> CatalogHealth {
    try await read { database in
      var health = CatalogHealth()
      do {
        try database.withStatement("PRAGMA integrity_check(100)") { row in
          while try row.step() {
            let line = row.text(0)
            if line != "ok" { health.damage.append(line) }
          }
        }
        try database.withStatement("PRAGMA foreign_key_check") { row in
          while try row.step() { health.danglingReferences += 1 }
        }
        health.miscountedFolders = Int(
          try database.integer(
            """
            SELECT count(*) FROM (\(Self.actualCounts)) c JOIN folders f ON f.id = c.id
            WHERE (c.io, c.ib, c.im, c.vo, c.vb, c.vm) IS NOT (f.image_ok, f.image_broken,
              f.image_missing, f.video_ok, f.video_broken, f.video_missing)
            """) ?? 0)
      } catch let error as CatalogError where error.kind == .corrupt {
        // Too damaged for the check to go on: that is its result.
        health.damage.append(error.reason)
      }
      return health
    }
  }

  /// Counts every folder's assets anew.
  public func repairCounts() async throws {
    try await write { writer in
      try writer.database.execute(
        """
        UPDATE folders SET image_ok = c.io, image_broken = c.ib, image_missing = c.im,
          video_ok = c.vo, video_broken = c.vb, video_missing = c.vm
        FROM (\(Self.actualCounts)) c WHERE c.id = folders.id
        """)
    }
  }
}
