import Platform

/// What a request wants done.
package enum HTTPMethod: String, Sendable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case patch = "PATCH"
  case delete = "DELETE"
  /// Any other method; no route answers it.
  case other = ""

  /// True for methods that may change something.
  var isWrite: Bool { self != .get && self != .head }
}

/// One request, with its target decoded strictly and its body complete.
///
/// Immutable; headers that the server never looks at are not kept.
package final class HTTPRequest: Sendable {
  /// The headers the server looks at; nil when the client did not send one.
  package struct Headers: Sendable {
    var host: String?
    var origin: String?
    var fetchSite: String?
    var fetchMode: String?
    var fetchDestination: String?
    var contentType: String?
    var authorization: String?
    var cookie: String?
    var ifNoneMatch: String?
    var ifModifiedSince: String?
    var ifRange: String?
    var range: String?

    /// No header at all.
    package init() {}
  }

  package let method: HTTPMethod
  package let target: RequestTarget
  package let headers: Headers
  package let body: [UInt8]

  /// A request from its parts.
  package init(
    method: HTTPMethod, target: RequestTarget, headers: Headers = Headers(), body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }

  /// The same request with its body.
  func with(body: [UInt8]) -> HTTPRequest {
    HTTPRequest(method: method, target: target, headers: headers, body: body)
  }
}
