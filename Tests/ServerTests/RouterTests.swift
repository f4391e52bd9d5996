import Testing

@testable import Server

@Suite struct RouterTests {
  private let router = Router([
    (.get, "/", "page"), (.get, "/thumb/{id:number}/256", "thumb"),
    (.get, "/results/{token:word}/assets", "assets"), (.post, "/results", "open"),
    (.get, "/results", "list"), (.get, "/static/{path:rest}", "static"),
    (.get, "/results/all/assets", "all"),
  ])

  @Test(arguments: [
    ("/", "page"), ("/thumb/12/256", "thumb"), ("/results/aB_-9/assets", "assets"),
    ("/results/all/assets", "all"), ("/static/a/b.js", "static"), ("/results", "list"),
  ])
  func `a path finds its endpoint`(path: String, endpoint: String) throws {
    let target = try #require(RequestTarget(path: path.utf8))
    guard case .found(let found, _) = router.find(.get, target.segments) else {
      Issue.record("nothing found for \(path)")
      return
    }
    #expect(found == endpoint)
    guard case .found = router.find(.head, target.segments) else {
      Issue.record("HEAD is not answered for \(path)")
      return
    }
  }

  @Test(arguments: [
    "/thumb/0/256", "/thumb/01/256", "/thumb/-1/256", "/thumb/1x/256", "/thumb/+1/256",
    "/thumb/99999999999999999999/256", "/thumb/9223372036854775808/256", "/thumb/1/257",
    "/thumb/1", "/thumb", "/results/a b/assets", "/nothing", "/static",
  ])
  func `what is not a route is not found`(path: String) throws {
    let target = try #require(RequestTarget(path: path.replacing(" ", with: "%20").utf8))
    guard case .notFound = router.find(.get, target.segments) else {
      Issue.record("\(path) was found")
      return
    }
  }

  @Test func `another method is told which ones there are`() {
    guard case .methodNotAllowed(let allow) = router.find(.other, ["results"]) else {
      Issue.record("allowed")
      return
    }
    #expect(Set(allow.split(separator: ", ")) == ["GET", "HEAD", "POST"])
  }
}

@Suite struct RequestTargetTests {
  @Test(arguments: [
    "", "x", "//", "/a//b", "/a/", "/.", "/..", "/a/../b", "/%2e", "/%2E%2e/x", "/.%2e", "/a%2fb",
    "/a%2Fb", "/a%5cb", "/a%00", "/%0a", "/%7f", "/%", "/%4", "/%zz", "/%c0%ae%c0%ae/x", "/%c0%af",
    "/%e0%80%af", "/%ff", "/%ed%a0%80", "http://evil/", "*",
  ])
  func `an address with two meanings is refused`(path: String) {
    #expect(RequestTarget(path: Array(path.utf8)) == nil)
  }

  @Test func `what is decoded is not decoded again`() throws {
    let target = try #require(RequestTarget(path: "/%252e%252e/a%20b/%C3%A9".utf8))
    #expect(target.segments == ["%2e%2e", "a b", "é"])
    #expect(target.encodedPath == "/%252e%252e/a%20b/%C3%A9")
  }

  @Test func `a query keeps its order and loses what it is told to`() throws {
    let target = try #require(
      RequestTarget(path: "/x".utf8, query: "a=1&token=s+e%26c&b&a=2".utf8))
    #expect(target.value(of: "token") == "s e&c")
    #expect(target.value(of: "b") == "")
    #expect(target.value(of: "a") == nil, "a name that comes twice means nothing")
    #expect(target.value(of: "c") == nil)
    #expect(target.encoded(without: "token") == "/x?a=1&b=&a=2")
  }

  @Test func `an address has bounds`() {
    #expect(RequestTarget(path: Array("/\(String(repeating: "a", count: 5000))".utf8)) == nil)
    let query = (0..<33).map { "q\($0)=1" }.joined(separator: "&")
    #expect(RequestTarget(path: "/".utf8, query: query.utf8) == nil)
  }
}

@Suite struct ConditionalTests {
  @Test(arguments: [
    ("bytes=0-0", 0, 1), ("bytes=0-", 0, 100), ("bytes=90-200", 90, 10), ("bytes=-10", 90, 10),
    ("bytes=-500", 0, 100), ("BYTES=5-6", 5, 2),
  ])
  func `a single range is cut to what there is`(header: String, offset: Int64, count: Int64) {
    #expect(
      Conditional.range(header, ifRange: nil, tag: "\"t\"", byteCount: 100)
        == .part(offset: offset, count: count))
  }

  @Test(arguments: [
    "bytes=1-2,4-5", "bytes=", "bytes=a-b", "items=0-1", "bytes=5-4", "bytes=--1", "bytes=+1-2",
    "bytes=-", "bytes=1",
  ])
  func `a range that is not understood is ignored`(header: String) {
    #expect(
      Conditional.range(header, ifRange: nil, tag: "\"t\"", byteCount: 100) == .whole)
  }

  @Test(arguments: ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=9223372036854775807-"])
  func `a range behind the end can't be satisfied`(header: String) {
    #expect(
      Conditional.range(header, ifRange: nil, tag: "\"t\"", byteCount: 100) == .unsatisfiable)
  }

  @Test func `a range of another version is not sent`() {
    #expect(
      Conditional.range("bytes=0-1", ifRange: "\"old\"", tag: "\"t\"", byteCount: 100) == .whole)
    #expect(
      Conditional.range("bytes=0-1", ifRange: "\"t\"", tag: "\"t\"", byteCount: 100)
        == .part(offset: 0, count: 2))
  }

  @Test func `entity tags are compared weakly and from lists`() {
    #expect(Conditional.matches("\"a\", W/\"b\"", tag: "\"b\""))
    #expect(Conditional.matches("*", tag: "\"b\""))
    #expect(!Conditional.matches("\"bb\"", tag: "\"b\""))
    #expect(!Conditional.matches(nil, tag: "\"b\""))
  }

  @Test(arguments: [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
  ])
  func `dates are written as HTTP has them`(seconds: Int64, text: String) {
    #expect(Conditional.httpDate(secondsSince1970: seconds) == text)
  }
}
