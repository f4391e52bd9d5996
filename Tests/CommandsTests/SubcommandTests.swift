import Testing

@testable import Commands

@Suite struct SubcommandTests {
  private func find(_ words: String...) throws(UsageError) -> (String, [String]) {
    let found = try CommandList.find(in: words.map { Array($0.utf8) })
    return (found.spelling, found.rest.map { String(decoding: $0, as: UTF8.self) })
  }

  @Test func `the words that name a command are taken, the others are its own`() throws {
    #expect(try find("tag", "add", "lib", "sea") == ("tag add", ["lib", "sea"]))
    #expect(try find("list", "tag") == ("list", ["tag"]))
    #expect(try find("tag") == ("tag", []))
    #expect(try find("tag", "--help") == ("tag", ["--help"]))
  }

  @Test(arguments: [
    (["tag", "ad"], "there is no command \"tag ad\"; did you mean \"tag add\"?"),
    (["tag", "xyzzy"], "there is no command \"tag xyzzy\"; `albumen tag --help` lists them"),
  ])
  func `mistakes are explained`(words: [String], message: String) {
    #expect(throws: UsageError(message)) {
      _ = try CommandList.find(in: words.map { Array($0.utf8) })
    }
  }

  @Test func `completions know every command below another`() throws {
    for shell in Completions.shells {
      let script = try #require(Completions.script(for: shell))
      for (spelling, command) in CommandList.leaves {
        #expect(script.contains(command.name), "\(shell): \(spelling)")
      }
    }
    let bash = try #require(Completions.script(for: "bash"))
    #expect(bash.contains("'tag add '*)") && bash.contains("'list '*)"))
  }
}
