import TestSupport
import Testing

@testable import Catalog

@Suite struct TagNameTests {
  @Test(arguments: [
    ("cat", "cat", "cat"),
    ("  Long Hair\t", "Long Hair", "long_hair"),
    ("long_hair", "long_hair", "long_hair"),
    ("long _ _  hair", "long _ _ hair", "long_hair"),
    ("Place / Europe/ROME ", "Place/Europe/ROME", "place/europe/rome"),
    ("e\u{301}te\u{301}", "\u{E9}t\u{E9}", "\u{E9}t\u{E9}"),
    ("STRASSE", "STRASSE", "strasse"), ("stra\u{DF}e", "stra\u{DF}e", "strasse"),
    ("\u{3000}日本\u{3000}語", "日本 語", "日本_語"),
    ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
    ("👨‍👩‍👧", "👨‍👩‍👧", "👨‍👩‍👧"), ("1:1", "1:1", "1:1"), ("_", "_", "_"),
    ("שלום עולם", "שלום עולם", "שלום_עולם"),
  ])
  func `names are shown as typed and compared folded`(
    typed: String, text: String, key: String
  ) throws {
    let name = try TagName(typed)
    #expect(Array(name.text.utf8) == Array(text.utf8))
    #expect(Array(name.key.utf8) == Array(key.utf8))
    #expect(try TagName(name.text).key == name.key)
  }

  @Test(arguments: [
    ("", TagNameError.Reason.empty), (" \t\n", .empty), ("\u{301}", .empty),
    ("a\u{0}b", .control("\u{0}")), ("a\nb", .control("\n")), ("a\u{7F}", .control("\u{7F}")),
    ("a\u{200B}b", .control("\u{200B}")), ("\u{FEFF}", .control("\u{FEFF}")),
    ("a\u{202E}b", .direction("\u{202E}")), ("a\u{200F}", .direction("\u{200F}")),
    ("/", .emptyLevel), ("a//b", .emptyLevel), ("a/", .emptyLevel), ("/a", .emptyLevel),
    ("a/ /b", .emptyLevel), (".", .dots), ("a/../b", .dots),
  ])
  func `what is no name says why`(typed: String, reason: TagNameError.Reason) {
    #expect(throws: TagNameError.self) { try TagName(typed) }
    do { _ = try TagName(typed) } catch { #expect(error.reason == reason) }
  }

  @Test func `a name has at most 256 bytes, as text and folded`() throws {
    #expect(try TagName(String(repeating: "x", count: 256)).key.utf8.count == 256)
    #expect(throws: TagNameError.self) { try TagName(String(repeating: "x", count: 257)) }
    // Three bytes of text fold to six and more.
    #expect(throws: TagNameError.self) { try TagName(String(repeating: "\u{1FB7}", count: 80)) }
    #expect(throws: TagNameError.self) { try TagName(String(repeating: "é", count: 1 << 20)) }
  }

  @Test func `the key of a key is the key, for every character`() {
    for value in UInt32(0x20)...0x1_FFFF {
      guard let scalar = Unicode.Scalar(value), let name = try? TagName("a\(scalar)b") else {
        continue
      }
      let again = try? TagName(name.key)
      #expect(again.map { Array($0.key.utf8) } == Array(name.key.utf8), "U+\(value)")
    }
  }

  @Test func `what a file says is made a name where there is one`() {
    #expect(TagName(importing: " People/Anna\u{0} ")?.text == "People/Anna")
    #expect(TagName(importing: "/a//b\u{202E}c/.")?.text == "a/bc")
    #expect(TagName(importing: "two\r\nlines")?.text == "two lines")
    #expect(TagName(importing: "\u{0}/./") == nil)
    #expect(TagName(importing: String(repeating: "x", count: 300)) == nil)
  }

  @Test func `the level above`() throws {
    let rome = try TagName("Place/Europe/Rome")
    #expect(rome.parent?.text == "Place/Europe")
    #expect(rome.parent?.parent?.key == "place")
    #expect(rome.parent?.parent?.parent == nil)
    #expect(rome.levelKeys == ["place", "europe", "rome"])
  }
}
