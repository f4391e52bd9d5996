import Media
import Platform

/// What pages, programs and the command line read.
extension Catalog {
  /// The most assets one page may have.
  public static let pageLimit = 200

  /// One asset; nil when there is none with this id.
  public func asset(_ id: AssetID) async throws -> AssetRecord? {
    try await read { database in
      try database.withStatement(
        "SELECT \(AssetColumns.record) FROM \(AssetColumns.recordTables) WHERE a.id = ?"
      ) { statement in
        try statement.bind(id.rawValue, at: 1)
        return try statement.step() ? AssetColumns.record(from: statement) : nil
      }
    }
  }

  /// The asset at an absolute path; nil when there is none.
  public func asset(at path: FilePath) async throws -> AssetRecord? {
    try await read { database in
      for root in try Self.roots(in: database) {
        guard let relative = path.relative(to: root.path), !relative.isEmpty else { continue }
        let below = FilePath(bytes: relative)
        let hasFolder = below.bytes.contains(UInt8(ascii: "/"))
        return try database.withStatement(
          """
          SELECT \(AssetColumns.record) FROM \(AssetColumns.recordTables)
          WHERE f.root_id = ? AND f.path = ? AND a.name = ?
          """
        ) { statement in
          try statement.bind(root.id.rawValue, at: 1)
          try statement.bind(hasFolder ? below.parent.bytes : [], at: 2)
          try statement.bind(Array(below.nameBytes), at: 3)
          return try statement.step() ? AssetColumns.record(from: statement) : nil
        }
      }
      return nil
    }
  }

  /// Several assets in the order of their ids as given; ids without an asset are left out.
  ///
  /// - Complexity: O(count), wherever they are.
  public func assets(_ ids: [AssetID]) async throws -> [AssetSummary] {
    try await read { try Self.summaries(ids, in: $0) }
  }

  /// The assets of a snapshot from a position on, as they are now.
  ///
  /// - Parameters:
  ///   - snapshot: the order.
  ///   - position: where to begin, from 0; beyond the end gives no assets.
  ///   - count: at most this many, and at most `pageLimit`.
  /// - Complexity: O(count), at any position.
  public func assets(
    in snapshot: ResultSnapshot, at position: Int, count: Int
  ) async throws -> [AssetSummary] {
    let start = max(0, min(position, snapshot.count))
    let end = start + max(0, min(count, Self.pageLimit, snapshot.count - start))
    return try await assets(snapshot.ids(in: start..<end))
  }

  static func summaries(_ ids: [AssetID], in database: Database) throws -> [AssetSummary] {
    try database.withStatement("SELECT \(AssetColumns.summary) FROM assets a WHERE a.id = ?") {
      statement in
      var assets: [AssetSummary] = []
      assets.reserveCapacity(ids.count)
      for id in ids {
        try statement.bind(id.rawValue, at: 1)
        if try statement.step() { assets.append(AssetColumns.summary(from: statement)) }
        statement.reset()
      }
      return assets
    }
  }

  /// How many assets there are. Reads one row per folder, none per asset.
  public func counts() async throws -> AssetCounts {
    try await read { database in
      try database.withStatement(
        """
        SELECT total(image_ok), total(image_broken), total(image_missing), total(video_ok),
          total(video_broken), total(video_missing) FROM folders
        """
      ) { statement in
        var counts = AssetCounts()
        guard try statement.step() else { return counts }
        counts.images = Int(statement.int(0) + statement.int(1))
        counts.videos = Int(statement.int(3) + statement.int(4))
        counts.assets = counts.images + counts.videos
        counts.broken = Int(statement.int(1) + statement.int(4))
        counts.missing = Int(statement.int(2) + statement.int(5))
        return counts
      }
    }
  }

  /// All folders with their counts, in natural order of their paths, root by root, parents first.
  public func folders() async throws -> [FolderSummary] {
    try await read { database in
      let roots = try Self.roots(in: database)
      let names = Dictionary(
        uniqueKeysWithValues: roots.map { ($0.id, Array($0.path.nameBytes)) })
      var folders: [FolderSummary] = []
      var totals: [FolderID: Int] = [:]
      try database.withStatement(
        """
        SELECT id, root_id, parent_id, path, image_ok + image_broken + video_ok + video_broken
        FROM folders ORDER BY root_id, path_key
        """
      ) { statement in
        while try statement.step() {
          let path = statement.bytes(3)
          let root = RootID(rawValue: statement.int(1))
          folders.append(
            FolderSummary(
              id: FolderID(rawValue: statement.int(0)), root: root,
              parent: statement.optionalInt(2).map { FolderID(rawValue: $0) }, relativePath: path,
              nameBytes: path.isEmpty
                ? names[root] ?? [] : Array(FilePath(bytes: path).nameBytes),
              directCount: Int(statement.int(4)), totalCount: 0))
        }
      }
      // Children come after their parents, so one walk from the end adds all of them up.
      for folder in folders.reversed() {
        let total = totals[folder.id, default: 0] + folder.directCount
        totals[folder.id] = total
        if let parent = folder.parent { totals[parent, default: 0] += total }
      }
      return folders.map { folder in
        FolderSummary(
          id: folder.id, root: folder.root, parent: folder.parent,
          relativePath: folder.relativePath, nameBytes: folder.nameBytes,
          directCount: folder.directCount, totalCount: totals[folder.id] ?? 0)
      }
    }
  }

  /// Broken and missing assets with their reasons, by id.
  ///
  /// - Parameters:
  ///   - after: the last id of the page before; nil for the first page.
  ///   - limit: at most this many, and at most `pageLimit`.
  ///   - states: which of the two; `ok` is ignored.
  public func problems(
    after: AssetID? = nil, limit: Int = Catalog.pageLimit,
    states: Set<AssetState> = [.broken, .missing]
  ) async throws -> [AssetRecord] {
    let wanted = states.subtracting([.ok]).map { String($0.rawValue) }.sorted()
    if wanted.isEmpty || limit <= 0 { return [] }
    return try await read { database in
      try database.withStatement(
        """
        SELECT \(AssetColumns.record) FROM \(AssetColumns.recordTables)
        WHERE a.state <> 1 AND a.state IN (\(wanted.joined(separator: ", "))) AND a.id > ?
        ORDER BY a.id LIMIT ?
        """
      ) { statement in
        try statement.bind(after?.rawValue ?? 0, at: 1)
        try statement.bind(min(limit, Self.pageLimit), at: 2)
        var records: [AssetRecord] = []
        while try statement.step() { records.append(AssetColumns.record(from: statement)) }
        return records
      }
    }
  }

  /// How many broken assets there are of each kind of failure (missing ones not counted).
  public func failureCounts() async throws -> [MediaFailure.Kind: Int] {
    try await read { database in
      try database.withStatement(
        """
        SELECT failure_kind, count(*) FROM assets
        WHERE state <> 1 AND state = 2 GROUP BY failure_kind
        """
      ) { statement in
        var counts: [MediaFailure.Kind: Int] = [:]
        while try statement.step() {
          let kind = MediaFailure.Kind(rawValue: UInt8(truncatingIfNeeded: statement.int(0)))
          if let kind { counts[kind, default: 0] += Int(statement.int(1)) }
        }
        return counts
      }
    }
  }
}
