/// Step 4: what people say about assets.
extension Schema {
  // The tags of an asset are one packed row (`AssetTagCoding`), not a row for each pair: thirty million
  // pairs would be 400 MB, and a change of five tags of 100,000 assets five times the rows. What has a
  // tag is asked of the search index. `live_count` and `mark_count` say how many assets have a tag or
  // the mark that the user took it away; the writer keeps them in the same transaction.
  // `parent_id` is the tag one level up, which a tag brings along as if it were an implication.
  static let tags = """
    CREATE TABLE tag_categories (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      key TEXT NOT NULL UNIQUE,
      color INTEGER NOT NULL,
      position INTEGER NOT NULL);
    INSERT INTO tag_categories VALUES
      (1, 'artist', 'artist', 0xD24343, 1),
      (3, 'copyright', 'copyright', 0xB14FC4, 2),
      (4, 'character', 'character', 0x2E9E4F, 3),
      (5, 'species', 'species', 0xD9702B, 4),
      (0, 'general', 'general', 0x3B82D6, 5),
      (6, 'meta', 'meta', 0xB58A1B, 6);
    CREATE TABLE tags (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      key TEXT NOT NULL UNIQUE,
      text TEXT NOT NULL,
      category_id INTEGER NOT NULL DEFAULT 0 REFERENCES tag_categories(id),
      parent_id INTEGER REFERENCES tags(id),
      live_count INTEGER NOT NULL DEFAULT 0,
      mark_count INTEGER NOT NULL DEFAULT 0,
      note TEXT);
    CREATE INDEX tags_parents ON tags (parent_id) WHERE parent_id IS NOT NULL;
    CREATE TABLE tag_aliases (
      key TEXT PRIMARY KEY NOT NULL,
      text TEXT NOT NULL,
      tag_id INTEGER NOT NULL REFERENCES tags(id)) WITHOUT ROWID;
    CREATE INDEX tag_aliases_tags ON tag_aliases (tag_id);
    CREATE TABLE tag_implications (
      tag_id INTEGER NOT NULL REFERENCES tags(id),
      implied_id INTEGER NOT NULL REFERENCES tags(id),
      PRIMARY KEY (tag_id, implied_id)) WITHOUT ROWID;
    CREATE INDEX tag_implications_implied ON tag_implications (implied_id);
    CREATE TABLE asset_tags (
      asset_id INTEGER PRIMARY KEY REFERENCES assets(id),
      tags BLOB NOT NULL);

    """

  // Few assets have any of these, so the rows that scans and lists walk over do not carry them.
  static let marks = """
    CREATE TABLE asset_marks (
      asset_id INTEGER PRIMARY KEY REFERENCES assets(id),
      content_rating INTEGER NOT NULL DEFAULT 0,
      content_rating_origin INTEGER NOT NULL DEFAULT 0,
      is_favourite INTEGER NOT NULL DEFAULT 0,
      parent_id INTEGER REFERENCES assets(id),
      note TEXT);
    CREATE INDEX asset_marks_parents ON asset_marks (parent_id) WHERE parent_id IS NOT NULL;
    CREATE TABLE asset_sources (
      asset_id INTEGER NOT NULL REFERENCES assets(id),
      position INTEGER NOT NULL,
      url TEXT NOT NULL,
      PRIMARY KEY (asset_id, position)) WITHOUT ROWID;

    """

  static let albums = """
    CREATE TABLE albums (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind INTEGER NOT NULL,
      name TEXT NOT NULL,
      key TEXT NOT NULL UNIQUE,
      query TEXT,
      note TEXT,
      created_ms INTEGER NOT NULL,
      member_count INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE album_members (
      album_id INTEGER NOT NULL REFERENCES albums(id),
      rank INTEGER NOT NULL,
      asset_id INTEGER NOT NULL REFERENCES assets(id),
      PRIMARY KEY (album_id, rank)) WITHOUT ROWID;
    CREATE UNIQUE INDEX album_members_assets ON album_members (asset_id, album_id);
    CREATE TABLE searches (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      key TEXT NOT NULL UNIQUE,
      query TEXT NOT NULL,
      created_ms INTEGER NOT NULL);
    CREATE TABLE search_history (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      query TEXT NOT NULL UNIQUE,
      used_ms INTEGER NOT NULL);

    """

  // An operation's way back, in parts of at most some ten kilobytes, so that neither writing nor
  // following it needs memory for the whole.
  static let undo = """
    CREATE TABLE undo_records (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at_ms INTEGER NOT NULL,
      label TEXT NOT NULL,
      changed_count INTEGER NOT NULL,
      byte_count INTEGER NOT NULL);
    CREATE TABLE undo_parts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      record_id INTEGER NOT NULL REFERENCES undo_records(id),
      steps BLOB NOT NULL);
    CREATE INDEX undo_parts_records ON undo_parts (record_id);

    """
}
