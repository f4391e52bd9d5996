import Library
import Platform
import Thumbnails

extension Command {
  /// `albumen thumbs LIB`
  static let thumbs = Command(
    name: "thumbs",
    summary: "make all thumbnails that are missing",
    operands: "LIB",
    discussion: """
      Makes the 256 and 512 pixel thumbnails of every asset that has none, both from one decode. What
      failed before is left alone until its file changes; --retry tries it again.
      """,
    options: [
      Workbench.memoryOption, LibraryArguments.workers,
      .flag("retry", "try again what failed before"),
      .flag("json", "end with one line of JSON"),
    ],
    examples: [
      ("albumen thumbs ~/Pictures", "all of a library, found by its folder"),
      ("albumen thumbs ~/show.lib --memory 1G", "with more memory"),
    ]
  ) { arguments, console in
    let options = try LibraryArguments.existing(arguments, console: console)
    return try await Interruption.cancelling {
      try await LibrarySession.run(options) { library in
        if arguments.has("retry") { _ = try await library.catalog.clearFailures() }
        let total = try await library.catalog.counts().assets
        let bar = ProgressBar(console)
        let started = monotonicNanoseconds()
        let done = try await library.thumbnails.makeMissing { progress in
          bar.show(progress.examined, of: total, "thumbnails")
        }
        bar.end()
        let milliseconds = Int((monotonicNanoseconds() - started) / 1_000_000)
        for failure in done.failures { console.note(Text.oneLine(failure)) }
        if done.failed > done.failures.count {
          console.note("… and \(Text.count(done.failed - done.failures.count)) more")
        }
        if arguments.has("json") {
          var json = JSONWriter()
          json.object { json in
            json.member("made", done.made)
            json.member("present", done.present)
            json.member("failed", done.failed)
            json.member("elapsed_ms", milliseconds)
          }
          console.print(json)
        } else {
          console.print(
            "\(Text.count(done.made)) made, \(Text.count(done.present)) there already, "
              + "\(Text.count(done.failed)) failed (\(Text.duration(milliseconds: milliseconds)))")
        }
        return done.failed > 0 ? .someFailed : .success
      }
    }
  }
}
