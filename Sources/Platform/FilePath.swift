/// A path as Linux has it: any bytes but NUL, not necessarily UTF-8.
///
/// A `String` cannot hold every file name (names need not be valid UTF-8), so paths stay bytes from
/// `readdir` to the catalog and back; `description` repairs them for people only.
public struct FilePath: Sendable, Hashable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// The bytes, without a terminating NUL and without a trailing slash (but "/" itself).
  public let bytes: [UInt8]

  /// A path from its bytes; trailing slashes are dropped, and so is all from a NUL on.
  public init(bytes: some Collection<UInt8>) {
    var kept = Array(bytes)
    if let end = kept.firstIndex(of: 0) { kept.removeSubrange(end...) }
    while kept.count > 1, kept.last == UInt8(ascii: "/") { kept.removeLast() }
    self.bytes = kept
  }

  /// A path from text.
  public init(_ text: String) { self.init(bytes: Array(text.utf8)) }

  public init(stringLiteral value: String) { self.init(value) }

  /// For people: invalid UTF-8 becomes U+FFFD. Never open what this returns.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// True when the path starts at the root.
  public var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }

  /// The bytes after the last slash; empty for "/".
  public var nameBytes: ArraySlice<UInt8> {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
    return bytes[(slash + 1)...]
  }

  /// The last component, repaired for people.
  public var name: String { String(decoding: nameBytes, as: UTF8.self) }

  /// The extension in lower case without its dot; empty when there is none.
  public var fileExtension: String {
    let name = nameBytes
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "" }
    let ending = name[(dot + 1)...]
    // Asked for every file of a scan, and nearly always this already.
    let isLower = ending.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    let text = String(decoding: ending, as: UTF8.self)
    return isLower ? text : text.lowercased()
  }

  /// The directory this is in; "." for a bare name, "/" for "/".
  public var parent: FilePath {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == 0 ? "/" : FilePath(bytes: bytes[..<slash])
  }

  /// This path with one more component (or a relative path) behind it.
  public func appending(bytes more: some Collection<UInt8>) -> FilePath {
    var joined: [UInt8] = []
    joined.reserveCapacity(bytes.count + 1 + more.count)
    joined += bytes
    if joined.last != UInt8(ascii: "/"), !joined.isEmpty { joined.append(UInt8(ascii: "/")) }
    joined.append(contentsOf: more)
    return FilePath(bytes: joined)
  }

  /// This path with one more component (or a relative path) behind it.
  public func appending(_ more: String) -> FilePath { appending(bytes: Array(more.utf8)) }

  /// True when `self` is `ancestor` or lies below it, by whole components.
  public func isWithin(_ ancestor: FilePath) -> Bool {
    guard bytes.starts(with: ancestor.bytes) else { return false }
    return bytes.count == ancestor.bytes.count || ancestor.bytes == [UInt8(ascii: "/")]
      || bytes[ancestor.bytes.count] == UInt8(ascii: "/")
  }

  /// What is left of this path below `ancestor`, without a leading slash; nil when it is not below.
  public func relative(to ancestor: FilePath) -> ArraySlice<UInt8>? {
    guard isWithin(ancestor) else { return nil }
    return bytes.dropFirst(ancestor.bytes.count).drop { $0 == UInt8(ascii: "/") }
  }

  /// Lends the path as a C string for the duration of `body`.
  public func withCString<Result, Failure: Error>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var terminated = bytes.map { CChar(bitPattern: $0) }
    terminated.append(0)
    var outcome: Swift.Result<Result, Failure>?
    unsafe terminated.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      do throws(Failure) { outcome = .success(try unsafe body(base)) } catch {
        outcome = .failure(error)
      }
    }
    guard let outcome else { preconditionFailure("a terminated buffer always has a base") }
    return try outcome.get()
  }

  public static func < (left: FilePath, right: FilePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
