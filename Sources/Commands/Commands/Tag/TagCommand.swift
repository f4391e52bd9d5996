import Catalog
import Library
import Media
import Platform
import TagExchange

extension Command {
  /// `albumen tag COMMAND LIB …`
  static let tag = Command.roof(
    "tag", summary: "tags: give and take, rename, merge, import, export",
    over: [
      .tagAdd, .tagRemove, .tagRename, .tagMerge, .tagAlias, .tagImply, .tagList, .tagImport,
      .tagExport,
    ])
}

/// What the commands below `albumen tag` share.
enum TagArguments {
  static let dryRun = Option.flag(
    "dry-run", short: "n", "say what would change, and change nothing")
  static let json = Option.flag("json", "end with one line of JSON")
  static let ids = Option.value("ids", "IDS", "these pictures, by number: 3,17,20")
  static let path = Option.value(
    "path", short: "p", "FILE", "this picture; may be given several times", completion: .files)
  static let query = Option.value(
    "query", short: "q", "QUERY", "the pictures a search finds, e.g. 'cat -dog'")

  /// Opens the library the first operand names, to change it.
  static func changing(
    _ arguments: Arguments, _ console: Console,
    _ body: @escaping @Sendable (Library) async throws -> ExitCode
  ) async throws -> ExitCode {
    guard let named = arguments.operands.first else {
      throw UsageError("name a library: its directory, or its folder of pictures")
    }
    var options = LibraryOptions()
    options.directory = try LibraryArguments.directory(named: named)
    options.mayCreate = false
    options.memoryLimit = try Workbench.byteLimit(arguments)
    options.noticeHandler = { console.note($0) }
    return try await Interruption.cancelling { [options] in
      try await LibrarySession.run(options) { library in try await body(library) }
    }
  }

  /// The names behind the library, as many as wanted.
  static func names(
    _ arguments: Arguments, _ count: ClosedRange<Int>, _ usage: String
  ) throws -> [String] {
    let words = arguments.operands.dropFirst().map(\.description)
    guard count.contains(words.count) else { throw UsageError(usage) }
    return words
  }

  /// A tag's name as it was typed.
  static func name(_ word: String) throws(UsageError) -> TagName {
    do throws(TagNameError) { return try TagName(word) } catch { throw UsageError("\(error)") }
  }

  /// The tag of a name.
  static func tag(_ word: String, in catalog: Catalog) async throws -> TagRecord {
    let name = try name(word)
    if let tag = try await catalog.read({ try $0.tag(named: name) }) { return tag }
    throw CommandFailure(
      "there is no tag \"\(Text.oneLine(word))\"; `albumen tag list` shows those there are")
  }

  /// The pictures that were named; nil when none were.
  static func selection(
    _ arguments: Arguments, in library: Library
  ) async throws -> AssetSelection? {
    let given = ["query", "ids", "path"].filter { arguments.has($0) }
    guard given.count <= 1 else {
      throw UsageError("name pictures in one way: --query, --ids or --path")
    }
    switch given.first {
    case "query":
      var query = AssetQuery()
      query.search = arguments.text("query") ?? ""
      return .result(try await library.results(query).snapshot)
    case "ids":
      let words = (arguments.text("ids") ?? "").split(separator: ",")
      let ids = words.compactMap { Int64($0).map { AssetID(rawValue: $0) } }
      guard ids.count == words.count, !ids.isEmpty else {
        throw UsageError("--ids takes numbers with commas between, e.g. 3,17,20")
      }
      return .assets(ids)
    case "path":
      var ids: [AssetID] = []
      for path in arguments.paths("path") {
        let full = path.isAbsolute ? path : currentDirectory().appending(bytes: path.bytes)
        guard let asset = try await library.catalog.asset(at: full) else {
          throw CommandFailure(
            "\(Text.oneLine(path.description)): it is not in the library; scan first")
        }
        ids.append(asset.id)
      }
      return .assets(ids)
    default: return nil
    }
  }

  /// The ids of a selection, ascending.
  static func ids(_ selection: AssetSelection) -> [AssetID] {
    switch selection {
    case .assets(let ids): Array(Set(ids)).sorted()
    case .result(let snapshot): snapshot.ids(in: 0..<snapshot.count).sorted()
    }
  }

  /// Says what an edit did.
  static func report(
    _ changed: Int, undo: UndoID?, of what: String, _ arguments: Arguments, _ console: Console
  ) {
    let isDry = arguments.has("dry-run")
    if arguments.has("json") {
      var json = JSONWriter()
      json.object { json in
        json.member("changed", changed)
        json.member("undo", undo.map(\.rawValue))
        json.member("dryRun", isDry)
      }
      return console.print(json)
    }
    let verb = isDry ? "would change" : "changed"
    console.print("\(Text.count(changed, of: what)) \(verb)")
  }
}
