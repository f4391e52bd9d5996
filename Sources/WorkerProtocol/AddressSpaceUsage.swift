import Glibc
import Platform

/// What a process has mapped and holds, from `/proc/PID/statm`: one short read, cheap enough to
/// make after every job (the exact share of common pages takes `smaps_rollup`).
public struct AddressSpaceUsage: Sendable, Equatable {
  /// Everything mapped: what `RLIMIT_AS` is held against.
  public let byteCount: Int
  /// Private writable mappings, the stack included: what `RLIMIT_DATA` is held against.
  public let dataByteCount: Int
  /// Resident pages that no file backs.
  public let residentPrivateByteCount: Int

  /// The usage of a process; nil when it is gone.
  public init?(of process: pid_t) {
    guard
      let file = try? FileDescriptor.open(FilePath("/proc/\(process)/statm"), flags: O_RDONLY),
      let bytes = try? file.read(at: 0, count: 256)
    else { return nil }
    let numbers = bytes.split(whereSeparator: { $0 == 0x20 || $0 == 0x0a }).map { digits in
      digits.reduce(0) { $0 &* 10 &+ Int($1 &- 0x30) }
    }
    // size resident shared text lib data dirty, in pages.
    guard numbers.count >= 6 else { return nil }
    let page = sysconf(CInt(_SC_PAGESIZE))
    byteCount = numbers[0] * page
    residentPrivateByteCount = (numbers[1] - numbers[2]) * page
    dataByteCount = numbers[5] * page
  }
}
