import Foundation
import Media
import Platform
import TestSupport
import Testing

@testable import Formats

@Suite struct `The profile of a JPEG` {
  private func piece(_ number: UInt8, of count: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    let length = 2 + 14 + bytes.count
    return [0xFF, 0xE2, UInt8(length >> 8), UInt8(length & 255)] + Array("ICC_PROFILE\0".utf8)
      + [number, count] + bytes
  }

  private func file(_ segments: [UInt8]...) -> BytesSource {
    let other: [UInt8] = [0xFF, 0xE2, 0, 4, 1, 2]
    let frame: [UInt8] = [0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]
    return BytesSource([0xFF, 0xD8] + other + segments.flatMap { $0 } + frame)
  }

  @Test func `pieces are put together by their numbers, other segments left out`() throws {
    #expect(try JPEGProfile.read(file(piece(1, of: 1, [1, 2, 3]))) == [1, 2, 3])
    #expect(
      try JPEGProfile.read(
        file(piece(3, of: 3, [5]), [0xFF], piece(1, of: 3, [1, 2]), piece(2, of: 3, [3, 4])))
        == [1, 2, 3, 4, 5])
    let large = [UInt8](repeating: 7, count: 65_000)
    #expect(
      try JPEGProfile.read(file(piece(1, of: 2, large), piece(2, of: 2, large))) == large + large)
  }

  @Test func `what is incomplete or contradicts itself is no profile`() throws {
    let whole = piece(1, of: 1, [1, 2, 3])
    for source in [
      file(), file(piece(1, of: 2, [1])), file(piece(0, of: 1, [1])), file(piece(2, of: 1, [1])),
      file(piece(1, of: 0, [1])), file(whole, whole),
      file(piece(1, of: 2, [1]), piece(2, of: 3, [2])), file([0xFF, 0xE2, 0, 0] + whole),
      file([0xFF, 0xE2, 0, 1] + whole), file([0x00] + whole),
      BytesSource([0xFF, 0xD8] + whole.dropLast(2)), BytesSource([0xFF, 0xD8] + whole.prefix(16)),
      // Behind the frame.
      BytesSource([0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0] + whole),
      BytesSource([0xFF, 0xD8]),
    ] {
      #expect(try JPEGProfile.read(source).isEmpty)
    }
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `it is the one libjpeg finds`() throws {
    var foundCount = 0
    for folder in ["jpeg", "metadata", "exif-orientation", "photos"] {
      let directory = try #require(Corpus.directory).appending(folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: directory.description)
      where name.lowercased().hasSuffix(".jpg") || name.lowercased().hasSuffix(".jpeg") {
        let path = directory.appending(name)
        let file = try FileDescriptor.open(path, flags: O_RDONLY)
        // The inks of four colours have used up theirs.
        guard let decoded = try? JPEGDecoder.decode(file.rawValue, target: 1, memoryLimit: 0),
          try Formats.probe(DescriptorSource(borrowing: file.rawValue)).channelCount < 4
        else { continue }
        let profile = try JPEGProfile.read(DescriptorSource(borrowing: file.rawValue))
        #expect(profile == decoded.profile, "\(path)")
        if !profile.isEmpty { foundCount += 1 }
      }
    }
    #expect(foundCount > 3, "only \(foundCount) have one")
  }
}
