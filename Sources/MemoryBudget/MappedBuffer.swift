import CLinux
import Glibc
import Platform

/// Memory mapped from the system, with the reservation that pays for it. Both are given back when the
/// value ends.
///
/// Unlike `malloc`, unmapping gives every page back at once, and a shared one can be handed to another
/// process. One owner; lend its bytes as spans.
// Sendable: the mapping has one owner, and the spans it lends cannot outlive a borrow of it.
@safe public struct MappedBuffer: ~Copyable, @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  /// The usable bytes.
  public private(set) var byteCount: Int
  private var mappedByteCount: Int
  private var reservation: Reservation
  private let file: FileDescriptor?

  // From linux/fcntl.h, which glibc's module leaves out: F_ADD_SEALS, and F_SEAL_SEAL | F_SEAL_SHRINK
  // | F_SEAL_GROW.
  private static var addSeals: CInt { 1033 }
  private static var sealSizeForGood: CInt { 0x1 | 0x2 | 0x4 }

  /// What a buffer of `byteCount` bytes costs: whole pages. Reserve this much.
  public static func reservedByteCount(for byteCount: Int) -> Int {
    let page = sysconf(CInt(_SC_PAGESIZE))
    return max(page, (byteCount + page - 1) / page * page)
  }

  /// Zeroed private memory; pages are taken from the system when they are first written.
  ///
  /// - Parameters:
  ///   - byteCount: the size.
  ///   - reservation: at least `reservedByteCount(for: byteCount)`.
  public init(byteCount: Int, reservation: consuming Reservation) throws(SystemError) {
    try self.init(
      byteCount: byteCount, reservation: reservation, file: nil, descriptor: nil,
      protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS)
  }

  /// Zeroed memory that other processes can map through `descriptor`; its size is sealed.
  public static func shared(
    named name: String, byteCount: Int, reservation: consuming Reservation
  ) throws(SystemError) -> MappedBuffer {
    let file = try FileDescriptor.memory(named: name)
    let raw = file.rawValue
    let size = MappedBuffer.reservedByteCount(for: byteCount)
    try systemCall("ftruncate") { ftruncate(raw, size) }
    try systemCall("fcntl") {
      clinux_fcntl_int(raw, addSeals, sealSizeForGood)
    }
    return try MappedBuffer(
      byteCount: byteCount, reservation: reservation, file: file, descriptor: raw,
      protection: PROT_READ | PROT_WRITE, flags: MAP_SHARED)
  }

  /// Maps what another process wrote into a `memfd`, read-only unless `isWritable`.
  ///
  /// The caller has checked with `fstat` that the file has `byteCount` bytes and with its seals that it
  /// cannot shrink: a shrunken file would make reading it a SIGBUS.
  public static func mapping(
    _ file: consuming FileDescriptor, byteCount: Int, isWritable: Bool = false,
    reservation: consuming Reservation
  ) throws(SystemError) -> MappedBuffer {
    let raw = file.rawValue
    return try MappedBuffer(
      byteCount: byteCount, reservation: reservation, file: file, descriptor: raw,
      protection: isWritable ? PROT_READ | PROT_WRITE : PROT_READ, flags: MAP_SHARED)
  }

  private init(
    byteCount: Int, reservation: consuming Reservation, file: consuming FileDescriptor?,
    descriptor: CInt?, protection: CInt, flags: CInt
  ) throws(SystemError) {
    let size = MappedBuffer.reservedByteCount(for: byteCount)
    precondition(byteCount >= 0, "no buffer is smaller than nothing")
    precondition(
      reservation.byteCount >= size,
      "a buffer of \(byteCount) bytes needs \(size) reserved, not \(reservation.byteCount)")
    guard let base = unsafe mmap(nil, size, protection, flags, descriptor ?? -1, 0),
      unsafe base != MAP_FAILED
    else { throw .last("mmap") }
    unsafe self.base = base
    self.byteCount = byteCount
    self.mappedByteCount = size
    self.reservation = reservation
    self.file = file
    self.descriptor = descriptor
  }

  // Runs before the reservation's own deinit: the bytes are free before they are called free.
  deinit { unsafe munmap(base, mappedByteCount) }

  /// The memory's descriptor, for handing it to another process; nil for private memory.
  public let descriptor: CInt?

  /// The bytes, for reading.
  public var bytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes, for writing; the buffer must be writable.
  public var mutableBytes: MutableRawSpan {
    @_lifetime(&self) mutating get {
      let span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: byteCount)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// Lends the bytes for reading.
  public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: base, count: byteCount))
  }

  /// Lends the bytes for writing; the buffer must be writable.
  public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
  }

  /// Gives the pages back to the system but keeps the addresses; the bytes are zero afterwards. The
  /// reservation stays, so that the pages can be used again.
  public mutating func discardContents() {
    // MADV_REMOVE also drops the pages of shared memory; private memory needs MADV_DONTNEED.
    unsafe madvise(base, mappedByteCount, descriptor == nil ? MADV_DONTNEED : MADV_REMOVE)
  }

  /// Keeps the first `newByteCount` bytes and gives the whole pages after them, and their part of the
  /// reservation, back. For private memory.
  public mutating func shrink(to newByteCount: Int) {
    precondition(
      newByteCount >= 0 && newByteCount <= byteCount && descriptor == nil,
      "only private memory shrinks, and only to less")
    let size = MappedBuffer.reservedByteCount(for: newByteCount)
    if size < mappedByteCount { unsafe munmap(base + size, mappedByteCount - size) }
    byteCount = newByteCount
    mappedByteCount = size
    reservation.shrink(to: size)
  }
}
