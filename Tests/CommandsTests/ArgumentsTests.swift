import Platform
import Testing

@testable import Commands

@Suite struct ArgumentsTests {
  let options: [Option] = [
    .value("size", short: "s", "PIXELS", "the longest side"),
    .value("memory", "SIZE", "the budget"),
    .value("message", "TEXT", "a text"),
    .flag("quiet", short: "q", "say nothing"), .flag("json", short: "j", "for machines"),
  ]

  func parse(_ words: String...) throws(UsageError) -> Arguments {
    try Arguments(words.map { Array($0.utf8) }, options: options)
  }

  @Test(arguments: [
    ["--size", "256", "a"], ["--size=256", "a"], ["-s", "256", "a"], ["-s256", "a"],
    ["a", "--size=256"], ["--si", "256", "a"], ["--size=1", "-s", "256", "--", "a"],
  ])
  func `a value can be spelled in every GNU way`(words: [String]) throws {
    let arguments = try Arguments(words.map { Array($0.utf8) }, options: options)
    #expect(arguments.text("size") == "256")
    #expect(arguments.operands == ["a"])
  }

  @Test func `short flags join and operands may follow a double dash`() throws {
    let arguments = try parse("-qj", "--", "-s", "--json")
    #expect(arguments.has("quiet") && arguments.has("json"))
    #expect(arguments.operands == ["-s", "--json"])
  }

  @Test func `a name that is not UTF-8 reaches the command as it is`() throws {
    let arguments = try Arguments([[0x2F, 0xFF]], options: options)
    #expect(arguments.operands == [FilePath(bytes: [0x2F, 0xFF])])
  }

  @Test(arguments: [
    (["--sise", "1"], "there is no option --sise; did you mean --size?"),
    (["--wholly-unknown"], "there is no option --wholly-unknown"),
    (["--me", "1"], "--me could mean --memory, --message"),
    (["--quiet=yes"], "--quiet takes no value"),
    (["--size"], "--size needs a value: --size PIXELS"),
    (["--size="], "--size needs a value: --size PIXELS"),
    (["-x"], "there is no option -x"),
  ])
  func `mistakes are explained`(words: [String], message: String) {
    #expect(throws: UsageError(message)) {
      try Arguments(words.map { Array($0.utf8) }, options: options)
    }
  }

  @Test(arguments: ["0", "9999", "ten", "2.5", "-1"])
  func `numbers keep to their range`(text: String) throws {
    let arguments = try parse("--size=\(text)")
    #expect(
      throws: UsageError("--size takes a whole number from 1 to 512, not \"\(text)\"")
    ) { try arguments.number("size", in: 1...512) }
  }
}

@Suite struct PresentationTests {
  @Test(arguments: [
    (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (200 << 20, "200 MiB"),
    (5 << 30, "5.0 GiB"),
  ])
  func `bytes read well`(count: Int, text: String) { #expect(Text.bytes(count) == text) }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func `counts have groups`(value: Int, text: String) { #expect(Text.count(value) == text) }

  @Test func `control characters of names cannot reach the terminal`() {
    #expect(Text.oneLine("a\nb\u{1B}[31mc\té") == "a\\nb\\x1b[31mc\\té")
    // The control characters of eight bits, and what shows "gpj.exe" as "exe.jpg".
    #expect(Text.oneLine("a\u{9B}31m\u{202E}b\u{2066}") == "a\\x9b31m\\u{202e}b\\u{2066}")
    #expect(Text.oneLine("日本語 é 🖼") == "日本語 é 🖼")
  }

  @Test func `tables align numbers to the right`() {
    var table = Table([.init(heading: "name"), .init(heading: "bytes", isNumeric: true)])
    table.add("a", "1")
    table.add("longer", "12,345")
    #expect(table.lines == ["name     bytes", "a            1", "longer  12,345"])
  }
}
