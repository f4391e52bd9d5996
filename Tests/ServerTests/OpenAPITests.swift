import Foundation
import Library
import Platform
import TestSupport
import Testing

@testable import Server

/// The description says what the running server does, and all of it.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
struct OpenAPITests {
  private typealias Object = [String: Any]

  private struct Setting {
    let folder: TemporaryDirectory
    let served: ServedLibrary
    let document: Object
    let check: SchemaCheck
    var values: [String: String] = [:]
  }

  private func setting() async throws -> Setting {
    let folder = try TemporaryDirectory()
    let corpus = try #require(Corpus.directory)
    for name in [
      "exif-orientation/rasteiner_test_1.jpg", "exif-orientation/rasteiner_test_6.jpg",
      "broken/broken.png", "broken/decompression_bomb.gif",
    ] {
      let file = try FileDescriptor.open(corpus.appending(name), flags: 0)
      _ = try folder.write(name, try file.read(at: 0, count: 1 << 22))
    }
    let served = try await ServedLibrary.open(folder.path)
    _ = try await served.library.scan()
    let document = try await served.object("/api/v1/openapi.json")
    var setting = Setting(
      folder: folder, served: served, document: document, check: SchemaCheck(document: document))
    let page = try await served.object("/api/v1/assets?sort=name&order=desc&limit=1")
    let assets = try #require(page["assets"] as? [Object])
    let id = try #require(assets.first?["id"] as? Int)
    setting.values["id"] = String(id)
    setting.values["version"] = try #require(assets.first?["version"] as? String)
    let result = try ServedLibrary.object(try await served.post("/api/v1/results", "{}"))
    setting.values["token"] = try #require(result["token"] as? String)
    setting.values["path"] = "favicon.svg"
    return setting
  }

  @Test func `every route is described and every description has a route`() async throws {
    let setting = try await setting()
    let paths = try #require(setting.document["paths"] as? [String: Object])
    let described = Set(
      paths.flatMap { path, operations in operations.keys.map { "\($0.uppercased()) \(path)" } })
    let served = Set(
      try setting.served.server.routePatterns().map { method, pattern in
        let plain = pattern.replacing(#/:(number|word|rest)}/#, with: "}")
        return "\(method) \(plain)"
      })
    #expect(described.subtracting(served).isEmpty)
    #expect(served.subtracting(described).isEmpty)
    await setting.served.close()
  }

  @Test func `every answer is as described`() async throws {
    let setting = try await setting()
    let bodies = [
      "/api/v1/results": #"{"sort":"captured","order":"desc","recursive":true}"#,
      "/api/v1/problems/retry": #"{"ids":[999999]}"#, "/api/v1/scan": #"{"action":"resume"}"#,
    ]
    let queries = [
      "/api/v1/results/{token}/position": "?id=\(setting.values["id"] ?? "")",
      "/api/v1/search/tokens": "?q=-cat%20width:3", "/api/v1/search/complete": "?q=wid",
      "/api/v1/results/{token}/ids": "?from=0&to=2", "/api/v1/assets": "?limit=2&sort=captured",
    ]
    let paths = try #require(setting.document["paths"] as? [String: Object])
    for (path, operations) in paths where path != "/api/v1/events" && !TagRoutesTests.covers(path) {
      for (method, operation) in operations {
        var target = path
        for (name, value) in setting.values {
          target = target.replacing("{\(name)}", with: value)
        }
        let answer =
          method == "post"
          ? try await setting.served.post(target, try #require(bodies[path]))
          : try await setting.served.ask(target + (queries[path] ?? ""))
        #expect(answer.status == 200, "\(method) \(path): \(answer.text)")
        try setting.check.expect(answer, "\(method) \(path)", operation)
      }
    }
    await setting.served.close()
  }

  @Test func `every error is as described`() async throws {
    let setting = try await setting()
    let served = setting.served
    let id = setting.values["id"] ?? ""
    let token = setting.values["token"] ?? ""
    let cases: [(path: String, target: String, status: Int)] = [
      ("/api/v1/results/{token}/assets", "/api/v1/results/none/assets", 410),
      ("/api/v1/results/{token}/assets", "/api/v1/results/\(token)/assets?position=-1", 400),
      ("/api/v1/results/{token}/assets", "/api/v1/results/\(token)/assets?count=201", 400),
      ("/api/v1/results/{token}/aspects", "/api/v1/results/none/aspects", 410),
      ("/api/v1/results/{token}/timeline", "/api/v1/results/none/timeline", 410),
      ("/api/v1/results/{token}/position", "/api/v1/results/\(token)/position?id=999999", 404),
      ("/api/v1/results/{token}/position", "/api/v1/results/\(token)/position", 400),
      ("/api/v1/results/{token}/ids", "/api/v1/results/\(token)/ids?from=3&to=2", 400),
      ("/api/v1/results/{token}/ids", "/api/v1/results/\(token)/ids?from=0&to=10000", 400),
      ("/api/v1/results/{token}/facets", "/api/v1/results/none/facets", 410),
      ("/api/v1/results/{token}/facets", "/api/v1/results/\(token)/facets?fields=colour", 400),
      ("/api/v1/results/{token}/facets", "/api/v1/results/\(token)/facets?limit=0", 400),
      ("/api/v1/search/complete", "/api/v1/search/complete?limit=0", 400),
      ("/api/v1/results", "/api/v1/results?q=(cat", 400),
      ("/api/v1/results", "/api/v1/results?q=similar:1", 422),
      ("/api/v1/assets", "/api/v1/assets?q=cat", 400),
      ("/api/v1/assets", "/api/v1/assets?after=zzz", 400),
      ("/api/v1/assets", "/api/v1/assets?limit=0", 400),
      ("/api/v1/assets", "/api/v1/assets?sort=colour", 400),
      ("/api/v1/assets/{id}", "/api/v1/assets/999999", 404),
      ("/api/v1/problems", "/api/v1/problems?limit=x", 400),
      ("/thumb/{id}/256", "/thumb/999999/256", 404),
      ("/original/{id}", "/original/999999", 404),
      ("/static/{path}", "/static/none.js", 404),
    ]
    let paths = try #require(setting.document["paths"] as? [String: [String: Object]])
    for entry in cases {
      let answer = try await served.ask(entry.target)
      #expect(answer.status == entry.status, "\(entry.target): \(answer.text)")
      let operation = try #require(paths[entry.path]?["get"])
      try setting.check.expect(answer, entry.target, operation)
    }
    let range = try await served.ask("/original/\(id)", headers: ["Range: bytes=99999999-"])
    #expect(range.status == 416)
    try setting.check.expect(range, "range", try #require(paths["/original/{id}"]?["get"]))
    let events = try RawClient(port: served.port)
    try await events.send("GET /api/v1/events HTTP/1.1\r\nHost: \(served.host)\r\n\r\n")
    try await expectEvents(events, setting.check)
    await served.close()
  }

  private func expectEvents(_ client: RawClient, _ check: SchemaCheck) async throws {
    var missing: Set = ["scan", "library", "memory", "thumbnails"]
    let schemas: [String: Object] = [
      "scan": ["$ref": "#/components/schemas/ScanState"],
      "memory": ["$ref": "#/components/schemas/Memory"],
      "library": [
        "type": "object", "required": ["changeNumber", "counts"], "additionalProperties": false,
        "properties": [
          "changeNumber": ["type": "integer"], "counts": ["$ref": "#/components/schemas/Counts"],
        ],
      ],
      "thumbnails": ["type": "object", "required": ["made", "pending", "failed"]],
    ]
    while !missing.isEmpty {
      _ = try await client.read(until: Array("event: ".utf8))
      let name = String(
        decoding: try await client.read(until: [0x0A]).dropLast(), as: UTF8.self)
      _ = try await client.read(until: Array("data: ".utf8))
      let data = try await client.read(until: [0x0A])
      let value = try JSONSerialization.jsonObject(with: Data(data))
      #expect(check.complaints(value, try #require(schemas[name])).isEmpty, "\(name)")
      missing.remove(name)
    }
  }
}
