import Catalog
import Foundation
import Library
import Media
import Platform
import TestSupport
import Testing

@testable import Server

/// The API on the real corpus, with real workers.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
struct ServerTests {
  @Test func `a folder is scanned, listed, looked at and told about`() async throws {
    let folder = try #require(Corpus.directory).appending("exif-orientation")
    let served = try await ServedLibrary.open(folder)
    let listener = try RawClient(port: served.port)
    try await listener.send("GET /api/v1/events HTTP/1.1\r\nHost: \(served.host)\r\n\r\n")
    _ = try await listener.read(until: Array("event: memory".utf8))

    let started = try ServedLibrary.object(
      try await served.post("/api/v1/scan", #"{"action":"start"}"#))
    #expect(["running", "idle"].contains(started["state"] as? String))
    // The last scan event says that it is over, and what came of it.
    while true {
      _ = try await listener.read(until: Array("event: scan\ndata: ".utf8))
      let data = try await listener.read(until: [0x0A])
      let scan = try #require(
        try JSONSerialization.jsonObject(with: Data(data)) as? [String: Any])
      if scan["state"] as? String == "idle", (scan["added"] as? Int ?? 0) > 0 { break }
    }

    let library = try await served.object("/api/v1/library")
    let counts = try #require(library["counts"] as? [String: Int])
    let count = try #require(counts["assets"])
    #expect(count >= 10)
    #expect(counts["images"] == count)

    let result = try ServedLibrary.object(
      try await served.post("/api/v1/results", #"{"sort":"name","order":"asc"}"#))
    #expect(result["count"] as? Int == count)
    let token = try #require(result["token"] as? String)
    let page = try await served.object("/api/v1/results/\(token)/assets?position=0&count=200")
    let assets = try #require(page["assets"] as? [[String: Any]])
    #expect(assets.count == count)
    let names = assets.compactMap { $0["name"] as? String }
    #expect(names == names.sorted { $0.localizedStandardCompare($1) == .orderedAscending })

    let asset = try #require(assets.first { $0["name"] as? String == "rasteiner_test_6.jpg" })
    let id = try #require(asset["id"] as? Int)
    let version = try #require(asset["version"] as? String)
    try await look(at: id, version: version, of: served)
    try await ranges(of: id, folder.appending("rasteiner_test_6.jpg"), served)

    let aspects = try await served.ask("/api/v1/results/\(token)/aspects")
    #expect(aspects.body.count == count)
    let position = try await served.object("/api/v1/results/\(token)/position?id=\(id)")
    #expect(position["position"] as? Int == names.firstIndex(of: "rasteiner_test_6.jpg"))
    let ids = try await served.object("/api/v1/results/\(token)/ids?from=1&to=2")
    #expect(ids["ids"] as? [Int] == assets[1...2].compactMap { $0["id"] as? Int })
    #expect(try await served.ask("/api/v1/results/nonsense/assets").status == 410)

    let metrics = try await served.ask("/metrics")
    #expect(metrics.text.contains("albumen_assets{state=\"ok\"} \(count)"))
    let memory = try await served.object("/api/v1/memory")
    let accounts = try #require(memory["accounts"] as? [[String: Any]])
    let accountNames = Set(accounts.compactMap { $0["name"] as? String })
    #expect(accountNames.isSuperset(of: ["process.base", "http.buffers", "catalog.pages"]))
    await served.close()
  }

  private func look(at id: Int, version: String, of served: ServedLibrary) async throws {
    for size in [256, 512] {
      let first = try await served.ask("/thumb/\(id)/\(size)?v=\(version)")
      #expect(first.status == 200, "\(first.text)")
      #expect(first["Content-Type"] == "image/jpeg")
      #expect(first.body.starts(with: [0xFF, 0xD8, 0xFF]))
      #expect(first["Cache-Control"] == "private, max-age=31536000, immutable")
      #expect(first["Content-Security-Policy"] == "default-src 'none'; sandbox")
      let tag = try #require(first["ETag"])
      // Now it is in memory: the same answer, header by header, by the short way and by the long one.
      let short = try await served.ask("/thumb/\(id)/\(size)?v=\(version)")
      let long = try await served.ask(
        "/thumb/\(id)/\(size)?v=\(version)", headers: ["Range: bytes=0-"])
      for other in [short, long] {
        #expect(other.status == 200)
        #expect(other.body == first.body)
        for (name, value) in first.headers where name.lowercased() != "date" {
          #expect(other[name] == value, "\(name)")
        }
        #expect(other.headers.count == first.headers.count)
      }
      let again = try await served.ask(
        "/thumb/\(id)/\(size)?v=\(version)", headers: ["If-None-Match: \(tag)"])
      #expect(again.status == 304)
      // Without the version, or with an old one, it must be asked for again every time.
      let loose = try await served.ask("/thumb/\(id)/\(size)?v=0123456789abcdef")
      #expect(loose.status == 200)
      #expect(loose["Cache-Control"] == "private, no-cache")
      #expect(loose["ETag"] == tag)
    }
    let preview = try await served.ask("/preview/\(id)/1024?v=\(version)")
    #expect(preview.status == 200, "\(preview.text)")
    #expect(preview.body.starts(with: [0xFF, 0xD8, 0xFF]))
    let detail = try await served.object("/api/v1/assets/\(id)")
    #expect((detail["path"] as? String)?.hasSuffix("rasteiner_test_6.jpg") == true)
    #expect(detail["metadata"] is [String: Any])
    for missing in ["/thumb/999999/256", "/preview/999999/1024", "/original/999999"] {
      #expect(try await served.ask(missing).status == 404)
    }
    for unknown in ["/thumb/\(id)/300", "/thumb/x/256", "/preview/\(id)/10000"] {
      #expect(try await served.ask(unknown).status == 404)
    }
  }

  private func ranges(of id: Int, _ path: FilePath, _ served: ServedLibrary) async throws {
    let bytes = try FileDescriptor.open(path, flags: 0).read(at: 0, count: 1 << 20)
    let whole = try await served.ask("/original/\(id)")
    #expect(whole.status == 200)
    #expect(whole.body == bytes)
    #expect(whole["Content-Type"] == "image/jpeg")
    #expect(whole["Content-Disposition"]?.hasPrefix("inline;") == true)
    let tag = try #require(whole["ETag"])
    let modified = try #require(whole["Last-Modified"])
    let part = try await served.ask("/original/\(id)", headers: ["Range: bytes=100-199"])
    #expect(part.status == 206)
    #expect(part.body == Array(bytes[100..<200]))
    #expect(part["Content-Range"] == "bytes 100-199/\(bytes.count)")
    let other = try await served.ask(
      "/original/\(id)", headers: ["Range: bytes=0-1", "If-Range: \"other\""])
    #expect(other.status == 200)
    let behind = try await served.ask("/original/\(id)", headers: ["Range: bytes=\(bytes.count)-"])
    #expect(behind.status == 416)
    #expect(behind["Content-Range"] == "bytes */\(bytes.count)")
    #expect(
      try await served.ask("/original/\(id)", headers: ["If-None-Match: \(tag)"]).status == 304)
    #expect(
      try await served.ask("/original/\(id)", headers: ["If-Modified-Since: \(modified)"]).status
        == 304)
  }

  @Test func `what could run is sent as a download, and what is broken says why`() async throws {
    let folder = try TemporaryDirectory()
    let svg =
      "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'><script>x</script></svg>"
    _ = try folder.write("pictures/evil \"<b>\n.svg", Array(svg.utf8))
    _ = try folder.write("pictures/not.jpg", Array("<html><script>alert(1)</script>".utf8))
    let served = try await ServedLibrary.open(folder.path.appending("pictures"))
    _ = try await served.library.scan()
    let page = try await served.object("/api/v1/assets?sort=name&order=asc")
    let assets = try #require(page["assets"] as? [[String: Any]])
    #expect(assets.count == 2)
    for asset in assets {
      let id = try #require(asset["id"] as? Int)
      let original = try await served.ask("/original/\(id)")
      #expect(original.status == 200)
      #expect(original["Content-Type"] == "application/octet-stream")
      let disposition = try #require(original["Content-Disposition"])
      #expect(disposition.hasPrefix("attachment; filename*=UTF-8''"))
      #expect(!disposition.dropFirst(12).contains { "<\"\n".contains($0) })
      #expect(original["X-Content-Type-Options"] == "nosniff")
      #expect(original["Content-Security-Policy"] == "default-src 'none'; sandbox")
    }
    let broken = try #require(assets.first { $0["name"] as? String == "not.jpg" })
    #expect(broken["state"] as? String == "broken")
    let id = try #require(broken["id"] as? Int)
    let thumbnail = try await served.ask("/thumb/\(id)/256")
    #expect(thumbnail.status == 422)
    #expect(thumbnail.text.contains("\"error\":{\"code\":\""))
    let problems = try await served.object("/api/v1/problems")
    let listed = try #require(problems["problems"] as? [[String: Any]])
    #expect(listed.contains { $0["id"] as? Int == id && $0["reason"] is String })
    let retried = try ServedLibrary.object(
      try await served.post("/api/v1/problems/retry", "{\"ids\":[\(id)]}"))
    #expect(retried["retried"] as? Int == 1)
    await served.close()
  }

  @Test func `a program reads all assets page by page`() async throws {
    let folder = try #require(Corpus.directory).appending("png")
    let served = try await ServedLibrary.open(folder)
    let summary = try await served.library.scan()
    var seen: [Int] = []
    var next: String?
    repeat {
      let after = next.map { "&after=\($0)" } ?? ""
      let page = try await served.object("/api/v1/assets?limit=3&sort=size\(after)")
      seen += try #require(page["assets"] as? [[String: Any]]).compactMap { $0["id"] as? Int }
      next = page["next"] as? String
    } while next != nil
    #expect(seen.count == summary.assets)
    #expect(Set(seen).count == seen.count)
    await served.close()
  }

  @Test(arguments: [
    ("/api/v1/results", "[]"), ("/api/v1/results", "{"), ("/api/v1/results", #"{"sort":"x"}"#),
    ("/api/v1/results", #"{"order":1}"#), ("/api/v1/results", #"{"folder":"1"}"#),
    ("/api/v1/results", #"{"kind":"film"}"#), ("/api/v1/results", #"{"nonsense":1}"#),
    ("/api/v1/scan", #"{"action":"explode"}"#), ("/api/v1/scan", ""),
    ("/api/v1/problems/retry", "{}"), ("/api/v1/problems/retry", #"{"ids":["1"]}"#),
  ])
  func `a body that makes no sense is refused with a sentence`(target: String, body: String)
    async throws
  {
    let folder = try TemporaryDirectory()
    let served = try await ServedLibrary.open(folder.path)
    let answer = try await served.post(target, body)
    #expect(answer.status == 400)
    let error = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: [String: String]])
    #expect(error["error"]?["code"] == "bad-request")
    #expect(error["error"]?["message"]?.hasSuffix(".") == true)
    await served.close()
  }

  @Test func `the network needs a token and a name`() async throws {
    let folder = try TemporaryDirectory()
    var options = LibraryOptions()
    options.processByteCount = 16 << 20
    options.roots = [folder.path]
    options.directory = folder.path.appending("library")
    options.workerExecutable = BuiltProduct.path("albumen-worker")
    let library = try await Library.open(options)
    var configuration = Server.Configuration()
    configuration.port = 0
    configuration.host = "0.0.0.0"
    let refused = await #expect(throws: ServerError.self) {
      _ = try await Server(library: library, configuration: configuration).start()
    }
    #expect(refused?.description.contains("--token") == true)
    configuration.token = .random()
    let server = Server(library: library, configuration: configuration)
    let address = try await server.start()
    #expect(address.contains("?token="))
    let port = try #require(URL(string: address)?.port)
    var second = Server.Configuration()
    second.port = UInt16(port)
    let taken = await #expect(throws: ServerError.self) {
      _ = try await Server(library: library, configuration: second).start()
    }
    #expect(taken?.description.contains("in use") == true)
    await server.stop()
    await library.close()
  }
}
