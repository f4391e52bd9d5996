import Platform
import Search
import TestSupport
import Testing

@Suite struct QueryPropertyTests {
  @Test(arguments: 0..<4)
  func `what is described is read again as the same`(seed: UInt64) throws {
    var generator = ExpressionGenerator(seed: seed)
    for _ in 0..<3_000 {
      let query = generator.query()
      let text = query.description
      let again = try parsed(text)
      guard again == query.canonical else {
        Issue.record("\(text) is read as \(again)")
        return
      }
      #expect(again.description == text)
    }
  }

  @Test func `what people type is read, and its description as the same`() throws {
    let library = OracleLibrary(count: 1, seed: 0)
    var generator = QueryTextGenerator(library, seed: 0, asksCatalog: true)
    for _ in 0..<20_000 {
      let text = generator.text()
      let query = try parsed(text)
      let again = try parsed(query.description)
      guard again == query else {
        Issue.record("\(text) is described as \(query)")
        return
      }
    }
  }

  /// Whatever comes either means something, which its description means too, or is wrong at a place in
  /// the text.
  private func holds(_ text: String) -> Bool {
    do throws(QueryError) {
      let query = try Query(parsing: text, clock: noon)
      let canonicalText = query.description
      // Escapes can make a long text longer than a text may be.
      if canonicalText.utf8.count > QueryLimits.byteCount { return true }
      let again = try? Query(parsing: canonicalText, clock: noon)
      return query == query.canonical && again == query
    } catch {
      return error.offset >= 0 && error.length >= 0
        && error.offset + error.length <= text.utf8.count && !error.message.isEmpty
        && String(text.utf8.prefix(error.offset)) != nil
    }
  }

  @Test(arguments: 0..<4)
  func `random texts are read or refused`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let words =
      [
        "a", "b*", "or", "and", "(", ")", "-", "~", " ", " ", "\"", "\\", ",", "..", ">=", "<", "*",
        "any:2(", "last:30d", "2024-05", "1:30", "16:9", "10mb", "é", "東", "\u{200F}", "\u{301}",
        "\0",
        "\u{3000}", ":", "/", "|", "1", ".5", "today", "T10:30", "Z", "random:7", "_asc", "yes",
      ] + QueryField.all.map { $0.name + ":" } + QueryField.all.map(\.example)
    for _ in 0..<4_000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...14, using: &random) {
        text += words.randomElement(using: &random) ?? ""
        if Bool.random(using: &random) { text += " " }
      }
      guard holds(text) else {
        Issue.record("\(text.debugDescription)")
        return
      }
    }
  }

  @Test(arguments: 0..<4)
  func `changed texts are read or refused`(seed: UInt64) {
    var generator = ExpressionGenerator(seed: 100 + seed)
    for _ in 0..<4_000 {
      var scalars = Array(generator.query().description.unicodeScalars)
      for _ in 0..<Int.random(in: 1...4, using: &generator.random) where !scalars.isEmpty {
        let place = scalars.indices.randomElement(using: &generator.random) ?? 0
        switch Int.random(in: 0..<4, using: &generator.random) {
        case 0: scalars.remove(at: place)
        case 1: scalars.insert(scalars.randomElement(using: &generator.random) ?? "a", at: place)
        case 2: scalars[place] = Unicode.Scalar(UInt8.random(in: 0...127, using: &generator.random))
        default: scalars = Array(scalars.prefix(place))
        }
      }
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars)
      guard holds(text) else {
        Issue.record("\(text.debugDescription)")
        return
      }
    }
  }

  @Test(arguments: [
    "(", ")", "-", "~", "-(", "any:1(", "\"", "\\", "*", "a*", ",", "a:", "iso:1,", ">", "a or ",
    "(a ", "\u{200F}", "folder:\"", "\"a\" ", "..", "1:", "folder:\"\"\"", "\u{200F}\"", "a(", "a)",
  ])
  func `64 KiB of one thing are read or refused`(piece: String) {
    let text = String(repeating: piece, count: QueryLimits.byteCount / piece.utf8.count)
    #expect(holds(text))
  }

  /// As deep as parentheses may go, on a stack as small as those of our own threads.
  @Test func `nesting has an end`() async throws {
    let most = QueryLimits.depth
    let deep = String(repeating: "-(b or ", count: most) + "a" + String(repeating: ")", count: most)
    let isRead = await withCheckedContinuation { continuation in
      // A sanitizer's frames are several times as large as those of the program.
      let stackByteCount = Sanitizer.isOn ? 4 << 20 : 512 << 10
      startDetachedThread(named: "small", stackByteCount: stackByteCount) {
        continuation.resume(returning: holds(deep))
      }
    }
    #expect(isRead)
    let error = try problem("(" + deep + ")")
    #expect(error.message.contains("\(most) deep"))
    let open = String(repeating: "(", count: 60_000)
    #expect(try problem(open).offset == most)
    #expect(try problem(String(repeating: "any:(", count: 1000)).message.contains("deep"))
    #expect(try parsed(String(repeating: "-", count: 60_001) + "a").description == "-a")
  }
}
