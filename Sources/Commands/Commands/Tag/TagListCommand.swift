import Catalog
import Platform

extension Command {
  /// `albumen tag list LIB`
  static let tagList = Command(
    name: "list", summary: "list the tags of a library", operands: "LIB",
    options: [
      .value(
        "sort", short: "s", "BY", "count or name (count)", completion: .words(["count", "name"])),
      .value("category", short: "c", "NAME", "only tags of this category"),
      .value("limit", short: "n", "N", "at most so many"),
      .flag("json", "one line of JSON for each"),
    ],
    examples: [
      ("albumen tag list ~/Pictures -n 20", "the twenty most used"),
      ("albumen tag list ~/Pictures --category character --json", "for a program"),
    ]
  ) { arguments, console in
    let sort = arguments.text("sort") ?? "count"
    guard sort == "count" || sort == "name" else {
      throw UsageError("--sort takes count or name, not \"\(sort)\"")
    }
    let limit = try arguments.number("limit", in: 0...Int.max) ?? .max
    let wanted = arguments.text("category")?.lowercased()
    return try await LibraryArguments.reading(arguments) { catalog, _ in
      // Read row by row, so that a hundred thousand names need no memory.
      try await catalog.read { database in
        let categories = try database.tagCategories()
        if let wanted, !categories.contains(where: { $0.name.lowercased() == wanted }) {
          throw UsageError(
            "there is no category \"\(wanted)\"; there are "
              + categories.map(\.name).joined(separator: ", "))
        }
        var aliases: [TagID: [String]] = [:]
        try database.forEachAlias { aliases[$0.tag, default: []].append($0.name.text) }
        let order = sort == "name" ? "t.key" : "t.live_count DESC, t.key"
        try database.withStatement(
          """
          SELECT t.id, t.text, c.name, t.live_count FROM tags t
          JOIN tag_categories c ON c.id = t.category_id
          WHERE ?1 IS NULL OR c.key = ?1 ORDER BY \(order) LIMIT ?2
          """
        ) { row in
          try row.bind(wanted, at: 1)
          try row.bind(limit, at: 2)
          while try row.step() {
            let id = TagID(rawValue: UInt32(truncatingIfNeeded: row.int(0)))
            let names = aliases[id] ?? []
            guard arguments.has("json") else {
              let also = names.isEmpty ? "" : "  (also \(names.joined(separator: ", ")))"
              console.print("\(row.int(3))\t\(row.text(2)):\(row.text(1))\(also)")
              continue
            }
            var json = JSONWriter()
            json.object { json in
              json.member("id", id.rawValue)
              json.member("name", row.text(1))
              json.member("category", row.text(2))
              json.member("count", row.int(3))
              json.array("aliases") { json in for name in names { json.string(name) } }
            }
            console.print(json)
          }
        }
      }
      return .success
    }
  }
}
