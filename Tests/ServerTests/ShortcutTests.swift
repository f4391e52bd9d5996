import Media
import Testing
import Thumbnails

@testable import Server

/// Answers that are given before a request is taken apart: the same walls, the same answers.
@Suite(.timeLimit(.minutes(5))) struct ShortcutTests {
  @Test func `a plain request is answered from what is at hand, again and again`() async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    for _ in 0..<3 {
      let answer = try await client.ask("GET", "/known", host: site.host)
      #expect(answer.status == 200)
      #expect(answer.text == "at hand")
      #expect(answer["ETag"] == "\"tag\"")
      #expect(answer["X-Name"] == "value")
      #expect(answer["Content-Type"] == "text/plain")
    }
    // The connection goes on for other requests.
    #expect(try await client.ask("GET", "/data", host: site.host).status == 200)
  }

  @Test(arguments: [
    "If-None-Match: \"tag\"", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
    "Range: bytes=0-1",
    "Authorization: Bearer x", "Content-Length: 0",
  ])
  func `what asks for more than the bytes goes the usual way`(header: String) async throws {
    let site = try TestSite()
    #expect(try await site.ask("/known", headers: [header]).text == "worked for")
    #expect(try await site.ask("/known?x").text == "worked for")
    #expect(try await site.ask("HEAD", "/known").status == 200)
  }

  @Test(arguments: [
    ("Origin: http://HOST", 200), ("Sec-Fetch-Site: same-origin", 200),
    ("Origin: http://evil.example", 403), ("Origin: null", 403),
    ("Sec-Fetch-Site: cross-site", 403),
    ("Sec-Fetch-Site: same-site", 403), ("Host: evil.example", 400), ("Content-Length: 5", 400),
    ("Transfer-Encoding: chunked", 400),
  ])
  func `what is at hand is behind the same walls`(header: String, status: Int) async throws {
    let site = try TestSite()
    let answer = try await site.ask(
      "/known", headers: [header.replacing("HOST", with: site.host)])
    #expect(answer.status == status)
    #expect((answer.text == "at hand") == (status == 200))
    for host in ["evil.example", "127.0.0.1", "\(site.host).evil.example", "\(site.host)0", ""] {
      #expect(try await site.ask("/known", host: host).status == 421)
    }
  }

  @Test func `a kept answer is given to many at once, and sent to its end when it is forgotten`()
    async throws
  {
    let site = try TestSite()
    try await withThrowingTaskGroup { group in
      for number in 0..<4 {
        for _ in 0..<4 {
          group.addTask {
            let client = try RawClient(port: site.port)
            for _ in 0..<20 {
              let answer = try await client.ask("GET", "/kept/\(number)", host: site.host)
              #expect(answer.status == 200 && answer["ETag"] == "\"kept\"")
              #expect(answer.text == String(repeating: "\(number)", count: 300_000))
            }
          }
        }
      }
      group.addTask {
        // Each is made anew many times while others send from the one before.
        for _ in 0..<200 {
          site.kept.forget()
          await Task.yield()
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `with a token nothing is at hand for those without it`() async throws {
    let token = try #require(AccessToken("correct-horse-battery"))
    let site = try TestSite(token: token)
    #expect(try await site.ask("/known").status == 401)
    let known = try await site.ask(
      "/known", headers: ["Authorization: Bearer correct-horse-battery"])
    #expect(known.text == "worked for")
  }

  @Test(arguments: [
    ("/thumb/1/256", 1, 256), ("/thumb/12345/512", 12345, 512),
    ("/thumb/123456789012345678/256", 123_456_789_012_345_678, 256),
  ])
  func `a thumbnail's path is read as the router reads it`(path: String, id: Int64, side: Int) {
    let found = ThumbnailShortcut.target(Array(path.utf8).span)
    #expect(found?.0 == AssetID(rawValue: id))
    #expect(found?.1.rawValue == side)
  }

  @Test(arguments: [
    "", "/", "/thumb/", "/thumb//256", "/thumb/1/300", "/thumb/01/256", "/thumb/0/256",
    "/thumb/x/256",
    "/thumb/1/2560", "/thumb/1/25", "/thumb/1/2/256", "/thumb/-1/256", "/thump/1/256",
    "/thumb/1234567890123456789/256", "/thumb/%31/256", "/thumb/1/256/",
  ])
  func `any other path is left to the router`(path: String) {
    #expect(ThumbnailShortcut.target(Array(path.utf8).span) == nil)
  }

  @Test(arguments: [0, 1, 0xFEDC_BA98_7654_3210, UInt64.max])
  func `a version is read as it is written`(value: UInt64) {
    let version = ContentVersion(rawValue: value)
    #expect(version.description.count == 16)
    #expect(ContentVersion(version.description) == version)
    #expect(ThumbnailShortcut.version(Array("v=\(version)".utf8).span) == version)
  }

  @Test(arguments: [
    "", "v=", "v=0123456789ABCDEF", "v=0123456789abcde", "v=0123456789abcdef0",
    "w=0123456789abcdef",
    "v=0123456789abcdeg", "v=+123456789abcdef", "v=0123456789abcdef&x",
  ])
  func `any other query is left to the usual way`(query: String) {
    #expect(ThumbnailShortcut.version(Array(query.utf8).span) == nil)
  }
}
