import CXXHash
import Platform

/// A frame of the snapshot file: four bytes its length, eight its checksum, then what is in it.
enum Frame {
  static let headByteCount = 12
  static let byteLimit = 48 << 10

  static func checksum(_ bytes: UnsafeRawBufferPointer, number: Int) -> UInt64 {
    unsafe cxxhash_checksum(bytes.baseAddress, bytes.count, UInt64(number))
  }
}

/// Gathers bytes into frames.
struct FrameWriter {
  private var bytes: [UInt8] = []
  private var number = 0

  init() { start() }

  private mutating func start() {
    bytes.removeAll(keepingCapacity: true)
    bytes.reserveCapacity(Frame.headByteCount + Frame.byteLimit)
    bytes += repeatElement(0, count: Frame.headByteCount)
  }

  mutating func add<Number: FixedWidthInteger>(
    _ value: Number, _ file: borrowing FileDescriptor
  ) throws(SystemError) {
    var rest = UInt64(truncatingIfNeeded: value)
    for _ in 0..<Number.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    // A number may go a few bytes over.
    if bytes.count >= Frame.byteLimit { try flush(file) }
  }

  mutating func add(
    _ block: UnsafeRawBufferPointer, _ file: borrowing FileDescriptor
  ) throws(SystemError) {
    var next = 0
    while next < block.count {
      let part = min(block.count - next, Frame.byteLimit + Frame.headByteCount - bytes.count)
      unsafe bytes += UnsafeRawBufferPointer(rebasing: block[next..<next + part])
      next += part
      if bytes.count >= Frame.byteLimit { try flush(file) }
    }
  }

  /// Writes the last frame and an empty one, which is the end.
  mutating func finish(_ file: borrowing FileDescriptor) throws(SystemError) {
    if bytes.count > Frame.headByteCount { try flush(file) }
    try flush(file)
  }

  private mutating func flush(_ file: borrowing FileDescriptor) throws(SystemError) {
    let count = bytes.count - Frame.headByteCount
    let sum = unsafe bytes.withUnsafeBytes {
      unsafe Frame.checksum(
        UnsafeRawBufferPointer(rebasing: $0[Frame.headByteCount...]), number: number)
    }
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
    for index in 0..<8 {
      bytes[4 + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index))
    }
    try file.write(bytes)
    number += 1
    start()
  }
}

/// Reads the frames of a file, each only when its checksum is right.
struct FrameReader: ~Copyable {
  let path: FilePath
  private let file: FileDescriptor
  private let byteCount: Int
  private var bytes: [UInt8] = []
  private var next = 0
  private var number = 0
  // Of the file.
  private var position = 0

  init(_ path: FilePath) throws(IndexFileError) {
    let file = try Self.open(path)
    try self.init(path, file)
  }

  private init(_ path: FilePath, _ file: consuming FileDescriptor) throws(IndexFileError) {
    self.path = path
    byteCount = try Self.byteCount(file)
    self.file = file
  }

  private static func open(_ path: FilePath) throws(IndexFileError) -> FileDescriptor {
    do throws(SystemError) {
      return try FileDescriptor.open(path, flags: 0, permissions: 0)
    } catch {
      throw .system(error)
    }
  }

  private static func byteCount(_ file: borrowing FileDescriptor) throws(IndexFileError) -> Int {
    do throws(SystemError) { return Int(try file.status().st_size) } catch {
      throw .system(error)
    }
  }

  func damaged(_ reason: String) -> IndexFileError { .damaged(path, reason) }

  /// Bytes that can still come.
  var bytesLeft: Int { bytes.count - next + byteCount - position }

  private mutating func fill(_ count: Int) throws(IndexFileError) {
    bytes.removeAll(keepingCapacity: true)
    next = 0
    guard count <= byteCount - position else { throw damaged("it ends too early") }
    let from = position
    do throws(SystemError) { bytes = try file.read(at: Int64(from), count: count) } catch {
      throw .system(error)
    }
    guard bytes.count == count else { throw damaged("it ends too early") }
    position += count
  }

  /// Goes to the next frame; answers whether there is anything in it.
  private mutating func advance() throws(IndexFileError) -> Bool {
    try fill(Frame.headByteCount)
    let count = Int(number(at: 0, byteCount: 4))
    let sum = number(at: 4, byteCount: 8)
    guard count <= Frame.byteLimit + 16 else { throw damaged("a frame is too long") }
    try fill(count)
    let found = unsafe bytes.withUnsafeBytes { unsafe Frame.checksum($0, number: number) }
    guard found == sum else { throw damaged("the checksum of frame \(number) is wrong") }
    number += 1
    return count > 0
  }

  private func number(at place: Int, byteCount: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<byteCount { value |= UInt64(bytes[place + index]) << UInt64(8 * index) }
    return value
  }

  /// A number as it was written. One does not go over two frames.
  mutating func read<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(IndexFileError) -> Number {
    if next == bytes.count {
      guard try advance() else { throw damaged("it ends too early") }
    }
    let size = Number.bitWidth / 8
    guard bytes.count - next >= size else { throw damaged("a number is cut off") }
    defer { next += size }
    return Number(truncatingIfNeeded: number(at: next, byteCount: size))
  }

  /// Bytes as they were written.
  mutating func read(into target: UnsafeMutableRawBufferPointer) throws(IndexFileError) {
    var done = 0
    while done < target.count {
      if next == bytes.count {
        guard try advance() else { throw damaged("it ends too early") }
      }
      let part = min(target.count - done, bytes.count - next)
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[done..<done + part])
        .copyBytes(from: bytes[next..<next + part])
      next += part
      done += part
    }
  }

  /// Makes sure that all was read.
  mutating func finish() throws(IndexFileError) {
    guard next == bytes.count, try !advance(), position == byteCount else {
      throw damaged("there is more than there should be")
    }
  }
}
