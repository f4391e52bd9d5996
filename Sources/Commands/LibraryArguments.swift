import Catalog
import Library
import MemoryBudget
import Platform

/// How library commands say which library they mean, and how it is opened.
enum LibraryArguments {
  /// Where the library's own files are, for commands that make one.
  static let library = Option.value(
    "library", short: "l", "LIB", "the library's directory (one for each first folder)",
    completion: .directories)
  /// Whether the library lies inside of the folder.
  static let portable = Option.flag(
    "portable", "keep the library in FOLDER/.albumen, so that it moves with the pictures")
  /// Threads that walk folders.
  static let scanThreads = Option.value("scan-threads", "N", "folders read at once (4)")
  /// Worker processes.
  static let workers = Option.value("workers", "N", "decoding processes (one for each core)")

  /// What commands that make or change a library open it with.
  static func options(_ arguments: Arguments, console: Console) throws -> LibraryOptions {
    var options = LibraryOptions()
    options.directory = arguments.path("library")
    options.roots = arguments.operands
    options.isPortable = arguments.has("portable")
    options.scanThreadCount = try arguments.number("scan-threads", in: 1...64)
    options.workerCount = try arguments.number("workers", in: 1...64)
    options.memoryLimit = try Workbench.byteLimit(arguments)
    options.noticeHandler = { console.note($0) }
    return options
  }

  /// What commands on a library that is there already open it with: its directory, or a folder of it.
  static func existing(_ arguments: Arguments, console: Console) throws -> LibraryOptions {
    var options = try options(arguments, console: console)
    options.roots = []
    options.directory = try directory(arguments)
    options.mayCreate = false
    return options
  }

  /// The directory of the library that was named.
  static func directory(_ arguments: Arguments) throws -> FilePath {
    guard arguments.operands.count == 1 else {
      throw UsageError("name one library: its directory, or its folder of pictures")
    }
    return try directory(named: arguments.operands[0])
  }

  /// The directory of a library, named by it or by a folder of pictures.
  static func directory(named: FilePath) throws -> FilePath {
    guard let directory = try LibraryLocation.locate(named) else {
      throw CommandFailure(
        "\(Text.oneLine(named.description)): there is no library here or of this folder; "
          + "make one with `albumen scan \(Text.oneLine(named.description))`")
    }
    return directory
  }

  /// Opens only the catalog, to read: also while another process works on the library.
  static func reading<Value: Sendable>(
    _ arguments: Arguments, _ body: @escaping @Sendable (Catalog, FilePath) async throws -> Value
  ) async throws -> Value {
    try await reading(
      at: try directory(arguments), limit: MemoryLimit.systemDefault(), body)
  }

  /// Opens only the catalog in a directory, to read, with a budget of its own.
  static func reading<Value: Sendable>(
    at directory: FilePath, limit: Int,
    _ body: @escaping @Sendable (Catalog, FilePath) async throws -> Value
  ) async throws -> Value {
    let budget = MemoryBudget(byteLimit: max(MemoryLimit.minimum, limit))
    return try await Interruption.cancelling {
      let catalog = try await Catalog.open(directory: directory, budget: budget)
      do {
        let value = try await body(catalog, directory)
        try await catalog.close()
        return value
      } catch {
        try? await catalog.close()
        throw error
      }
    }
  }
}
