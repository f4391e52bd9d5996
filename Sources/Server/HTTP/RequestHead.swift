import CMicrohttpd

/// Reads what the library parsed into an `HTTPRequest`, or says why it is refused.
///
/// The library is lenient where two servers could disagree about where a request ends; here nothing
/// is left to disagree about.
enum RequestHead {
  typealias Reading = (request: HTTPRequest, announcesBody: Bool)

  static func read(_ head: cmhd_head, bodyByteLimit: Int) -> Result<Reading, APIError> {
    if unsafe head.doubtful_count > 0 {
      return .failure(
        .badRequest("A header came twice that may come once, or its name has a blank."))
    }
    let encoding = unsafe text(head.transfer_encoding)
    let length = unsafe text(head.content_length)
    if encoding != nil, length != nil {
      return .failure(
        .badRequest("A request has a Content-Length or a Transfer-Encoding, not both."))
    }
    if let encoding, encoding.lowercased() != "chunked" {
      return .failure(
        APIError(501, "not-implemented", "The only transfer encoding understood is chunked."))
    }
    var announcesBody = encoding != nil
    if let length {
      guard let count = length == "0" ? 0 : Router<Void>.number(length) else {
        return .failure(.badRequest("The Content-Length is not a number."))
      }
      guard count <= bodyByteLimit else { return .failure(.bodyTooLong(limit: bodyByteLimit)) }
      announcesBody = count > 0
    }
    guard
      let target = unsafe RequestTarget(path: buffer(head.path), query: buffer(head.query))
    else {
      return .failure(.badRequest("The address is not one this server could have given out."))
    }
    var headers = HTTPRequest.Headers()
    unsafe headers.host = text(head.host)
    unsafe headers.origin = text(head.origin)
    unsafe headers.fetchSite = text(head.sec_fetch_site)
    unsafe headers.fetchMode = text(head.sec_fetch_mode)
    unsafe headers.fetchDestination = text(head.sec_fetch_dest)
    unsafe headers.contentType = text(head.content_type)
    unsafe headers.authorization = text(head.authorization)
    unsafe headers.cookie = text(head.cookie)
    unsafe headers.ifNoneMatch = text(head.if_none_match)
    unsafe headers.ifModifiedSince = text(head.if_modified_since)
    unsafe headers.ifRange = text(head.if_range)
    unsafe headers.range = text(head.range)
    let method = unsafe HTTPMethod(rawValue: text(head.method) ?? "") ?? .other
    return .success(
      (HTTPRequest(method: method, target: target, headers: headers), announcesBody))
  }

  private static func buffer(_ text: cmhd_text) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: text.bytes, count: text.count)
  }

  private static func text(_ text: cmhd_text) -> String? {
    unsafe text.bytes == nil ? nil : String(decoding: buffer(text), as: UTF8.self)
  }
}

extension APIError {
  static func bodyTooLong(limit: Int) -> APIError {
    APIError(413, "too-large", "A body has at most \(limit) bytes here; send less at a time.")
  }
}
