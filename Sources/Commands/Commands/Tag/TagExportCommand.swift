import Catalog
import Library
import Media
import Platform
import TagExchange

extension Command {
  /// `albumen tag export LIB`
  static let tagExport = Command(
    name: "export", summary: "write tags into files", operands: "LIB [-o FILE | --embed FOLDER]",
    discussion: """
      Without -o an XMP sidecar is written beside each picture (name.jpg.xmp), in the words of Lightroom
      and digiKam; what else is in one that is there stays. -o writes one file: Albumen's own document
      (.json, .jsonl), from which everything comes back, a table (.csv), or a database (.sqlite).
      Originals are never changed: --embed writes copies of the pictures into a folder, JPEGs with the
      tags inside, others with a sidecar.
      """,
    options: [
      .value("output", short: "o", "FILE", "one file; - is standard output", completion: .files),
      .value(
        "format", "FORMAT", "json, jsonl, csv or sqlite (by the name of FILE)",
        completion: .words(LibraryExport.Format.allCases.map(\.rawValue))),
      .value(
        "embed", "FOLDER", "copies of the pictures with their tags inside",
        completion: .directories),
      TagArguments.query, TagArguments.ids, TagArguments.path, TagArguments.json,
      Workbench.memoryOption,
    ],
    examples: [
      ("albumen tag export ~/Pictures", "sidecars for other programs"),
      ("albumen tag export ~/Pictures -o tags.json", "everything, to bring back"),
      ("albumen tag export ~/Pictures --embed ~/share -q 'fav:yes'", "copies to give away"),
    ]
  ) { arguments, console in
    guard arguments.operands.count == 1 else { throw UsageError("name one library") }
    guard !arguments.has("output") || !arguments.has("embed") else {
      throw UsageError("give -o or --embed, not both")
    }
    let format = try format(arguments)
    return try await TagArguments.changing(arguments, console) { library in
      let selection = try await TagArguments.selection(arguments, in: library)
      let ids = selection.map { TagArguments.ids($0) }
      let bar = ProgressBar(console)
      defer { bar.end() }
      if let path = arguments.path("output"), let format {
        do {
          let count = try await LibraryExport.write(
            library.catalog, ids, as: format, to: path, budget: library.budget,
            progress: { bar.show("\(Text.count($0)) pictures written") })
          bar.end()
          if path != "-" { report(count, 0, 0, arguments, console) }
          return .success
        } catch let error as ExchangeError { throw CommandFailure(Text.oneLine("\(error)")) }
      }
      return try await beside(arguments, library, ids, bar, console)
    }
  }

  private static func format(_ arguments: Arguments) throws(UsageError) -> LibraryExport.Format? {
    guard let path = arguments.path("output") else {
      guard arguments.text("format") == nil else {
        throw UsageError("--format says what -o FILE is; without -o sidecars are written")
      }
      return nil
    }
    let names = LibraryExport.Format.allCases.map(\.rawValue).joined(separator: ", ")
    if let word = arguments.text("format") {
      if let format = LibraryExport.Format(rawValue: word) { return format }
      throw UsageError("--format takes \(names), not \"\(word)\"")
    }
    let ending = path.fileExtension
    if ending == "db" { return .sqlite }
    if let format = LibraryExport.Format(rawValue: ending) { return format }
    throw UsageError("say what FILE is to be: --format \(names)")
  }

  /// Sidecars, or copies.
  private static func beside(
    _ arguments: Arguments, _ library: Library, _ ids: [AssetID]?, _ bar: ProgressBar,
    _ console: Console
  ) async throws -> ExitCode {
    let files = BlockingPool(name: "tag-export", threadCount: 2, queueLimit: 64)
    defer { files.shutDown() }
    let exporter = SidecarExporter(workers: library.workers, files: files)
    let roots = try await library.catalog.roots().map(\.path)
    let folder = arguments.path("embed").map { path in
      path.isAbsolute ? path : currentDirectory().appending(bytes: path.bytes)
    }
    if let folder, let root = roots.first(where: { folder.isWithin($0) }) {
      throw CommandFailure(
        "\(Text.oneLine(folder.description)): it is inside of the library's folder "
          + "\(Text.oneLine(root.description)); copies go elsewhere")
    }
    var (written, unchanged, failed) = (0, 0, 0)
    var after: Int64 = 0
    let names = try await LibraryTagNames.read(from: library.catalog, budget: library.budget)
    while true {
      try Task.checkCancellation()
      let (page, last) = try await page(library, names, ids, after: after)
      after = last
      if page.isEmpty { break }
      for asset in page {
        do {
          let outcome: SidecarExporter.Outcome
          if let folder {
            let below = roots.lazy.compactMap { asset.path.relative(to: $0) }.first
            outcome = try await exporter.writeCopy(
              asset.picture, of: asset.path,
              to: folder.appending(bytes: below ?? asset.path.nameBytes))
          } else {
            outcome = try await exporter.writeSidecar(asset.picture, of: asset.path)
          }
          if outcome == .unchanged { unchanged += 1 } else { written += 1 }
        } catch let error as ExchangeError {
          failed += 1
          console.note(Text.oneLine("\(error)"))
        } catch let failure as MediaFailure {
          failed += 1
          console.note("\(Text.oneLine(asset.path.description)): \(failure)")
        }
      }
      bar.show("\(Text.count(written + unchanged + failed)) pictures")
    }
    bar.end()
    report(written, unchanged, failed, arguments, console)
    return failed > 0 ? .someFailed : .success
  }

  /// The next pictures something is said of, and where to go on.
  private static func page(
    _ library: Library, _ names: LibraryTagNames, _ ids: [AssetID]?, after: Int64
  ) async throws -> (page: [LibraryDocument.Asset], last: Int64) {
    let wanted = ids.map { ids in
      Array(ids.drop { $0.rawValue <= after }.prefix(AssetPages.count))
    }
    if let wanted, wanted.isEmpty { return ([], after) }
    return try await library.catalog.read { database in
      var page: [LibraryDocument.Asset] = []
      var last = wanted?.last?.rawValue ?? after
      try LibraryTags(database, names).forEachAsset(wanted, after: after, limit: AssetPages.count) {
        row in
        page.append(row.asset)
        last = max(last, row.id.rawValue)
      }
      return (page, last)
    }
  }

  private static func report(
    _ written: Int, _ unchanged: Int, _ failed: Int, _ arguments: Arguments, _ console: Console
  ) {
    if arguments.has("json") {
      var json = JSONWriter()
      json.object { json in
        json.member("written", written)
        json.member("unchanged", unchanged)
        json.member("failed", failed)
      }
      return console.print(json)
    }
    console.print(
      "\(Text.count(written)) pictures written, \(Text.count(unchanged)) as they were, "
        + "\(Text.count(failed)) failed")
  }
}
