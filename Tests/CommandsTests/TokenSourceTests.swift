import Glibc
import Platform
import TestSupport
import Testing

@testable import Commands

@Suite struct TokenSourceTests {
  private func arguments(_ words: String...) throws -> Arguments {
    try Arguments(words.map { Array($0.utf8) }, options: Command.serve.options)
  }

  private func file(_ text: String, mode: mode_t, in directory: TemporaryDirectory) throws
    -> FilePath
  {
    let path = try directory.write("token", Array(text.utf8))
    path.withCString { _ = chmod($0, mode) }
    return path
  }

  @Test func `a token on the command line is refused without repeating it`() throws {
    let arguments = try arguments("--token", "correct-horse-battery")
    let error = #expect(throws: UsageError.self) { try TokenSource.token(arguments) }
    let text = String(describing: error)
    #expect(text.contains("--token-file") && text.contains("ALBUMEN_TOKEN"))
    #expect(!text.contains("correct-horse-battery"))
  }

  @Test func `random makes one that differs every time`() throws {
    let random = try arguments("--token", "random")
    let (first, second) = (try TokenSource.token(random), try TokenSource.token(random))
    #expect(try #require(first).text != #require(second).text)
  }

  @Test(arguments: [
    "correct-horse-battery", "correct-horse-battery\n", "correct-horse-battery\r\nmore",
  ])
  func `the first line of a private file is the token`(content: String) throws {
    let directory = try TemporaryDirectory()
    let path = try file(content, mode: 0o600, in: directory)
    let token = try TokenSource.token(try arguments("--token-file", path.description))
    #expect(token?.text == "correct-horse-battery")
  }

  @Test(arguments: [0o644, 0o640, 0o620, 0o602] as [mode_t])
  func `a file that others may read or write is refused`(mode: mode_t) throws {
    let directory = try TemporaryDirectory()
    let path = try file("correct-horse-battery", mode: mode, in: directory)
    let arguments = try arguments("--token-file", path.description)
    let error = #expect(throws: UsageError.self) { try TokenSource.token(arguments) }
    #expect(String(describing: error).contains("chmod 600"))
  }

  @Test(arguments: ["", "short", "correct horse battery"])
  func `a file without a token in it is refused without showing it`(content: String) throws {
    let directory = try TemporaryDirectory()
    let path = try file(content, mode: 0o600, in: directory)
    let arguments = try arguments("--token-file", path.description)
    let error = #expect(throws: UsageError.self) { try TokenSource.token(arguments) }
    #expect(content.isEmpty || !String(describing: error).contains(content))
  }

  @Test func `a directory, nothing at all, and two sources are refused`() throws {
    let directory = try TemporaryDirectory()
    for words in [
      ["--token-file", directory.path.description], ["--token-file", "/nonexistent/token"],
      ["--token", "random", "--token-file", "x"],
    ] {
      let arguments = try Arguments(
        words.map { Array($0.utf8) }, options: Command.serve.options)
      #expect(throws: UsageError.self) { try TokenSource.token(arguments) }
    }
  }
}
