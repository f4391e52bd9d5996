import Catalog
import MemoryBudget
import TestSupport
import Testing

@testable import Search

@Suite struct TagNamesTests {
  private let budget = MemoryBudget(byteLimit: 64 << 20)

  private func name(_ text: String) throws -> TagName { try TagName(text) }

  /// A store and a plain copy of it after many changes at random.
  private func changed(seed: UInt64, steps: Int) throws -> (
    TagNames, NaiveNames, SeededGenerator
  ) {
    var random = SeededGenerator(seed: seed)
    let names = TagNames(budget: budget)
    var naive = NaiveNames()
    for _ in 0..<steps {
      let tag = UInt32.random(in: 1...150, using: &random)
      if Int.random(in: 0..<4, using: &random) == 0 {
        names.remove(tag)
        naive.tags[tag] = nil
        continue
      }
      let own = random.tagName()
      let aliases = (0..<Int.random(in: 0...2, using: &random)).map { _ in random.tagName() }
      naive.tags[tag] = nil
      // A name belongs to one tag.
      let all = [own] + aliases
      guard Set(all).count == all.count, all.allSatisfy({ naive.tag(named: $0) == nil }) else {
        names.remove(tag)
        continue
      }
      let category = TagCategoryID(rawValue: UInt16.random(in: 0...2, using: &random))
      try names.set(tag, name: own, category: category, aliases: aliases)
      naive.tags[tag] = .init(name: own, category: category, aliases: aliases)
    }
    return (names, naive, random)
  }

  @Test(arguments: 0..<3)
  func `names are found after any changes`(seed: UInt64) throws {
    var (names, naive, random) = try changed(seed: seed, steps: 400)
    #expect(names.count == naive.all.count)
    for id in 0...160 as ClosedRange<UInt32> {
      #expect(names.name(of: id) == naive.tags[id]?.name.text)
      #expect(names.category(of: id) == naive.tags[id]?.category ?? .general)
      #expect(
        names.aliases(of: id).sorted() == (naive.tags[id]?.aliases ?? []).map(\.text).sorted())
    }
    for _ in 0..<300 {
      let name = random.tagName()
      #expect(names.tag(named: name) == naive.tag(named: name))
    }
    for tag in naive.tags.values {
      for name in [tag.name] + tag.aliases {
        #expect(names.tag(named: name) == naive.tag(named: name))
      }
    }
  }

  @Test(arguments: 0..<3)
  func `patterns match what they match`(seed: UInt64) throws {
    var (names, naive, random) = try changed(seed: seed, steps: 300)
    var matchCount = 0
    for _ in 0..<300 {
      let pieces = (0..<Int.random(in: 1...5, using: &random)).map { _ -> NamePattern.Piece in
        Bool.random(using: &random)
          ? .anything
          : .literal(
            ["a", "b", "ab", "_", "é", "ba", "/", "東"].randomElement(using: &random) ?? "a")
      }
      let pattern = NamePattern(pieces)
      let found = names.tags(matching: pattern)
      #expect(found == naive.matching(pattern), "\(pattern)")
      matchCount += found.count
    }
    #expect(matchCount > 500)
  }

  @Test(arguments: 0..<3)
  func `completions are ranked by kind and count`(seed: UInt64) throws {
    var (names, naive, random) = try changed(seed: seed, steps: 400)
    let count = { (tag: UInt32) in Int(tag % 7) }
    for letters in ["", "a", "b", "ab", "ba", "é", "東", "_a", "aab", "b(", "(", "zz", "b_b"] {
      for category in [nil, TagCategoryID(rawValue: 1)] {
        let limit = Int.random(in: 1...60, using: &random)
        let expected = naive.completions(of: letters, category: category, count: count)
        // A letter of more than a byte is one letter too.
        let wanted = letters.unicodeScalars.count == 1 ? expected.filter { $0.kind < 3 } : expected
        let found = names.completions(of: letters, category: category, limit: limit, count: count)
        #expect(found.map(\.kind.rawValue) == wanted.prefix(limit).map(\.kind), "\(letters)")
        #expect(found.map(\.count) == wanted.prefix(limit).map(\.count), "\(letters)")
        #expect(Set(found.map(\.tag)).count == found.count)
        for match in found {
          #expect(wanted.contains { $0.tag == match.tag && $0.kind == match.kind.rawValue })
        }
      }
    }
  }

  @Test func `what is typed is folded as names are`() throws {
    let names = TagNames(budget: budget)
    try names.set(1, name: name("Hatsune Miku"), category: .character, aliases: [name("初音ミク")])
    try names.set(2, name: name("École"), category: .general)
    let count = { (_: UInt32) in 1 }
    for typed in ["hatsune m", "HATSUNE_M", "Hatsune__M", "miku", "初音", "ミク"] {
      #expect(names.completions(of: typed, limit: 5, count: count).map(\.tag) == [1], "\(typed)")
    }
    #expect(names.completions(of: "e\u{301}C", limit: 5, count: count).map(\.tag) == [2])
    #expect(names.tag(named: try name("ÉCOLE")) == 2)
    #expect(names.name(of: 2) == "École")
    #expect(names.tags(matching: NamePattern([.literal("HATSUNE "), .anything])) == [1])
    #expect(names.tags(matching: NamePattern([.anything, .literal("COLE")])) == [2])
  }

  @Test(arguments: [
    ("kat", ["cat"]), ("hatsune_mikku", ["hatsune miku"]), ("hastune miku", ["hatsune miku"]),
    ("hatune_mku", ["hatsune miku"]), ("dgo", ["dog", "do"]), ("x", []), ("xyzzy", []),
    ("catt", ["cat"]), ("wallpapr", ["wallpaper", "wallpapers"]),
    ("WALLPAPER S", ["wallpapers", "wallpaper"]),
  ])
  func `names like one that does not exist`(typed: String, expected: [String]) throws {
    let names = TagNames(budget: budget)
    for (index, text) in ["cat", "dog", "hatsune miku", "wallpaper", "wallpapers", "do"]
      .enumerated()
    {
      try names.set(UInt32(index + 1), name: name(text), category: .general)
    }
    #expect(names.names(like: typed, limit: 3) { 10 - Int($0) } == expected)
  }

  @Test func `names as long as they may be`() throws {
    let names = TagNames(budget: budget)
    let long = String(repeating: "ab", count: 128)
    for index in 0..<50 {
      let text = "\(index)" + long.dropLast("\(index)".count)
      try names.set(UInt32(index), name: name(text), category: .general)
    }
    #expect(
      names.completions(of: String(long.dropFirst(2).dropLast(2)), limit: 100) { _ in 0 }.count
        == 50)
    #expect(names.completions(of: long + "a", limit: 100) { _ in 0 }.isEmpty)
    #expect(names.tags(matching: NamePattern([.anything, .literal("ab"), .anything])).count == 50)
    #expect(names.names(like: String("7" + long.dropLast(2)), limit: 1) { _ in 0 }.count == 1)
  }

  /// Half of the promise for 120,000 names of 20 bytes is the index by name and by id.
  @Test func `a name takes forty bytes`() throws {
    let account = budget.account("search.names")
    let names = TagNames(budget: budget)
    for index in 0..<24_000 as Range<UInt32> {
      let key =
        "tag_number_"
        + String(1_000_000_000 &+ UInt64(index) &* 2_654_435_761 % 8_999_999_999).suffix(9)
      try names.appendUnsorted(TagName(storedText: key, key: key), tag: index + 1, category: 0)
    }
    try names.settle()
    #expect(names.byteCount <= 24_000 * 46)
    let line = budget.snapshot().accounts.first { $0.name == account.name }
    #expect(line?.bytes == names.byteCount)
  }

  @Test func `removed names give their memory back`() throws {
    let names = TagNames(budget: budget)
    let text = String(repeating: "x", count: 200)
    for round in 0..<20 {
      for tag in 0..<100 as Range<UInt32> {
        try names.set(tag, name: name(text + "\(tag)_\(round)"), category: .general)
      }
    }
    #expect(names.count == 100)
    #expect(names.byteCount < 256 << 10)
    #expect(names.name(of: 7) == text + "7_19")
    #expect(names.tags(matching: NamePattern([.anything, .literal("_19")])).count == 100)
  }

  @Test func `without room nothing breaks`() throws {
    let small = MemoryBudget(byteLimit: 128 << 10)
    let names = TagNames(budget: small)
    var last: UInt32 = 0
    #expect(throws: SearchIndexError.self) {
      for tag in 0..<100_000 as Range<UInt32> {
        try names.set(tag, name: name("some name \(tag)"), category: .general)
        last = tag
      }
    }
    #expect(last > 100)
    #expect(names.name(of: last) == "some name \(last)")
    #expect(names.count == Int(last) + 1)
    #expect(names.name(of: last + 1) == nil)
  }

  @Test func `all names of a catalog`() async throws {
    let fixture = try await EngineFixture()
    let asset = try await fixture.add([.picture("a.jpg")])[0]
    try await fixture.tag(asset, ["Hatsune Miku", "sky"])
    try await fixture.catalog.write { writer in
      try writer.database.withStatement(
        "INSERT INTO tag_aliases (key, text, tag_id) SELECT 'vocaloid', 'Vocaloid', id FROM tags WHERE key = 'hatsune_miku'"
      ) { try $0.run() }
    }
    let budget = budget
    let (found, shown, count) = try await fixture.catalog.read { database in
      let names = try TagNames(database, budget: budget)
      let found = names.completions(of: "voca", limit: 5) { _ in 3 }
      return (found.map(\.count), found.map { names.name(of: $0.tag) }, names.count)
    }
    #expect(found == [3])
    #expect(shown == ["Hatsune Miku"])
    #expect(count == 3)
  }
}
