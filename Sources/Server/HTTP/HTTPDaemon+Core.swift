import CMicrohttpd
import Glibc
import Platform
import Synchronization

extension HTTPDaemon {
  /// What the daemon's threads share; lives as long as they run.
  final class Core: Sendable {
    let watch: ConnectionWatch
    private let configuration: Configuration
    let responder: any HTTPResponder
    private let requestCount = Atomic(0)

    init(configuration: Configuration, responder: any HTTPResponder, watch: ConnectionWatch) {
      self.configuration = configuration
      self.responder = responder
      self.watch = watch
    }

    // MARK: - What the library calls

    static var callbacks: cmhd_callbacks {
      unsafe cmhd_callbacks(
        opened: { context, descriptor in
          guard let core = unsafe Core.from(context) else { return nil }
          let record = ConnectionRecord(descriptor: descriptor)
          core.watch.add(record)
          return unsafe Unmanaged.passRetained(record).toOpaque()
        },
        closed: { context, record in
          guard let core = unsafe Core.from(context), let record = unsafe record else { return }
          core.watch.remove(
            unsafe Unmanaged<ConnectionRecord>.fromOpaque(record).takeRetainedValue())
        },
        prepared: { context, record, head in
          guard let core = unsafe Core.from(context), let head = unsafe head else { return nil }
          return unsafe core.prepared(head.pointee, record: ConnectionRecord.from(record))
        },
        head: { context, record, connection, head, request in
          guard let core = unsafe Core.from(context), let connection = unsafe connection,
            let head = unsafe head, let request = unsafe request
          else { return CInt(CMHD_CLOSE.rawValue) }
          return unsafe core.receive(
            head.pointee, record: ConnectionRecord.from(record), connection, request)
        },
        body: { _, exchange, bytes, count in
          guard let exchange = unsafe Exchange.from(exchange) else {
            return CInt(CMHD_CLOSE.rawValue)
          }
          unsafe exchange.receive(UnsafeRawBufferPointer(start: bytes, count: count))
          return CInt(CMHD_CONTINUE.rawValue)
        },
        ready: { context, exchange, connection in
          guard let core = unsafe Core.from(context), let exchange = unsafe Exchange.from(exchange),
            let connection = unsafe connection
          else { return CInt(CMHD_CLOSE.rawValue) }
          return unsafe core.proceed(exchange, connection)
        },
        completed: { _, record, exchange in
          unsafe ConnectionRecord.from(record)?.startReadingClock()
          if let exchange = unsafe exchange {
            unsafe Unmanaged<Exchange>.fromOpaque(exchange).release()
          }
        })
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Core? {
      unsafe context.map { unsafe Unmanaged<Core>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: - A request's way

    private func receive(
      _ head: cmhd_head, record: ConnectionRecord?, _ connection: OpaquePointer,
      _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> CInt {
      let request: HTTPRequest
      let announcesBody: Bool
      switch unsafe RequestHead.read(head, bodyByteLimit: configuration.bodyByteLimit) {
      case .failure(let error):
        return unsafe refuseBody(responder.refuse(error), record, connection)
      case .success(let read): (request, announcesBody) = (read.request, read.announcesBody)
      }
      let exchange: Exchange
      switch responder.admit(request, hasBody: announcesBody) {
      case .answer(let response):
        if announcesBody { return unsafe refuseBody(response, record, connection) }
        exchange = Exchange(answer: response, record: record)
      case .work(let work):
        if enter() {
          exchange = Exchange(
            request: request, record: record, bodyByteLimit: configuration.bodyByteLimit,
            work: work, leave: { [self] in leave() })
        } else {
          let response = responder.refuse(
            .busy("\(configuration.requestLimit) requests are being answered already; try again."))
          if announcesBody { return unsafe refuseBody(response, record, connection) }
          exchange = Exchange(answer: response, record: record)
        }
      }
      // Answers are given when the library asks again: one that is given now ends the connection.
      unsafe context.pointee = Unmanaged.passRetained(exchange).toOpaque()
      return CInt(CMHD_CONTINUE.rawValue)
    }

    // Answers without reading the body that follows. It must not be read as a request either, so the
    // connection ends.
    private func refuseBody(
      _ response: HTTPResponse, _ record: ConnectionRecord?, _ connection: OpaquePointer
    ) -> CInt {
      record?.stopReadingClock()
      var response = response
      response.headers.append(("Connection", "close"))
      return unsafe Answer.give(response, on: connection, watch: watch)
    }

    private func proceed(_ exchange: Exchange, _ connection: OpaquePointer) -> CInt {
      exchange.record?.stopReadingClock()
      switch exchange.next() {
      case .close: return CInt(CMHD_CLOSE.rawValue)
      case .answer(let response):
        return unsafe Answer.give(response, on: connection, watch: watch)
      case .refuseBody:
        let limit = configuration.bodyByteLimit
        let response = responder.refuse(.bodyTooLong(limit: limit))
        return unsafe Answer.give(response, on: connection, watch: watch)
      case .start(let body):
        let connection = unsafe SuspendedConnection(connection)
        let isStarted = exchange.start(body: body, connection: connection, watch: watch)
        return CInt(isStarted ? CMHD_CONTINUE.rawValue : CMHD_CLOSE.rawValue)
      }
    }

    private func enter() -> Bool {
      let count = requestCount.add(1, ordering: .relaxed).newValue
      if count <= configuration.requestLimit { return true }
      leave()
      return false
    }

    private func leave() { requestCount.subtract(1, ordering: .relaxed) }
  }
}

/// A connection that can be taken out of the daemon's loop, and has to be given back exactly once.
@safe struct SuspendedConnection: @unchecked Sendable {
  // Suspended only by the daemon's own thread; any thread may resume, and the library does not free
  // a connection while it is suspended.
  private let connection: OpaquePointer
  /// Its socket.
  let descriptor: CInt

  init(_ connection: OpaquePointer) {
    unsafe self.connection = connection
    descriptor = unsafe cmhd_descriptor(connection)
  }

  func suspend() { unsafe cmhd_suspend(connection) }

  func resume() { unsafe cmhd_resume(connection) }
}

extension ConnectionRecord {
  static func from(_ context: UnsafeMutableRawPointer?) -> ConnectionRecord? {
    unsafe context.map { unsafe Unmanaged<ConnectionRecord>.fromOpaque($0).takeUnretainedValue() }
  }
}

extension Exchange {
  static func from(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    unsafe context.map { unsafe Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
  }
}
