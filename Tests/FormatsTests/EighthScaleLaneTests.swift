import Foundation
import Media
import Pixels
import TestSupport
import Testing

@testable import Formats

/// Several lanes against libjpeg-turbo, sample by sample.
@Suite struct EighthScaleLaneTests {
  static func difference(
    _ ours: PixelBuffer, _ theirs: JPEGReference.Picture
  ) -> (worst: Int, mean: Double, noise: Double) {
    var (worst, sum, squares) = (0, 0, 0)
    for (left, right) in zip(ours.bytes, theirs.samples) {
      let difference = abs(Int(left) - Int(right))
      worst = max(worst, difference)
      sum += difference
      squares += difference * difference
    }
    let count = Double(ours.bytes.count)
    return (
      worst, Double(sum) / count,
      squares == 0 ? .infinity : 10 * log10(255 * 255 * count / Double(squares))
    )
  }

  static let styles: [JPEGReference.Style] = {
    var styles: [JPEGReference.Style] = []
    for (horizontal, vertical) in [(1, 1), (2, 2)] {
      for restartInterval in [0, 1, 7, 50] {
        for quality in [60, 90, 100] {
          styles.append(
            JPEGReference.Style(
              width: 1203, height: 805, quality: quality, horizontal: horizontal,
              vertical: vertical, restartInterval: restartInterval,
              isOptimized: restartInterval == 0))
        }
      }
    }
    for restartInterval in [0, 3, 1000] {
      styles.append(
        JPEGReference.Style(
          width: 1601, height: 999, channels: 1, colourSpace: 1, horizontal: 1, vertical: 1,
          restartInterval: restartInterval))
    }
    // RGB as it is: three components with the same tables.
    styles.append(
      JPEGReference.Style(
        width: 700, height: 500, colourSpace: 2, horizontal: 1, vertical: 1, isOptimized: true))
    return styles
  }()

  @Test(arguments: styles.indices)
  func `every sample is libjpeg-turbo's, but for rounding in fine chroma`(index: Int) throws {
    let style = Self.styles[index]
    let bytes = try #require(JPEGReference.encode(style, seed: UInt64(index)))
    let ours = try EighthScaleJPEG.decode(BytesSource(bytes))
    let theirs = try #require(JPEGReference.eighth(bytes, channels: style.channels))
    #expect(ours.width == theirs.width && ours.height == theirs.height)
    let (worst, mean, _) = Self.difference(ours, theirs)
    if style.horizontal == 1 {
      #expect(worst == 0)
    } else {
      #expect(worst <= 3 && mean < 0.1)
    }
  }

  @Test(arguments: [(2, 1), (1, 2), (4, 1), (4, 2), (2, 4)])
  func `chroma of other samplings is smooth and near`(horizontal: Int, vertical: Int) throws {
    let style = JPEGReference.Style(
      width: 1200, height: 803, horizontal: horizontal, vertical: vertical, isSmooth: true)
    let bytes = try #require(JPEGReference.encode(style))
    let ours = try EighthScaleJPEG.decode(BytesSource(bytes))
    let theirs = try #require(JPEGReference.eighth(bytes, channels: 3))
    let (_, mean, noise) = Self.difference(ours, theirs)
    #expect(mean <= 2 && noise >= 40)
  }

  @Test func `a window's end, chunks and restarts may fall anywhere`() throws {
    // More than one window of noise: 3 MB.
    let style = JPEGReference.Style(
      width: 2400, height: 1500, quality: 97, horizontal: 1, vertical: 1, isOptimized: true)
    var settings = style
    for restartInterval in [0, 300, 65_535] {
      settings.restartInterval = restartInterval
      let bytes = try #require(JPEGReference.encode(settings))
      #expect(bytes.count > EntropyWindow.capacity * 3 / 2)
      let ours = try EighthScaleJPEG.decode(BytesSource(bytes))
      let theirs = try #require(JPEGReference.eighth(bytes, channels: 3))
      #expect(ours.bytes == theirs.samples)
    }
  }

  @Test func `a flat picture, whose MCUs are a few bits, is exact`() throws {
    var style = JPEGReference.Style(
      width: 4000, height: 3000, channels: 1, colourSpace: 1, horizontal: 1, vertical: 1)
    style.quality = 1
    let bytes = try #require(JPEGReference.encode(style))
    let ours = try EighthScaleJPEG.decode(BytesSource(bytes))
    #expect(ours.bytes == JPEGReference.eighth(bytes, channels: 1)?.samples)
  }

  @Test func `what is unusual is left to the general decoder`() throws {
    var arithmetic = JPEGReference.Style()
    arithmetic.isArithmetic = true
    var inks = JPEGReference.Style(channels: 4, colourSpace: 5)
    inks.horizontal = 1
    inks.vertical = 1
    for style in [arithmetic, inks] {
      let bytes = try #require(JPEGReference.encode(style))
      #expect(throws: EighthScaleJPEG.Refusal.self) {
        try EighthScaleJPEG.decode(BytesSource(bytes))
      }
    }
    let plain = try #require(JPEGReference.encode(JPEGReference.Style()))
    // Motion JPEG leaves its tables out; a frame may name a component twice.
    let withoutTables = Self.without(0xC4, plain)
    #expect(throws: EighthScaleJPEG.Refusal.self) {
      try EighthScaleJPEG.decode(BytesSource(withoutTables))
    }
    var twice = plain
    let frame = try #require((0..<twice.count).first { twice[$0] == 0xFF && twice[$0 + 1] == 0xC0 })
    twice[frame + 13] = twice[frame + 10]
    #expect(throws: EighthScaleJPEG.Refusal.self) {
      try EighthScaleJPEG.decode(BytesSource(twice))
    }
  }

  @Test(arguments: [false, true])
  func `an MCU of more than ten blocks is refused`(isProgressive: Bool) throws {
    var bytes = try #require(
      JPEGReference.encode(JPEGReference.Style(isProgressive: isProgressive)))
    let code: UInt8 = isProgressive ? 0xC2 : 0xC0
    let frame = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == code })
    bytes[frame + 11] = 0x44
    #expect(
      throws: EighthScaleJPEG.Refusal.suspicious("an MCU has too many blocks")
    ) {
      try EighthScaleJPEG.decode(BytesSource(bytes))
    }
  }

  /// libjpeg's scans of a progressive file: its chroma is read but for the last bit of its AC.
  @Test(arguments: [0, 1, 7, 50, 1000])
  func `a progressive picture has exact luma and fine chroma`(restartInterval: Int) throws {
    for (sampling, channels) in [(1, 3), (2, 3), (1, 1)] {
      let style = JPEGReference.Style(
        width: 1203, height: 805, channels: channels, colourSpace: channels, horizontal: sampling,
        vertical: sampling, restartInterval: restartInterval, isProgressive: true)
      let bytes = try #require(JPEGReference.encode(style, seed: 5))
      let ours = try EighthScaleJPEG.decode(BytesSource(bytes))
      let theirs = try #require(JPEGReference.eighth(bytes, channels: channels))
      #expect(ours.width == theirs.width && ours.height == theirs.height)
      let (worst, mean, noise) = Self.difference(ours, theirs)
      if sampling == 1 {
        #expect(worst == 0)
      } else {
        // Its edges are as sharp as chroma gets.
        #expect(mean <= 2 && noise >= 43, "\(mean), \(noise) dB")
      }
    }
  }

  @Test func `a progressive file cut off in its AC still has its picture`() throws {
    let style = JPEGReference.Style(width: 1203, height: 805, isProgressive: true)
    let bytes = try #require(JPEGReference.encode(style))
    let scans = bytes.indices.dropLast().filter { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA }
    // libjpeg's script: DC, luma, blue, red, luma twice, the last bit of DC, then the rest.
    let cut = try #require(scans.count > 7 ? scans[7] : nil)
    let picture = try EighthScaleJPEG.decode(BytesSource(Array(bytes[..<(cut + 40)])))
    #expect(picture.width == 151 && picture.height == 101)
    let failure = #expect(throws: MediaFailure.self) {
      try EighthScaleJPEG.decode(BytesSource(Array(bytes[..<scans[6]])))
    }
    #expect(failure?.kind == .truncated)
  }

  /// The file without its segments of a kind.
  static func without(_ marker: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = Array(bytes[..<2])
    var at = 2
    while at + 4 <= bytes.count, bytes[at + 1] != 0xDA {
      let end = at + 2 + (Int(bytes[at + 2]) << 8 | Int(bytes[at + 3]))
      if bytes[at + 1] != marker { result += bytes[at..<end] }
      at = end
    }
    return result + bytes[at...]
  }

  @Test func `data that end early are told from damage`() throws {
    let style = JPEGReference.Style(width: 1600, height: 1200)
    let bytes = try #require(JPEGReference.encode(style))
    for part in 2..<10 {
      let failure = #expect(throws: MediaFailure.self) {
        try EighthScaleJPEG.decode(BytesSource(Array(bytes[..<(bytes.count * part / 10)])))
      }
      #expect(failure?.kind == .truncated)
    }
    var early = bytes
    early.replaceSubrange((bytes.count / 2)..<(bytes.count / 2 + 2), with: [0xFF, 0xD9])
    #expect(throws: EighthScaleJPEG.Refusal.self) {
      try EighthScaleJPEG.decode(BytesSource(early))
    }
  }

  /// 5,000 in all.
  @Test(arguments: 0..<10)
  func `mutated files give a picture or a reason, never a trap`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed) + 77)
    var settings = JPEGReference.Style(width: 200 + seed * 7, height: 150)
    settings.isProgressive = seed % 5 == 4
    settings.restartInterval = seed % 3 == 1 ? 5 : 0
    settings.horizontal = seed % 2 + 1
    settings.vertical = settings.horizontal
    let original = try #require(JPEGReference.encode(settings, seed: UInt64(seed)))
    var pictures = 0
    for _ in 0..<500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let reach = Bool.random(using: &generator) ? min(bytes.count, 700) : bytes.count
        let at = Int.random(in: 2..<reach, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: at)
        default: bytes.insert(bytes[at], at: at)
        }
      }
      do {
        let picture = try EighthScaleJPEG.decode(BytesSource(bytes), byteLimit: 16 << 20)
        #expect(picture.width > 0 && picture.height > 0)
        pictures += 1
      } catch let failure as MediaFailure {
        #expect(!failure.message.isEmpty)
      } catch let refusal as EighthScaleJPEG.Refusal {
        #expect(!refusal.description.isEmpty)
      }
    }
    #expect(pictures > 20, "some mutations leave a picture")
  }
}
