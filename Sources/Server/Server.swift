import Catalog
import Glibc
import Library
import Media
import MemoryBudget
import Platform
import Synchronization
import Thumbnails

/// Serves a library to browsers and programs. See `docs/openapi.json` for what it answers.
///
/// ```swift
/// let server = Server(library: library, configuration: Server.Configuration())
/// try await server.run { address in print("Open \(address)") }
/// ```
public final class Server: Sendable {
  /// How a server is reached and what it shows.
  public struct Configuration: Sendable {
    /// A numeric address, or `localhost`. Any but a loopback address needs a token.
    public var host = "127.0.0.1"
    /// A port; 0 for any free one.
    public var port: UInt16 = 8420
    /// What clients must know.
    public var token: AccessToken?
    /// More `name:port` pairs the server answers to, e.g. behind a proxy.
    public var allowedHosts: [String] = []
    /// The page's files; nil to look beside the executable and in the checkout.
    public var webDirectory: FilePath?
    /// The version that is shown.
    public var version = "0.1.0"
    /// Hears what went wrong inside, one sentence at a time.
    public var log: @Sendable (String) -> Void = { _ in }

    /// The defaults: this machine only.
    public init() {}
  }

  private let library: Library
  private let configuration: Configuration
  private let running = Locked<Running?>(nil)

  private struct Running: Sendable {
    let daemon: HTTPDaemon
    let events: EventHub
    let reservation: Charge
  }

  /// A server that is not listening yet.
  public init(library: Library, configuration: Configuration = Configuration()) {
    self.library = library
    self.configuration = configuration
  }

  /// Serves until the task is cancelled.
  ///
  /// - Parameter ready: told the address to open as soon as it answers; with a token, the address has
  ///   it.
  /// - Throws: `ServerError` when it cannot listen; `BudgetError` when its buffers do not fit.
  public func run(ready: (_ address: String) -> Void = { _ in }) async throws {
    ready(try await start())
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    await withTaskCancellationHandler {
      for await _ in ends {}
    } onCancel: {
      end.finish()
    }
    await stop()
  }

  /// Starts listening; returns the address to open.
  public func start() async throws -> String {
    guard let address = ListeningSocket.Address(configuration.host) else {
      throw ServerError(
        "\(configuration.host) is not a numeric address; give one like 127.0.0.1, ::1 or 0.0.0.0 "
          + "with --host.")
    }
    if !address.isLoopback && configuration.token == nil {
      throw ServerError(
        "Others could reach \(configuration.host); protect it with --token random, --token-file FILE "
          + "or ALBUMEN_TOKEN, or serve on 127.0.0.1.")
    }
    let limits = HTTPDaemon.Configuration()
    let reservation = Charge(
      try await library.budget.reserve(
        limits.byteCount, for: library.budget.account("http.buffers", floor: limits.byteCount)))
    let socket: ListeningSocket
    do throws(ListeningSocket.Failure) {
      socket = try ListeningSocket.open(host: configuration.host, port: configuration.port)
    } catch {
      throw ServerError(error.description)
    }
    let port = socket.port
    let events = EventHub(library: library)
    let site = Site(
      routes: try routes(events: events),
      policy: AccessPolicy(
        hosts: hosts(address, port: port), port: port, token: configuration.token),
      atHand: ThumbnailShortcut(thumbnails: library.thumbnails).answer,
      translate: { [log = configuration.log] in APIError(translating: $0, log: log) })
    let daemon: HTTPDaemon
    do throws(SystemError) {
      daemon = try HTTPDaemon(socket: socket, configuration: limits, responder: site)
    } catch {
      throw ServerError("The server cannot start: \(error).")
    }
    running.withLock {
      $0 = Running(daemon: daemon, events: events, reservation: reservation)
    }
    let name = address.isAny ? "localhost" : configuration.host
    let query = configuration.token.map { "?token=\($0.text)" } ?? ""
    return "http://\(name.contains(":") ? "[\(name)]" : name):\(port)/\(query)"
  }

  /// Stops listening, ends what is being answered and waits for it.
  public func stop() async {
    guard let running = running.withLock({ $0.take() }) else { return }
    running.events.close()
    let pool = BlockingPool(name: "http-stop", threadCount: 1)
    try? await Task { try await pool.run { running.daemon.stop() } }.value
    pool.shutDown()
  }

  /// Method and pattern of every route, for the test that compares them with the description.
  package func routePatterns() throws -> [(method: String, pattern: String)] {
    try routes(events: EventHub(library: library)).map { ($0.method.rawValue, $0.pattern) }
  }

  private func routes(events: EventHub) throws -> [Route] {
    let web = try WebDirectory.find(configuration.webDirectory)
    let files = web.flatMap { try? StaticFiles(directory: $0) }
    if web == nil {
      configuration.log("The page's files were not found; only the API answers (see --web DIR).")
    }
    let description = web.flatMap { WebDirectory.description(beside: $0) }
    let api = APIRoutes(
      library: library, results: ResultStore(limit: APIRoutes.resultLimit), events: events,
      version: configuration.version, description: description,
      responseAccount: library.budget.account("http.responses"))
    let missing = APIError.notFound(
      "The page's files were not found; start the server with --web DIR.")
    let page = [
      Route(.get, "/", content: .page) { call in
        guard let files else { throw missing }
        var response = try files.response(for: ["index.html"], request: call.request)
        if let link = FirstLook.link(for: call.request.target) { response.headers.append(link) }
        return response
      },
      Route(.get, "/static/{path:rest}", content: .page) { call in
        guard let files else { throw missing }
        return try files.response(for: call.parameters.rest, request: call.request)
      },
    ]
    return api.routes + MediaRoutes(library: library).routes + page
  }

  private func hosts(_ address: ListeningSocket.Address, port: UInt16) -> Set<String> {
    var names: Set<String>
    if address.isAny {
      names = Set(localAddresses()).union(["localhost", "127.0.0.1", "[::1]"])
    } else if address.isLoopback {
      names = ["localhost", "127.0.0.1", "[::1]"]
    } else {
      names = []
    }
    let host = configuration.host
    names.insert(host.contains(":") ? "[\(host)]" : host)
    var hosts = Set(names.map { "\($0):\(port)" })
    // A browser leaves the port out when it is the usual one.
    if port == 80 { hosts.formUnion(names) }
    return hosts.union(configuration.allowedHosts)
  }
}

/// Why a server could not start: one sentence with the way out.
public struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
