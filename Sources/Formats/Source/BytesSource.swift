import Media

/// Bytes in memory as a source.
public struct BytesSource: ByteSource, Sendable {
  private let bytes: [UInt8]

  /// A source of these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var byteCount: Int64 { Int64(bytes.count) }

  public var rawDescriptor: CInt? { nil }

  public func head() -> [UInt8] {
    bytes.count <= headByteCount ? bytes : Array(bytes[..<headByteCount])
  }

  public func read(at offset: Int64, count: Int) -> [UInt8] {
    guard offset >= 0, offset < byteCount, count > 0 else { return [] }
    let start = Int(offset)
    return Array(bytes[start..<(start + min(count, bytes.count - start))])
  }
}
