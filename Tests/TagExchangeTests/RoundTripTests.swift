import Catalog
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import TagExchange

/// Pictures with everything a library can say, from a seed: names of every kind and length.
private struct Samples {
  var generator: SeededGenerator

  private static let words = [
    "sea", "long hair", "a, b; c", "\"quoted\"", "re:zero", "saber (fate)", "日本語 <&>", "é|\\x",
    "place/europe/rome", "🖼 picture", "%7C", "-minus", "user|general|trick", "|bar|", "o'clock",
    String(repeating: "x", count: 256), String(repeating: "é", count: 128), "a_b", "#tag",
  ]

  mutating func name() -> TagName {
    let word = Self.words.randomElement(using: &generator) ?? "sea"
    let numbered =
      word.utf8.count > 200 ? word : "\(word) \(Int.random(in: 0..<9, using: &generator))"
    guard let name = try? TagName(Bool.random(using: &generator) ? word : numbered) else {
      preconditionFailure("every word of the list is a name")
    }
    return name
  }

  mutating func picture() -> PictureTags {
    var picture = PictureTags()
    for _ in 0..<Int.random(in: 0..<12, using: &generator) {
      let category = ["general", "character", "artist", "my | own % things"]
        .randomElement(using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: picture.add(NamedTag(name(), category: category, origin: .user))
      case 1: picture.add(NamedTag(name(), category: category, origin: .imported))
      case 2:
        picture.add(
          NamedTag(
            name(), category: category, origin: .model,
            confidence: UInt8.random(in: 0...255, using: &generator)))
      default: picture.add(NamedTag(name(), category: category, origin: .user, isRemoved: true))
      }
    }
    if Bool.random(using: &generator) { picture.stars = Int.random(in: -1...5, using: &generator) }
    if Bool.random(using: &generator) {
      picture.rating = [.general, .sensitive, .questionable, .explicit].randomElement(
        using: &generator)
    }
    if Bool.random(using: &generator) { picture.isFavourite = true }
    if Bool.random(using: &generator) { picture.note = "two\nlines, \"quoted\"\t\\n é" }
    if Bool.random(using: &generator) { picture.addSource("https://example.org/?a=1,2&b=\"") }
    return picture
  }
}

/// What a format keeps of a tag, to compare.
private func words(_ tags: [NamedTag]) -> [String] {
  tags.map { "\($0.origin.name) \($0.confidence) \($0.isRemoved) \($0.name.text)" }.sorted()
}

@Suite struct RoundTripTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a document brings everything back, of both kinds`(seed: UInt64) throws {
    var samples = Samples(generator: SeededGenerator(seed: seed))
    var items: [LibraryDocument.Item] = [
      .category(LibraryDocument.Category(name: "my | own % things", color: 0x00AB01, position: 7))
    ]
    var tag = LibraryDocument.Tag(samples.name(), category: "character")
    tag.aliases = [samples.name()]
    tag.implied = [samples.name()]
    tag.note = "a \"note\""
    items.append(.tag(tag))
    for number in 0..<30 {
      let path =
        number == 0 ? FilePath(bytes: [0x2F, 0xFF, 0x22]) : FilePath("/p/\(number) é,\".jpg")
      items.append(
        .asset(
          LibraryDocument.Asset(
            path: path, fingerprint: String(repeating: "0a", count: 16), byteCount: 12,
            picture: samples.picture())))
    }
    items.append(
      .album(LibraryDocument.Album(name: "a", kind: "pool", note: "n", members: ["/p/1", "/p/2"])))
    items.append(.album(LibraryDocument.Album(name: "s", kind: "smart", query: "cat -dog")))
    let directory = try TemporaryDirectory()
    for isLines in [false, true] {
      let path = directory.path.appending("d.json")
      let writer = try LibraryDocumentWriter(OutputFile(path), isLines: isLines)
      for item in items { try writer.write(item) }
      try writer.finish()
      let file = OpenFile(descriptor: try FileDescriptor.open(path, flags: 0), path: path)
      #expect(LibraryDocumentReader.recognizes(try file.descriptor.read(at: 0, count: 100)))
      var reader = LibraryDocumentReader(ByteFeed(file))
      var count = 0
      while let found = try reader.next() {
        let expected = items[count]
        count += 1
        guard case .asset(let ours) = expected, case .asset(let theirs) = found else {
          #expect(found == expected)
          continue
        }
        #expect(theirs.path == ours.path && theirs.fingerprint == ours.fingerprint)
        #expect(words(theirs.picture.tags) == words(ours.picture.tags))
        #expect(theirs.picture.stars == ours.picture.stars)
        #expect(theirs.picture.rating == ours.picture.rating)
        #expect(theirs.picture.note == ours.picture.note)
        #expect(theirs.picture.sources == ours.picture.sources)
        #expect(theirs.picture.isFavourite == ours.picture.isFavourite)
      }
      #expect(count == items.count)
      #expect(reader.issues.count == 0)
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a table brings back names, categories and marks`(seed: UInt64) throws {
    var samples = Samples(generator: SeededGenerator(seed: seed))
    let pictures = (0..<30).map { _ in samples.picture() }
    let directory = try TemporaryDirectory()
    let path = directory.path.appending("t.csv")
    let writer = try TagTableWriter(OutputFile(path))
    for (number, picture) in pictures.enumerated() {
      try writer.write(FilePath("/p/\(number), \"x\".jpg"), picture)
    }
    try writer.finish()
    let file = OpenFile(descriptor: try FileDescriptor.open(path, flags: 0), path: path)
    var table = TagTable(
      ByteFeed(file), namespaces: TagNamespaces(categories: ["my | own % things"]))
    for (number, picture) in pictures.enumerated() {
      let found = try #require(try table.next())
      #expect(found.path == FilePath("/p/\(number), \"x\".jpg"))
      let expected = picture.tags.filter { !$0.isRemoved }
      #expect(found.picture.tags.map(\.name.text) == expected.map(\.name.text))
      #expect(
        found.picture.tags.map { $0.category ?? "general" }
          == expected.map { $0.category ?? "general" })
      #expect(found.picture.stars == picture.stars)
      #expect(found.picture.rating == picture.rating)
      #expect(found.picture.isFavourite == picture.isFavourite)
      #expect(found.picture.note == picture.note)
      #expect(found.picture.sources == picture.sources)
    }
    #expect(try table.next() == nil)
    #expect(table.issues.count == 0)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `the words of a sidecar bring everything but sources back`(seed: UInt64) throws {
    var samples = Samples(generator: SeededGenerator(seed: seed))
    for _ in 0..<30 {
      let picture = samples.picture()
      let edit = SidecarMapping.edit(picture)
      var metadata = DeepMetadata()
      metadata.rating = edit.stars
      metadata.keywords = edit.keywords
      metadata.state = edit.state
      let (found, skipped) = SidecarMapping.picture(metadata)
      #expect(skipped == 0)
      #expect(words(found.tags) == words(picture.tags))
      #expect(
        found.tags.map { $0.category ?? "general" } == picture.tags.map { $0.category ?? "general" }
      )
      #expect(found.stars == picture.stars && found.rating == picture.rating)
      #expect(found.note == picture.note && found.isFavourite == picture.isFavourite)
    }
  }
}

/// Whatever bytes come: tags, or a reason.
@Suite struct DamageTests {
  private static let seeds: [[UInt8]] = [
    Array("character:saber\nlong hair, x\n".utf8),
    Array(
      #"{"tags":{"general":["a","b"],"artist":["c"]},"rating":"s","source":"https://a/b"}"#.utf8),
    Array("path,tags,stars\n\"a, b.jpg\",\"|x|y\\|z|\",3\nb.jpg,x,9\n".utf8),
    Array(
      ##"{"format":"albumen-tags","version":1,"categories":[{"name":"a","color":"#010203","position":1}],"tags":[{"name":"x","aliases":["y"]}],"assets":[{"path":"/a","tags":{"user":["x"],"model":[["y",3]]}}]}"##
        .utf8),
    Array(
      "{\"format\":\"albumen-tags\",\"version\":1}\n{\"asset\":{\"path\":{\"bytes\":\"2f61\"}}}\n"
        .utf8),
  ]

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `damaged files end in tags or in a reason`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for original in Self.seeds {
      for _ in 0..<40 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
          let at = Int.random(in: 0..<max(1, bytes.count), using: &generator)
          switch Int.random(in: 0..<4, using: &generator) {
          case 0 where !bytes.isEmpty:
            bytes[at] = UInt8.random(in: 0...255, using: &generator)
          case 1 where !bytes.isEmpty: bytes.remove(at: at)
          case 2:
            bytes.insert([0x22, 0x5C, 0x7B, 0x5B, 0x0A, 0x2C][at % 6], at: min(at, bytes.count))
          default: bytes += bytes.prefix(at)
          }
        }
        Self.readAll(bytes)
      }
    }
  }

  private static func readAll(_ bytes: [UInt8]) {
    let namespaces = TagNamespaces()
    _ = try? TextSidecar.read(bytes, path: "a", namespaces: namespaces)
    _ = try? JSONSidecar.read(bytes, path: "a", namespaces: namespaces)
    var table = TagTable(ByteFeed(bytes: bytes, path: "a"), namespaces: namespaces)
    while (try? table.next()) ?? nil != nil {}
    #expect(table.issues.first.allSatisfy { !$0.reason.isEmpty })
    var reader = LibraryDocumentReader(ByteFeed(bytes: bytes, path: "a"))
    while (try? reader.next()) ?? nil != nil {}
  }
}
