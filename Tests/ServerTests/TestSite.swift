import Platform
import TestSupport

@testable import Server

/// A daemon on a free loopback port with routes that need no library.
final class TestSite: Sendable {
  let port: UInt16
  let host: String
  let daemon: HTTPDaemon
  let stream = EventStream()
  let gate = Gate()
  let cancelled = Gate()
  /// Tells of each request for `/wait` once it is being worked on.
  let arrivals = AsyncStream<Void>.makeStream()
  let directory: TemporaryDirectory
  /// The places of the answers under `/kept`.
  let kept = KeptPlaces()

  /// Four places that can be given up for new ones.
  final class KeptPlaces: Sendable {
    private let places = Locked((0..<4).map { _ in Attachment() })

    subscript(number: Int) -> Attachment? {
      places.withLock { $0.indices.contains(number) ? $0[number] : nil }
    }

    func forget() {
      let new = (0..<4).map { _ in Attachment() }
      places.withLock { $0 = new }
    }
  }

  private static let headers = FixedHeaders([("Content-Type", "text/plain"), ("X-Name", "value")])

  init(
    token: AccessToken? = nil, adjust: (inout HTTPDaemon.Configuration) -> Void = { _ in }
  ) throws {
    let directory = try TemporaryDirectory()
    _ = try directory.write("web/app.js", Array("export {}".utf8))
    _ = try directory.write("web/secret.txt", Array("no type".utf8))
    _ = try directory.write("web/.hidden.js", Array("hidden".utf8))
    _ = try directory.write("outside.js", Array("outside".utf8))
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    let original = try directory.write("original.bin", bytes)
    let files = try StaticFiles(directory: directory.path.appending("web"))
    let (stream, gate, cancelled, kept) = (stream, gate, cancelled, kept)
    let arrived = arrivals.continuation
    var configuration = HTTPDaemon.Configuration()
    adjust(&configuration)
    let socket = try ListeningSocket.open(host: "127.0.0.1", port: 0)
    port = socket.port
    host = "127.0.0.1:\(socket.port)"
    let policy = AccessPolicy(
      hosts: [host, "localhost:\(socket.port)"], port: socket.port, token: token)
    let site = Site(
      routes: [
        Route(.get, "/", content: .page) { _ in HTTPResponse(200, body: .bytes(Array("page".utf8)))
        },
        Route(.get, "/quick", immediate: { _ in .json { $0.member("quick", true) } }) { _ in
          throw APIError.internalFailure
        },
        Route(.get, "/known") { _ in HTTPResponse(200, body: .bytes(Array("worked for".utf8))) },
        Route(.get, "/data") { _ in .json { $0.member("x", 1) } },
        Route(.get, "/query") { call in
          .json { $0.member("q", call.request.target.value(of: "q")) }
        },
        Route(.post, "/echo") { call in
          HTTPResponse(200, body: .bytes(call.request.body))
        },
        Route(.get, "/wait") { _ in
          arrived.yield()
          await withTaskCancellationHandler {
            await gate.wait()
          } onCancel: {
            cancelled.open()
            gate.open()
          }
          return .json { _ in }
        },
        Route(.get, "/late-events") { _ in
          cancelled.open()
          await gate.wait()
          return HTTPResponse(200, body: .events(stream))
        },
        Route(.get, "/events") { _ in
          HTTPResponse(200, headers: [("Content-Type", "text/event-stream")], body: .events(stream))
        },
        Route(.get, "/static/{path:rest}", content: .page) { call in
          try files.response(for: call.parameters.rest, request: call.request)
        },
        Route(.get, "/cut", content: .media) { _ in
          // As if the file had lost its end after it was looked at.
          let file = OpenFile(
            descriptor: try .open(original, flags: 0), path: original)
          return HTTPResponse(200, body: .file(file, offset: 150_000, count: 100_000))
        },
        Route(.get, "/media", content: .media) { _ in
          let file = OpenFile(
            descriptor: try .open(original, flags: 0), path: original)
          return HTTPResponse(200, body: .file(file, offset: 1000, count: 150_000))
        },
      ], policy: policy,
      atHand: { path, query in
        guard query.isEmpty else { return nil }
        // `/kept/N`: answers that are kept, each in a place of its own, until they are forgotten.
        if path.count == 7, path[1] == UInt8(ascii: "k"), path[5] == UInt8(ascii: "/"),
          let place = kept[Int(path[6]) - 0x30]
        {
          return Shortcut(
            bytes: [UInt8](repeating: path[6], count: 300_000), tag: "\"kept\"",
            headers: Self.headers, keptIn: place)
        }
        guard path.count == 6, path[1] == UInt8(ascii: "k") else { return nil }
        return Shortcut(bytes: Array("at hand".utf8), tag: "\"tag\"", headers: Self.headers)
      })
    daemon = try HTTPDaemon(socket: socket, configuration: configuration, responder: site)
    self.directory = directory
  }

  /// Asks on a connection of its own.
  func ask(_ target: String, host: String? = nil, headers: [String] = []) async throws
    -> RawClient.Answer
  {
    try await ask("GET", target, host: host, headers: headers)
  }

  /// Asks with another method.
  func ask(
    _ method: String, _ target: String, host: String? = nil, headers: [String] = [],
    body: String? = nil
  ) async throws -> RawClient.Answer {
    try await RawClient(port: port).ask(
      method, target, host: host ?? self.host, headers: headers, body: body)
  }

  deinit { daemon.stop() }
}

/// Lets waiters through once it is open.
final class Gate: Sendable {
  private let state = Locked<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>(
    (false, []))

  func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiters.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }
}
