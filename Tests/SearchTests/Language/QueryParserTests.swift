import Media
import Search
import Testing

private func tag(_ name: String) -> Expression { .tag(NamePattern(name), category: nil) }

@Suite struct QueryParserTests {
  @Test(
    arguments: [
      ("", .everything), (" \t\n\u{3000} ", .everything), ("()", .everything),
      ("\"\"", .everything), ("() (())", .everything), ("-()", .nothing), ("--()", .everything),
      ("a", tag("a")), ("a b", .and([tag("a"), tag("b")])),
      ("a and b", .and([tag("a"), tag("b")])),
      ("a or b", .or([tag("a"), tag("b")])), ("a OR b", .or([tag("a"), tag("b")])),
      ("a b or c d", .or([.and([tag("a"), tag("b")]), .and([tag("c"), tag("d")])])),
      ("a (b or c) d", .and([tag("a"), .or([tag("b"), tag("c")]), tag("d")])),
      ("~a ~b", .or([tag("a"), tag("b")])), ("~a", tag("a")),
      ("~a c ~b", .and([tag("c"), .or([tag("a"), tag("b")])])),
      ("~-a ~b", .or([.not(tag("a")), tag("b")])),
      ("~a ~b or c", .or([tag("a"), tag("b"), tag("c")])),
      ("-a", .not(tag("a"))), ("--a", tag("a")), ("-(a b)", .not(.and([tag("a"), tag("b")]))),
      ("(a (b))", .and([tag("a"), tag("b")])),
      ("((a) or (b or c))", .or([tag("a"), tag("b"), tag("c")])),
      ("a() b", .and([tag("a()"), tag("b")])), ("a(b", tag("a(b")),
      ("any:2(a b c)", .atLeast(2, [tag("a"), tag("b"), tag("c")])),
      ("ANY:(a b)", .atLeast(1, [tag("a"), tag("b")])),
      (
        "any:2(a -b (c or d))", .atLeast(2, [tag("a"), .not(tag("b")), .or([tag("c"), tag("d")])])
      ),
      ("-any:1(any:1(a))", .not(.atLeast(1, [.atLeast(1, [tag("a")])]))),
      ("\"free text\"", .text("free text")), ("-\"a\\\"b\\\\*\"", .not(.text("a\"b\\*"))),
      ("\"a\tb\"", .text("a b")),
    ] as [(String, Expression)])
  func `terms combine`(text: String, expected: Expression) throws {
    #expect(try parsed(text).expression == expected)
  }

  @Test(
    arguments: [
      ("cat_(animal)", "cat_(animal)"), ("Cat", "Cat"), (":d", ":d"), (">_<", ">_<"),
      ("^_^", "^_^"),
      ("re\\:zero", "re:zero"), ("tag:re:zero", "re:zero"), ("foo:", "foo:"), ("\\or", "or"),
      ("\\AND", "AND"), ("\\-a", "-a"), ("\\~a", "~a"), ("a-b~c", "a-b~c"), ("\\(a\\)", "(a)"),
      (":\\)", ":)"), ("a\\*b", "a*b"), ("a\\ b", "a b"), ("tag:\"a b*\"", "a b*"),
      ("5\"", "5\""), ("\\\"a", "\"a"), ("a\\\\b", "a\\b"), ("\\|", "|"), ("a|b", "a|b"),
      ("\\/a/", "/a/"), ("/", "/"), ("place/europe/rome", "place/europe/rome"), ("1,2", "1,2"),
      ("orange", "orange"), ("\\rating\\:x", "rating:x"), ("שלום", "שלום"),
      ("\u{200F}שלום\u{200E}", "שלום"), ("\u{FEFF}a", "a"), ("a\\\u{200E}", "a\u{200E}"),
      ("e\u{301}tude", "e\u{301}tude"), ("\\\u{301}x", "\u{301}x"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("東方", "東方"),
      (".*", nil), ("a.b$", "a.b$"), ("[a-z]+", "[a-z]+"), ("!a", "!a"),
    ] as [(String, String?)])
  func `words are tags`(text: String, name: String?) throws {
    let expression = try parsed(text).expression
    if let name {
      #expect(expression == tag(name))
    } else {
      #expect(expression == .tag(NamePattern([.literal("."), .anything]), category: nil))
    }
  }

  @Test func `blanks of all scripts divide words`() throws {
    #expect(
      try parsed("a\u{3000}b\u{A0}c\r\nd").expression
        == .and([tag("a"), tag("b"), tag("c"), tag("d")]))
  }

  @Test(
    arguments: [
      ("a*", [.literal("a"), .anything]), ("*a", [.anything, .literal("a")]),
      ("*a*", [.anything, .literal("a"), .anything]),
      ("a*b", [.literal("a"), .anything, .literal("b")]), ("*", [.anything]), ("**", [.anything]),
      ("a*:b", [.literal("a"), .anything, .literal(":b")]),
      ("a\\**", [.literal("a*"), .anything]),
    ] as [(String, [NamePattern.Piece])])
  func `stars are any characters`(text: String, pieces: [NamePattern.Piece]) throws {
    #expect(try parsed(text).expression == .tag(NamePattern(pieces), category: nil))
  }

  @Test(
    arguments: [
      ("artist:bob", "artist", [.literal("bob")]), ("re:zero", "re", [.literal("zero")]),
      ("my_own:a*", "my_own", [.literal("a"), .anything]), ("Artist:B", "Artist", [.literal("B")]),
      ("artist:\"bob ross\"", "artist", [.literal("bob ross")]),
      ("a:b:c", "a", [.literal("b:c")]), ("\\rating:x", "rating", [.literal("x")]),
      ("a\\:b:c", "a:b", [.literal("c")]), ("a:\\>3", "a", [.literal(">3")]),
      ("作者:岩", "作者", [.literal("岩")]), ("-artist:bob", "artist", [.literal("bob")]),
    ] as [(String, String, [NamePattern.Piece])])
  func `what stands before a colon is perhaps a category`(
    text: String, category: String, pieces: [NamePattern.Piece]
  ) throws {
    let expected = Expression.tag(NamePattern(pieces), category: category)
    #expect(try parsed(text).expression == (text.hasPrefix("-") ? .not(expected) : expected))
  }

  @Test func `where there is no such category the word is a name with a colon`() {
    #expect(Expression.uncategorised(NamePattern("zero"), category: "re") == NamePattern("re:zero"))
  }

  @Test(
    arguments: [
      ("rating:g", .values(.rating, [NamePattern("general")])),
      (
        "RATING:Explicit,q",
        .values(.rating, [NamePattern("explicit"), NamePattern("questionable")])
      ),
      ("rating:none", .values(.rating, [NamePattern("none")])),
      ("rating:*e*l", .values(.rating, [NamePattern("general")])),
      ("type:jpg,video", .values(.type, [NamePattern("jpeg"), NamePattern("video")])),
      ("type:j*", .values(.type, ["jpeg", "jxl", "jp2"].map { NamePattern($0) })),
      ("camera:canon*", .values(.camera, [NamePattern([.literal("canon"), .anything])])),
      (
        "lens:\"50mm f/1.8, II\",x",
        .values(.lens, [NamePattern("50mm f/1.8, II"), NamePattern("x")])
      ),
      ("folder:2024/rome", .values(.folder, [NamePattern("2024/rome")])),
      ("folder:\"a b\"", .values(.folder, [NamePattern("a b")])),
      ("path:a\\,b", .values(.path, [NamePattern("a,b")])),
      ("source:https://x.org/?a=(b)", .values(.source, [NamePattern("https://x.org/?a=(b)")])),
      ("album:*", .values(.album, [NamePattern([.anything])])),
      ("is:video", .flag(.video)), ("is:favorite", .flag(.favourite)), ("has:gps", .flag(.gps)),
      ("has:child,parent", .or([.flag(.child), .flag(.parent)])), ("fav:yes", .flag(.favourite)),
      ("fav:no", .not(.flag(.favourite))), ("gps:no", .not(.flag(.gps))),
      ("is:untagged", .flag(.untagged)), ("has:notes", .flag(.note)),
      ("near:41.9,-12.5,10", .near(latitude: 41.9, longitude: -12.5, kilometres: 10)),
      ("near:0,0,0.5km", .near(latitude: 0, longitude: 0, kilometres: 0.5)),
      ("similar:12", .similar(AssetID(rawValue: 12))),
    ] as [(String, Expression)])
  func `fields take their values`(text: String, expected: Expression) throws {
    #expect(try parsed(text).expression == expected)
  }

  @Test(
    arguments: [
      ("order:new", .init(.new, isAscending: false)), ("order:old", .init(.new, isAscending: true)),
      ("order:old_desc", .init(.new, isAscending: false)),
      ("order:new_asc", .init(.new, isAscending: true)),
      ("order:taken", .init(.taken, isAscending: false)),
      ("order:name", .init(.name, isAscending: true)),
      ("order:name_desc", .init(.name, isAscending: false)),
      ("ORDER:Size_ASC", .init(.size, isAscending: true)),
      ("order:mp", .init(.mp, isAscending: false)),
      ("order:stars", .init(.stars, isAscending: false)),
      ("order:album", .init(.album, isAscending: true)),
      ("order:tagcount_asc", .init(.tagcount, isAscending: true)),
      ("order:random:7", .init(.random, isAscending: true, seed: 7)),
      ("order:random", .init(.random, isAscending: true, seed: 1_715_953_530_250)),
    ] as [(String, Query.Order)])
  func `orders`(text: String, expected: Query.Order) throws {
    let query = try parsed("a \(text) b")
    #expect(query.order == expected)
    #expect(query.expression == .and([tag("a"), tag("b")]))
    #expect(try parsed(text).expression == .everything)
  }

  @Test func `a limit`() throws {
    #expect(try parsed("limit:20 a") == Query(tag("a"), limit: 20))
    #expect(try parsed("a").limit == nil)
  }
}
