import Catalog
import Platform
import TestSupport
import Testing

@testable import TagExchange

private func text(_ content: String, categories: [String] = []) throws -> PictureTags {
  try TextSidecar.read(
    Array(content.utf8), path: "a.txt", namespaces: TagNamespaces(categories: categories)
  ).picture
}

private func json(_ content: String) throws -> PictureTags {
  try JSONSidecar.read(Array(content.utf8), path: "a.json", namespaces: TagNamespaces()).picture
}

/// The tags with their categories, as one writes them.
private func words(_ picture: PictureTags) -> [String] {
  picture.tags.map { TagNamespaces.text($0) }
}

@Suite struct TextSidecarTests {
  @Test(arguments: [
    ("a\nb c\n\n  d  \n", ["a", "b c", "d"]),
    ("a\r\nb\r\n", ["a", "b"]),
    ("\u{FEFF}é\n", ["é"]),
    ("1girl, long hair, blue eyes", ["1girl", "long hair", "blue eyes"]),
    ("1girl,long_hair,,\n", ["1girl", "long_hair"]),
    ("a, b,\nc, d\n", ["a", "b", "c", "d"]),
    // A tag a line, of which one has a comma.
    ("hello, world\nsea\nsun\n", ["hello, world", "sea", "sun"]),
    (#"saber \(fate\), a\b"#, ["saber (fate)", #"a\b"#]),
    (
      "character:saber\ncreator:someone\nseries:fate\nspecies:cat\nmeta:highres\n",
      ["character:saber", "artist:someone", "copyright:fate", "species:cat", "meta:highres"]
    ),
    ("re:zero\npage:12\n:d\n", ["general:re:zero", "general:page:12", "general::d"]),
    ("", []), ("\n \n", []),
  ])
  func `tags are read by either custom`(content: String, tags: [String]) throws {
    #expect(try words(text(content)) == tags)
  }

  @Test func `a rating is no tag, and a category of the library is one`() throws {
    let found = try text("rating:explicit\nperson:Anna\nrating:five\n", categories: ["Person"])
    #expect(found.rating == .explicit)
    #expect(words(found) == ["person:Anna", "general:rating:five"])
  }

  @Test func `names that cannot be are told with their line, and the rest is read`() throws {
    let long = String(repeating: "x", count: 300)
    let (picture, issues) = try TextSidecar.read(
      Array("good\n\(long)\nb\u{202E}ad\na//b\nalso good\n".utf8), path: "/p/a.jpg.txt",
      namespaces: TagNamespaces())
    #expect(words(picture) == ["good", "also good"])
    #expect(issues.first.map(\.line) == [2, 3, 4])
    #expect(issues.first.allSatisfy { $0.description.hasPrefix("/p/a.jpg.txt, line ") })
  }

  @Test func `Latin-1 is read and told, what is no text is refused`() throws {
    let (picture, issues) = try TextSidecar.read(
      Array("caf".utf8) + [0xE9, 0x0A], path: "a.txt", namespaces: TagNamespaces())
    #expect(words(picture) == ["café"])
    #expect(issues.count == 1 && issues.first[0].reason.contains("Latin-1"))
    for bytes: [UInt8] in [[0x61, 0], [0xFF, 0xFE, 0x61, 0x01]] {
      #expect(throws: ExchangeError.self) {
        _ = try TextSidecar.read(bytes, path: "a.txt", namespaces: TagNamespaces())
      }
    }
  }

  @Test func `more tags than a picture has are left out and told once`() throws {
    let lines = (0..<5000).map { "tag \($0)" }.joined(separator: "\n")
    let (picture, issues) = try TextSidecar.read(
      Array(lines.utf8), path: "a.txt", namespaces: TagNamespaces())
    #expect(picture.tags.count == PictureTags.maximumTagCount)
    #expect(issues.count == 1)
  }
}

@Suite struct JSONSidecarTests {
  @Test(arguments: [
    (#"["a b", "character:c"]"#, ["a b", "character:c"], nil as ContentRating?),
    (#"{"tags": ["a", "b"], "rating": "s"}"#, ["a", "b"], .general),
    (#"{"tags": "a_b c", "rating": "safe"}"#, ["a_b", "c"], .general),
    (#"{"tags": "long hair, blue eyes"}"#, ["long hair", "blue eyes"], nil),
    // gallery-dl of Danbooru.
    (
      #"{"category":"danbooru","tags":["re:zero","saber"],"tags_character":["saber"],"tags_general":"re:zero","rating":"s","id":7}"#,
      ["character:saber", "general:re:zero"], .sensitive
    ),
    // Danbooru's own answer.
    (
      #"{"id":1,"tag_string":"1girl saber kantoku","tag_string_general":"1girl","tag_string_character":"saber","tag_string_artist":"kantoku","tag_string_copyright":"","rating":"q"}"#,
      ["1girl", "character:saber", "artist:kantoku"], .questionable
    ),
    // e621's.
    (
      #"{"post":{"tags":{"general":["a"],"species":["cat"],"artist":["x"],"lore":["l"]},"rating":"s"}}"#,
      ["a", "species:cat", "artist:x", "l"], .general
    ),
    // Gelbooru's.
    (
      ##"{"@attributes":{"count":1},"post":[{"id":1,"tags":"1girl smile","rating":"explicit"}]}"##,
      ["1girl", "smile"], .explicit
    ),
  ])
  func `every board's words are understood`(
    content: String, tags: [String], rating: ContentRating?
  ) throws {
    let found = try json(content)
    #expect(words(found) == tags)
    #expect(found.rating == rating)
  }

  @Test func `sources are kept`() throws {
    let found = try json(
      #"{"tags":[],"source":"https://a.example/1\nhttps://b.example/2","sources":["https://a.example/1"]}"#
    )
    #expect(found.sources == ["https://a.example/1", "https://b.example/2"])
  }

  @Test(arguments: [
    "", "{", "[1]", "7", #"{"id":1}"#, #"[{"tags":[]},{"tags":[]}]"#, "[\"a\"] x",
    #"{"tags":["a"}"#,
    String(repeating: "[", count: 100), "{\"tags\":\"\u{1}\"}", #"{"tags":["\u12"]}"#,
  ])
  func `what is none is refused with a reason`(content: String) {
    let failure = #expect(throws: ExchangeError.self) { _ = try json(content) }
    #expect(failure?.path == "a.json" && failure?.reason.isEmpty == false)
  }

  @Test func `escapes are read, halves of characters become one that is none`() throws {
    let found = try json(#"["\u00e9\ud83d\ude00", "x\ud83d", "y\ud83d\u0041", "a\/b\ud83d\n"]"#)
    #expect(words(found) == ["é😀", "x\u{FFFD}", "y\u{FFFD}A", "a/b\u{FFFD}"])
  }
}

@Suite struct TagTableTests {
  private func read(
    _ content: String, separator: TagListText.Separator = .automatic
  ) throws -> (entries: [TagTable.Entry], issues: ExchangeIssues, bad: Int) {
    var table = TagTable(
      ByteFeed(bytes: Array(content.utf8), path: "t.csv"), namespaces: TagNamespaces(),
      separator: separator)
    var entries: [TagTable.Entry] = []
    while let entry = try table.next() { entries.append(entry) }
    return (entries, table.issues, table.badRowCount)
  }

  @Test func `rows are pictures, with a head or without, in any order of columns`() throws {
    let plain = try read("a.jpg,1girl\r\n\r\n\"b, c.jpg\",\"x, y\"\r\n")
    #expect(plain.entries.map(\.path) == ["a.jpg", "b, c.jpg"])
    #expect(plain.entries.map { words($0.picture) } == [["1girl"], ["x", "y"]])
    let named = try read(
      "\u{FEFF}Stars,Tags,unknown,FILE,rating,favorite\n5,a_b c,?,x.jpg,e,yes\n,,,y.jpg,,\n")
    #expect(named.entries.map(\.path) == ["x.jpg", "y.jpg"])
    #expect(words(named.entries[0].picture) == ["a_b", "c"])
    #expect(named.entries[0].picture.stars == 5)
    #expect(named.entries[0].picture.rating == .explicit)
    #expect(named.entries[0].picture.isFavourite == true)
    #expect(named.entries[1].picture.isEmpty)
  }

  @Test(arguments: [
    ("a, b", TagListText.Separator.automatic, ["a", "b"]), ("a; b", .automatic, ["a", "b"]),
    ("a_b c", .automatic, ["a_b", "c"]), ("long hair", .automatic, ["long hair"]),
    ("|a, b|c\\|d|e\\\\|", .automatic, ["a, b", "c|d", "e\\"]), ("a b", .blank, ["a", "b"]),
    ("a;)b", .automatic, ["a;)b"]), ("a;b", .semicolon, ["a", "b"]),
  ])
  func `lists are told apart by content`(
    list: String, separator: TagListText.Separator, tags: [String]
  ) throws {
    let parts = TagListText.parts(list, separator: separator)
      .map { TagNamespaces.trimmed($0) }.filter { !$0.isEmpty }
    #expect(parts == tags)
  }

  @Test func `bad rows cost themselves only and are told by line`() throws {
    let content = """
      path,tags,stars
      a.jpg,x,1
      b.jpg,"never closed,2
      c.jpg,y,3
      d.jpg,"quoted" more,4
      e.jpg,"line
      end",5
      f.jpg,x,nine
      ,x,1
      g.jpg,x,1,too many
      h.jpg,z,2
      """
    let found = try read(content)
    #expect(found.entries.map(\.path) == ["a.jpg", "c.jpg", "e.jpg", "h.jpg"])
    #expect(found.entries.map(\.line) == [2, 4, 6, 11])
    #expect(found.bad == 5)
    #expect(found.issues.first.map(\.line) == [3, 5, 6, 8, 9, 10])
  }

  @Test func `ten thousand rows with bad ones among them keep the first hundred reasons`() throws {
    let rows = (0..<10_000).map { $0.isMultiple(of: 10) ? "\"\($0).jpg\" x,a" : "\($0).jpg,a b" }
    let found = try read(rows.joined(separator: "\n"))
    #expect(found.entries.count == 9000)
    #expect(found.bad == 1000)
    #expect(found.issues.first.count == ExchangeIssues.keptCount)
    #expect(found.issues.count == 1000)
  }
}

@Suite struct SidecarNameTests {
  @Test func `the longer names come first, text before JSON`() {
    #expect(
      SidecarName.candidates(of: "/p/a.b.jpg").map(\.path) == [
        "/p/a.b.jpg.txt", "/p/a.b.txt", "/p/a.b.jpg.json", "/p/a.b.json",
      ])
    #expect(SidecarName.candidates(of: ".hidden").map(\.path).count == 2)
  }
}
