import Glibc
import Platform
import Testing

@testable import Server

/// What the daemon does with well-behaved, clumsy and hostile clients.
@Suite(.timeLimit(.minutes(5))) struct DaemonTests {
  @Test func `a connection is kept for the next request`() async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    for _ in 0..<3 {
      #expect(try await client.ask("/quick", host: site.host).text == "{\"quick\":true}")
      #expect(try await client.ask("/data", host: site.host).text == "{\"x\":1}")
      let head = try await client.ask("HEAD", "/data", host: site.host)
      #expect(head["Content-Length"] == "7")
    }
    try await client.send(
      "GET /quick HTTP/1.1\r\nHost: \(site.host)\r\n\r\nGET /data HTTP/1.1\r\nHost: \(site.host)\r\n\r\n"
    )
    #expect(try await client.answer().text == "{\"quick\":true}")
    #expect(try await client.answer().text == "{\"x\":1}")
  }

  @Test func `part of a file is sent`() async throws {
    let site = try TestSite()
    let answer = try await site.ask("/media")
    #expect(answer.body == (1000..<151_000).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test func `a file that lost its end ends the connection`() async throws {
    let site = try TestSite { $0.idleSeconds = 1 }
    let client = try RawClient(port: site.port)
    try await client.send("GET /cut HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
    #expect(try await client.isClosedByServer())
    let rest = try await client.readToEnd()
    #expect(rest.count > 50_000 && rest.count < 60_000)
    #expect(try await site.ask("/data").status == 200)
  }

  @Test func `queries are decoded`() async throws {
    let site = try TestSite()
    #expect(try await site.ask("/query?q=a%20b+c%26&x").text == "{\"q\":\"a b c\\u0026\"}")
    #expect(try await site.ask("/query?q=%00").status == 400)
    #expect(try await site.ask("/query?q=%ff").status == 400)
  }

  @Test func `a static file is sent once and then confirmed`() async throws {
    let site = try TestSite()
    let first = try await site.ask("/static/app.js")
    #expect(first.text == "export {}")
    #expect(first["Content-Type"] == "text/javascript; charset=utf-8")
    let tag = try #require(first["ETag"])
    let second = try await site.ask("/static/app.js", headers: ["If-None-Match: \(tag)"])
    #expect(second.status == 304)
    #expect(second["ETag"] == tag)
  }

  @Test func `a body in chunks is put together`() async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    try await client.send(
      "POST /echo HTTP/1.1\r\nHost: \(site.host)\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n")
    #expect(try await client.answer().text == "[1,2]")
  }

  @Test(arguments: [
    "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: xchunked", "Transfer-Encoding: identity", "Content-Length: 5, 6",
    "Content-Length: +5", "Content-Length: 0x5", "Content-Length: -1",
    "Content-Length: 5\r\nContent-Length: 6", "Content-Length : 5",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Content-Length: 99999999999999999999",
  ])
  func `a body of doubtful length ends the connection`(lines: String) async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    let smuggled = "GET /quick HTTP/1.1\r\nHost: \(site.host)\r\n\r\n"
    try await client.send(
      "POST /echo HTTP/1.1\r\nHost: \(site.host)\r\nContent-Type: application/json\r\n\(lines)"
        + "\r\n\r\n0\r\n\r\n\(smuggled)")
    let rest = try await client.readToEnd()
    let text = String(decoding: rest, as: UTF8.self)
    #expect(!text.contains("quick\":true"), "the smuggled request was answered: \(text)")
    #expect(
      text.isEmpty || text.hasPrefix("HTTP/1.1 4") || text.hasPrefix("HTTP/1.1 501"), "\(text)")
  }

  @Test func `a body on a read is refused and the connection closed`() async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    try await client.send(
      "GET /data HTTP/1.1\r\nHost: \(site.host)\r\nContent-Length: 5\r\n\r\nhello")
    #expect(try await client.answer().status == 400)
    #expect(try await client.isClosedByServer())
  }

  @Test func `an announced body over the limit is refused before it is read`() async throws {
    let site = try TestSite { $0.bodyByteLimit = 1000 }
    let client = try RawClient(port: site.port)
    try await client.send(
      "POST /echo HTTP/1.1\r\nHost: \(site.host)\r\nContent-Type: application/json\r\n"
        + "Content-Length: 1001\r\n\r\n")
    #expect(try await client.answer().status == 413)
    #expect(try await client.isClosedByServer())
  }

  @Test func `a body that grows over the limit is refused`() async throws {
    let site = try TestSite { $0.bodyByteLimit = 1000 }
    let client = try RawClient(port: site.port)
    let chunk = "200\r\n\(String(repeating: "x", count: 512))\r\n"
    try await client.send(
      "POST /echo HTTP/1.1\r\nHost: \(site.host)\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)0\r\n\r\n")
    #expect(try await client.answer().status == 413)
  }

  @Test func `a head over the limit is refused`() async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    try await client.send("GET /data HTTP/1.1\r\nHost: \(site.host)\r\n")
    try await client.send("X-Long: \(String(repeating: "x", count: 20_000))\r\n\r\n")
    let text = String(decoding: try await client.readToEnd(), as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 431"))
    let address = try RawClient(port: site.port)
    try await address.send("GET /\(String(repeating: "x", count: 20_000)) HTTP/1.1\r\n\r\n")
    let other = String(decoding: try await address.readToEnd(), as: UTF8.self)
    #expect(other.hasPrefix("HTTP/1.1 414") || other.hasPrefix("HTTP/1.1 431"))
  }

  @Test func `a client that sends too slowly is cut off`() async throws {
    let site = try TestSite { $0.requestSeconds = 1 }
    let client = try RawClient(port: site.port)
    try await client.send("GET /data HTTP/1.1\r\nHost: ")
    #expect(try await client.isClosedByServer())
    // The others are not kept from anything.
    #expect(try await site.ask("/data").status == 200)
  }

  @Test func `a client that leaves cancels its work`() async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    try await client.send("GET /wait HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
    #expect(try await site.ask("/data").status == 200)
    client.hangUp()
    await site.cancelled.wait()
    #expect(try await site.ask("/data").status == 200)
  }

  @Test func `more work than allowed is refused with a time to come back`() async throws {
    let site = try TestSite { $0.requestLimit = 2 }
    let clients = [try RawClient(port: site.port), try RawClient(port: site.port)]
    var arrivals = site.arrivals.stream.makeAsyncIterator()
    for client in clients {
      try await client.send("GET /wait HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
      _ = await arrivals.next()
    }
    let refused = try await site.ask("/data")
    #expect(refused.status == 503)
    #expect(refused["Retry-After"] == "1")
    #expect(try await site.ask("/quick").status == 200, "what costs nothing is always answered")
    site.gate.open()
    for client in clients { #expect(try await client.answer().status == 200) }
    #expect(try await site.ask("/data").status == 200)
  }

  @Test func `events arrive as they are sent, and end with the stream`() async throws {
    let site = try TestSite()
    let client = try RawClient(port: site.port)
    try await client.send("GET /events HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
    _ = try await client.read(until: Array("retry: 2000\n\n".utf8))
    for number in 1...3 {
      site.stream.send("scan", data: Array("{\"n\":\(number)}".utf8))
      _ = try await client.read(until: Array("event: scan\ndata: {\"n\":\(number)}\n\n".utf8))
    }
    site.stream.sendHeartbeat()
    _ = try await client.read(until: Array(": alive\n\n".utf8))
    site.stream.end()
    _ = try await client.read(until: Array("0\r\n\r\n".utf8))
  }

  @Test func `a listener that leaves is noticed`() async throws {
    let site = try TestSite()
    let gone = Gate()
    site.stream.onClose { gone.open() }
    let client = try RawClient(port: site.port)
    try await client.send("GET /events HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
    _ = try await client.read(until: Array("retry: 2000\n\n".utf8))
    client.hangUp()
    await gone.wait()
  }

  @Test func `a listener that left before its stream was there leaves nothing behind`() async throws
  {
    let site = try TestSite()
    let gone = Gate()
    site.stream.onClose { gone.open() }
    let client = try RawClient(port: site.port)
    try await client.send("GET /late-events HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
    await site.cancelled.wait()
    client.hangUp()
    // Closed by the daemon: the request has been abandoned.
    #expect(try await client.isClosedByServer())
    site.gate.open()
    await gone.wait()
  }

  @Test func `a slow listener loses states, not memory`() {
    let stream = EventStream(beginning: "")
    for number in 1...100_000 { stream.send("scan", data: Array("\(number)".utf8)) }
    stream.send("library", data: Array("x".utf8))
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 16)
    read: while true {
      let piece = buffer.withUnsafeMutableBytes { stream.read(into: $0) { nil } }
      switch piece {
      case .bytes(let count): text += String(decoding: buffer[..<count], as: UTF8.self)
      case .waits, .ends: break read
      }
    }
    #expect(text == "event: scan\ndata: 100000\n\nevent: library\ndata: x\n\n")
  }

  @Test func `stopping ends what waits`() async throws {
    let site = try TestSite()
    let waiting = try RawClient(port: site.port)
    try await waiting.send("GET /wait HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
    let listening = try RawClient(port: site.port)
    try await listening.send("GET /events HTTP/1.1\r\nHost: \(site.host)\r\n\r\n")
    _ = try await listening.read(until: Array("retry: 2000\n\n".utf8))
    #expect(try await site.ask("/data").status == 200)
    let pool = BlockingPool(name: "stop", threadCount: 1)
    try await pool.run { site.daemon.stop() }
    #expect(try await waiting.isClosedByServer())
    #expect(try await listening.isClosedByServer())
    #expect(throws: (any Error).self) { try RawClient(port: site.port) }
  }

  @Test func `many connections at once are all answered, and stopping in between is clean`()
    async throws
  {
    for _ in 0..<5 {
      let site = try TestSite()
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<40 {
          group.addTask {
            guard let client = try? RawClient(port: site.port) else { return }
            for _ in 0..<10 {
              let target = index % 3 == 0 ? "/quick" : index % 3 == 1 ? "/data" : "/static/app.js"
              guard let answer = try? await client.ask(target, host: site.host) else { return }
              #expect(answer.status == 200)
            }
          }
        }
        group.addTask {
          _ = try? await site.ask("/data")
          site.daemon.stop()
        }
      }
    }
  }

  @Test(arguments: [
    ("127.0.0.1", true, false), ("127.9.9.9", true, false), ("::1", true, false),
    ("localhost", true, false), ("0.0.0.0", false, true), ("::", false, true),
    ("192.168.1.5", false, false),
  ])
  func `addresses know whether they are ours alone`(text: String, loopback: Bool, any: Bool) throws
  {
    let address = try #require(ListeningSocket.Address(text))
    #expect(address.isLoopback == loopback)
    #expect(address.isAny == any)
    #expect(ListeningSocket.Address("example.org") == nil)
  }

  @Test func `a port in use is said in one sentence with the way out`() throws {
    let first = try ListeningSocket.open(host: "127.0.0.1", port: 0)
    let port = first.port
    let failure = #expect(throws: ListeningSocket.Failure.self) {
      _ = try ListeningSocket.open(host: "127.0.0.1", port: port)
    }
    #expect(failure?.description.contains("\(port) on 127.0.0.1 is in use") == true)
    #expect(failure?.description.contains("--port") == true)
    let unknown = #expect(throws: ListeningSocket.Failure.self) {
      _ = try ListeningSocket.open(host: "my-machine", port: 0)
    }
    #expect(unknown?.description.contains("--host") == true)
    let foreign = #expect(throws: ListeningSocket.Failure.self) {
      _ = try ListeningSocket.open(host: "203.0.113.7", port: 0)
    }
    #expect(foreign?.description.contains("not an address of this machine") == true)
  }
}
