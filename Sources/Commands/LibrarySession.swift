import Library
import Platform

/// A library open for the length of one command.
enum LibrarySession {
  /// Opens the library, runs `body`, leaves the ledger of the run behind for `albumen memory`, and
  /// closes the library whatever happened.
  static func run(
    _ options: LibraryOptions, _ body: (Library) async throws -> ExitCode
  ) async throws -> ExitCode {
    let library = try await Library.open(options)
    do {
      let code = try await body(library)
      await MemoryRecord.save(of: library)
      await library.close()
      return code
    } catch {
      await library.close()
      throw error
    }
  }
}
