import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import Formats

/// The oracle is libjpeg-turbo at 1/8 scale, through the `vips` command.
@Suite struct EighthScaleJPEGTests {
  static let pictures: [String] = {
    guard let corpus = Corpus.directory else { return [] }
    let files = FileManager.default.enumerator(atPath: corpus.description)
    return (files?.compactMap { $0 as? String } ?? [])
      .filter { ["jpg", "jpeg", "mpo"].contains(($0 as NSString).pathExtension.lowercased()) }
      .sorted()
  }()

  static func decode(_ path: FilePath) throws -> PixelBuffer {
    try EighthScaleJPEG.decode(
      BytesSource(Array(Data(contentsOf: URL(filePath: path.description)))))
  }

  static func run(_ words: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// What libjpeg-turbo makes at 1/8: width, height, channels and samples; nil when it refuses.
  static func reference(
    _ path: FilePath, _ directory: TemporaryDirectory
  ) throws -> (width: Int, height: Int, channels: Int, bytes: [UInt8])? {
    let raw = directory.path.appending("reference.ppm").description
    guard try run("vips", "jpegload", path.description, raw, "--shrink", "8") == 0 else {
      return nil
    }
    let bytes = Array(try Data(contentsOf: URL(filePath: raw)))
    var numbers: [Int] = []
    var at = 2
    while numbers.count < 3, at < bytes.count {
      if bytes[at] == UInt8(ascii: "#") {
        while bytes[at] != 0x0A { at += 1 }
      } else if let digit = Character(Unicode.Scalar(bytes[at])).wholeNumberValue {
        var number = digit
        at += 1
        while let digit = Character(Unicode.Scalar(bytes[at])).wholeNumberValue {
          number = number * 10 + digit
          at += 1
        }
        numbers.append(number)
      }
      at += 1
    }
    let channels = bytes[1] == UInt8(ascii: "6") ? 3 : 1
    return (numbers[0], numbers[1], channels, Array(bytes[at...]))
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)), arguments: pictures)
  func `real pictures agree with libjpeg-turbo at one eighth`(name: String) throws {
    let corpus = try #require(Corpus.directory)
    let directory = try TemporaryDirectory()
    let path = corpus.appending(name)
    let ours: PixelBuffer
    do { ours = try Self.decode(path) } catch let refusal as EighthScaleJPEG.Refusal {
      // Only these may be left to the general decoder.
      let reasons = ["components", "arithmetic", "out of order"]
      #expect(reasons.contains { refusal.description.contains($0) }, "\(refusal)")
      return
    } catch let failure as MediaFailure {
      #expect(name.contains("truncated") && failure.kind == .truncated, "\(failure)")
      return
    }
    guard let reference = try Self.reference(path, directory) else { return }
    #expect(reference.width <= ours.width && ours.width - reference.width <= 1)
    #expect(reference.height <= ours.height && ours.height - reference.height <= 1)
    guard reference.channels == ours.layout.rawValue else { return }
    let channels = reference.channels
    var colourDifference = 0
    var lumaDifference = 0.0
    var worst = 0
    for y in 0..<min(ours.height, reference.height) {
      for x in 0..<min(ours.width, reference.width) {
        let there = (y * reference.width + x) * channels
        let here = (y * ours.width + x) * channels
        let differences = (0..<channels).map {
          Int(reference.bytes[there + $0]) - Int(ours.bytes[here + $0])
        }
        colourDifference += differences.reduce(0) { $0 + abs($1) }
        worst = max(worst, differences.map(abs).max() ?? 0)
        lumaDifference += abs(
          zip(differences, [0.299, 0.587, 0.114]).reduce(0) { $0 + Double($1.0) * $1.1 })
      }
    }
    let pixels = Double(ours.width * ours.height)
    if channels == 1 {
      #expect(worst == 0, "grey is exact")
    } else {
      // Luma is the same but for colours clamped to what a screen can show.
      #expect(lumaDifference / pixels <= 1, "luma differs by \(lumaDifference / pixels)")
      // libjpeg turns subsampled chroma back with more than its DC, which shows in small pictures.
      if ours.width >= 64 {
        #expect(Double(colourDifference) / pixels / 3 <= 4, "worst \(worst)")
      }
    }
  }

  /// Valid files of the corpus whose luma is not compared or not the same, with the reason.
  static let lumaExceptions: [String: String] = [:]

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)), arguments: pictures)
  func `luma is exactly libjpeg-turbo's`(name: String) throws {
    let corpus = try #require(Corpus.directory)
    let bytes = Array(
      try Data(contentsOf: URL(filePath: corpus.appending(name).description)))
    var decoder = EighthScaleJPEG.Decoder(source: BytesSource(bytes), byteLimit: 64 << 20)
    // What it refuses, another test looks at.
    guard (try? decoder.run()) != nil, let frame = decoder.frame, let planes = decoder.planes,
      let theirs = JPEGReference.eighth(bytes, channels: 1), theirs.warnings == 0
    else { return }
    let luma = frame.components[0]
    let factor = Int(try #require(decoder.quantization[luma.quantizationTable].first))
    var isSame = true
    for y in 0..<theirs.height {
      for x in 0..<theirs.width {
        let coefficient = planes.coefficients[planes.starts[0] + y * luma.paddedBlocksAcross + x]
        let sample = max(0, min(255, (Int(coefficient) * factor + 4) >> 3 + 128))
        isSame = isSame && sample == Int(theirs.samples[y * theirs.width + x])
      }
    }
    #expect(isSame == (Self.lumaExceptions[name] == nil))
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `a 12-bit picture is decoded`() throws {
    let corpus = try #require(Corpus.directory)
    let picture = try Self.decode(corpus.appending("jpeg/monkey12.jpg"))
    let mean = picture.bytes.reduce(0) { $0 + Int($1) } / picture.bytes.count
    #expect(picture.width > 10 && (20...230).contains(mean))
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)), arguments: 0..<8)
  func `damaged files end in a picture or a reason`(seed: Int) throws {
    let corpus = try #require(Corpus.directory)
    var generator = SeededGenerator(seed: UInt64(seed))
    let names = [
      "jpeg/peacock.progressive.jpeg", "jpeg/peacock.s-weird.jpeg", "jpeg/bricks-color.jpeg",
      "exif-orientation/rasteiner_test_1.jpg", "jpeg/monkey12.jpg",
    ]
    let name = try #require(names.randomElement(using: &generator))
    let original = Array(
      try Data(contentsOf: URL(filePath: corpus.appending(name).description)))
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        bytes[Int.random(in: 2..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) {
        bytes.removeLast(Int.random(in: 0..<bytes.count - 2, using: &generator))
      }
      do {
        let picture = try EighthScaleJPEG.decode(BytesSource(bytes), byteLimit: 8 << 20)
        #expect(picture.width > 0)
      } catch let failure as MediaFailure {
        #expect(!failure.message.isEmpty)
      } catch let refusal as EighthScaleJPEG.Refusal {
        #expect(!refusal.description.isEmpty)
      }
    }
  }

  @Test func `a picture too large for its bytes is refused before it is allocated`() {
    let header: [UInt8] = [
      0xFF, 0xD8, 0xFF, 0xC0, 0x00, 0x11, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0x03,
      0x01, 0x22, 0x00, 0x02, 0x11, 0x01, 0x03, 0x11, 0x01,
    ]
    let failure = #expect(throws: MediaFailure.self) {
      try EighthScaleJPEG.decode(BytesSource(header))
    }
    #expect(failure?.kind == .overBudget)
  }
}
