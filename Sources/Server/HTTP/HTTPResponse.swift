import Platform

/// The answer to one request.
package struct HTTPResponse: Sendable {
  /// What follows the headers.
  package enum Body: Sendable {
    /// Nothing.
    case none
    /// Bytes, shared with the sender until the last of them is out; `keeping` is kept as long.
    case bytes([UInt8], keeping: (any AnyObject & Sendable)? = nil)
    /// `count` bytes of a file from `offset`, sent by the kernel.
    case file(OpenFile, offset: Int64, count: Int64)
    /// Events, as long as both sides want.
    case events(EventStream)
  }

  package var status: UInt
  package var headers: [(name: String, value: String)]
  package var body: Body

  /// An answer from its parts.
  package init(
    _ status: UInt, headers: [(name: String, value: String)] = [], body: Body = .none
  ) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A JSON answer; JSON is never stored, since it changes with the library.
  package static func json(
    _ status: UInt = 200, reservingByteCount: Int = 0,
    keeping owner: (any AnyObject & Sendable)? = nil,
    _ members: (inout JSONWriter) -> Void
  ) -> HTTPResponse {
    var writer = JSONWriter(reservingByteCount: reservingByteCount)
    writer.object(members)
    return HTTPResponse(
      status,
      headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
      body: .bytes(writer.bytes, keeping: owner))
  }

  /// Tells whoever makes the body that nobody will read it.
  func discard() {
    if case .events(let stream) = body { stream.close() }
  }

  /// A header's value; nil when it is not there.
  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// An error that is an answer: what the client is told, in the one form all errors have.
package struct APIError: Error, Sendable {
  /// The HTTP status.
  package let status: UInt
  /// A short name for programs, e.g. `not-found`.
  package let code: String
  /// A sentence for people, with the way out.
  package let message: String
  /// Headers the status asks for, such as `Allow` or `Retry-After`.
  package var headers: [(name: String, value: String)] = []
  /// Where a query's text is wrong, in UTF-16.
  package var range: Range<Int>?
  /// What could stand there instead.
  package var suggestions: [String] = []

  /// An error from its parts.
  package init(
    _ status: UInt, _ code: String, _ message: String,
    headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.headers = headers
  }

  /// The answer for it.
  package var response: HTTPResponse {
    var response = HTTPResponse.json(status) { json in
      json.object("error") { json in
        json.member("code", code)
        json.member("message", message)
        if let range {
          json.member("position", range.lowerBound)
          json.member("length", range.count)
          json.array("suggestions") { json in for text in suggestions { json.string(text) } }
        }
      }
    }
    response.headers += headers
    return response
  }

  static func badRequest(_ message: String) -> APIError { APIError(400, "bad-request", message) }

  static func notFound(_ message: String) -> APIError { APIError(404, "not-found", message) }

  static func busy(_ message: String, retryAfterSeconds: Int = 1) -> APIError {
    APIError(503, "busy", message, headers: [("Retry-After", String(retryAfterSeconds))])
  }
}
