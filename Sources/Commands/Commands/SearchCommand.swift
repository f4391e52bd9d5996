import Catalog
import Library
import Media
import MemoryBudget
import Platform
import Search

extension Command {
  /// `albumen search LIB QUERY`
  static let search = Command(
    name: "search",
    summary: "find assets by tags, fields and text",
    operands: "LIB QUERY",
    discussion: """
      Words are tags; everything combines: a b, a or b, -a, (a b), "free text", a*, and fields such as
      camera: taken: width: stars: type: folder: is: has: order: limit:. docs/search.md explains them all.
      Put the query in quotes, and -- before one that begins with a dash.

      A server that runs on the library is asked; else the search index is loaded, or made the first time.
      """,
    options: [
      .value(
        "sort", short: "s", "BY", "captured, name, path, size, added, rating or random (captured)",
        completion: .words(AssetQuery.Sort.allCases.map(\.name))),
      .value(
        "order", "ORDER", "asc or desc (desc for captured, added and rating, else asc)",
        completion: .words(["asc", "desc"])),
      .value("seed", "N", "the order of --sort random, again (0)"),
      .value("limit", short: "n", "N", "at most so many"),
      .flag("count", short: "c", "only how many there are"),
      .flag("paths0", short: "0", "paths only, each ended by NUL instead of a line end"),
      .flag("json", "one line of JSON for each; with --count one line in all"),
      .value("memory", short: "m", "SIZE", "the memory budget of the search, e.g. 512M"),
    ],
    examples: [
      ("albumen search ~/Pictures 'rome -night stars:>=3'", "tagged rome, not night, three stars"),
      ("albumen search ~/Pictures 'camera:canon taken:2024' -c", "how many there are"),
      (
        "albumen search ~/Pictures 'is:duplicate order:size' -0 | xargs -0 ls -l",
        "for other programs"
      ),
    ]
  ) { arguments, console in
    let search = try SearchRequest(arguments)
    do {
      return try await LibraryArguments.reading(at: search.directory, limit: search.memoryLimit) {
        catalog, directory in
        try await search.run(catalog, directory, console)
        return .success
      }
    } catch let error as SearchError {
      for line in search.lines(for: error) { console.note(line) }
      return error.kind == .query ? .usage : .fatal
    }
  }
}

/// What `albumen search` was asked for.
private struct SearchRequest: Sendable {
  let directory: FilePath
  let memoryLimit: Int
  private var query = AssetQuery()
  private let limit: Int
  private let countsOnly: Bool
  private let style: AssetLister.Style

  init(_ arguments: Arguments) throws {
    guard arguments.operands.count >= 2 else {
      throw UsageError("name a library and what to search for, e.g. albumen search LIB 'cat -dog'")
    }
    directory = try LibraryArguments.directory(named: arguments.operands[0])
    let words = arguments.operands.dropFirst()
    guard words.allSatisfy({ String(validating: $0.bytes, as: UTF8.self) != nil }) else {
      throw UsageError("the query is not valid UTF-8")
    }
    query.search = words.map(\.description).joined(separator: " ")
    if let name = arguments.text("sort") {
      guard let sort = AssetQuery.Sort.allCases.first(where: { $0.name == name }) else {
        throw UsageError(
          "--sort takes \(AssetQuery.Sort.allCases.map(\.name).joined(separator: ", ")), "
            + "not \"\(name)\"")
      }
      query.sort = sort
    }
    switch arguments.text("order") {
    case nil: query.ascending = query.sort.isAscendingByDefault
    case "asc": query.ascending = true
    case "desc": query.ascending = false
    case let other?: throw UsageError("--order takes asc or desc, not \"\(other)\"")
    }
    query.seed = UInt64(try arguments.number("seed", in: 0...Int.max) ?? 0)
    limit = try arguments.number("limit", in: 0...Int.max) ?? .max
    countsOnly = arguments.has("count")
    style = arguments.has("json") ? .json : arguments.has("paths0") ? .null : .lines
    memoryLimit = try Workbench.byteLimit(arguments) ?? MemoryLimit.systemDefault()
  }

  func run(_ catalog: Catalog, _ directory: FilePath, _ console: Console) async throws {
    let found: any FoundResult
    if let server = ServerRecord.running(in: directory) {
      found = try await ServedResult.open(query, at: server.address)
    } else {
      found = try await LocalResult.open(query, catalog, directory, console)
    }
    if !found.didYouMean.isEmpty {
      console.note(
        "there is no such tag; did you mean \(found.didYouMean.joined(separator: ", "))?")
    }
    let count = min(found.count, limit)
    if countsOnly {
      if case .json = style {
        var json = JSONWriter()
        json.object { $0.member("count", count) }
        return console.print(json)
      }
      return console.print(String(count))
    }
    let lister = try await AssetLister(catalog, style: style, console: console)
    var position = 0
    while position < count {
      try Task.checkCancellation()
      let ids = try await found.ids(position..<min(count, position + 10_000))
      if ids.isEmpty { return }
      for start in stride(from: 0, to: ids.count, by: Catalog.pageLimit) {
        try await lister.list(Array(ids[start..<min(ids.count, start + Catalog.pageLimit)]))
      }
      position += ids.count
    }
  }

  /// The reason, and under the query a mark where it is.
  func lines(for error: SearchError) -> [String] {
    var lines = [error.description]
    if let range = error.range {
      let text = Text.oneLine(query.search)
      // Escapes and wide characters would put the mark under something else.
      if text == query.search, text.utf8.allSatisfy({ $0 < 0x80 }), text.utf8.count <= 200 {
        lines.append("  \(text)")
        lines.append(
          "  " + String(repeating: " ", count: range.lowerBound)
            + String(repeating: "^", count: max(1, range.count)))
      }
    }
    if !error.suggestions.isEmpty {
      lines.append("did you mean \(error.suggestions.joined(separator: ", "))?")
    }
    return lines
  }
}

/// What was found, wherever the index is.
private protocol FoundResult: Sendable {
  var count: Int { get }
  var didYouMean: [String] { get }
  /// The ids at some positions; fewer when the result has come to an end.
  func ids(_ positions: Range<Int>) async throws -> [AssetID]
}

/// Found by an index of our own.
private struct LocalResult: FoundResult {
  private let result: SearchResult

  var count: Int { result.snapshot.count }
  var didYouMean: [String] { result.didYouMean }

  static func open(
    _ query: AssetQuery, _ catalog: Catalog, _ directory: FilePath, _ console: Console
  ) async throws -> LocalResult {
    // Somebody else may write the snapshot at the same time.
    let isFree = LibraryHolder.of(directory) == nil
    let engine = SearchEngine(catalog: catalog, directory: directory, savesSnapshot: isFree) {
      console.note($0)
    }
    do {
      let result = try await engine.results(query)
      await engine.close()
      return LocalResult(result: result)
    } catch {
      await engine.close()
      throw error
    }
  }

  func ids(_ positions: Range<Int>) async throws -> [AssetID] { result.snapshot.ids(in: positions) }
}

/// Found by the server that has the library open.
private struct ServedResult: FoundResult {
  private let address: String
  private let token: String
  let count: Int
  let didYouMean: [String]

  static func open(_ query: AssetQuery, at address: String) async throws -> ServedResult {
    var json = JSONWriter()
    json.object { json in
      json.member("q", query.search)
      json.member("sort", query.sort.name)
      json.member("order", query.ascending ? "asc" : "desc")
      json.member("seed", Int64(bitPattern: query.seed))
    }
    let answer = try await members("/api/v1/results", json.bytes, address)
    guard let token = answer["token"]?.text, let count = answer["count"]?.wholeNumber else {
      throw CommandFailure("the answer of the server cannot be read; is it another version?")
    }
    var names: [String] = []
    if case .array(let list)? = answer["didYouMean"] { names = list.compactMap(\.text) }
    return ServedResult(address: address, token: token, count: Int(count), didYouMean: names)
  }

  func ids(_ positions: Range<Int>) async throws -> [AssetID] {
    let answer = try await Self.members(
      "/api/v1/results/\(token)/ids?from=\(positions.lowerBound)&to=\(positions.upperBound - 1)",
      nil,
      address)
    guard case .array(let ids)? = answer["ids"] else { return [] }
    return ids.compactMap { $0.wholeNumber.map { AssetID(rawValue: $0) } }
  }

  private static func members(
    _ path: String, _ json: [UInt8]?, _ address: String
  ) async throws -> [String: JSONValue] {
    let pool = BlockingPool(name: "client", threadCount: 1)
    defer { pool.shutDown() }
    let answer = try await pool.run { try LoopbackClient.ask(path, json: json, of: address) }
    let members = JSONValue(json: answer.body)?.members ?? [:]
    if answer.status == 200 { return members }
    let error = members["error"]?.members ?? [:]
    let message = error["message"]?.text ?? "the server answered with status \(answer.status)"
    guard error["code"]?.text == "bad-query" else { throw CommandFailure(message) }
    var suggestions: [String] = []
    if case .array(let list)? = error["suggestions"] { suggestions = list.compactMap(\.text) }
    let position = Int(error["position"]?.wholeNumber ?? 0)
    throw SearchError(
      query: message, range: position..<position + Int(error["length"]?.wholeNumber ?? 0),
      suggestions: suggestions)
  }
}
