import Glibc
import Platform

/// One request to our own server on this machine.
enum LoopbackClient {
  /// What a server answered.
  struct Answer {
    let status: Int
    let body: [UInt8]
  }

  /// The body of `path` (e.g. `/api/v1/memory`) on the server at `address`, at most 4 MiB. Blocks for
  /// at most ten seconds a read.
  ///
  /// - Throws: `CommandFailure` when there is no answer or it is not 200.
  static func get(_ path: String, from address: String) throws -> [UInt8] {
    let answer = try ask(path, of: address)
    guard answer.status == 200 else {
      throw CommandFailure(
        "the server at \(address.split(separator: "?")[0]) did not answer; is it busy or another one?"
      )
    }
    return answer.body
  }

  /// What the server at `address` answers to a GET of `path`, or to a POST of JSON; at most 4 MiB of it.
  /// Blocks for at most ten seconds a read.
  static func ask(_ path: String, json: [UInt8]? = nil, of address: String) throws -> Answer {
    let (host, port, token) = try parts(of: address)
    let socket = try connect(host: host, port: port)
    var request = "\(json == nil ? "GET" : "POST") \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\n"
    request += "Connection: close\r\n"
    if let token { request += "Authorization: Bearer \(token)\r\n" }
    if let json {
      request += "Content-Type: application/json\r\nContent-Length: \(json.count)\r\n"
    }
    try socket.write(Array((request + "\r\n").utf8) + (json ?? []))
    var response: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while response.count < 4 << 20 {
      let raw = socket.rawValue
      let count = unsafe recv(raw, &chunk, chunk.count, 0)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw SystemError.last("recv") }
      if count == 0 { break }
      response += chunk.prefix(count)
    }
    guard let end = response.firstRange(of: Array("\r\n\r\n".utf8)),
      let status = Int(String(decoding: response.prefix(12).suffix(3), as: UTF8.self))
    else {
      throw CommandFailure(
        "the server at \(host):\(port) did not answer; is it busy or another one?")
    }
    return Answer(status: status, body: Array(response[end.upperBound...]))
  }

  // "http://HOST:PORT/?token=TOKEN", as the server printed it.
  private static func parts(of address: String) throws -> (String, UInt16, String?) {
    let rest = address.split(separator: "//", maxSplits: 1).last ?? ""
    let authority = rest.prefix { $0 != "/" }
    guard let colon = authority.lastIndex(of: ":"),
      let port = UInt16(authority[authority.index(after: colon)...])
    else { throw CommandFailure("\(address) is not an address of a server") }
    let token = address.split(separator: "?token=").dropFirst().first.map(String.init)
    return (String(authority[..<colon]), port, token)
  }

  private static func connect(host: String, port: UInt16) throws -> FileDescriptor {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>? = nil
    let name = host.filter { $0 != "[" && $0 != "]" }
    guard unsafe getaddrinfo(name, String(port), &hints, &list) == 0 else {
      throw CommandFailure("\(host) is not known on this machine")
    }
    defer { unsafe freeaddrinfo(list) }
    var next = unsafe list
    while let candidate = unsafe next {
      let raw = unsafe socket(
        candidate.pointee.ai_family, candidate.pointee.ai_socktype | CInt(SOCK_CLOEXEC.rawValue), 0)
      if raw >= 0 {
        let descriptor = FileDescriptor(takingOwnershipOf: raw)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(
          raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if unsafe Glibc.connect(raw, candidate.pointee.ai_addr, candidate.pointee.ai_addrlen) == 0 {
          return descriptor
        }
      }
      unsafe next = candidate.pointee.ai_next
    }
    throw CommandFailure(
      "the server at \(host):\(port) does not answer: \(SystemError.last("connect"))")
  }
}
