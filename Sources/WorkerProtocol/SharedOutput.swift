import CSandbox
import Glibc
import Platform

/// Memory that a worker writes big results to and that the parent made: its size is sealed, so
/// neither side can pull it away from under the other.
public enum SharedOutput {
  /// Makes one of `byteCount` bytes; pages exist once they are written.
  public static func make(byteCount: Int) throws(SystemError) -> FileDescriptor {
    precondition(byteCount > 0, "shared memory needs a size")
    let memory = try FileDescriptor.memory(named: "albumen-output")
    let raw = memory.rawValue
    try systemCall("ftruncate") { ftruncate(raw, byteCount) }
    let code = csandbox_seal_size(raw)
    if code != 0 { throw SystemError(code: code, call: "fcntl") }
    return memory
  }

  /// Writes `parts` one after the other into the memory behind `descriptor`; false when they do not
  /// fit.
  ///
  /// - Throws: when the memory cannot be mapped or its size is not sealed (writing to memory that
  ///   shrinks would end the process).
  public static func write(
    _ parts: [[UInt8]], to descriptor: CInt
  ) throws(SystemError) -> Bool {
    guard csandbox_has_sealed_size(descriptor) == 1 else {
      throw SystemError(code: EINVAL, call: "fcntl(F_GET_SEALS)")
    }
    var status = stat()
    try systemCall("fstat") { unsafe fstat(descriptor, &status) }
    let room = Int(status.st_size)
    let end = parts.reduce(0) { $0 + $1.count }
    guard end <= room else { return false }
    if end == 0 { return true }
    let mapping = unsafe mmap(nil, end, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let base = unsafe mapping, unsafe base != MAP_FAILED else { throw .last("mmap") }
    defer { unsafe munmap(base, end) }
    var offset = 0
    for part in parts {
      unsafe part.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        unsafe (base + offset).copyMemory(from: start, byteCount: bytes.count)
      }
      offset += part.count
    }
    return true
  }
}
