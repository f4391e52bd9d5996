import Glibc
import Platform
import TestSupport
import Testing

@testable import MemoryBudget

@Suite struct `Mapped buffers` {
  let budget = MemoryBudget(byteLimit: 256 << 20)

  func makeBuffer(_ byteCount: Int) throws -> MappedBuffer {
    let size = MappedBuffer.reservedByteCount(for: byteCount)
    return try MappedBuffer(
      byteCount: byteCount,
      reservation: try require(budget.reserveIfRoom(size, for: budget.account("buffers"))))
  }

  @Test func `memory is zeroed, writable, charged by whole pages and given back`() throws {
    do {
      var buffer = try makeBuffer(10_000)
      #expect(budget.snapshot().used == 12_288)
      let byteCount = buffer.bytes.byteCount
      let first = buffer.bytes.unsafeLoad(fromByteOffset: 9999, as: UInt8.self)
      #expect(byteCount == 10_000 && first == 0)
      var bytes = buffer.mutableBytes
      bytes.storeBytes(of: 42, toByteOffset: 9999, as: UInt8.self)
      let last = buffer.withUnsafeBytes { $0[9999] }
      #expect(last == 42)
      buffer.discardContents()
      let discarded = buffer.withUnsafeBytes { $0[9999] }
      #expect(discarded == 0)
    }
    #expect(budget.snapshot().used == 0)
  }

  /// In a process of its own, where nothing else takes or gives back pages that are no file's.
  @Test(.disabled(if: Sanitizer.isOn, Comment(rawValue: Sanitizer.cause)))
  func `the system gets every page back`() async {
    await #expect(processExitsWith: .success) {
      let buffers = `Mapped buffers`()
      let byteCount = 64 << 20
      let before = try anonymousByteCount()
      var buffer = try buffers.makeBuffer(byteCount)
      buffer.withUnsafeMutableBytes { bytes in
        for offset in stride(from: 0, to: byteCount, by: 4096) { bytes[offset] = 1 }
      }
      let during = try anonymousByteCount()
      #expect(during - before > 60 << 20, "\(before) before, \(during) when all is written")
      buffer.shrink(to: 32 << 20)
      #expect(buffers.budget.snapshot().used == 32 << 20)
      let shrunk = try anonymousByteCount()
      #expect(during - shrunk > 28 << 20, "\(during) before, \(shrunk) for half")
      buffer.discardContents()
      let discarded = try anonymousByteCount()
      #expect(shrunk - discarded > 28 << 20, "\(shrunk) before, \(discarded) without contents")
      buffers.release(buffer)
      let after = try anonymousByteCount()
      #expect(after - before < 8 << 20, "\(before) before, \(after) at the end")
      #expect(buffers.budget.snapshot().used == 0)
    }
  }

  func release(_ buffer: consuming MappedBuffer) {}

  @Test func `shared memory is seen by whoever maps its descriptor, and cannot shrink`() throws {
    let account = budget.account("shared")
    var written = try MappedBuffer.shared(
      named: "test", byteCount: 5000,
      reservation: try require(budget.reserveIfRoom(8192, for: account)))
    written.withUnsafeMutableBytes {
      $0.storeBytes(of: 0xABCD, toByteOffset: 4096, as: UInt16.self)
    }
    let descriptor = written.descriptor ?? -1
    let copy = FileDescriptor(takingOwnershipOf: fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
    let status = try copy.status()
    #expect(status.st_size == 8192)
    #expect(ftruncate(descriptor, 0) == -1 && errno == EPERM)
    let read = try MappedBuffer.mapping(
      copy, byteCount: 5000,
      reservation: try require(budget.reserveIfRoom(8192, for: account)))
    let value = read.withUnsafeBytes { $0.load(fromByteOffset: 4096, as: UInt16.self) }
    #expect(value == 0xABCD)
    written.discardContents()
    let discarded = read.withUnsafeBytes { $0.load(fromByteOffset: 4096, as: UInt16.self) }
    #expect(discarded == 0)
  }

  @Test func `what the system refuses is an error and gives the reservation back`() throws {
    let account = budget.account("shared")
    let closed = FileDescriptor(takingOwnershipOf: 1_000_000)
    let reservation = try require(budget.reserveIfRoom(4096, for: account))
    var failure: SystemError?
    do throws(SystemError) {
      release(try MappedBuffer.mapping(closed, byteCount: 100, reservation: reservation))
    } catch {
      failure = error
    }
    #expect(failure == SystemError(code: EBADF, call: "mmap"))
    #expect(budget.snapshot().used == 0)
  }

  @Test func `a reservation too small for the buffer traps`() async {
    await #expect(processExitsWith: .failure) {
      let budget = MemoryBudget(byteLimit: 1 << 20)
      let reservation = try require(budget.reserveIfRoom(4096, for: budget.account("work")))
      _ = try MappedBuffer(byteCount: 4097, reservation: reservation)
    }
  }
}

/// What this process holds that is no file's: what pages of files weigh changes with every process that
/// maps the same ones.
private func anonymousByteCount() throws -> Int {
  let text = try ProcFile.text("/proc/self/smaps_rollup")
  return try #require(ProcFile.number("Pss_Anon", in: text)) * 1024
}
