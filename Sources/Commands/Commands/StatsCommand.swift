import Catalog
import Glibc
import Media
import Platform

extension Command {
  /// `albumen stats LIB`
  static let stats = Command(
    name: "stats",
    summary: "show what a library holds",
    operands: "LIB",
    options: [.flag("json", "one line of JSON")],
    examples: [("albumen stats ~/Pictures", "counts, folders, failures, disk use")]
  ) { arguments, console in
    try await LibraryArguments.reading(arguments) { catalog, directory in
      let counts = try await catalog.counts()
      let folders = try await catalog.folders()
      let failures = try await catalog.failureCounts().sorted { $0.value > $1.value }
      let roots = try await catalog.roots()
      let files = ["catalog.db", "derived.db"].map { name in
        (name: name, byteCount: byteCount(of: directory.appending(name)))
      }
      if arguments.has("json") {
        var json = JSONWriter()
        json.object { json in
          json.member("library", directory.description)
          json.object("counts") { json in
            json.member("assets", counts.assets)
            json.member("images", counts.images)
            json.member("videos", counts.videos)
            json.member("broken", counts.broken)
            json.member("missing", counts.missing)
          }
          json.member("folders", folders.count)
          json.array("roots") { json in
            for root in roots {
              json.object { json in
                json.member("path", root.path.description)
                json.member("state", root.state == .online ? "online" : "offline")
              }
            }
          }
          json.object("failures") { json in
            for (kind, count) in failures {
              json.key(kind.name)
              json.number(count)
            }
          }
          json.object("disk") { json in
            for file in files {
              json.key(file.name)
              json.number(file.byteCount)
            }
          }
        }
        console.print(json)
        return .success
      }
      console.print("Library  \(Text.oneLine(directory.description))")
      for root in roots {
        console.print(
          "Folder   \(Text.oneLine(root.path.description))"
            + (root.state == .online ? "" : "  (offline)"))
      }
      var table = Table([.init(heading: "what"), .init(heading: "count", isNumeric: true)])
      table.add("assets", Text.count(counts.assets))
      table.add("images", Text.count(counts.images))
      table.add("videos", Text.count(counts.videos))
      table.add("broken", Text.count(counts.broken))
      for (kind, count) in failures { table.add("  \(kind.name)", Text.count(count)) }
      table.add("missing", Text.count(counts.missing))
      table.add("folders", Text.count(folders.count))
      for file in files { table.add(file.name, Text.bytes(file.byteCount)) }
      console.print("")
      for line in table.lines { console.print(line) }
      return .success
    }
  }

  private static func byteCount(of path: FilePath) -> Int {
    var status = Glibc.stat()
    let result = unsafe path.withCString { unsafe lstat($0, &status) }
    return result == 0 ? Int(status.st_size) : 0
  }
}
