import Search
import TestSupport
import Testing

@Suite struct QueryTokensTests {
  /// Each chip as its letter, signs, and text.
  private func shown(_ text: String) -> [String] {
    let units = Array(text.utf16)
    return QueryTokens(text).chips.map { chip in
      let letter = chip.kind.rawValue.prefix(1)
      let part = String(decoding: Array(text.utf8)[chip.utf8], as: UTF8.self)
      #expect(part == String(decoding: units[chip.utf16], as: UTF16.self))
      let signs = (chip.isOptional ? "~" : "") + (chip.isNegated ? "-" : "")
      return "\(letter)\(signs) \(part)"
    }
  }

  @Test(
    arguments: [
      ("", []), ("cat -dog", ["t cat", "t- -dog"]), ("~a ~-b", ["t~ ~a", "t~- ~-b"]),
      ("a or (b and c)", ["t a", "o or", "o (", "t b", "o and", "t c", "o )"]),
      ("-(a) --b", ["o- -(", "t a", "o )", "t --b"]),
      ("any:2(a b)", ["o any:2(", "t a", "t b", "o )"]),
      ("\"é 👍\" -\"x\" 東方", ["t \"é 👍\"", "t- -\"x\"", "t 東方"]),
      ("width:>3 order:new Rating:x", ["f width:>3", "f order:new", "f Rating:x"]),
      ("artist:bob tag:\"a b\"", ["t artist:bob", "t tag:\"a b\""]),
      // Texts that mean nothing yet.
      ("a or", ["t a", "o or"]), ("(a", ["o (", "t a"]), ("a -", ["t a", "o- -"]),
      ("\"ab c", ["t \"ab c"]), ("folder:\"a b", ["f folder:\"a b"]), ("- a", ["o- -", "t a"]),
      ("a\u{1}b c", ["t a\u{1}b", "t c"]), ("a\\", ["t a\\"]), ("-~", ["o~- -~"]),
    ] as [(String, [String])])
  func `a text is cut into chips`(text: String, chips: [String]) {
    #expect(shown(text) == chips)
  }

  @Test func `chips know what they name`() throws {
    let chips = QueryTokens("Artist:b* tag:\"x y\" SIZE:>1mb \\rating:x foo: a*:b").chips
    #expect(chips.map(\.prefix) == ["Artist", nil, "size", "rating", nil, nil])
    #expect(chips[0].name == NamePattern([.literal("b"), .anything]))
    #expect(chips[1].name?.literal == "x y")
    #expect(chips[2].name == nil)
    #expect(chips[4].name?.literal == "foo:")
    #expect(chips.map(\.kind) == [.tag, .tag, .field, .tag, .tag, .tag])
  }

  @Test func `an error is told in both ways of counting`() throws {
    let tokens = QueryTokens("👍é rating:x a")
    let error = try #require(tokens.error)
    #expect((error.offset, error.length) == (14, 1))
    #expect(tokens.errorUTF16 == 11..<12)
    #expect(tokens.chips.count == 3)
    #expect(QueryTokens("a b").error == nil)
    #expect(QueryTokens("a b").errorUTF16 == nil)
  }

  @Test func `long texts have an end`() {
    #expect(
      QueryTokens(String(repeating: "a ", count: 30_000)).chips.count == QueryTokens.chipLimit)
    let tooLong = QueryTokens(String(repeating: "a ", count: 40_000))
    #expect(tooLong.chips.isEmpty)
    #expect(tooLong.error != nil)
    #expect(tooLong.errorUTF16 == 65_536..<80_000)
  }

  @Test(arguments: 0..<3)
  func `chips of random texts follow each other`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let words = [
      "a", "(", ")", "-", "~", "\"", "\\", " ", ":", "size:", "👍", "é", "\0", "or", "any:1(",
    ]
    for _ in 0..<2_000 {
      let text = (0..<Int.random(in: 0...12, using: &random)).reduce(into: "") { text, _ in
        text += words.randomElement(using: &random) ?? ""
      }
      var end = 0
      for chip in QueryTokens(text).chips {
        #expect(chip.utf8.lowerBound >= end && !chip.utf8.isEmpty)
        end = chip.utf8.upperBound
      }
      #expect(end <= text.utf8.count)
    }
  }
}
