/// The path and the query of a request, decoded once and strictly.
///
/// A path that could mean two things is refused rather than repaired: no dot segments, no empty
/// segments, no encoded slash, backslash or control character, no invalid or overlong UTF-8. So what
/// the router compares is exactly what the client meant, and no segment can leave a directory.
package struct RequestTarget: Sendable, Equatable {
  /// The decoded segments; empty for "/".
  package let segments: [String]
  /// The decoded query, in order; a name without "=" has an empty value.
  package let query: [(name: String, value: String)]

  /// Longer targets are refused.
  static let maximumByteCount = 4096
  /// More query members are refused.
  static let maximumQueryCount = 32

  /// Decodes a path and a query as sent; nil when either is not acceptable.
  package init?(path: some Collection<UInt8>, query: some Collection<UInt8> = []) {
    guard path.first == UInt8(ascii: "/"),
      path.count + query.count <= Self.maximumByteCount
    else { return nil }
    var segments: [String] = []
    if path.count > 1 {
      for part in path.dropFirst().split(
        separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      {
        guard let segment = Self.decode(part, plusIsSpace: false), !segment.isEmpty,
          segment != ".", segment != "..",
          !segment.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") })
        else { return nil }
        segments.append(segment)
      }
    }
    self.segments = segments

    var members: [(name: String, value: String)] = []
    for part in query.split(separator: UInt8(ascii: "&")) {
      let halves = part.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard members.count < Self.maximumQueryCount,
        let name = Self.decode(halves[0], plusIsSpace: true),
        let value = halves.count > 1 ? Self.decode(halves[1], plusIsSpace: true) : ""
      else { return nil }
      members.append((name, value))
    }
    self.query = members
  }

  /// The value of a query member; nil when it is absent or there twice.
  package func value(of name: String) -> String? {
    var found: String?
    for member in query where member.name == name {
      if found != nil { return nil }
      found = member.value
    }
    return found
  }

  /// The path as a browser would send it, without the query.
  package var encodedPath: String {
    "/" + segments.map(Self.encode).joined(separator: "/")
  }

  /// Path and query without the members called `name`.
  package func encoded(without name: String) -> String {
    let kept = query.filter { $0.name != name }
    if kept.isEmpty { return encodedPath }
    return encodedPath + "?"
      + kept.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
  }

  /// Percent-encodes all but the unreserved characters of RFC 3986.
  static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // One pass: what is decoded is never decoded again, so "%252e" stays the text "%2e".
  private static func decode(_ part: some Collection<UInt8>, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(part.count)
    var index = part.startIndex
    while index != part.endIndex {
      var byte = part[index]
      part.formIndex(after: &index)
      if byte == UInt8(ascii: "%") {
        guard index != part.endIndex, let high = digit(part[index]) else { return nil }
        part.formIndex(after: &index)
        guard index != part.endIndex, let low = digit(part[index]) else { return nil }
        part.formIndex(after: &index)
        byte = high << 4 | low
      } else if plusIsSpace && byte == UInt8(ascii: "+") {
        byte = UInt8(ascii: " ")
      }
      if byte < 0x20 || byte == 0x7F { return nil }
      bytes.append(byte)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  package static func == (left: RequestTarget, right: RequestTarget) -> Bool {
    left.segments == right.segments && left.query.elementsEqual(right.query, by: ==)
  }
}
