import CMicrohttpd
import Glibc
import Platform

/// An answer of status 200 made of bytes that are in memory.
package struct Shortcut: Sendable {
  /// The body.
  package let bytes: [UInt8]
  /// The entity tag, with its quotes; asked for only when the answer is made.
  package let tag: @Sendable () -> String
  /// The other headers.
  package let headers: FixedHeaders
  /// Where the finished answer is kept for the next request of the same; nil to make it each time.
  package let place: Attachment?

  /// An answer from its parts.
  package init(
    bytes: [UInt8], tag: @autoclosure @escaping @Sendable () -> String, headers: FixedHeaders,
    keptIn place: Attachment? = nil
  ) {
    self.bytes = bytes
    self.tag = tag
    self.headers = headers
    self.place = place
  }
}

/// Headers that many answers share, laid out once as C wants them. Kept until the process ends: make
/// a constant number of them.
@safe package struct FixedHeaders: @unchecked Sendable {
  // Written once, by the initialiser; nobody frees or changes what it points to.
  private let headers: UnsafeBufferPointer<cmhd_header>

  /// Lays headers out.
  package init(_ headers: [(name: String, value: String)]) {
    let buffer = UnsafeMutableBufferPointer<cmhd_header>.allocate(capacity: headers.count)
    for (index, header) in headers.enumerated() {
      unsafe buffer.initializeElement(
        at: index, to: cmhd_header(name: strdup(header.name), value: strdup(header.value)))
    }
    unsafe self.headers = UnsafeBufferPointer(buffer)
  }

  func add(to response: OpaquePointer) -> Bool {
    unsafe cmhd_add_headers(response, headers.baseAddress, headers.count) != 0
  }
}

extension HTTPDaemon.Core {
  /// A finished answer for the library, when the responder has one at once.
  ///
  /// What asks a question beyond "give me this" (conditions, ranges, credentials) goes the usual way.
  func prepared(_ head: cmhd_head, record: ConnectionRecord?) -> OpaquePointer? {
    let isPlain =
      unsafe head.authorization.bytes == nil && head.if_none_match.bytes == nil
      && head.if_modified_since.bytes == nil && head.range.bytes == nil
      && !isEmpty(head.origin) && !isEmpty(head.sec_fetch_site)
    guard isPlain else { return nil }
    let found = unsafe responder.shortcut(
      path: Self.buffer(head.path).span, query: Self.buffer(head.query).span,
      host: Self.buffer(head.host).span, origin: Self.buffer(head.origin).span,
      fetchSite: Self.buffer(head.sec_fetch_site).span)
    guard let found else { return nil }
    let made =
      found.place.map { $0.value { SharedAnswer(found) } } ?? SharedAnswer(found)
    guard let answer = unsafe made?.lent() else { return nil }
    // The request is complete: from here on the time that passes is ours.
    record?.stopReadingClock()
    return unsafe answer
  }

  // A header that is there and empty is not one that is absent.
  private func isEmpty(_ text: cmhd_text) -> Bool { unsafe text.bytes != nil && text.count == 0 }

  private static func buffer(_ text: cmhd_text) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: text.bytes, count: text.count)
  }
}

extension Answer {
  /// An answer with its headers; nil when there is no memory.
  static func make(_ shortcut: Shortcut) -> OpaquePointer? {
    guard let made = unsafe bytesResponse(shortcut.bytes, keeping: nil) else { return nil }
    let isComplete =
      unsafe shortcut.headers.add(to: made)
      && cmhd_add_header(made, "ETag", shortcut.tag()) != 0
    if isComplete { return unsafe made }
    unsafe cmhd_discard(made)
    return nil
  }
}

/// An answer that is made once and given many times: its headers take the library longer than to send
/// it. Connections that send from it outlive it.
@safe private final class SharedAnswer: @unchecked Sendable {
  // Counted in C, and never changed once it is made.
  private let shared: OpaquePointer

  /// Nil when there is no memory.
  init?(_ shortcut: Shortcut) {
    guard let made = unsafe Answer.make(shortcut), let shared = unsafe cmhd_share(made) else {
      return nil
    }
    unsafe self.shared = shared
  }

  deinit { unsafe cmhd_release(shared) }

  /// The answer with one owner more, who releases it.
  func lent() -> OpaquePointer { unsafe cmhd_retain(shared) }
}
