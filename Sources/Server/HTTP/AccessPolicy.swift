/// Who may ask: decided from a request's head, before anything else is looked at.
///
/// Three walls against other web pages and one against other people. The `Host` must be one of
/// ours, port included, so a name rebound to a loopback address does not reach us (421). `Origin` and
/// `Sec-Fetch-Site` must not speak of another site (403). Writes must be JSON, which no HTML form can
/// send (415). And with a token, every request must carry it, or the cookie it was traded for (401).
package struct AccessPolicy: Sendable {
  /// What kind of thing is asked for: how strict the look at where the request comes from is.
  package enum Area: Sendable {
    /// The page itself: may be opened from a link on another site, never framed or embedded.
    case page
    /// All the rest: only our own page, or programs that are not browsers.
    case data
  }

  /// What to do with a request.
  package enum Decision: Sendable {
    case allow
    case refuse(APIError)
    /// The token came in the address: trade it for a cookie and take it out of the address.
    case trade(location: String, cookie: String)
  }

  private let hosts: Set<String>
  private let origins: Set<String>
  private let token: AccessToken?
  // The cookie is not the token: cookies go to every port of a host, and other services live there.
  private let session = AccessToken.random()
  private let cookieName: String
  // The same names and origins as bytes, for `allowsAtOnce`.
  private let hostBytes: [[UInt8]]
  private let originBytes: [[UInt8]]
  private static let sameOrigin = Array("same-origin".utf8)

  /// A policy for a server at these `host[:port]` names.
  package init(hosts: some Sequence<String>, port: UInt16, token: AccessToken?) {
    self.hosts = Set(hosts)
    origins = Set(self.hosts.map { "http://\($0)" })
    self.token = token
    hostBytes = self.hosts.map { Array($0.utf8) }
    originBytes = origins.map { Array($0.utf8) }
    cookieName = "albumen-\(port)"
  }

  /// Decides who may ask, from the head alone.
  package func decide(_ request: HTTPRequest, area: Area) -> Decision {
    guard let host = request.headers.host, hosts.contains(host) else {
      return .refuse(
        APIError(
          421, "wrong-host",
          "This server does not answer to that name; open it by the address it printed, or start it "
            + "with --allow-host NAME:PORT."))
    }
    if let refusal = refusal(of: request, area: area) { return .refuse(refusal) }
    return authorise(request)
  }

  /// True when a GET for data with these headers is allowed beyond doubt; false means "ask `decide`".
  ///
  /// The same walls without a copy of anything: one of our names, no other site, no token needed.
  /// `origin` and `fetchSite` are empty when there is no such header.
  package func allowsAtOnce(
    host: Span<UInt8>, origin: Span<UInt8>, fetchSite: Span<UInt8>
  ) -> Bool {
    token == nil && Self.contains(hostBytes, host)
      && (origin.isEmpty || Self.contains(originBytes, origin))
      && (fetchSite.isEmpty || Self.areEqual(Self.sameOrigin, fetchSite))
  }

  private static func contains(_ list: [[UInt8]], _ text: Span<UInt8>) -> Bool {
    for index in list.indices where areEqual(list[index], text) { return true }
    return false
  }

  private static func areEqual(_ known: [UInt8], _ text: Span<UInt8>) -> Bool {
    guard known.count == text.count else { return false }
    for index in known.indices where known[index] != text[index] { return false }
    return true
  }

  /// Decides whether the announced body may come: writes are JSON, all else has none. What
  /// is deleted may be named by the address alone.
  package static func refusalOfBody(_ request: HTTPRequest, hasBody: Bool) -> APIError? {
    if request.method.isWrite {
      // No form and no image sends one, and other sites' scripts are turned away by their origin.
      if request.method == .delete && !hasBody { return nil }
      if isJSON(request.headers.contentType) { return nil }
      return APIError(
        415, "unsupported-media-type", "Send the body as Content-Type: application/json.")
    }
    return hasBody
      ? .badRequest("A \(request.method.rawValue) request has no body here.") : nil
  }

  private func refusal(of request: HTTPRequest, area: Area) -> APIError? {
    let headers = request.headers
    let foreign = APIError(
      403, "cross-site", "Another web site asked for this; only Albumen's own page may.")
    if let origin = headers.origin, !origins.contains(origin) { return foreign }
    switch headers.fetchSite {
    case nil, "same-origin": return nil
    case "none": return request.method.isWrite ? foreign : nil
    default:
      let isNavigation = headers.fetchMode == "navigate" && headers.fetchDestination == "document"
      return area == .page && isNavigation && !request.method.isWrite ? nil : foreign
    }
  }

  private func authorise(_ request: HTTPRequest) -> Decision {
    guard let token else { return .allow }
    if let authorization = request.headers.authorization {
      let scheme = authorization.prefix(7)
      if scheme.lowercased() == "bearer ", token.matches(authorization.dropFirst(7)) {
        return .allow
      }
    }
    // Before the cookie, so that a token never stays in the address.
    if !request.method.isWrite, let offered = request.target.value(of: "token"),
      token.matches(offered)
    {
      return .trade(
        location: request.target.encoded(without: "token"),
        cookie: "\(cookieName)=\(session.text); Path=/; HttpOnly; SameSite=Strict")
    }
    if let cookie = request.headers.cookie {
      for pair in cookie.split(separator: ";") {
        let halves = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        if halves.count == 2, halves[0] == cookieName, session.matches(halves[1]) { return .allow }
      }
    }
    return .refuse(
      APIError(
        401, "token-needed",
        "This server needs its token: open the address it printed, or send Authorization: Bearer.",
        headers: [("WWW-Authenticate", "Bearer")]))
  }

  private static func isJSON(_ contentType: String?) -> Bool {
    guard let contentType else { return false }
    let parts = contentType.lowercased().split(separator: ";").map { part in
      part.filter { $0 != " " && $0 != "\t" }
    }
    return parts.first == "application/json"
      && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" || $0 == "charset=\"utf-8\"" }
  }
}
