import Glibc
import Platform
import TestSupport

/// A client that sends exactly the bytes it is told to: what tests of a server need.
final class RawClient: Sendable {
  struct Answer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    subscript(name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  struct Failure: Error, CustomStringConvertible { let description: String }

  // Tests block in reads; never on the cooperative pool, which the server needs.
  private static let pool = BlockingPool(name: "raw-client", threadCount: 32)

  private let socket: OpenFile
  private let unread = Locked<[UInt8]>([])

  init(port: UInt16) throws {
    let raw = try systemCall("socket") { Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0) }
    socket = OpenFile(descriptor: FileDescriptor(takingOwnershipOf: raw), path: "socket")
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    try withUnsafePointer(to: &name) { pointer in
      _ = try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        try systemCall("connect") {
          connect(raw, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
  }

  /// Sends text as it is.
  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Sends bytes as they are.
  func send(_ bytes: [UInt8]) async throws {
    let socket = socket
    try await Self.pool.run {
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
          Glibc.send(socket.descriptor.rawValue, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if count < 0 { throw SystemError.last("send") }
        sent += count
      }
    }
  }

  /// Sends a request with the usual headers and reads its answer.
  func ask(_ target: String, host: String, headers: [String] = []) async throws -> Answer {
    try await ask("GET", target, host: host, headers: headers)
  }

  /// Sends a request with another method.
  func ask(
    _ method: String, _ target: String, host: String, headers: [String] = [],
    body: String? = nil
  ) async throws -> Answer {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)"] + headers
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    return try await answer(hasBody: method != "HEAD")
  }

  /// Reads one answer.
  func answer(hasBody: Bool = true) async throws -> Answer {
    let head = try await read(until: Array("\r\n\r\n".utf8))
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    guard let first = lines.first, first.hasPrefix("HTTP/1."),
      let status = Int(first.split(separator: " ")[1])
    else { throw Failure(description: "not an answer: \(lines)") }
    let headers = lines.dropFirst().map { line in
      let halves = line.split(separator: ":", maxSplits: 1)
      return (
        name: String(halves[0]),
        value: halves.count > 1 ? String(halves[1].drop { $0 == " " }) : ""
      )
    }
    var answer = Answer(status: status, headers: headers, body: [])
    if hasBody, let count = answer["Content-Length"].flatMap({ Int($0) }) {
      answer.body = try await read(count: count)
    }
    return answer
  }

  /// Reads until these bytes have come, and returns all up to and with them.
  func read(until end: [UInt8]) async throws -> [UInt8] {
    while true {
      let found = unread.withLock { unread -> [UInt8]? in
        guard unread.count >= end.count else { return nil }
        for start in 0...(unread.count - end.count) where unread[start...].starts(with: end) {
          defer { unread.removeFirst(start + end.count) }
          return Array(unread[..<(start + end.count)])
        }
        return nil
      }
      if let found { return found }
      if try await !receive() { throw Failure(description: "the server closed the connection") }
    }
  }

  func read(count: Int) async throws -> [UInt8] {
    while unread.withLock({ $0.count }) < count {
      if try await !receive() { throw Failure(description: "the server closed the connection") }
    }
    return unread.withLock { unread in
      defer { unread.removeFirst(count) }
      return Array(unread[..<count])
    }
  }

  /// Reads all that comes until the server closes the connection.
  func readToEnd() async throws -> [UInt8] {
    _ = try await isClosedByServer()
    return unread.withLock { unread in
      defer { unread = [] }
      return unread
    }
  }

  /// True when the server closes the connection, after whatever it may still send.
  func isClosedByServer() async throws -> Bool {
    do { while try await receive() {} } catch let error as SystemError {
      return error.code == ECONNRESET
    }
    return true
  }

  /// Ends the connection at once.
  func hangUp() { shutdown(socket.descriptor.rawValue, CInt(SHUT_RDWR)) }

  private func receive() async throws -> Bool {
    let socket = socket
    let bytes = try await Self.pool.run {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = recv(socket.descriptor.rawValue, &buffer, buffer.count, 0)
      if count < 0 { throw SystemError.last("recv") }
      return Array(buffer[..<count])
    }
    unread.withLock { $0 += bytes }
    return !bytes.isEmpty
  }
}
