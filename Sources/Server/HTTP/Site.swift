import Platform

/// A request with what its path's parameters took.
package struct Call: Sendable {
  package let request: HTTPRequest
  package let parameters: RouteParameters

  /// The first numeric parameter.
  func number(_ index: Int = 0) -> Int64 { parameters.numbers[index] }

  /// A decimal query member in a range; nil when it is absent.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
    guard let text = request.target.value(of: name) else { return nil }
    guard text == "0" || Router<Void>.number(text) != nil, let value = Int(text),
      range.contains(value)
    else {
      throw .badRequest(
        "\(name) is a number from \(range.lowerBound) to \(range.upperBound), without signs.")
    }
    return value
  }
}

/// One way to ask for something.
package struct Route: Sendable {
  /// What kind of content is answered: decides about the headers every answer gets.
  package enum Content: Sendable {
    /// JSON, events, metrics.
    case data
    /// The page's own files.
    case page
    /// Bytes that came from users' files; a browser must never run anything in them.
    case media
  }

  let method: HTTPMethod
  let pattern: String
  let content: Content
  let immediate: (@Sendable (Call) throws(APIError) -> HTTPResponse?)?
  let work: @Sendable (Call) async throws -> HTTPResponse

  /// A route whose answer has to be worked for; `immediate` may answer on the daemon's thread when
  /// it can do so without waiting.
  package init(
    _ method: HTTPMethod, _ pattern: String, content: Content = .data,
    immediate: (@Sendable (Call) throws(APIError) -> HTTPResponse?)? = nil,
    work: @escaping @Sendable (Call) async throws -> HTTPResponse
  ) {
    self.method = method
    self.pattern = pattern
    self.content = content
    self.immediate = immediate
    self.work = work
  }
}

/// Routes behind the access policy: the one place every answer passes, right or wrong.
package final class Site: HTTPResponder {
  private let router: Router<Route>
  private let policy: AccessPolicy
  private let translate: @Sendable (any Error) -> APIError
  private let atHand: @Sendable (_ path: Span<UInt8>, _ query: Span<UInt8>) -> Shortcut?

  /// A site of these routes. `atHand` may answer a plain GET before it is even read, with what the
  /// route of that path would answer; `translate` turns what a route threw into an answer.
  package init(
    routes: [Route], policy: AccessPolicy,
    atHand: @escaping @Sendable (_ path: Span<UInt8>, _ query: Span<UInt8>) -> Shortcut? = {
      _, _ in nil
    },
    translate: @escaping @Sendable (any Error) -> APIError = { _ in .internalFailure }
  ) {
    router = Router(routes.map { ($0.method, $0.pattern, $0) })
    self.policy = policy
    self.translate = translate
    self.atHand = atHand
  }

  package func shortcut(
    path: Span<UInt8>, query: Span<UInt8>, host: Span<UInt8>, origin: Span<UInt8>,
    fetchSite: Span<UInt8>
  ) -> Shortcut? {
    guard policy.allowsAtOnce(host: host, origin: origin, fetchSite: fetchSite) else { return nil }
    return atHand(path, query)
  }

  package func admit(_ request: HTTPRequest, hasBody: Bool) -> Admission {
    let outcome = router.find(request.method, request.target.segments)
    var content = Route.Content.data
    if case .found(let route, _) = outcome { content = route.content }
    switch policy.decide(request, area: content == .page ? .page : .data) {
    case .refuse(let error): return .answer(refuse(error))
    case .trade(let location, let cookie):
      return .answer(
        finish(
          HTTPResponse(
            303,
            headers: [
              ("Location", location), ("Set-Cookie", cookie), ("Cache-Control", "no-store"),
            ]), .page))
    case .allow: break
    }
    switch outcome {
    case .notFound: return .answer(refuse(.notFound("There is nothing at this address.")))
    case .methodNotAllowed(let allow):
      return .answer(
        refuse(
          APIError(
            405, "method-not-allowed", "This address takes \(allow).", headers: [("Allow", allow)]))
      )
    case .found(let route, let parameters):
      if let error = AccessPolicy.refusalOfBody(request, hasBody: hasBody) {
        return .answer(refuse(error))
      }
      return admit(request, route, parameters)
    }
  }

  package func refuse(_ error: APIError) -> HTTPResponse { finish(error.response, .data) }

  private func admit(
    _ request: HTTPRequest, _ route: Route, _ parameters: RouteParameters
  ) -> Admission {
    if let immediate = route.immediate {
      do throws(APIError) {
        if let response = try immediate(Call(request: request, parameters: parameters)) {
          return .answer(finish(response, route.content))
        }
      } catch {
        return .answer(refuse(error))
      }
    }
    return .work { [self] request in
      do {
        let response = try await route.work(Call(request: request, parameters: parameters))
        return finish(response, route.content)
      } catch let error as APIError {
        return refuse(error)
      } catch {
        return refuse(translate(error))
      }
    }
  }

  private func finish(_ response: HTTPResponse, _ content: Route.Content) -> HTTPResponse {
    var response = response
    response.headers += Self.headers(of: content)
    return response
  }

  /// What every answer of this kind carries.
  static func headers(of content: Route.Content) -> [(name: String, value: String)] {
    let all = [
      (name: "X-Content-Type-Options", value: "nosniff"),
      (name: "Referrer-Policy", value: "no-referrer"),
      (name: "Cross-Origin-Resource-Policy", value: "same-origin"),
    ]
    switch content {
    case .media: return all + [("Content-Security-Policy", mediaPolicy)]
    case .page, .data:
      return all + [
        ("Content-Security-Policy", pagePolicy), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
      ]
    }
  }

  private static let mediaPolicy = "default-src 'none'; sandbox"
  private static let pagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    + "connect-src 'self'; media-src 'self'; manifest-src 'self'; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'"
}

extension APIError {
  static let internalFailure = APIError(
    500, "internal", "Something failed inside the server; its log says what.")
}
