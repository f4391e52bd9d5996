import Foundation
import Library
import Media
import Platform
import TestSupport
import Testing

@testable import Server

/// Tags, albums, searches and taking back, over HTTP; every answer is held against the description.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
struct TagRoutesTests {
  private typealias Object = [String: Any]

  /// The addresses that are asked here, because their answers depend on what was asked before.
  static func covers(_ path: String) -> Bool {
    path == "/api/v1/assets/edit"
      || ["tags", "tag-categories", "undo", "albums", "searches"].contains {
        path == "/api/v1/\($0)" || path.hasPrefix("/api/v1/\($0)/")
      }
  }

  /// A served library of three pictures.
  private final class Setting {
    let folder: TemporaryDirectory
    let served: ServedLibrary
    let paths: [String: [String: Object]]
    let check: SchemaCheck
    let assets: [Int]
    let result: String
    var asked: Set<String> = []

    init() async throws {
      folder = try TemporaryDirectory()
      let corpus = try #require(Corpus.directory)
      for number in [1, 6, 8] {
        let name = "rasteiner_test_\(number).jpg"
        let file = try FileDescriptor.open(
          corpus.appending("exif-orientation/\(name)"), flags: 0)
        _ = try folder.write(name, try file.read(at: 0, count: 1 << 22))
      }
      served = try await ServedLibrary.open(folder.path)
      _ = try await served.library.scan()
      let document = try await served.object("/api/v1/openapi.json")
      paths = try #require(document["paths"] as? [String: [String: Object]])
      check = SchemaCheck(document: document)
      let page = try await served.object("/api/v1/assets?sort=name&order=asc")
      assets = try #require(page["assets"] as? [Object]).compactMap { $0["id"] as? Int }
      let opened = try ServedLibrary.object(try await served.post("/api/v1/results", "{}"))
      result = try #require(opened["token"] as? String)
    }

    /// Asks, and expects an answer of this status that is as described.
    @discardableResult
    func ask(
      _ method: String, _ target: String, _ body: String? = nil, status: Int = 200,
      location: SourceLocation = #_sourceLocation
    ) async throws -> Object {
      let headers = body == nil ? [] : ["Content-Type: application/json"]
      let answer = try await RawClient(port: served.port).ask(
        method, "/api/v1/\(target)", host: served.host, headers: headers, body: body)
      #expect(
        answer.status == status, "\(method) \(target): \(answer.text)", sourceLocation: location)
      let plain = "/api/v1/\(target.prefix { $0 != "?" })"
      let path = paths[plain] != nil ? plain : plain.replacing(#/\/\d+/#, with: "/{id}")
      let operation = try #require(paths[path]?[method.lowercased()], "\(method) \(path)")
      try check.expect(answer, "\(method) \(target)", operation)
      if status == 200 { asked.insert("\(method) \(path)") }
      return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? Object)
    }

    func names(of target: String = "tags?sort=name") async throws -> [String] {
      let list = try await ask("GET", target)
      return (list["tags"] as? [Object] ?? []).compactMap { $0["name"] as? String }
    }

    func tags(of asset: Int) async throws -> [String] {
      let detail = try await served.object("/api/v1/assets/\(asset)")
      return (detail["tags"] as? [Object] ?? []).map { "\($0["name"] ?? "") \($0["origin"] ?? "")" }
    }
  }

  private func id(_ object: Object) throws -> Int { try #require(object["id"] as? Int) }
  private func undo(_ object: Object) throws -> Int { try #require(object["undo"] as? Int) }

  @Test func `every route answers as described`() async throws {
    let setting = try await Setting()
    let first = setting.assets[0]
    // Tags of assets, by ids and by a result.
    var answer = try await setting.ask(
      "POST", "tags/edit", #"{"assets":[\#(first)],"add":["Cat","place/europe/rome"]}"#)
    #expect(answer["changed"] as? Int == 1)
    answer = try await setting.ask(
      "POST", "tags/edit", #"{"result":"\#(setting.result)","add":["Holiday"]}"#)
    #expect(answer["changed"] as? Int == 3)
    #expect(
      Set(try await setting.tags(of: first)) == [
        "Cat user", "Holiday user", "place rule", "place/europe rule", "place/europe/rome user",
      ])
    answer = try await setting.ask("POST", "tags/of", #"{"result":"\#(setting.result)"}"#)
    #expect(answer["count"] as? Int == 3)
    let uses = try #require(answer["tags"] as? [Object])
    #expect(uses.first?["name"] as? String == "Holiday")
    #expect(uses.map { $0["count"] as? Int } == [3, 1, 1, 1, 1])
    // Names and rules.
    let cat = try id(try await setting.ask("POST", "tags", #"{"name":"cat"}"#))
    let kitten = try id(
      try await setting.ask("POST", "tags", #"{"name":"Kitten","category":"species"}"#))
    let list = try await setting.ask("GET", "tags?search=cat&sort=count")
    #expect(list["total"] as? Int == 1)
    #expect(try await setting.names(of: "tags?category=species") == ["Kitten"])
    try await setting.ask("GET", "tags?category=none", status: 400)
    try await setting.ask("POST", "tags/\(cat)/aliases", #"{"name":"kitty"}"#)
    try await setting.ask("POST", "tags/\(cat)/aliases", #"{"name":"kitten"}"#, status: 409)
    try await setting.ask("DELETE", "tags/\(cat)/aliases", #"{"name":"kitty"}"#)
    try await setting.ask("DELETE", "tags/\(cat)/aliases", #"{"name":"kitty"}"#, status: 404)
    answer = try await setting.ask(
      "POST", "tags/\(cat)/implications", #"{"implies":"Animal","preview":true}"#)
    #expect(answer["wouldChange"] as? Int == 1)
    #expect(try await setting.names(of: "tags?search=animal") == [])
    answer = try await setting.ask("POST", "tags/\(cat)/implications", #"{"implies":"Animal"}"#)
    #expect(answer["changed"] as? Int == 1)
    #expect(try await setting.tags(of: first).contains("Animal rule"))
    let animal = try id(try await setting.ask("POST", "tags", #"{"name":"animal"}"#))
    let circle = try await setting.ask(
      "POST", "tags/\(animal)/implications", #"{"implies":"cat"}"#, status: 409)
    let message = ((circle["error"] as? Object)?["message"] as? String) ?? ""
    #expect(message.contains("Cat → Animal"))
    answer = try await setting.ask(
      "DELETE", "tags/\(cat)/implications", #"{"implies":"Animal"}"#)
    #expect(try await !setting.tags(of: first).contains("Animal rule"))
    let detail = try await setting.ask("GET", "tags/\(cat)")
    #expect((detail["related"] as? [Object])?.isEmpty == false)
    try await setting.ask("GET", "tags/suggested-implications")
    // Renaming, merging and taking it back.
    try await setting.ask(
      "PATCH", "tags/\(cat)", #"{"name":"Feline","category":"species","note":"purrs"}"#)
    answer = try await setting.ask("POST", "tags/\(cat)/merge", #"{"into":\#(kitten)}"#)
    #expect(try await setting.tags(of: first).contains("Kitten user"))
    #expect(try await setting.names(of: "tags?search=feline") == ["Kitten"])
    answer = try await setting.ask("POST", "undo/\(try undo(answer))", "{}")
    #expect(try await setting.tags(of: first).contains("Feline user"))
    try await setting.ask("POST", "undo/999999", "{}", status: 404)
    let undoable = try await setting.ask("GET", "undo")
    let records = try #require(undoable["undo"] as? [Object])
    #expect(records.first?["label"] as? String == "Undo: Merge tag Feline into Kitten")
    try await setting.ask("DELETE", "tags/\(cat)")
    try await setting.ask("DELETE", "tags/\(cat)", status: 404)
    // Categories.
    let made = try await setting.ask(
      "POST", "tag-categories", ##"{"name":"Mood","color":"#12AB9f"}"##)
    #expect(made["id"] as? Int == 16)
    #expect(made["color"] as? String == "#12ab9f")
    try await setting.ask("PATCH", "tag-categories", #"{"id":0,"order":99}"#)
    let categories = try await setting.ask("GET", "tag-categories")
    let names = (categories["categories"] as? [Object] ?? []).compactMap { $0["name"] as? String }
    #expect(names.last == "general" && names.contains("Mood"))
    // Assets.
    answer = try await setting.ask(
      "POST", "assets/edit",
      #"""
      {"result":"\#(setting.result)","stars":4,"rating":"sensitive","favourite":true,"note":"Hi",
      "sources":["https://example.org/1"]}
      """#)
    #expect(answer["changed"] as? Int == 3)
    try await setting.ask(
      "POST", "assets/edit", #"{"assets":[\#(setting.assets[1])],"parent":\#(first)}"#)
    let child = try await setting.served.object("/api/v1/assets/\(setting.assets[1])")
    #expect(child["rating"] as? Int == 4)
    #expect(child["contentRating"] as? String == "sensitive")
    #expect(child["favourite"] as? Bool == true)
    #expect(child["note"] as? String == "Hi")
    #expect(child["parent"] as? Int == first)
    #expect(child["sources"] as? [String] == ["https://example.org/1"])
    try await setting.ask("POST", "undo/\(try undo(answer))", "{}")
    let plain = try await setting.served.object("/api/v1/assets/\(setting.assets[1])")
    #expect(plain["rating"] as? Int == 0)
    #expect(plain["contentRating"] is NSNull)
    #expect(plain["parent"] as? Int == first)
    try setting.check.expect(
      try await setting.served.ask("/api/v1/assets/\(first)"), "asset",
      try #require(setting.paths["/api/v1/assets/{id}"]?["get"]))
    // Albums.
    let album = try id(try await setting.ask("POST", "albums", #"{"name":"Best"}"#))
    try await setting.ask("POST", "albums", #"{"name":"best"}"#, status: 409)
    try await setting.ask("POST", "albums", #"{"name":"Cats","kind":"smart"}"#, status: 400)
    let ids = setting.assets.map(String.init).joined(separator: ",")
    answer = try await setting.ask("POST", "albums/\(album)/edit", #"{"add":[\#(ids)]}"#)
    #expect(answer["changed"] as? Int == 3)
    try await setting.ask(
      "POST", "albums/\(album)/edit", #"{"remove":[\#(first)],"order":[\#(ids)]}"#)
    try await setting.ask("PATCH", "albums/\(album)", #"{"name":"Better","note":"of all"}"#)
    let albums = try await setting.ask("GET", "albums")
    #expect((albums["albums"] as? [Object])?.first?["count"] as? Int == 2)
    try await setting.ask("DELETE", "albums/\(album)")
    // Searches.
    let search = try id(
      try await setting.ask("POST", "searches", #"{"name":"Cats","query":"cat -dog"}"#))
    #expect((try await setting.ask("GET", "searches")["searches"] as? [Object])?.count == 1)
    try await setting.ask("DELETE", "searches/\(search)")
    for query in ["cat", "dog", "cat"] {
      try await setting.ask("POST", "searches/history", "{\"query\":\"\(query)\"}")
    }
    let history = try await setting.ask("GET", "searches/history")
    #expect((history["history"] as? [Object])?.map { $0["query"] as? String } == ["cat", "dog"])
    try await setting.ask("DELETE", "searches/history")
    let cleared = try await setting.ask("GET", "searches/history")
    #expect((cleared["history"] as? [Any])?.isEmpty == true)

    let described = Set(
      setting.paths.filter { Self.covers($0.key) }.flatMap { path, operations in
        operations.keys.map { "\($0.uppercased()) \(path)" }
      })
    #expect(described.subtracting(setting.asked).isEmpty)
    await setting.served.close()
  }

  @Test func `what makes no sense is refused and changes nothing`() async throws {
    let setting = try await Setting()
    let first = setting.assets[0]
    let long = String(repeating: "x", count: 257)
    let many = (0...1000).map { "\"t\($0)\"" }.joined(separator: ",")
    let cases: [(method: String, target: String, body: String, status: Int)] = [
      ("POST", "tags/edit", "[]", 400), ("POST", "tags/edit", "{", 400),
      ("POST", "tags/edit", #"{"add":["a"]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[\#(first)]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[\#(first)],"result":"x","add":["a"]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[0],"add":["a"]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[1.5],"add":["a"]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[999999],"add":["a"]}"#, 404),
      ("POST", "tags/edit", #"{"assets":[9223372036854775807],"add":["a"]}"#, 404),
      ("POST", "tags/edit", #"{"result":"none","add":["a"]}"#, 410),
      ("POST", "tags/edit", #"{"assets":[\#(first)],"add":[""]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[\#(first)],"add":["a\u0000"]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[\#(first)],"add":["a\u202eb"]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[\#(first)],"add":["\#(long)"]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[\#(first)],"add":[\#(many)]}"#, 400),
      ("POST", "tags/edit", #"{"assets":[\#(first)],"add":"a"}"#, 400),
      ("POST", "assets/edit", #"{"assets":[\#(first)],"stars":6}"#, 400),
      ("POST", "assets/edit", #"{"assets":[\#(first)],"rating":"bad"}"#, 400),
      ("POST", "assets/edit", #"{"assets":[\#(first)],"favourite":1}"#, 400),
      ("POST", "assets/edit", #"{"assets":[\#(first)],"parent":\#(first)}"#, 409),
      ("POST", "assets/edit", #"{"assets":[\#(first)],"sources":[""]}"#, 400),
      ("POST", "tags", "{}", 400), ("POST", "tags", #"{"name":"a","category":"none"}"#, 400),
      ("POST", "tags/999/merge", #"{"into":1}"#, 404), ("POST", "tags/1/merge", "{}", 400),
      ("PATCH", "tags/999", #"{"name":"a"}"#, 404),
      ("POST", "tags/999/aliases", #"{"name":"a"}"#, 404),
      ("POST", "tag-categories", #"{"name":"a","color":"red"}"#, 400),
      ("POST", "tag-categories", #"{"name":"Artist"}"#, 409),
      ("PATCH", "tag-categories", #"{"id":99,"name":"a"}"#, 404),
      ("POST", "albums", #"{"name":"a","kind":"box"}"#, 400),
      ("POST", "albums/99/edit", #"{"add":[\#(first)]}"#, 404),
      ("PATCH", "albums/99", #"{"name":"a"}"#, 404),
      ("POST", "searches", #"{"name":"a"}"#, 400),
    ]
    for entry in cases {
      try await setting.ask(entry.method, entry.target, entry.body, status: entry.status)
    }
    #expect(try await setting.names() == [])
    #expect((try await setting.ask("GET", "undo")["undo"] as? [Any])?.isEmpty == true)
    // What other sites could send is refused; what only deletes needs no body.
    let plain = try await RawClient(port: setting.served.port).ask(
      "PATCH", "/api/v1/tags/1", host: setting.served.host,
      headers: ["Content-Type: text/plain"], body: "{}")
    #expect(plain.status == 415)
    let foreign = try await RawClient(port: setting.served.port).ask(
      "DELETE", "/api/v1/searches/history", host: setting.served.host,
      headers: ["Origin: http://example.org"])
    #expect(foreign.status == 403)
    await setting.served.close()
  }
}
