import Media
import TestSupport
import Testing

@testable import Catalog

/// Everything people said, as text: what an edit changes and taking it back restores.
extension Catalog {
  func saidState() async throws -> [String] {
    try await read { database in
      var lines: [String] = []
      for sql in [
        "SELECT 'tag', id, key, text, category_id, parent_id, note FROM tags ORDER BY id",
        "SELECT 'alias', key, text, tag_id FROM tag_aliases ORDER BY key",
        "SELECT 'rule', tag_id, implied_id FROM tag_implications ORDER BY 2, 3",
        "SELECT 'category', id, key, name, color, position FROM tag_categories ORDER BY id",
        "SELECT 'has', asset_id, hex(tags) FROM asset_tags ORDER BY asset_id",
        "SELECT 'count', id, live_count, mark_count FROM tags ORDER BY id",
        "SELECT 'marks', * FROM asset_marks ORDER BY asset_id",
        "SELECT 'source', * FROM asset_sources ORDER BY asset_id, position",
        "SELECT 'stars', id, rating, rating_is_users FROM assets ORDER BY id",
        "SELECT 'album', id, kind, name, key, query, note, member_count FROM albums ORDER BY id",
        "SELECT 'member', album_id, asset_id FROM album_members ORDER BY album_id, rank",
        "SELECT 'search', id, name, query FROM searches ORDER BY id",
      ] {
        try database.withStatement(sql) { row in
          while try row.step() {
            lines.append((0..<row.columnCount).map { row.text($0) }.joined(separator: "|"))
          }
        }
      }
      return lines
    }
  }
}

/// What tags say, kept as plainly as can be.
struct TagModel {
  /// What was said of each asset: tags that follow from rules are not here.
  var said: [AssetID: [String: AssetTag]] = [:]

  mutating func edit(_ edit: TagEdit, of ids: [AssetID], have: [AssetID: Set<String>]) {
    for id in Set(ids) {
      var tags = said[id] ?? [:]
      let added = (edit.replaceWith ?? []) + edit.add
      for tag in added where !edit.remove.contains(tag.name) {
        let key = tag.name.key
        let isHeld = tags[key].map { $0.isRemoved || $0.origin == .user } ?? false
        let isImported = tags[key].map { $0.origin == .imported && !$0.isRemoved } ?? false
        if edit.origin == .user || !(isHeld || (isImported && edit.origin == .model)) {
          tags[key] = AssetTag(TagID(rawValue: 1), edit.origin, confidence: edit.confidence)
        }
      }
      var removed = edit.remove.map(\.key)
      if edit.replaceWith != nil {
        removed += (have[id] ?? []).filter { key in !added.contains { $0.name.key == key } }
      }
      for key in removed {
        if edit.origin == .user || edit.replaceWith != nil && !edit.remove.map(\.key).contains(key)
        {
          if (have[id] ?? []).contains(key) { tags[key] = .removed(TagID(rawValue: 1)) }
        } else if let tag = tags[key], tag.origin == edit.origin, !tag.isRemoved {
          tags[key] = nil
        }
      }
      said[id] = tags.isEmpty ? nil : tags
    }
  }
}
