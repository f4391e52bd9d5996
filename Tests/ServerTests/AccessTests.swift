import Testing

@testable import Server

/// Every rule about who may ask, over real sockets.
@Suite(.timeLimit(.minutes(5))) struct AccessTests {
  private let site: TestSite
  private let token: AccessToken
  private let guarded: TestSite

  init() throws {
    site = try TestSite()
    token = try #require(AccessToken("correct-horse-battery"))
    guarded = try TestSite(token: token)
  }

  @Test func `the names the server printed are answered`() async throws {
    #expect(try await site.ask("/data").status == 200)
    #expect(try await site.ask("/data", host: "localhost:\(site.port)").status == 200)
  }

  @Test(arguments: [
    "evil.example", "evil.example:PORT", "127.0.0.1", "localhost", "127.0.0.1:1", "localhost:PORT.",
    "127.0.0.1:PORT.evil.example", "[::1]:PORT", "user@127.0.0.1:PORT", "",
  ])
  func `any other name is misdirected`(host: String) async throws {
    let answer = try await site.ask(
      "/data", host: host.replacing("PORT", with: String(site.port)))
    #expect(answer.status == 421)
  }

  @Test func `a request without a host, or with two, is refused`() async throws {
    let none = try RawClient(port: site.port)
    try await none.send("GET /data HTTP/1.1\r\n\r\n")
    #expect(try await none.answer().status == 400)
    let two = try await site.ask("/data", headers: ["Host: evil.example"])
    #expect(two.status == 400)
    let old = try RawClient(port: site.port)
    try await old.send("GET /data HTTP/1.0\r\n\r\n")
    #expect(try await old.answer().status == 421)
  }

  @Test(arguments: [
    "Origin: http://evil.example", "Origin: null", "Origin: http://127.0.0.1",
    "Origin: https://127.0.0.1:PORT", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
    "Sec-Fetch-Site: nonsense",
  ])
  func `another site may neither read nor write`(header: String) async throws {
    let header = header.replacing("PORT", with: String(site.port))
    #expect(try await site.ask("/data", headers: [header]).status == 403)
    #expect(try await site.ask("/media", headers: [header]).status == 403)
    let write = try await site.ask(
      "POST", "/echo", headers: [header, "Content-Type: application/json"], body: "{}")
    #expect(write.status == 403)
  }

  @Test func `our own page may`() async throws {
    let headers = ["Origin: http://\(site.host)", "Sec-Fetch-Site: same-origin"]
    #expect(try await site.ask("/data", headers: headers).status == 200)
    let write = try await site.ask(
      "POST", "/echo", headers: headers + ["Content-Type: application/json"], body: "{}")
    #expect(write.status == 200)
    #expect(write.text == "{}")
  }

  @Test func `a link on another site may open the page, and nothing else`() async throws {
    let link = [
      "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document",
    ]
    #expect(try await site.ask("/", headers: link).status == 200)
    #expect(try await site.ask("/data", headers: link).status == 403)
    let frame = [
      "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe",
    ]
    #expect(try await site.ask("/", headers: frame).status == 403)
  }

  @Test(arguments: [
    nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "application/json2", "application/json; charset=latin1", "text/plain; application/json",
  ])
  func `a write that a form could send is refused`(type: String?) async throws {
    let answer = try await site.ask(
      "POST", "/echo", headers: type.map { ["Content-Type: \($0)"] } ?? [], body: "{}")
    #expect(answer.status == 415)
  }

  @Test(arguments: [
    "application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\"",
  ])
  func `JSON is accepted`(type: String) async throws {
    let answer = try await site.ask(
      "POST", "/echo", headers: ["Content-Type: \(type)"], body: "[1]")
    #expect(answer.status == 200)
    #expect(answer.text == "[1]")
  }

  @Test func `methods and addresses that do not exist say so`() async throws {
    let wrong = try await site.ask("DELETE", "/data")
    #expect(wrong.status == 405)
    #expect(wrong["Allow"] == "GET, HEAD")
    #expect(try await site.ask("POST", "/data").status == 405)
    #expect(try await site.ask("/nothing").status == 404)
    #expect(try await site.ask("/nothing").text.contains("\"code\":\"not-found\""))
  }

  @Test func `every answer carries the headers that bind a browser`() async throws {
    for target in ["/data", "/", "/nothing", "/quick", "/static/app.js"] {
      let answer = try await site.ask(target)
      #expect(answer["X-Content-Type-Options"] == "nosniff", "\(target)")
      #expect(answer["Referrer-Policy"] == "no-referrer", "\(target)")
      #expect(answer["Cross-Origin-Resource-Policy"] == "same-origin", "\(target)")
      let policy = try #require(answer["Content-Security-Policy"])
      #expect(policy.hasPrefix("default-src 'none';"), "\(target)")
      #expect(policy.contains("frame-ancestors 'none'"), "\(target)")
      #expect(!policy.contains("unsafe"), "\(target)")
      #expect(answer["Access-Control-Allow-Origin"] == nil, "\(target)")
    }
    let media = try await site.ask("/media")
    #expect(media["Content-Security-Policy"] == "default-src 'none'; sandbox")
    #expect(media["X-Content-Type-Options"] == "nosniff")
    #expect(try await site.ask("/data", host: "evil")["Content-Security-Policy"] != nil)
  }

  @Test func `with a token nothing is answered without it`() async throws {
    for target in ["/", "/data", "/media", "/quick", "/nothing", "/static/app.js", "/events"] {
      let answer = try await guarded.ask(target)
      #expect(answer.status == 401, "\(target)")
      #expect(answer["WWW-Authenticate"] == "Bearer", "\(target)")
    }
    let write = try await guarded.ask(
      "POST", "/echo", headers: ["Content-Type: application/json"], body: "{}")
    #expect(write.status == 401)
  }

  @Test(arguments: [
    "Authorization: Bearer correct-horse-batter", "Authorization: Bearer correct-horse-battery1",
    "Authorization: Bearer ", "Authorization: Basic correct-horse-battery",
    "Authorization: correct-horse-battery", "Cookie: albumen=correct-horse-battery",
    "Cookie: albumen-PORT=correct-horse-battery",
  ])
  func `a wrong token is no token`(header: String) async throws {
    let answer = try await guarded.ask(
      "/data", headers: [header.replacing("PORT", with: String(guarded.port))])
    #expect(answer.status == 401)
  }

  @Test func `programs send the token, browsers trade it for a cookie`() async throws {
    let program = try await guarded.ask(
      "/data", headers: ["Authorization: bearer correct-horse-battery"])
    #expect(program.status == 200)

    let trade = try await guarded.ask("/?a=1&token=correct-horse-battery")
    #expect(trade.status == 303)
    #expect(trade["Location"] == "/?a=1")
    let cookie = try #require(trade["Set-Cookie"])
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
    #expect(!cookie.contains("correct-horse"), "the cookie is not the token")
    let pair = String(cookie.prefix { $0 != ";" })
    #expect(try await guarded.ask("/data", headers: ["Cookie: x=y; \(pair)"]).status == 200)
    #expect(try await guarded.ask("/data", headers: ["Cookie: \(pair)x"]).status == 401)
    #expect(try await guarded.ask("/?token=wrong-horse-battery-").status == 401)
    // A session of one server means nothing to another.
    let other = try TestSite(token: token)
    let value = pair.drop { $0 != "=" }
    let foreign = try await other.ask("/data", headers: ["Cookie: albumen-\(other.port)\(value)"])
    #expect(foreign.status == 401)
  }

  @Test func `tokens are long, plain and compared as a whole`() {
    #expect(AccessToken("short") == nil)
    #expect(AccessToken("sixteen bytes &") == nil)
    #expect(AccessToken(String(repeating: "a", count: 257)) == nil)
    let random = AccessToken.random()
    #expect(random.text.utf8.count == 32)
    #expect(random.text != AccessToken.random().text)
    #expect(random.matches(random.text))
    #expect(!random.matches(random.text.dropLast()))
    #expect(!random.matches(random.text + random.text))
    #expect(!random.matches(""))
  }

  @Test(arguments: [
    "/static/../outside.js", "/static/%2e%2e/outside.js", "/static/..%2foutside.js",
    "/static/%252e%252e/outside.js", "/static/%c0%ae%c0%ae/outside.js", "/static/.hidden.js",
    "/static/app.js%00.css", "/static//app.js", "/static/secret.txt", "/static/%2fetc%2fpasswd",
    "/static/....//outside.js", "/static/..%5coutside.js", "/static",
  ])
  func `no way of writing a path leaves the page's directory`(path: String) async throws {
    let answer = try await site.ask(path)
    #expect([400, 404].contains(answer.status), "\(path)")
    #expect(!answer.text.contains("outside") || answer.text.contains("error"))
  }
}
