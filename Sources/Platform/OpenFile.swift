/// A file opened for reading, shared by reference: what a request to a worker carries.
///
/// Closed when the last holder lets go. Thread-safe: the descriptor is only read with `pread`.
public final class OpenFile: Sendable {
  /// The descriptor, open as long as this object lives.
  public let descriptor: FileDescriptor
  /// The path it was opened by, for messages only.
  public let path: FilePath

  /// Takes over an open descriptor.
  public init(descriptor: consuming FileDescriptor, path: FilePath) {
    self.descriptor = descriptor
    self.path = path
  }
}
