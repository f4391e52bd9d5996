import Catalog
import Platform
import Search

/// The data in SQLite, in two forms, and what it says.
final class Reference {
  /// Ids a bit each.
  typealias Words = [UInt64]

  let database: Database
  private let data: Data
  private var sets: [PlanNode: Words] = [:]
  private var orders: [ResultOrder: [UInt32]] = [:]

  init(_ data: Data, in directory: FilePath) throws {
    self.data = data
    database = try Database(
      path: directory.appending("search.db"), access: .readWriteCreate,
      pageCacheByteCount: 1 << 30)
    try database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    try build()
  }

  private func build() throws {
    let columns = Data.columns.map(\.name)
    try database.execute(
      """
      CREATE TABLE assets (id INTEGER PRIMARY KEY, \(columns.joined(separator: ", ")));
      CREATE TABLE tags_of (asset_id INTEGER, tag_id INTEGER, PRIMARY KEY (asset_id, tag_id))
        WITHOUT ROWID;
      CREATE TABLE asset_tags (tag_id INTEGER, asset_id INTEGER, PRIMARY KEY (tag_id, asset_id))
        WITHOUT ROWID;
      CREATE VIRTUAL TABLE words USING fts5 (tags, content = '', detail = none);
      """)
    let marks = columns.map { _ in ", ?" }.joined()
    try database.writeTransaction {
      try data.forEach { row, tags in
        try database.withStatement("INSERT INTO assets VALUES (?\(marks))") { statement in
          try statement.bind(Int64(row.id), at: 1)
          for (place, column) in Data.columns.enumerated() {
            try statement.bind(row[column.column], at: Int32(place + 2))
          }
          try statement.run()
        }
        try database.withStatement("INSERT INTO tags_of VALUES (?, ?)") { statement in
          for tag in tags.sorted() {
            try statement.bind(Int64(row.id), at: 1)
            try statement.bind(Int64(tag), at: 2)
            try statement.run()
          }
        }
        try database.withStatement("INSERT INTO words (rowid, tags) VALUES (?, ?)") { statement in
          try statement.bind(Int64(row.id), at: 1)
          // A word that all have: FTS5 subtracts from something only.
          try statement.bind("a " + tags.map { "t\($0)" }.joined(separator: " "), at: 2)
          try statement.run()
        }
      }
      try database.execute(
        "INSERT INTO asset_tags SELECT tag_id, asset_id FROM tags_of ORDER BY tag_id, asset_id")
      for column in columns {
        try database.execute("CREATE INDEX by_\(column) ON assets (\(column))")
      }
    }
    try database.execute("ANALYZE")
  }

  // MARK: What is right

  /// Every leaf as SQLite has it, put together here: that is cheaper than its joins, and as exact.
  func words(_ node: PlanNode) throws -> Words {
    switch node {
    case .and(let nodes):
      var result = try words(nodes[0])
      for node in nodes.dropFirst() {
        let other = try words(node)
        for index in result.indices { result[index] &= other[index] }
      }
      return result
    case .or(let nodes):
      var result = try words(nodes[0])
      for node in nodes.dropFirst() {
        let other = try words(node)
        for index in result.indices { result[index] |= other[index] }
      }
      return result
    case .not(let node):
      let all = try words(.everything)
      let gone = try words(node)
      return all.indices.map { all[$0] & ~gone[$0] }
    default: return try leaf(node)
    }
  }

  private func leaf(_ node: PlanNode) throws -> Words {
    if let known = sets[node] { return known }
    var words = Words(repeating: 0, count: data.assetCount / 64 + 1)
    var count = 0
    try forEachID(SQL.leaf(node)) { id in
      words[id >> 6] |= 1 << UInt64(id & 63)
      count += 1
    }
    // What is soon read again is not kept.
    if count > 20_000 { sets[node] = words }
    return words
  }

  /// The first ids of a set in an order.
  func page(_ words: Words, _ order: ResultOrder, count: Int) throws -> [UInt32] {
    if orders[order] == nil {
      var all: [UInt32] = []
      try forEachID("SELECT id FROM assets ORDER BY \(SQL.order(order))") { all.append(UInt32($0)) }
      orders[order] = all
    }
    var page: [UInt32] = []
    for id in orders[order] ?? [] where words[Int(id >> 6)] >> UInt64(id & 63) & 1 != 0 {
      page.append(id)
      if page.count == count { break }
    }
    return page
  }

  func forEachID(_ sql: String, _ body: (Int) -> Void) throws {
    try database.withStatement(sql) { statement in
      while try statement.step() { body(Int(statement.int(0))) }
    }
  }
}
