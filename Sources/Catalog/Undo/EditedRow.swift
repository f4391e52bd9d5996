/// A table whose rows people edit one by one.
enum EditedTable: UInt8, CaseIterable {
  case tags = 1
  case aliases = 2
  case implications = 3
  case categories = 4
  case albums = 5
  case searches = 6

  /// The table in the database.
  var name: String {
    switch self {
    case .tags: "tags"
    case .aliases: "tag_aliases"
    case .implications: "tag_implications"
    case .categories: "tag_categories"
    case .albums: "albums"
    case .searches: "searches"
    }
  }

  /// What names a row.
  var keyColumns: [String] {
    switch self {
    case .aliases: ["key"]
    case .implications: ["tag_id", "implied_id"]
    default: ["id"]
    }
  }

  /// What is edited: all but what the writer counts.
  var columns: [String] {
    switch self {
    case .tags: ["key", "text", "category_id", "parent_id", "note"]
    case .aliases: ["text", "tag_id"]
    case .implications: []
    case .categories: ["key", "name", "color", "position"]
    case .albums: ["key", "name", "kind", "query", "note", "created_ms"]
    case .searches: ["key", "name", "query", "created_ms"]
    }
  }
}

/// A value of an edited row.
enum EditedValue: Equatable {
  case null
  case integer(Int64)
  case text(String)

  static func optional(_ text: String?) -> EditedValue { text.map { .text($0) } ?? .null }

  var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  var text: String? { if case .text(let value) = self { value } else { nil } }

  func encode(into writer: inout CompactWriter) {
    switch self {
    case .null: writer.write(0)
    case .integer(let value):
      writer.write(1)
      writer.write(signed: value)
    case .text(let value):
      writer.write(2)
      writer.write(value)
    }
  }

  init(from reader: inout CompactReader) throws(CompactReader.Damage) {
    switch try reader.number() {
    case 0: self = .null
    case 1: self = .integer(try reader.signed())
    case 2: self = .text(try reader.text())
    default: throw CompactReader.Damage()
    }
  }

  init(from row: Statement, column: Int32) {
    if row.isNull(column) {
      self = .null
    } else if row.isText(column) {
      self = .text(row.text(column))
    } else {
      self = .integer(row.int(column))
    }
  }

  func bind(to statement: Statement, at index: Int32) throws {
    switch self {
    case .null: try statement.bindNull(at: index)
    case .integer(let value): try statement.bind(value, at: index)
    case .text(let value): try statement.bind(value, at: index)
    }
  }
}
