import CMicrohttpd
import Glibc
import Platform

/// What answers requests.
package protocol HTTPResponder: Sendable {
  /// Looks at a request's head, on a thread of the daemon: must not block.
  func admit(_ request: HTTPRequest, hasBody: Bool) -> Admission

  /// The answer to a plain GET (no body, nothing conditional, no credentials) if it is in memory and
  /// its head says that it may be given; nil sends the request the usual way.
  ///
  /// Runs on a thread of the daemon: must not block. All arguments are as sent, not decoded; `origin`
  /// and `fetchSite` are empty when there is no such header.
  func shortcut(
    path: Span<UInt8>, query: Span<UInt8>, host: Span<UInt8>, origin: Span<UInt8>,
    fetchSite: Span<UInt8>
  ) -> Shortcut?

  /// The answer to a request that could not even be read.
  func refuse(_ error: APIError) -> HTTPResponse
}

/// What a request's head led to.
package enum Admission: Sendable {
  /// The answer is here already; a body that may follow is not read.
  case answer(HTTPResponse)
  /// The answer has to be worked for, in a task that is cancelled when the client leaves.
  case work(@Sendable (HTTPRequest) async -> HTTPResponse)
}

/// An HTTP/1.1 server on libmicrohttpd: a few threads, each with its own epoll set.
///
/// Everything a client can make it hold is bounded: connections, in all and per address, the bytes of
/// each, requests in work, the size of a body, and the time a request may take to come in.
package final class HTTPDaemon: Sendable {
  /// The bounds.
  package struct Configuration: Sendable {
    /// Threads that read and write sockets; they never run handlers that wait.
    package var threadCount = 2
    /// Open connections. Browsers keep six to a host, and one more for events.
    package var connectionLimit = 256
    /// Open connections of one client address.
    package var connectionLimitPerAddress = 128
    /// Bytes of one connection's head and buffers; a longer head is refused with 431 or 414.
    package var connectionByteCount = 16 << 10
    /// A connection on which nothing moves that long is closed.
    package var idleSeconds = 30
    /// A request must be complete that long after the connection was ready for it.
    package var requestSeconds = 40
    /// Bytes of a request's body.
    package var bodyByteLimit = 1 << 20
    /// Requests worked on at once; more are answered with 503.
    package var requestLimit = 128

    /// The usual bounds.
    package init() {}

    /// What connections may hold, for the ledger.
    package var byteCount: Int { connectionLimit * connectionByteCount }
  }

  private let core: Core
  // The address of the library's daemon; nil once `stop` has taken it. The library's functions may be
  // called from any thread.
  private let address: Locked<UInt?>

  /// Starts serving on a socket.
  ///
  /// - Throws: `SystemError` when the system refuses threads or descriptors.
  package init(
    socket: consuming ListeningSocket, configuration: Configuration,
    responder: some HTTPResponder
  ) throws(SystemError) {
    let core = Core(
      configuration: configuration, responder: responder,
      watch: try ConnectionWatch(
        requestNanoseconds: UInt64(configuration.requestSeconds) * 1_000_000_000))
    var limits = cmhd_configuration()
    limits.thread_count = UInt32(configuration.threadCount)
    limits.connection_limit = UInt32(configuration.connectionLimit)
    limits.connection_limit_per_address = UInt32(configuration.connectionLimitPerAddress)
    limits.idle_seconds = UInt32(configuration.idleSeconds)
    limits.connection_byte_count = configuration.connectionByteCount
    limits.thread_stack_byte_count = 512 << 10
    var callbacks = Core.callbacks
    // The daemon closes the socket, also when it cannot start.
    limits.listening_descriptor = try socket.descriptor.duplicate().relinquish()
    let context = unsafe Unmanaged.passRetained(core).toOpaque()
    guard let daemon = unsafe cmhd_start(&limits, &callbacks, context) else {
      let failure = SystemError.last("MHD_start_daemon")
      unsafe Unmanaged<Core>.fromOpaque(context).release()
      close(limits.listening_descriptor)
      throw failure
    }
    self.core = core
    address = Locked(UInt(bitPattern: daemon))
    core.watch.start()
  }

  /// Ends: no new connections, tasks cancelled, streams ended, threads joined. Blocks for as long as
  /// the threads need to notice (milliseconds); call it from a `BlockingPool`.
  package func stop() {
    guard let taken = address.withLock({ $0.take() }),
      let pointer = unsafe OpaquePointer(bitPattern: taken)
    else { return }
    unsafe cmhd_stop_accepting(pointer)
    core.watch.close()
    unsafe cmhd_stop(pointer)
    core.watch.stop()
    unsafe Unmanaged.passUnretained(core).release()
  }

  deinit { stop() }
}
