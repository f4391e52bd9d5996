import CLinux
import CScan
import Glibc
import Platform

/// The few system calls of a scan, with a place where tests make them fail.
///
/// Everything is relative to an open directory: no path is ever too long, and a directory that is
/// renamed while it is read stays the same directory.
package struct FileSystem: Sendable {
  /// What a scan asks for.
  package enum Operation: Sendable, Hashable {
    case openDirectory, listDirectory, status, openFile
  }

  /// The `errno` to fail with instead of asking the kernel; nil asks it. Called with the last
  /// component of what the call is about (empty for a root), on scan threads.
  package var fault: (@Sendable (Operation, ArraySlice<UInt8>) -> CInt?)?

  /// Asks the kernel, always.
  package init() {}

  /// Fails where `fault` says so.
  package init(fault: @escaping @Sendable (Operation, ArraySlice<UInt8>) -> CInt?) {
    self.fault = fault
  }

  private func check(
    _ operation: Operation, _ name: ArraySlice<UInt8>, call: String
  ) throws(SystemError) {
    if let fault, let code = fault(operation, name) {
      throw SystemError(code: code, call: call, path: FilePath(bytes: name))
    }
  }

  /// Opens a root by its absolute path. A root may be a symbolic link: the user named it.
  func openRoot(_ path: FilePath) throws(SystemError) -> OpenDirectory {
    try check(.openDirectory, [], call: "open")
    let descriptor = try FileDescriptor.open(path, flags: cscan_directory_flags(1))
    return try OpenDirectory(descriptor: descriptor)
  }

  /// Opens a directory in a directory.
  func openDirectory(
    _ name: TerminatedName, in parent: OpenDirectory, followsLinks: Bool
  ) throws(SystemError) -> OpenDirectory {
    try check(.openDirectory, name.bytes, call: "openat")
    let descriptor = try open(name, in: parent, flags: cscan_directory_flags(followsLinks ? 1 : 0))
    return try OpenDirectory(descriptor: descriptor)
  }

  /// Opens a file for reading, without waiting for the other end of a fifo.
  func openFile(
    _ name: TerminatedName, in parent: OpenDirectory, followsLinks: Bool
  ) throws(SystemError) -> FileDescriptor {
    try check(.openFile, name.bytes, call: "openat")
    return try open(name, in: parent, flags: cscan_file_flags(followsLinks ? 1 : 0))
  }

  private func open(
    _ name: TerminatedName, in parent: OpenDirectory, flags: CInt
  ) throws(SystemError) -> FileDescriptor {
    let directory = parent.descriptor.rawValue
    while true {
      let raw = unsafe name.withCString { unsafe clinux_openat(directory, $0, flags, 0) }
      if raw >= 0 { return FileDescriptor(takingOwnershipOf: raw) }
      if errno != EINTR {
        throw SystemError(code: errno, call: "openat", path: FilePath(bytes: name.bytes))
      }
    }
  }

  /// What is at a name in a directory.
  func status(
    _ name: TerminatedName, in parent: OpenDirectory, followsLinks: Bool
  ) throws(SystemError) -> FileStatus {
    try check(.status, name.bytes, call: "fstatat")
    var raw = cscan_status()
    let directory = parent.descriptor.rawValue
    let code = unsafe name.withCString {
      unsafe cscan_status_at(directory, $0, followsLinks ? 1 : 0, &raw)
    }
    if code != 0 {
      throw SystemError(code: errno, call: "fstatat", path: FilePath(bytes: name.bytes))
    }
    return FileStatus(raw)
  }

  /// What an open descriptor is.
  static func status(of descriptor: borrowing FileDescriptor) throws(SystemError) -> FileStatus {
    var raw = cscan_status()
    if unsafe cscan_status_of(descriptor.rawValue, &raw) != 0 { throw .last("fstat") }
    return FileStatus(raw)
  }

  /// Asked before each `getdents64`.
  func checkListing(_ name: ArraySlice<UInt8>) throws(SystemError) {
    try check(.listDirectory, name, call: "getdents64")
  }
}

/// What `stat` says that a scan compares.
struct FileStatus: Sendable, Equatable {
  enum Kind: Sendable { case unknown, file, directory, link, special }

  var byteCount: Int64
  var modifiedNanoseconds: Int64
  var inode: UInt64
  var device: UInt64
  var kind: Kind

  init(_ raw: cscan_status) {
    byteCount = raw.byte_count
    modifiedNanoseconds = raw.modified_nanoseconds
    inode = raw.inode
    device = raw.device
    kind = Kind(raw.kind)
  }

  /// True when both are the same content, as far as `stat` can tell.
  func isSameContent(as other: FileStatus) -> Bool {
    byteCount == other.byteCount && modifiedNanoseconds == other.modifiedNanoseconds
      && inode == other.inode
  }
}

extension FileStatus.Kind {
  init(_ raw: cscan_kind) {
    self =
      switch raw {
      case CSCAN_FILE: .file
      case CSCAN_DIRECTORY: .directory
      case CSCAN_LINK: .link
      case CSCAN_SPECIAL: .special
      default: .unknown
      }
  }
}

/// An open directory, shared by reference; closed when the last holder lets go.
final class OpenDirectory: Sendable {
  let descriptor: FileDescriptor
  let device: UInt64
  let inode: UInt64

  init(descriptor: consuming FileDescriptor) throws(SystemError) {
    let status = try FileSystem.status(of: descriptor)
    self.descriptor = descriptor
    device = status.device
    inode = status.inode
  }

  func isSame(as other: OpenDirectory) -> Bool {
    device == other.device && inode == other.inode
  }
}

/// One component with its terminating NUL, where it lies: making one copies nothing.
struct TerminatedName: Sendable {
  private let terminated: ArraySlice<UInt8>

  /// `terminated` ends with the only NUL in it.
  init(terminated: ArraySlice<UInt8>) { self.terminated = terminated }

  /// A copy of a name, with a NUL.
  init(_ name: some Collection<UInt8>) { terminated = (Array(name) + [0])[...] }

  /// The name without the NUL.
  var bytes: ArraySlice<UInt8> { terminated.dropLast() }

  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe terminated.withUnsafeBufferPointer { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) { text in
        guard let base = text.baseAddress else { preconditionFailure("a name has its NUL") }
        return unsafe body(base)
      }
    }
  }
}
