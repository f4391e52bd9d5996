import Platform

/// The tables, as steps: step N brings a database of version N − 1 to version N. A step that was
/// released never changes; what comes later is another step.
enum Schema {
  /// "Albm": marks the file as ours (`PRAGMA application_id`).
  static let applicationID: Int64 = 0x416C_626D
  /// The version this program writes.
  static var currentVersion: Int { steps.count }

  /// The version that brought tags, of which keywords were made then.
  static let tagsVersion = 4

  /// The steps in order.
  static let steps: [String] = [roots + assets, metadata, scanJobs, tags + marks + albums + undo]

  // Paths and names are BLOBs: on Linux they are bytes and need not be UTF-8.
  // `folders` carries the counts of its own assets by kind (i, v) and state (ok, broken, missing),
  // kept by the writer in the same transaction, so that totals never need a walk over the assets.
  private static let roots = """
    CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('change', 0), ('queries', 0);
    CREATE TABLE roots (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      path BLOB NOT NULL UNIQUE,
      state INTEGER NOT NULL DEFAULT 1,
      added_ms INTEGER NOT NULL);
    CREATE TABLE folders (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      root_id INTEGER NOT NULL REFERENCES roots(id),
      parent_id INTEGER REFERENCES folders(id),
      path BLOB NOT NULL,
      path_key BLOB NOT NULL,
      image_ok INTEGER NOT NULL DEFAULT 0, image_broken INTEGER NOT NULL DEFAULT 0,
      image_missing INTEGER NOT NULL DEFAULT 0,
      video_ok INTEGER NOT NULL DEFAULT 0, video_broken INTEGER NOT NULL DEFAULT 0,
      video_missing INTEGER NOT NULL DEFAULT 0,
      UNIQUE (root_id, path));
    CREATE TABLE makes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

    """

  // What a walk over all rows reads (filters, sort keys, aspect) comes first: SQLite decodes a row
  // from its start. The unique index serves rescans; every other order is sorted in memory when a
  // snapshot is built, which is cheaper than keeping more indexes up to date while scanning.
  // Ids ascend with the time of adding, so that order needs no column in an index either.
  private static let assets = """
    CREATE TABLE assets (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      folder_id INTEGER NOT NULL REFERENCES folders(id),
      state INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      aspect INTEGER NOT NULL,
      rating INTEGER NOT NULL DEFAULT 0,
      captured_ms INTEGER,
      byte_count INTEGER NOT NULL,
      name_key BLOB NOT NULL,
      name BLOB NOT NULL,
      modified_ns INTEGER NOT NULL,
      inode INTEGER NOT NULL,
      added_ms INTEGER NOT NULL,
      format INTEGER,
      stored_width INTEGER, stored_height INTEGER, orientation INTEGER,
      offset_minutes INTEGER,
      make_id INTEGER REFERENCES makes(id), model_id INTEGER REFERENCES models(id),
      latitude REAL, longitude REAL, altitude REAL,
      frame_count INTEGER, duration_ms INTEGER,
      bits INTEGER, channels INTEGER, flags INTEGER,
      fingerprint_high INTEGER, fingerprint_low INTEGER,
      failure_stage INTEGER, failure_kind INTEGER, failure_message TEXT, failed_ms INTEGER,
      failure_count INTEGER NOT NULL DEFAULT 0,
      rating_is_users INTEGER NOT NULL DEFAULT 0,
      metadata_state INTEGER NOT NULL DEFAULT 0,
      placeholder BLOB,
      UNIQUE (folder_id, name));
    CREATE INDEX assets_problems ON assets (id) WHERE state <> 1;

    """

  // `fields` is everything the file says, compact; the columns are what filters ask for.
  private static let metadata = """
    CREATE TABLE metadata (
      asset_id INTEGER PRIMARY KEY REFERENCES assets(id),
      lens TEXT, exposure_seconds REAL, f_number REAL, iso INTEGER, focal_length REAL,
      rating INTEGER, title TEXT, caption TEXT, creator TEXT, copyright TEXT, fields BLOB);
    CREATE TABLE keywords (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
    CREATE TABLE asset_keywords (
      asset_id INTEGER NOT NULL REFERENCES assets(id),
      position INTEGER NOT NULL,
      keyword_id INTEGER NOT NULL REFERENCES keywords(id),
      PRIMARY KEY (asset_id, position)) WITHOUT ROWID;

    """

  private static let scanJobs = """
    CREATE TABLE scan_jobs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      root_id INTEGER NOT NULL REFERENCES roots(id),
      state INTEGER NOT NULL,
      started_ms INTEGER NOT NULL,
      finished_ms INTEGER,
      progress BLOB NOT NULL);

    """
}
