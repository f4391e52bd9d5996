import Glibc

/// The numeric addresses of this machine's network interfaces.
///
/// A server that listens on all of them answers to each by its number: a number cannot be rebound
/// the way a name can.
func localAddresses() -> [String] {
  var first: UnsafeMutablePointer<ifaddrs>?
  guard unsafe getifaddrs(&first) == 0 else { return [] }
  defer { unsafe freeifaddrs(first) }
  var found: [String] = []
  var next = unsafe first
  while let entry = unsafe next {
    unsafe next = entry.pointee.ifa_next
    guard let name = unsafe entry.pointee.ifa_addr else { continue }
    let family = unsafe CInt(name.pointee.sa_family)
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let isWritten =
      switch family {
      case AF_INET:
        unsafe name.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
          unsafe inet_ntop(family, &address.pointee.sin_addr, &text, socklen_t(text.count)) != nil
        }
      case AF_INET6:
        unsafe name.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
          unsafe inet_ntop(family, &address.pointee.sin6_addr, &text, socklen_t(text.count)) != nil
        }
      default: false
      }
    guard isWritten else { continue }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let address = String(decoding: bytes, as: UTF8.self)
    found.append(family == AF_INET6 ? "[\(address)]" : address)
  }
  return found
}
