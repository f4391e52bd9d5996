import Glibc
import Media
import Platform
import TestSupport
import Testing

@testable import Formats

@Suite struct ByteSourceTests {
  private func bytes(_ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: UInt64(count))
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  @Test(arguments: [0, 1, 1000, headByteCount, headByteCount + 1, 200_000])
  func `a file and its bytes are the same source`(count: Int) throws {
    let directory = try TemporaryDirectory()
    let content = bytes(count)
    let path = try directory.write("file", content)
    let file = try FileDescriptor.open(path, flags: O_RDONLY)
    let onDisk = try DescriptorSource(borrowing: file.rawValue, reusing: [1, 2, 3])
    let inMemory = BytesSource(content)
    #expect(onDisk.byteCount == Int64(count))
    #expect(try onDisk.head() == inMemory.head())
    for (offset, length) in [(0, 10), (count - 5, 100), (count, 1), (-1, 5), (70_000, 1 << 40)] {
      let read = try onDisk.read(at: Int64(offset), count: length)
      #expect(read == inMemory.read(at: Int64(offset), count: length))
    }
    #expect(try Formats.fingerprint(onDisk) == Formats.fingerprint(inMemory))
  }

  @Test func `the memory of one head serves the next file`() throws {
    let directory = try TemporaryDirectory()
    let long = try FileDescriptor.open(directory.write("long", bytes(90_000)), flags: O_RDONLY)
    let short = try FileDescriptor.open(directory.write("short", bytes(7)), flags: O_RDONLY)
    let first = try DescriptorSource(borrowing: long.rawValue)
    #expect(try first.head().count == headByteCount)
    let second = try DescriptorSource(borrowing: short.rawValue, reusing: first.takeHead())
    #expect(try second.head() == bytes(7))
  }

  @Test func `a directory is unreadable`() throws {
    let directory = try TemporaryDirectory()
    let opened = try FileDescriptor.open(directory.path, flags: O_RDONLY)
    let failure = #expect(throws: MediaFailure.self) {
      _ = try DescriptorSource(borrowing: opened.rawValue)
    }
    #expect(failure?.kind == .unreadable)
  }

  @Test func `fingerprints see size, head and tail`() throws {
    let content = bytes(200_000)
    let whole = try Formats.fingerprint(BytesSource(content))
    for place in [0, headByteCount - 1, content.count - 1, content.count - 16_384] {
      var changed = content
      changed[place] ^= 1
      #expect(try Formats.fingerprint(BytesSource(changed)) != whole)
    }
    #expect(try Formats.fingerprint(BytesSource(content + [0])) != whole)
    var middle = content
    middle[100_000] ^= 1
    #expect(try Formats.fingerprint(BytesSource(middle)) == whole)
  }
}
