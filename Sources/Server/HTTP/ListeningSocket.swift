import Glibc
import Platform

/// A TCP socket that listens on one numeric address.
package struct ListeningSocket: ~Copyable, Sendable {
  /// Why a socket could not be opened, as a sentence with the way out.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    /// The `errno`; 0 when the address itself is wrong.
    package let code: CInt
    package let description: String
  }

  /// An address to listen on.
  package enum Address: Sendable, Equatable {
    case v4([UInt8])
    case v6([UInt8])

    /// A numeric IPv4 or IPv6 address, or `localhost`; nil for any other name.
    package init?(_ text: String) {
      let text = text == "localhost" ? "127.0.0.1" : text
      var v4 = in_addr()
      var v6 = in6_addr()
      if unsafe inet_pton(AF_INET, text, &v4) == 1 {
        self = .v4(unsafe withUnsafeBytes(of: v4) { unsafe Array($0) })
      } else if unsafe inet_pton(AF_INET6, text, &v6) == 1 {
        self = .v6(unsafe withUnsafeBytes(of: v6) { unsafe Array($0) })
      } else {
        return nil
      }
    }

    /// True for 127.0.0.0/8 and ::1.
    package var isLoopback: Bool {
      switch self {
      case .v4(let bytes): bytes[0] == 127
      case .v6(let bytes): bytes == Array(repeating: 0, count: 15) + [1]
      }
    }

    /// True for 0.0.0.0 and ::.
    package var isAny: Bool {
      switch self {
      case .v4(let bytes), .v6(let bytes): bytes.allSatisfy { $0 == 0 }
      }
    }
  }

  /// The descriptor, listening and non-blocking.
  package let descriptor: FileDescriptor
  /// The port it got; the one asked for unless that was 0.
  package let port: UInt16

  /// Opens, binds and listens.
  package static func open(host: String, port: UInt16) throws(Failure) -> ListeningSocket {
    guard let address = Address(host) else {
      throw Failure(
        code: 0,
        description:
          "\(host) is not a numeric address; give one like 127.0.0.1, ::1 or 0.0.0.0 with --host.")
    }
    do throws(SystemError) {
      return try open(address, port: port)
    } catch {
      throw Failure(code: error.code, description: sentence(error, host: host, port: port))
    }
  }

  private static func open(_ address: Address, port: UInt16) throws(SystemError) -> ListeningSocket
  {
    let family =
      switch address {
      case .v4: AF_INET
      case .v6: AF_INET6
      }
    let type =
      CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
    let raw = try systemCall("socket") { socket(family, type, 0) }
    let descriptor = FileDescriptor(takingOwnershipOf: raw)
    var yes: CInt = 1
    let yesCount = socklen_t(MemoryLayout<CInt>.size)
    try systemCall("setsockopt") {
      unsafe setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &yes, yesCount)
    }
    var bound: UInt16 = 0
    switch address {
    case .v4(let bytes):
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_port = port.bigEndian
      unsafe withUnsafeMutableBytes(of: &name.sin_addr) { unsafe $0.copyBytes(from: bytes) }
      try bindAndListen(raw, &name)
      bound = UInt16(bigEndian: name.sin_port)
    case .v6(let bytes):
      var name = sockaddr_in6()
      name.sin6_family = sa_family_t(AF_INET6)
      name.sin6_port = port.bigEndian
      unsafe withUnsafeMutableBytes(of: &name.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
      try bindAndListen(raw, &name)
      bound = UInt16(bigEndian: name.sin6_port)
    }
    return ListeningSocket(descriptor: descriptor, port: bound)
  }

  // Binds to `name`, listens, and leaves in `name` what the kernel chose.
  private static func bindAndListen<Name>(_ raw: CInt, _ name: inout Name) throws(SystemError) {
    var count = socklen_t(MemoryLayout<Name>.size)
    try unsafe withUnsafeMutablePointer(to: &name) { pointer throws(SystemError) in
      let generic = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      try systemCall("bind") { unsafe bind(raw, generic, count) }
      try systemCall("listen") { listen(raw, 128) }
      try systemCall("getsockname") { unsafe getsockname(raw, generic, &count) }
    }
  }

  private static func sentence(_ error: SystemError, host: String, port: UInt16) -> String {
    switch error.code {
    case EADDRINUSE:
      "Port \(port) on \(host) is in use; is Albumen running already? Choose another with --port, "
        + "or --port 0 for any free one."
    case EACCES:
      "Port \(port) needs more rights than this process has; choose one from 1024 up with --port."
    case EADDRNOTAVAIL:
      "\(host) is not an address of this machine; use --host 127.0.0.1 or one that `ip address` "
        + "lists."
    default: "Cannot listen on \(host), port \(port): \(error)."
    }
  }
}
