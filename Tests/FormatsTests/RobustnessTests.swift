import Glibc
import Media
import Platform
import TestSupport
import Testing

@testable import Formats

@Suite struct RobustnessTests {
  /// The files of the corpus with their names; only their first bytes when they are large.
  private func corpusFiles(limit: Int) throws -> [(name: String, bytes: [UInt8])] {
    let corpus = try #require(Corpus.directory)
    let manifest = try FileDescriptor.open(
      corpus.appending("MANIFEST.tsv"), flags: O_RDONLY
    ).read(at: 0, count: 1 << 20)
    var files: [(String, [UInt8])] = []
    for line in manifest.split(separator: 0x0A).dropFirst() {
      let name = String(decoding: line.prefix { $0 != 0x09 }, as: UTF8.self)
      let file = try FileDescriptor.open(corpus.appending(name), flags: O_RDONLY)
      files.append((name, try file.read(at: 0, count: limit)))
    }
    return files
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `files cut anywhere are probed or refused with a reason`() throws {
    let kinds: Set<MediaFailure.Kind> = [
      .truncated, .unrecognised, .corrupt, .unsupported, .tooLarge,
    ]
    for (name, bytes) in try corpusFiles(limit: 300_000) {
      var lengths = Set(stride(from: 1, to: min(bytes.count, 700), by: 13))
      for part in 1..<24 { lengths.insert(max(1, bytes.count * part / 24)) }
      for length in lengths {
        do {
          _ = try Formats.probe(BytesSource(Array(bytes[..<length])))
        } catch {
          #expect(kinds.contains(error.kind) && !error.message.isEmpty, "\(name) cut at \(length)")
        }
      }
    }
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `flipped bits never trap and never pass the limits`() throws {
    var generator = SeededGenerator(seed: 2026)
    var flips = 0
    for (_, whole) in try corpusFiles(limit: 100_000) {
      for _ in 0..<40 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
          // Headers are where it hurts: half of the flips hit the first 512 bytes.
          let reach = Bool.random(using: &generator) ? min(512, bytes.count) : bytes.count
          bytes[Int.random(in: 0..<reach, using: &generator)] ^=
            1 << UInt8.random(in: 0..<8, using: &generator)
          flips += 1
        }
        guard let probe = try? Formats.probe(BytesSource(bytes)) else { continue }
        #expect(Int(probe.storedWidth) * Int(probe.storedHeight) <= ProbeLimits.pixelCount)
        #expect(probe.format == .svg || probe.storedWidth > 0 && probe.storedHeight > 0)
        #expect((probe.cameraMake?.utf8.count ?? 0) <= 3 * ProbeLimits.textByteCount)
      }
    }
    #expect(flips > 5000)
  }

  @Test func `random bytes behind every magic never trap`() {
    var generator = SeededGenerator(seed: 11)
    for sample in ProbeTests.pictures + ProbeTests.videos {
      for _ in 0..<200 {
        let kept = Int.random(in: 0...min(40, sample.bytes.count), using: &generator)
        let noise = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
        _ = try? Formats.probe(
          BytesSource(Array(sample.bytes[..<kept]) + noise), fileExtension: sample.fileExtension)
      }
    }
  }

  // MARK: Bombs and nonsense

  /// Headers that say 65,535 × 65,535 (or the most their format can say).
  static let bombs: [(String, [UInt8])] = [
    ("JPEG", Sample.jpeg(width: 65_535, height: 65_535)),
    ("PNG", Sample.png(width: 65_535, height: 65_535)),
    ("wide PNG", Sample.png(width: 2_000_000, height: 1)),
    ("GIF", Sample.gif(width: 65_535, height: 65_535)),
    ("TIFF", Sample.tiff([Sample.long(0x0100, 65_535), Sample.long(0x0101, 65_535)])),
    ("HEIF", Sample.heif(width: 65_535, height: 65_535)),
    ("QOI", Sample.text("qoif") + Sample.be(65_535, 4) + Sample.be(65_535, 4) + [4, 0]),
    ("OpenEXR", Sample.exr(data: (0, 0, 65_534, 65_534), display: (0, 0, 9, 9))),
    ("Radiance HDR", Sample.text("#?RGBE\n\n-Y 65535 +X 65535\n")),
    ("SVG", Sample.text("<svg width='65535' height='65535'>")),
    (
      "WebP",
      Sample.webpExtended(
        width: 65_535, height: 65_535, flags: 0, Sample.webpLossy(width: 1, height: 1))
    ),
  ]

  @Test(arguments: bombs.indices)
  func `a header that says too much is refused with the numbers`(index: Int) throws {
    let failure = #expect(throws: MediaFailure.self) {
      _ = try Formats.probe(BytesSource(Self.bombs[index].1))
    }
    #expect(failure?.kind == .tooLarge)
    #expect(
      failure?.message.contains("65535") == true || failure?.message.contains("2000000") == true)
  }

  @Test func `a JPEG header without a picture is truncated`() {
    let failure = #expect(throws: MediaFailure.self) {
      _ = try Formats.probe(BytesSource(Sample.jpeg(width: 30_000, height: 30_000, hasScan: false)))
    }
    #expect(failure?.kind == .truncated)
  }

  @Test(arguments: [
    Sample.jpeg(width: 0), Sample.jpeg(height: 0), Sample.png(width: 0), Sample.heif(width: 0),
    Sample.tiff([Sample.long(0x0100, 0), Sample.long(0x0101, 5)]),
    Sample.exr(data: (0, 0, 9, 9), display: (5, 5, 4, 4)), Sample.movie(width: 0),
    Sample.matroska(width: 0), Sample.avi(width: 0),
  ])
  func `a side of zero is corrupt`(bytes: [UInt8]) {
    let failure = #expect(throws: MediaFailure.self) {
      _ = try Formats.probe(BytesSource(bytes))
    }
    #expect(failure?.kind == .corrupt)
  }

  @Test func `an empty file says so`() {
    let failure = #expect(throws: MediaFailure.self) { _ = try Formats.probe(BytesSource([])) }
    #expect(failure?.kind == .empty)
  }

  @Test(arguments: [
    Array("<!doctype html><html><svg width='1' height='1'/></html>".utf8),
    Array("plain text".utf8), [0xFF], [0, 0, 1, 0, 0, 0, 0, 0],
    [UInt8](repeating: 0, count: 4096), Array("BM is not always a bitmap, it may be text".utf8),
    Array("RIFF1234WAVEfmt ".utf8), [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3],
  ])
  func `what is no picture is not recognised`(bytes: [UInt8]) {
    let failure = #expect(throws: MediaFailure.self) { _ = try Formats.probe(BytesSource(bytes)) }
    #expect(failure?.kind == .unrecognised)
    #expect(Formats.sniff(bytes) == nil)
  }

  @Test(arguments: [Sample.movie(handler: "soun"), Sample.matroska(trackType: 2)])
  func `sound alone is not supported`(bytes: [UInt8]) {
    let failure = #expect(throws: MediaFailure.self) { _ = try Formats.probe(BytesSource(bytes)) }
    #expect(failure?.kind == .unsupported)
  }

  /// A source whose disk fails after the head.
  private struct FailingSource: ByteSource {
    var byteCount: Int64 { 1 << 20 }
    var rawDescriptor: CInt? { nil }
    func head() -> [UInt8] { [0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF] }
    func read(at offset: Int64, count: Int) throws(MediaFailure) -> [UInt8] {
      throw MediaFailure(.unreadable, "the disk is on fire")
    }
  }

  @Test func `an error of the disk is passed on as it is`() {
    let failure = #expect(throws: MediaFailure.self) { _ = try Formats.probe(FailingSource()) }
    #expect(failure?.kind == .unreadable)
    #expect(failure?.message == "the disk is on fire")
  }
}
