import Catalog
import Glibc
import Library
import Media
import Platform
import TagExchange

extension Command {
  /// `albumen tag import LIB [FILE…]`
  static let tagImport = Command(
    name: "import", summary: "take tags from files", operands: "LIB [FILE…]",
    discussion: """
      Without FILE the sidecars beside the pictures are read: name.jpg.txt, name.txt (a tag a line, or
      one list with commas), name.jpg.json, name.json (Hydrus, gallery-dl, Danbooru, e621, Gelbooru).
      FILE is a table (path,tags[,rating,stars,…] as CSV) or one of Albumen's own documents. What is
      wrong is told by line, and the rest is taken. Your own word stays: what you removed does not come
      back. Pictures are taken in transactions of 500; the same import again changes only what is left.
      """,
    options: [
      .flag("sidecars", "the sidecars of text and JSON (without FILE)"),
      .flag("metadata", "the keywords inside of the pictures, and those of XMP sidecars"),
      .value(
        "separator", "HOW", "between the tags of a table: auto, comma, semicolon, blank or bar",
        completion: .words(TagListText.Separator.allCases.map(\.rawValue))),
      TagArguments.query, TagArguments.ids, TagArguments.path, TagArguments.dryRun,
      TagArguments.json, Workbench.memoryOption,
    ],
    examples: [
      ("albumen tag import ~/Pictures", "sidecars of gallery-dl or Hydrus"),
      ("albumen tag import ~/Pictures tags.csv --dry-run", "what a table would change"),
      ("albumen tag import ~/Pictures backup.json", "what `albumen tag export` wrote"),
    ],
    takesFolders: false
  ) { arguments, console in
    var separator = TagListText.Separator.automatic
    if let word = arguments.text("separator") {
      guard let known = TagListText.Separator(rawValue: word) else {
        throw UsageError(
          "--separator takes \(TagListText.Separator.allCases.map(\.rawValue).joined(separator: ", ")), "
            + "not \"\(word)\"")
      }
      separator = known
    }
    return try await TagArguments.changing(arguments, console) { [separator] library in
      let bar = ProgressBar(console)
      defer { bar.end() }
      let importer = TagImporter(
        library.catalog, budget: library.budget, isDry: arguments.has("dry-run"),
        progress: { bar.show($0) })
      var summary = ImportSummary()
      let files = Array(arguments.operands.dropFirst())
      for path in files {
        let part = try await take(path, importer, separator)
        summary.add(part)
      }
      if arguments.has("metadata") {
        try await takeMetadata(arguments, library, importer, into: &summary)
      }
      if arguments.has("sidecars") || (files.isEmpty && !arguments.has("metadata")) {
        let pages = AssetPages(
          library, try await TagArguments.selection(arguments, in: library))
        summary.add(try await importer.takeSidecars { try await pages.next() })
      }
      bar.end()
      report(summary, arguments, console)
      return summary.issues.count > 0 || summary.missingCount > 0 ? .someFailed : .success
    }
  }

  private static func take(
    _ path: FilePath, _ importer: TagImporter, _ separator: TagListText.Separator
  ) async throws -> ImportSummary {
    let full = path.isAbsolute ? path : currentDirectory().appending(bytes: path.bytes)
    let file: OpenFile
    do { file = try Workbench.open(full) } catch {
      throw CommandFailure("\(Text.oneLine(path.description)): \(error)")
    }
    let beginning = try file.descriptor.read(at: 0, count: 512)
    do {
      if LibraryDocumentReader.recognizes(beginning) {
        return try await importer.takeDocument(file)
      }
      if ["json", "jsonl", "txt"].contains(path.fileExtension) {
        throw CommandFailure(
          "\(Text.oneLine(path.description)): it is not one of Albumen's documents; a sidecar is read "
            + "beside its picture, with --sidecars and no FILE")
      }
      return try await importer.takeTable(file, separator: separator)
    } catch let error as ExchangeError {
      throw CommandFailure(Text.oneLine("\(error)"))
    }
  }

  private static func takeMetadata(
    _ arguments: Arguments, _ library: Library, _ importer: TagImporter,
    into summary: inout ImportSummary
  ) async throws {
    let pages = AssetPages(library, try await TagArguments.selection(arguments, in: library))
    while true {
      let page = try await pages.next()
      if page.isEmpty { return }
      var found: [(id: AssetID, path: FilePath, picture: PictureTags)] = []
      for asset in page {
        do {
          let metadata = try await library.readMetadata(of: asset.id)
          let picture = SidecarMapping.picture(metadata).0
          found.append((asset.id, asset.path, picture))
        } catch let failure as MediaFailure {
          summary.note(asset.path, failure.message)
        }
      }
      try await importer.take(found, label: "Import keywords", into: &summary)
    }
  }

  private static func report(
    _ summary: ImportSummary, _ arguments: Arguments, _ console: Console
  ) {
    for issue in summary.issues.first { console.note(Text.oneLine("\(issue)")) }
    let more = summary.issues.count - summary.issues.first.count
    if more > 0 { console.note("… and \(Text.count(more)) more") }
    for path in summary.missing { console.note(Text.oneLine("\(path): it is not in the library")) }
    if summary.missingCount > summary.missing.count {
      console.note(
        "… and \(Text.count(summary.missingCount - summary.missing.count)) more that are not in it")
    }
    let isDry = arguments.has("dry-run")
    if arguments.has("json") {
      var json = JSONWriter()
      json.object { json in
        json.member("pictures", summary.pictureCount)
        json.member("found", summary.foundCount)
        json.member("changed", summary.changedCount)
        json.member("missing", summary.missingCount)
        json.member("issues", summary.issues.count)
        json.array("firstIssues") { json in
          for issue in summary.issues.first {
            json.object { json in
              json.member("path", issue.path.description)
              json.member("line", issue.line)
              json.member("reason", issue.reason)
            }
          }
        }
        json.member("dryRun", isDry)
      }
      return console.print(json)
    }
    console.print(
      "\(Text.count(summary.pictureCount, of: "picture")) read, \(Text.count(summary.foundCount)) in the "
        + "library, \(Text.count(summary.changedCount)) \(isDry ? "would change" : "changed"), "
        + "\(Text.count(summary.issues.count, of: "complaint"))")
  }
}

extension ProgressBar {
  /// How far an import is; how much there is is not known before its end.
  fileprivate func show(_ summary: ImportSummary) {
    show(
      "\(Text.count(summary.pictureCount, of: "picture")) read, \(Text.count(summary.changedCount)) changed"
    )
  }
}
