import MemoryBudget
import TestSupport
import Testing

@testable import Catalog
@testable import Search

@Suite struct CompleterTests {
  private let completer: Completer

  init() throws {
    let names = TagNames(budget: MemoryBudget(byteLimit: 16 << 20))
    let tags: [(String, TagCategoryID, [String])] = [
      ("cat", .general, ["kitty"]), ("cat ears", .general, []), ("black cat", .general, []),
      ("Bob Ross", .artist, []), ("bobcat", .general, []), ("re:zero", .copyright, []),
      ("-_-", .general, []), ("fate (series)", .copyright, []), (":)", .general, []),
      ("ratatouille", .general, []), ("初音ミク", .character, ["miku"]),
    ]
    for (index, tag) in tags.enumerated() {
      try names.set(
        UInt32(index + 1), name: TagName(tag.0), category: tag.1,
        aliases: tag.2.map { try TagName($0) })
    }
    completer = Completer(
      names: names,
      categories: [
        TagCategory(id: .artist, name: "Artist", color: 0, position: 0),
        TagCategory(id: TagCategoryID(rawValue: 16), name: "My own", color: 0, position: 1),
      ],
      count: { 100 - Int($0) },
      values: { field, beginning, limit in
        let cameras = [("Canon EOS R5", 9), ("NIKON Z 6, II", 5)]
        return field == .camera
          ? cameras.filter { $0.0.lowercased().contains(beginning.lowercased()) }.prefix(limit).map
          {
            (name: $0.0, count: $0.1)
          } : []
      })
  }

  /// The text with its cursor, shown as `|`; what it becomes with each item.
  private func completed(_ marked: String, limit: Int = 6) -> [String] {
    let parts = marked.split(separator: "|", omittingEmptySubsequences: false)
    let text = parts.joined()
    let completion = completer.complete(text, cursor: parts[0].utf16.count, limit: limit)
    let units = Array(text.utf16)
    return completion.items.map { item in
      String(decoding: units[..<completion.utf16.lowerBound], as: UTF16.self) + item.insert + "|"
        + String(decoding: units[completion.utf16.upperBound...], as: UTF16.self)
    }
  }

  @Test(
    arguments: [
      ("ca|", ["camera:|", "cat |", "cat_ears |", "black_cat |", "bobcat |"]),
      (
        "dog -ca|",
        ["dog -camera:|", "dog -cat |", "dog -cat_ears |", "dog -black_cat |", "dog -bobcat |"]
      ),
      ("(kit|)", ["(cat|)"]), ("~kit| x", ["~cat| x"]), ("👍 kit|", ["👍 cat |"]),
      ("cat_e| or dog", ["cat_ears| or dog"]), ("cat_|ea dog", ["cat_ears| dog"]),
      ("bob|", ["Bob_Ross |", "bobcat |"]), ("artist:b|", ["Artist:Bob_Ross |"]),
      ("ARTIST:|", ["Artist:Bob_Ross |"]), ("art|", ["Artist:|"]), ("my|", ["My_own:|"]),
      ("re:z|", ["re\\:zero |"]), ("re\\:z|", ["re\\:zero |"]),
      ("tag:bo|", ["Bob_Ross |", "bobcat |"]),
      ("tag:\"bob r| x", ["Bob_Ross| x"]), ("\\-_|", ["\\-_- |"]), ("seri|", ["fate_(series) |"]),
      ("\\:|", ["\\:\\) |"]), ("ミク|", ["初音ミク |"]), ("MIK|", ["初音ミク |"]),
      ("rat|", ["rating:|", "ratio:|", "ratatouille |"]), ("an|y:2(", []),
      ("rat|:g", ["rating:|g", "ratio:|g", "ratatouille|g"]),
      (
        "rating:|",
        [
          "rating:general |", "rating:sensitive |", "rating:questionable |", "rating:explicit |",
          "rating:none |",
        ]
      ),
      (
        "rating:g,E|",
        [
          "rating:g,explicit |", "rating:g,general |", "rating:g,sensitive |",
          "rating:g,questionable |", "rating:g,none |",
        ]
      ),
      ("rating:ex|,g", ["rating:explicit|,g"]), ("is:v|", ["is:video |", "is:favourite |"]),
      ("-is:raw,hd|)", ["-is:raw,hdr|)"]), ("order:si|", ["order:size |"]),
      ("order:size_|", ["order:size_asc |", "order:size_desc |"]),
      ("camera:can|", ["camera:\"Canon EOS R5\" |"]),
      ("camera:NIK|", ["camera:\"NIKON Z 6, II\" |"]),
      ("camera:\"canon e| cat", ["camera:\"Canon EOS R5\"| cat"]),
      ("taken:tod|", ["taken:today |"]),
      ("taken:last|", ["taken:last:7d |", "taken:last:30d |", "taken:last:1y |"]),
      ("fav:|", ["fav:yes |", "fav:no |"]), ("\"some te|xt\"", []), ("width:3|", []),
      ("near:1|", []),
      ("ca*|", []), ("artist:b*|", []), ("xyzzy|", []), ("any:|2(", []), ("camera:can*|", []),
    ] as [(String, [String])])
  func `what could be typed`(marked: String, expected: [String]) {
    #expect(completed(marked) == expected)
  }

  @Test(arguments: ["|", "cat |", "(|", "-|", "cat -|dog", "a | b", "any:2(|", "cat or |"])
  func `a new term begins with what is frequent`(marked: String) {
    let found = completed(marked, limit: 2)
    #expect(found.count == 2)
    #expect(found[0].contains("cat"))
    #expect(found[1].contains("cat_ears"))
  }

  @Test func `items say what they are`() throws {
    let items = completer.complete("kit", cursor: 3).items
    #expect(items.map(\.kind) == [.alias])
    #expect(items.map(\.alias) == ["kitty"])
    #expect(items.map(\.label) == ["cat"])
    #expect(items.map(\.count) == [99])
    let fields = completer.complete("widt", cursor: 4).items
    #expect(fields.map(\.kind) == [.field])
    #expect(fields[0].summary == "Width in pixels")
    #expect(completer.complete("bob", cursor: 3).items[0].category == .artist)
  }

  /// Whatever stands where, what is offered makes a text of which a little more is a query.
  @Test(arguments: 0..<3)
  func `any cursor in any text`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let words = [
      "c", "cat", "bob", "(", ")", "-", "~", " ", " ", "\"", "\\", ",", ":", "re:", "rating:",
      "is:",
      "order:", "camera:", "tag:", "any:2(", "é", "👍", "初", "\u{200F}", "\0", "*", "artist:", "or",
    ]
    for _ in 0..<2_000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...8, using: &random) {
        text += words.randomElement(using: &random) ?? ""
      }
      let length = text.utf16.count
      let cursor = Int.random(in: -1...length + 2, using: &random)
      let completion = completer.complete(text, cursor: cursor, limit: 5)
      #expect(completion.items.count <= 5)
      #expect(completion.utf16.lowerBound >= 0 && completion.utf16.upperBound <= length)
      // Never in the middle of a character.
      let units = Array(text.utf16)
      for edge in [completion.utf16.lowerBound, completion.utf16.upperBound] where edge < length {
        #expect(!UTF16.isTrailSurrogate(units[edge]))
      }
      for item in completion.items where item.kind != .field {
        let word = item.insert.hasSuffix(" ") ? String(item.insert.dropLast()) : item.insert
        let isWhole = (try? Query(parsing: word, clock: noon)) != nil
        #expect(isWhole || item.kind == .value, "\(word)")
      }
    }
  }

  @Test func `too long a text has no completion`() {
    let text = String(repeating: "a", count: QueryLimits.byteCount + 1)
    #expect(completer.complete(text, cursor: 4).items.isEmpty)
    #expect(completer.complete("cat", cursor: 3, limit: -1).items.isEmpty)
  }
}
