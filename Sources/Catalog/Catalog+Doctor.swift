import MemoryBudget
import Platform

/// What `albumen doctor` found in a catalog.
public struct CatalogHealth: Sendable, Equatable {
  /// What SQLite says is wrong, at most a hundred lines; empty when nothing is.
  public var damage: [String] = []
  /// Rows that point to rows that are not there.
  public var danglingReferences = 0
  /// Folders whose counts disagree with their assets; `repairCounts` sets them right.
  public var miscountedFolders = 0
  /// Tags whose counts disagree with the assets'; `repairCounts` sets them right.
  public var miscountedTags = 0
  /// Assets whose tags cannot be read, or name tags that are not there.
  public var damagedTagRows = 0
  /// Assets that lack what their tags imply, or have what nothing implies any more; `repairCounts` sets
  /// them right.
  public var staleImpliedTags = 0
  /// Albums whose counts disagree with their members; `repairCounts` sets them right.
  public var miscountedAlbums = 0

  /// True when `repairCounts` has something to set right.
  public var canBeRepaired: Bool {
    miscountedFolders + miscountedTags + staleImpliedTags + miscountedAlbums > 0
  }

  /// True when all is well.
  public var isHealthy: Bool {
    damage.isEmpty && danglingReferences == 0 && miscountedFolders == 0 && miscountedTags == 0
      && damagedTagRows == 0 && staleImpliedTags == 0 && miscountedAlbums == 0
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
    let highestTag = try await highestTag()
    let reservation = try await reserveTagCheck(highestTag)
    defer { withExtendedLifetime(reservation) {} }
    return try await read { database in
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
        health.miscountedAlbums = Int(
          try database.integer(
            "SELECT count(*) FROM albums a WHERE member_count <> (\(Self.actualMembers))") ?? 0)
        let check = try TagCheck(database: database, highestTag: highestTag)
        health.damagedTagRows = check.damagedRows
        health.staleImpliedTags = check.staleAssets
        try check.forEachMiscounted(in: database) { _, _, _ in health.miscountedTags += 1 }
      } catch let error as CatalogError where error.kind == .corrupt {
        // Too damaged for the check to go on: that is its result.
        health.damage.append(error.reason)
      }
      return health
    }
  }

  private static let actualMembers = "SELECT count(*) FROM album_members WHERE album_id = a.id"

  private func highestTag() async throws -> Int64 {
    try await read { try $0.integer("SELECT max(id) FROM tags") ?? 0 }
  }

  private func reserveTagCheck(_ highestTag: Int64) async throws -> Reservation {
    try await budget.reserve(
      TagCheck.byteCount(highestTag: highestTag), for: budget.account("catalog.edits"))
  }

  /// Counts every folder's, tag's and album's assets anew, and follows the rules of tags anew.
  public func repairCounts() async throws {
    let highestTag = try await highestTag()
    let reservation = try await reserveTagCheck(highestTag)
    defer { withExtendedLifetime(reservation) {} }
    try await write { writer in
      try writer.database.execute(
        "UPDATE albums AS a SET member_count = (\(Self.actualMembers))")
      // First the counts, by which the walk that follows the rules finds its end.
      let check = try TagCheck(database: writer.database, highestTag: highestTag)
      try check.forEachMiscounted(in: writer.database) { tag, live, marks in
        try writer.database.withStatement(
          "UPDATE tags SET live_count = ?, mark_count = ? WHERE id = ?"
        ) { row in
          try row.bind(Int64(live), at: 1)
          try row.bind(Int64(marks), at: 2)
          try row.bind(tag, at: 3)
          try row.run()
        }
      }
      if check.staleAssets > 0 { try writer.followRules() }
      try writer.database.execute(
        """
        UPDATE folders SET image_ok = c.io, image_broken = c.ib, image_missing = c.im,
          video_ok = c.vo, video_broken = c.vb, video_missing = c.vm
        FROM (\(Self.actualCounts)) c WHERE c.id = folders.id
        """)
    }
  }
}
