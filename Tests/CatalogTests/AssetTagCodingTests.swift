import TestSupport
import Testing

@testable import Catalog

@Suite struct AssetTagCodingTests {
  static func random(using generator: inout SeededGenerator, limit: Int = 60) -> [AssetTag] {
    var ids: Set<UInt32> = []
    let span: UInt32 = [10, 2000, 120_000, .max].randomElement(using: &generator) ?? 10
    for _ in 0..<Int.random(in: 0...limit, using: &generator) {
      ids.insert(UInt32.random(in: 1...span, using: &generator))
    }
    return ids.sorted().map { id in
      let id = TagID(rawValue: id)
      return switch Int.random(in: 0..<6, using: &generator) {
      case 0: .removed(id)
      case 1: AssetTag(id, .imported)
      case 2: AssetTag(id, .rule)
      case 3: AssetTag(id, .model, confidence: .random(in: 0...255, using: &generator))
      default: AssetTag(id, .user)
      }
    }
  }

  @Test(arguments: UInt64(0)..<200)
  func `what is packed is unpacked`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let tags = Self.random(using: &generator)
    let bytes = AssetTagCoding.encode(tags)
    #expect(AssetTagCoding.decode(bytes) == tags)
    var live: [UInt32] = []
    #expect(AssetTagCoding.forEachTag(in: bytes.span.bytes) { live.append($0) })
    #expect(live == tags.filter { !$0.isRemoved }.map(\.id.rawValue))
  }

  @Test(arguments: UInt64(0)..<200)
  func `damaged bytes are refused or have one form`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var bytes = AssetTagCoding.encode(Self.random(using: &generator, limit: 8))
      switch Int.random(in: 0..<4, using: &generator) {
      case 0 where !bytes.isEmpty: bytes.removeLast()
      case 1 where !bytes.isEmpty:
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(
          in: 1...255, using: &generator)
      case 2: bytes.append(.random(in: 0...255, using: &generator))
      default:
        bytes = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
      }
      guard let tags = AssetTagCoding.decode(bytes) else { continue }
      #expect(AssetTagCoding.encode(tags) == bytes)
    }
  }

  @Test(
    arguments: [
      [1], [2, 5], [1, 0], [1, 0x85], [1, 0x84, 0x00], [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
      [1, 7], [1, 7, 2], [1, 7, 1],
      // Beyond 32 bits.
      [1, 0xFC, 0xFF, 0xFF, 0xFF, 0x3F, 0x04], [1, 0xFC, 0xFF, 0xFF, 0xFF, 0x7F],
    ] as [[UInt8]])
  func `bytes that nothing packs to are refused`(bytes: [UInt8]) {
    #expect(AssetTagCoding.decode(bytes) == nil)
    #expect(!AssetTagCoding.forEachTag(in: bytes.span.bytes) { _ in })
  }

  @Test func `the largest ids and the most tags fit`() {
    let ends = [AssetTag(TagID(rawValue: 1), .user), .removed(TagID(rawValue: .max))]
    #expect(AssetTagCoding.decode(AssetTagCoding.encode(ends)) == ends)
    let most = (1...UInt32(AssetTagCoding.tagLimit)).map {
      AssetTag(TagID(rawValue: $0 * 1_000_000), .model, confidence: 9)
    }
    let bytes = AssetTagCoding.encode(most)
    #expect(bytes.count <= AssetTagCoding.byteLimit)
    #expect(AssetTagCoding.decode(bytes) == most)
    // One more is not taken from a file either.
    #expect(AssetTagCoding.decode(bytes + [4]) == nil)
  }

  @Test func `a tag of a large library takes three bytes at most`() {
    var generator = SeededGenerator(seed: 1)
    var byteCount = 0
    var tagCount = 0
    for _ in 0..<1000 {
      var ids: Set<UInt32> = []
      while ids.count < 30 { ids.insert(UInt32.random(in: 1...120_000, using: &generator)) }
      byteCount +=
        AssetTagCoding.encode(
          ids.sorted().map { AssetTag(TagID(rawValue: $0), .user) }
        ).count
      tagCount += 30
    }
    #expect(byteCount < tagCount * 3)
  }

  @Test func `tags out of order are a fault of the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = AssetTagCoding.encode([
        AssetTag(TagID(rawValue: 2), .user), AssetTag(TagID(rawValue: 2), .user),
      ])
    }
  }
}
