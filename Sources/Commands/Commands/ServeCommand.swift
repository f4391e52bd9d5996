import Glibc
import Library
import Platform
import Server

extension Command {
  /// `albumen serve [FOLDER…]`
  static let serve = Command(
    name: "serve",
    summary: "scan folders and show them in the browser",
    operands: "[FOLDER…] [--library LIB]",
    discussion: """
      Makes or updates the library of the folders, watches them, and serves the page and the API until
      Ctrl+C. Only this machine can reach it unless --host says otherwise, and then only with a token:
      the text in ALBUMEN_TOKEN, or in a file that only you may read (--token-file), or a new one
      (--token random). It never stands on the command line, where everybody on this machine could
      read it.
      """,
    options: [
      Workbench.memoryOption,
      .value("host", "ADDRESS", "where to listen (127.0.0.1)"),
      .value("port", short: "p", "PORT", "on which port; 0 for any free one (8420)"),
      LibraryArguments.library, LibraryArguments.portable,
      .value("token", "random", "clients must know a token, made now and shown once"),
      .value("token-file", "FILE", "clients must know this file's first line", completion: .files),
      .value("allow-host", "NAMES", "more NAME:PORT pairs it answers to, separated by commas"),
      .flag("watch", "notice changes at once (the default)"),
      .flag("no-watch", "notice changes only when a scan runs"),
      .flag("no-background", "make thumbnails only when somebody looks"),
      .flag("open", "open the page in the browser"),
      .value("web", "DIR", "the page's files", completion: .directories),
      LibraryArguments.scanThreads, LibraryArguments.workers,
    ],
    examples: [
      ("albumen serve ~/Pictures", "the page is at http://127.0.0.1:8420"),
      ("albumen serve ~/Pictures --memory 256M --port 9000", "within 256 MiB, on another port"),
      ("albumen serve --library ~/show.lib --host 0.0.0.0 --token random", "for the whole network"),
    ]
  ) { arguments, console in
    guard !arguments.operands.isEmpty || arguments.has("library") else {
      throw UsageError("name a folder of pictures, or a library with --library LIB")
    }
    var options = try LibraryArguments.options(arguments, console: console)
    options.watches = !arguments.has("no-watch")
    options.worksInBackground = !arguments.has("no-background")
    let configuration = try configuration(arguments, console)
    return try await Interruption.cancelling { [options] in
      try await LibrarySession.run(options) { library in
        let server = Server(library: library, configuration: configuration)
        do {
          try await server.run { address in
            ServerRecord(address: address).save(in: library.directory, console: console)
            library.startServing()
            // Last: whoever reads it may count on all of the above.
            console.print("Albumen serves \(Text.oneLine(library.name)) at \(address)")
            if arguments.has("open") { openBrowser(address, console) }
          }
        } catch is CancellationError {}
        ServerRecord.remove(from: library.directory)
        return .success
      }
    }
  }

  private static func configuration(
    _ arguments: Arguments, _ console: Console
  ) throws(UsageError) -> Server.Configuration {
    var configuration = Server.Configuration()
    configuration.version = CommandRunner.version
    if let host = arguments.text("host") { configuration.host = host }
    if let port = try arguments.number("port", in: 0...65_535) { configuration.port = UInt16(port) }
    configuration.webDirectory = arguments.path("web")
    if let names = arguments.text("allow-host") {
      configuration.allowedHosts = names.split(separator: ",").map(String.init)
    }
    configuration.log = { console.note($0) }
    configuration.token = try TokenSource.token(arguments)
    return configuration
  }

  private static func openBrowser(_ address: String, _ console: Console) {
    startDetachedThread(named: "browser") {
      let status = try? ChildProcess.run("/usr/bin/xdg-open", [address]).0
      if status != 0 { console.note("the browser could not be opened; open \(address) yourself") }
    }
  }
}
