import Library
import Platform
import Scanning

extension Command {
  /// `albumen scan FOLDER…`
  static let scan = Command(
    name: "scan",
    summary: "make or update a library of folders",
    operands: "FOLDER… [--library LIB]",
    discussion: """
      Finds pictures and videos below the folders and reads their headers. What did not change since
      the last time is skipped, what moved keeps its identity, what is gone is marked missing; nothing
      is ever deleted. Hidden folders are left out, and what .albumenignore files say in the manner of
      .gitignore. Ctrl+C finishes what is in hand; the next scan goes on from there.
      """,
    options: [
      LibraryArguments.library, LibraryArguments.portable, Workbench.memoryOption,
      LibraryArguments.scanThreads, LibraryArguments.workers,
      .flag("json", "end with one line of JSON"),
    ],
    examples: [
      ("albumen scan ~/Pictures", "one folder, the library in its usual place"),
      ("albumen scan /renders /plates --library ~/show.lib --json", "two folders, for a program"),
    ]
  ) { arguments, console in
    guard !arguments.operands.isEmpty || arguments.has("library") else {
      throw UsageError("name a folder of pictures")
    }
    let options = try LibraryArguments.options(arguments, console: console)
    return try await Interruption.cancelling {
      try await LibrarySession.run(options) { library in
        let bar = ProgressBar(console)
        defer { bar.end() }
        let summary = try await library.scan { bar.show($0) }
        bar.end()
        report(summary, isJSON: arguments.has("json"), console)
        if summary.wasCancelled { return .interrupted }
        return summary.errorCount > 0 || !summary.offlineRoots.isEmpty ? .someFailed : .success
      }
    }
  }

  private static func report(_ summary: ScanSummary, isJSON: Bool, _ console: Console) {
    for issue in summary.errors {
      console.note("\(Text.oneLine(issue.path.description)): \(issue.reason)")
    }
    if summary.errorCount > summary.errors.count {
      console.note("… and \(Text.count(summary.errorCount - summary.errors.count)) more")
    }
    for root in summary.offlineRoots {
      console.note(
        "\(Text.oneLine(root.description)): cannot be reached; its files are kept as offline")
    }
    if summary.wasCancelled {
      console.note("interrupted; what was found is kept, and the next scan goes on from there")
    }
    let milliseconds = summary.elapsed.milliseconds
    if isJSON {
      var json = JSONWriter()
      json.object { json in
        json.member("assets", summary.assets)
        json.member("added", summary.added)
        json.member("changed", summary.changed)
        json.member("moved", summary.moved)
        json.member("missing", summary.missing)
        json.array("errors") { json in
          for issue in summary.errors {
            json.object { json in
              json.member("path", issue.path.description)
              json.member("reason", issue.reason)
            }
          }
        }
        json.member("elapsed_ms", milliseconds)
        json.member("interrupted", summary.wasCancelled)
      }
      console.print(json)
    } else {
      let rate = summary.assets * 1000 / max(1, milliseconds)
      console.print(
        "\(Text.count(summary.assets)) assets: \(Text.count(summary.added)) added, "
          + "\(Text.count(summary.changed)) changed, \(Text.count(summary.moved)) moved, "
          + "\(Text.count(summary.missing)) missing, \(Text.count(summary.broken)) broken "
          + "(\(Text.duration(milliseconds: milliseconds)), \(Text.count(rate)) files/s)")
    }
  }
}

extension Duration {
  /// Whole milliseconds.
  var milliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
