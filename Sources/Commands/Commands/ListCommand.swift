import Catalog
import Media
import Platform

extension Command {
  /// `albumen list LIB`
  static let list = Command(
    name: "list",
    summary: "list the assets of a library",
    operands: "LIB",
    options: [
      .value(
        "sort", short: "s", "BY", "captured, name, path, size, added, rating or random (path)",
        completion: .words(AssetQuery.Sort.allCases.map(\.name))),
      .flag("descending", short: "r", "the last one first"),
      .value("seed", "N", "the order of --sort random, again (0)"),
      .value("kind", "KIND", "image or video", completion: .words(["image", "video"])),
      .value(
        "state", "STATE", "ok, broken, missing or all (ok and broken)",
        completion: .words(["ok", "broken", "missing", "all"])),
      .value("limit", short: "n", "N", "at most so many"),
      .flag("null", short: "0", "paths only, each ended by NUL instead of a line end"),
      .flag("json", "one line of JSON for each"),
    ],
    examples: [
      ("albumen list ~/Pictures --sort captured -n 20", "the oldest twenty"),
      ("albumen list ~/show.lib --state broken", "what is broken, with its reason"),
      ("albumen list ~/Pictures -0 | xargs -0 ls -l", "paths for other programs"),
    ]
  ) { arguments, console in
    let listing = try Listing(arguments)
    return try await LibraryArguments.reading(arguments) { catalog, _ in
      try await listing.run(catalog, console)
      return .success
    }
  }
}

/// What `albumen list` was asked for.
private struct Listing: Sendable {
  private var query = AssetQuery(sort: .path)
  private let limit: Int
  private let style: AssetLister.Style

  init(_ arguments: Arguments) throws(UsageError) {
    if let name = arguments.text("sort") {
      guard let sort = AssetQuery.Sort.allCases.first(where: { $0.name == name }) else {
        throw UsageError(
          "--sort takes \(AssetQuery.Sort.allCases.map(\.name).joined(separator: ", ")), "
            + "not \"\(name)\"")
      }
      query.sort = sort
    }
    query.ascending = !arguments.has("descending")
    query.seed = UInt64(try arguments.number("seed", in: 0...Int.max) ?? 0)
    switch arguments.text("kind") {
    case nil: break
    case "image": query.kind = .image
    case "video": query.kind = .video
    case let other?: throw UsageError("--kind takes image or video, not \"\(other)\"")
    }
    switch arguments.text("state") {
    case nil: break
    case "all": query.states = Set(AssetState.allCases)
    case let name?:
      guard let state = AssetState.allCases.first(where: { $0.name == name }) else {
        throw UsageError("--state takes ok, broken, missing or all, not \"\(name)\"")
      }
      query.states = [state]
    }
    limit = try arguments.number("limit", in: 0...Int.max) ?? .max
    style = arguments.has("json") ? .json : arguments.has("null") ? .null : .lines
  }

  func run(_ catalog: Catalog, _ console: Console) async throws {
    let snapshot = try await catalog.snapshot(query)
    let lister = try await AssetLister(catalog, style: style, console: console)
    var position = 0
    let end = min(limit, snapshot.count)
    while position < end {
      try Task.checkCancellation()
      let page = position..<min(end, position + Catalog.pageLimit)
      try await lister.list(snapshot.ids(in: page))
      position = page.upperBound
    }
  }
}
