import Codecs
import Media
import TestSupport
import Testing

@testable import Formats

/// What containers that the metadata library does not read say about themselves. Serialised with it:
/// XMP inside of them goes to that library.
extension MetadataTests {
  @Suite(.serialized) struct ContainerTagsTests {
    init() throws { try Codecs.prepareMetadata() }

    private func value(_ key: String, _ metadata: DeepMetadata) -> String? {
      metadata.fields.first { $0.key == key }?.value
    }

    private let packet = Sample.text(
      """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
      xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
      xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>
      """)

    @Test func `a GIF has comments and XMP`() throws {
      let comment = [0x21, 0xFE, 11] + Sample.text("hello there") + [0]
      // XMP lies in a GIF as it is, with a tail that leads any reader of blocks to its end.
      let tail = [1] + (0...255).reversed().map { UInt8($0) } + [0]
      let xmp = [0x21, 0xFF, 11] + Sample.text("XMP DataXMP") + packet + tail
      var gif = Sample.gif()
      gif.insert(contentsOf: comment + xmp, at: 13 + 6)
      let found = try Codecs.metadata(BytesSource(gif))
      #expect(value("Gif.Comment", found) == "hello there")
      #expect(found.caption == "hello there")
      #expect(found.rating == 4)
      #expect(value("Xmp.xmp.Rating", found) == "4")
    }

    @Test func `an OpenEXR file has its attributes`() throws {
      func attribute(_ name: String, _ type: String, _ value: [UInt8]) -> [UInt8] {
        Sample.join(
          Sample.text(name), [0], Sample.text(type), [0], Sample.le(value.count, 4), value)
      }
      func float(_ number: Float) -> [UInt8] { Sample.le(Int(number.bitPattern), 4) }
      let extra = Sample.join(
        attribute("owner", "string", Sample.text("The studio")),
        attribute("comments", "string", Sample.text("a test\nof two lines")),
        attribute("lensModel", "string", Sample.text("Prime 35")),
        attribute("expTime", "float", float(0.02)), attribute("aperture", "float", float(2.8)),
        attribute("isoSpeed", "float", float(800)),
        attribute("nominalFocalLength", "float", float(35)),
        attribute("framesPerSecond", "rational", Sample.le(24000, 4) + Sample.le(1001, 4)),
        attribute("frame", "int", Sample.le(-3, 4)),
        attribute("pixels", "v2i", Sample.le(7, 4) + Sample.le(-8, 4)),
        attribute("nothing", "float", Sample.le(0x7FC0_0000, 4)),
        attribute("secret", "renderfarm", [1, 2, 3]))
      let found = try Codecs.metadata(
        BytesSource(Sample.exr(data: (0, 0, 63, 47), display: (0, 0, 63, 47), extra: extra)))
      #expect(found.copyright == "The studio")
      #expect(found.caption == "a testof two lines")
      #expect(found.lens == "Prime 35")
      #expect(found.fNumber.map { Float($0) } == 2.8)
      #expect(found.exposureSeconds.map { Float($0) } == 0.02)
      #expect(found.iso == 800)
      #expect(found.focalLengthMillimetres == 35)
      #expect(value("Exr.framesPerSecond", found) == "24000/1001")
      #expect(value("Exr.frame", found) == "-3")
      #expect(value("Exr.pixels", found) == "7 -8")
      #expect(value("Exr.dataWindow", found) == "0 0 63 47")
      #expect(value("Exr.nothing", found) == nil)
      #expect(value("Exr.secret", found) == nil)
    }

    @Test func `a movie has user data, lists, keys and XMP`() throws {
      func data(_ text: String) -> [UInt8] {
        Sample.box("data", Sample.be(1, 4) + Sample.be(0, 4) + Sample.text(text))
      }
      func item(_ type: Int, _ text: String) -> [UInt8] {
        let body = data(text)
        return Sample.be(body.count + 8, 4) + Sample.be(type, 4) + body
      }
      let international = Sample.text("A title")
      let title = Sample.join(
        Sample.be(international.count + 12, 4), Sample.be(0xA96E_616D, 4),  // ©nam
        Sample.be(international.count, 2), Sample.be(0x15C7, 2), international)
      let list = Sample.box(
        "ilst", item(0xA941_5254, "An artist") + item(0x6465_7363, "What is seen"))
      let names = ["com.apple.quicktime.copyright", "com.apple.quicktime.software"]
      let keys = Sample.fullBox(
        "keys",
        Sample.be(names.count, 4) + names.flatMap { Sample.box("mdta", Sample.text($0)) })
      let values = Sample.box("ilst", item(1, "© them") + item(2, "17.0"))
      let extra = Sample.join(
        Sample.box(
          "udta",
          title + Sample.fullBox("meta", Sample.fullBox("hdlr", Sample.be(0, 20)) + list)
            + Sample.box("XMP_", packet)),
        Sample.box("meta", Sample.fullBox("hdlr", Sample.be(0, 20)) + keys + values))
      let found = try Codecs.metadata(BytesSource(Sample.movie(extra: extra)))
      #expect(found.title == "A title")
      #expect(found.creator == "An artist")
      #expect(found.caption == "What is seen")
      #expect(found.copyright == "© them")
      #expect(found.rating == 4)
      #expect(value("QuickTime.com.apple.quicktime.software", found) == "17.0")
    }

    @Test func `Matroska has a title, programs and tags`() throws {
      func text(_ id: [UInt8], _ text: String) -> [UInt8] {
        Sample.element(id, Sample.text(text))
      }
      func tag(_ name: String, _ value: String) -> [UInt8] {
        Sample.element(
          [0x73, 0x73],
          Sample.element([0x67, 0xC8], text([0x45, 0xA3], name) + text([0x44, 0x87], value)))
      }
      let information = Sample.element(
        [0x15, 0x49, 0xA9, 0x66], text([0x7B, 0xA9], "A film") + text([0x57, 0x41], "a program"))
      let tags = Sample.element(
        [0x12, 0x54, 0xC3, 0x67],
        tag("ARTIST", "Somebody") + tag("DESCRIPTION", "About it") + tag("KEYWORDS", "sea, sun"))
      let cluster = Sample.element([0x1F, 0x43, 0xB6, 0x75], [UInt8](repeating: 0, count: 100))
      let bytes =
        Sample.element([0x1A, 0x45, 0xDF, 0xA3], text([0x42, 0x82], "matroska"))
        + Sample.element([0x18, 0x53, 0x80, 0x67], information + cluster + tags)
      let found = try Codecs.metadata(BytesSource(bytes))
      #expect(found.title == "A film")
      #expect(found.creator == "Somebody")
      #expect(found.caption == "About it")
      #expect(found.keywords == ["sea", "sun"])
      #expect(value("Matroska.WritingApp", found) == "a program")
    }

    @Test func `AVI has a list of information and XMP`() throws {
      let list = Sample.riffChunk(
        "LIST",
        Sample.join(
          Sample.text("INFO"), Sample.riffChunk("INAM", Sample.text("A clip\0")),
          Sample.riffChunk("IART", Sample.text("Somebody\0")),
          Sample.riffChunk("ICMT", Sample.text("At the sea\0"))))
      var avi = Sample.avi()
      avi += list + Sample.riffChunk("_PMX", packet)
      let found = try Codecs.metadata(BytesSource(avi))
      #expect(found.title == "A clip")
      #expect(found.creator == "Somebody")
      #expect(found.caption == "At the sea")
      #expect(found.rating == 4)
    }

    @Test func `Radiance has its variables`() throws {
      let text =
        "#?RADIANCE\nSOFTWARE= a renderer\nEXPOSURE=2.5\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n"
      let found = try Codecs.metadata(BytesSource(Sample.text(text) + [1, 2, 3, 4]))
      #expect(value("Radiance.SOFTWARE", found) == "a renderer")
      #expect(value("Radiance.EXPOSURE", found) == "2.5")
    }

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: [
        ("live-photo/IMG_7943.MOV", "QuickTime.com.apple.quicktime.software"),
        ("exr/D65.exr", "Exr.capDate"),
      ])
    func `real files say something`(name: String, key: String) throws {
      let file = try CorpusFile(path: name, isExpectedToWork: true, note: "").open()
      let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
      let found = try Codecs.metadata(source)
      #expect(found.fields.contains { $0.key.hasPrefix(key) }, "\(found.fields.map(\.key))")
    }

    @Test func `cut or damaged files never trap, and keep what was read before`() throws {
      var random = SeededGenerator(seed: 11)
      for sample in ProbeTests.pictures + ProbeTests.videos {
        for count in 0..<min(sample.bytes.count, 400) {
          _ = try? Codecs.metadata(BytesSource(Array(sample.bytes[..<count])))
        }
        for _ in 0..<40 {
          var bytes = sample.bytes
          for _ in 0..<4 {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
              in: 0...255, using: &random)
          }
          _ = try? Codecs.metadata(BytesSource(bytes))
        }
      }
    }
  }
}
