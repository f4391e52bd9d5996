import Codecs
import Glibc
import Media
import Platform
import TestSupport
import Testing

@testable import Formats

/// One thread at a time may use the metadata library, so these tests run one after the other.
@Suite(.serialized) struct MetadataTests {
  init() throws { try Codecs.prepareMetadata() }

  private func metadata(
    _ name: String, sidecar: String? = nil
  ) throws -> DeepMetadata {
    let corpus = try #require(Corpus.directory)
    let file = try FileDescriptor.open(corpus.appending(name), flags: O_RDONLY)
    let source = try DescriptorSource(borrowing: file.rawValue)
    guard let sidecar else { return try Codecs.metadata(source) }
    let other = try FileDescriptor.open(corpus.appending(sidecar), flags: O_RDONLY)
    return try Codecs.metadata(source, sidecar: DescriptorSource(borrowing: other.rawValue))
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: ["metadata/sunrise.jpg", "metadata/sunrise.avif"])
  func `the same picture says the same in JPEG and AVIF`(name: String) throws {
    let found = try metadata(name)
    #expect(found.lens == "smc PENTAX-DA* 16-50mm F2.8 ED AL [IF] SDM")
    #expect(found.exposureSeconds == 0.005)
    #expect(found.fNumber == 5.6)
    #expect(found.iso == 100)
    #expect(found.focalLengthMillimetres == 21)
    #expect(found.rating == 4)
    #expect(found.title == "Sunrise in Spain")
    #expect(found.creator == "Bjørn Erik Pedersen")
    #expect(found.copyright == "Bjørn Erik Pedersen")
    #expect(found.keywords == ["Malaga", "Torremolinos"])
    #expect(found.fields.contains(.init(key: "Exif.Photo.FNumber", value: "F5.6")))
    #expect(found.fields.count > 500)
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: [
      ("photos/IMG_2682.heic", "iPhone 7 back camera 3.99mm f/1.8"),
      ("photos/denali.webp", "EF28-80mm f/3.5-5.6 USM"),
      ("raw/sample.arw", "Sony AF DT 55-200mm F4-5.6 SAM (SAL55200-2)"),
    ])
  func `lenses are named`(name: String, lens: String) throws {
    #expect(try metadata(name).lens == lens)
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: [
      "raw/sample.cr2", "raw/sample.nef", "raw/sample.dng", "tiff/hopper.Lab.tif",
      "other/hopper.psd", "png/paris_icc_exif_xmp.png", "jxl/bench_oriented_brg.jxl",
    ])
  func `every container gives its fields`(name: String) throws {
    let found = try metadata(name)
    #expect(found.fields.count >= 5)
    #expect(found.fields.allSatisfy { $0.value.utf8.count <= 1000 })
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `a sidecar's keywords replace those of the file, its other values fill gaps`() throws {
    let name = "metadata/20240107_110258.jpg"
    #expect(try metadata(name).keywords == ["Výlet"])
    let both = try metadata(name, sidecar: "\(name).xmp")
    #expect(both.keywords == ["Travel"])
    #expect(both.fNumber == 2.2)
  }

  private func packet(_ body: String) -> [UInt8] {
    Array(
      """
      <?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
        xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:lr="http://ns.adobe.com/lightroom/1.0/">
      \(body)
      </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>
      """.utf8)
  }

  private func bag(_ name: String, _ values: [String]) -> String {
    let items = values.map { "<rdf:li>\($0)</rdf:li>" }.joined()
    return "<\(name)><rdf:Bag>\(items)</rdf:Bag></\(name)>"
  }

  @Test(arguments: ["-1", "0", "3", "5"])
  func `ratings come from XMP`(rating: String) throws {
    let sidecar = BytesSource(packet("<xmp:Rating>\(rating)</xmp:Rating>"))
    let found = try Codecs.metadata(BytesSource(Sample.gif()), sidecar: sidecar)
    #expect(found.rating == Int(rating))
  }

  @Test(arguments: ["6", "-2", "many"])
  func `a rating outside the range is none`(rating: String) throws {
    let sidecar = BytesSource(packet("<xmp:Rating>\(rating)</xmp:Rating>"))
    let found = try Codecs.metadata(BytesSource(Sample.gif()), sidecar: sidecar)
    #expect(found.rating == nil)
  }

  @Test func `hierarchical keywords become paths, and each keyword comes once`() throws {
    let body =
      bag("dc:subject", ["Anna", "Beach", "Anna"])
      + bag("lr:hierarchicalSubject", ["People|Anna", "Beach"])
    let found = try Codecs.metadata(
      BytesSource(Sample.gif()), sidecar: BytesSource(packet(body)))
    #expect(found.keywords == ["Anna", "Beach", "People/Anna"])
  }

  @Test func `a damaged sidecar is a failure in words, unless the file itself can be read`() throws
  {
    let broken = BytesSource(Array("<x:xmpmeta><unfinished".utf8))
    let failure = #expect(throws: MediaFailure.self) {
      _ = try Codecs.metadata(BytesSource(Sample.gif()), sidecar: broken)
    }
    #expect(failure?.kind == .corrupt)
    let jpeg = Sample.jpeg(exif: Sample.exif(orientation: 6))
    let found = try Codecs.metadata(BytesSource(jpeg), sidecar: broken)
    #expect(found.fields.contains { $0.key == "Exif.Image.Orientation" })
  }

  @Test func `a sidecar that is too large is not read`() throws {
    let huge = BytesSource([UInt8](repeating: 0x20, count: (4 << 20) + 1))
    let failure = #expect(throws: MediaFailure.self) {
      _ = try Codecs.metadata(BytesSource(Sample.gif()), sidecar: huge)
    }
    #expect(failure?.kind == .tooLarge)
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `damaged files end in metadata or in a failure`() throws {
    var generator = SeededGenerator(seed: 7)
    for name in ["metadata/mongolels.jpg", "png/paris_icc_exif_xmp.png", "raw/sample.nef"] {
      let corpus = try #require(Corpus.directory)
      let file = try FileDescriptor.open(corpus.appending(name), flags: O_RDONLY)
      let whole = try file.read(at: 0, count: 1 << 20)
      for _ in 0..<40 {
        var bytes = whole
        for _ in 0..<20 {
          bytes[Int.random(in: 16..<min(bytes.count, 20_000), using: &generator)] =
            UInt8.random(in: 0...255, using: &generator)
        }
        do {
          let found = try Codecs.metadata(BytesSource(bytes))
          #expect(found.fields.count <= DeepMetadata.maximumFieldCount)
        } catch {
          #expect(!error.message.isEmpty)
        }
      }
    }
  }
}
