import Codecs
import Foundation
import Media
import Platform
import TestSupport
import Testing

@testable import Formats

/// exiftool, which reads and writes everything Albumen writes.
private enum ExifTool {
  static let isPresent = access("/usr/bin/exiftool", X_OK) == 0

  static func run(_ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/exiftool")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(output)
  }

  /// All values of some tags, or of all, by group and name.
  static func values(_ file: FilePath, _ tags: [String] = []) throws -> [String: [String]] {
    let output = try run(
      ["-json", "-G1", "-a", "-struct", "-n", "-u"] + tags.map { "-\($0)" } + [file.description])
    let parsed = try JSONSerialization.jsonObject(with: Data(output)) as? [[String: Any]]
    func text(_ value: Any) -> String {
      guard let members = value as? [String: Any] else { return "\(value)" }
      return members.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ", ")
    }
    return (parsed?.first ?? [:]).mapValues { ($0 as? [Any])?.map(text) ?? [text($0)] }
  }
}

/// A sidecar full of what Albumen knows nothing of: structures, qualifiers, languages, settings, a
/// namespace of its own.
private let foreign = """
  <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
  <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:own="http://example.org/own/1.0/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    crs:Exposure2012="+0.55" own:colour="teal &amp; &lt;gold&gt;" xmp:Rating="2" xmp:Label="Red">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Sea</rdf:li><rdf:li xml:lang="de-DE">Meer</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>Ada</rdf:li></rdf:Seq></dc:creator>
   <dc:subject><rdf:Bag><rdf:li>theirs</rdf:li><rdf:li>unwanted</rdf:li><rdf:li>Anna</rdf:li></rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>theirs</rdf:li><rdf:li>People|Anna</rdf:li></rdf:Bag></lr:hierarchicalSubject>
   <own:steps><rdf:Seq><rdf:li rdf:parseType="Resource"><own:name>first</own:name><own:amount>3</own:amount></rdf:li>
     <rdf:li rdf:parseType="Resource"><own:name>second</own:name><own:amount>4</own:amount></rdf:li></rdf:Seq></own:steps>
   <xmpMM:History><rdf:Seq><rdf:li stEvt:action="saved" stEvt:softwareAgent="Darkroom"/></rdf:Seq></xmpMM:History>
  </rdf:Description></rdf:RDF></x:xmpmeta>
  <?xpacket end="w"?>
  """

extension MetadataTests {
  private func edit(_ names: [String], removed: [String] = []) -> SidecarEdit {
    var edit = SidecarEdit()
    edit.keywords = names
    edit.removedKeywords = removed
    edit.stars = 4
    edit.state.tags = names.map { "user|general|\($0)" } + removed.map { "-user|general|\($0)" }
    edit.state.contentRating = "questionable"
    edit.state.isFavourite = true
    edit.state.note = #"two\nlines & <more>"#
    return edit
  }

  private func read(_ sidecar: [UInt8]) throws -> DeepMetadata {
    try Codecs.metadata(BytesSource(Sample.gif()), sidecar: BytesSource(sidecar))
  }

  @Test(.enabled(if: ExifTool.isPresent, "exiftool is not installed"))
  func `a new sidecar says in every program's words what was written`() throws {
    let written = edit(["sea", "place/europe/rome", "日本語 <&\"'>", "a, b; c"])
    let bytes = try Codecs.edited(nil, written, isPicture: false)
    let directory = try TemporaryDirectory()
    let found = try ExifTool.values(try directory.write("a.xmp", bytes))
    #expect(found["XMP-dc:Subject"] == ["sea", "rome", "日本語 <&\"'>", "a, b; c"])
    #expect(
      found["XMP-lr:HierarchicalSubject"]
        == ["sea", "place|europe|rome", "日本語 <&\"'>", "a, b; c"])
    #expect(found["XMP-digiKam:TagsList"] == written.keywords)
    #expect(found["XMP-xmp:Rating"] == ["4"])
    let again = try read(bytes)
    #expect(again.state == written.state)
    #expect(again.rating == 4)
    #expect(again.keywords == ["sea", "rome", "日本語 <&\"'>", "a, b; c", "place/europe/rome"])
  }

  @Test(.enabled(if: ExifTool.isPresent, "exiftool is not installed"))
  func `everything else in a sidecar stays as it is`() throws {
    let directory = try TemporaryDirectory()
    let before = try ExifTool.values(try directory.write("a.xmp", Array(foreign.utf8)))
    let source = BytesSource(Array(foreign.utf8))
    let bytes = try Codecs.edited(source, edit(["sea"], removed: ["unwanted"]), isPicture: false)
    let after = try ExifTool.values(try directory.write("b.xmp", bytes))
    let ours: Set<String> = [
      "XMP-dc:Subject", "XMP-lr:HierarchicalSubject", "XMP-digiKam:TagsList", "XMP-xmp:Rating",
    ]
    var compared = 0
    for (name, values) in before where name.hasPrefix("XMP-") && !ours.contains(name) {
      if name == "XMP-x:XMPToolkit" { continue }
      #expect(after[name] == values, "\(name)")
      compared += 1
    }
    #expect(compared >= 7)
    // Theirs stay, what the user took away goes.
    #expect(after["XMP-dc:Subject"] == ["sea", "theirs", "Anna"])
    #expect(after["XMP-lr:HierarchicalSubject"] == ["sea", "theirs", "People|Anna"])
    #expect(after["XMP-xmp:Rating"] == ["4"])
  }

  @Test func `what Albumen wrote before and has no more goes, others' words stay`() throws {
    let first = try Codecs.edited(
      BytesSource(Array(foreign.utf8)), edit(["old", "kept", "place/rome"]), isPicture: false)
    let second = try Codecs.edited(BytesSource(first), edit(["kept", "new"]), isPicture: false)
    let found = try read(second).keywords
    #expect(found == ["kept", "new", "theirs", "Anna", "unwanted", "People/Anna"])
    // Writing the same again changes nothing.
    let third = try Codecs.edited(BytesSource(second), edit(["kept", "new"]), isPicture: false)
    #expect(third == second)
  }

  @Test(
    .enabled(if: ExifTool.isPresent, "exiftool is not installed"),
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: ["metadata/sunrise.jpg", "metadata/mongolels.jpg", "jpeg/exif_gps.jpg"])
  func `a picture gets its tags and keeps its pixels and all else`(name: String) throws {
    let corpus = try #require(Corpus.directory)
    let file = try FileDescriptor.open(corpus.appending(name), flags: O_RDONLY)
    let source = try DescriptorSource(borrowing: file.rawValue)
    let bytes = try Codecs.edited(source, edit(["sea", "place/rome"]), isPicture: true)
    let directory = try TemporaryDirectory()
    let path = try directory.write("copy.\(FilePath(name).fileExtension)", bytes)
    let before = try ExifTool.values(corpus.appending(name), ["EXIF:all", "ICC_Profile:all"])
    let after = try ExifTool.values(path, ["EXIF:all", "ICC_Profile:all"])
    #expect(Set(before.keys).subtracting(after.keys) == [])
    #expect(before["IFD0:Model"] == after["IFD0:Model"])
    let xmp = try ExifTool.values(path, ["XMP:all"])
    #expect(xmp["XMP-dc:Subject"]?.prefix(2) == ["sea", "rome"])
    let copy = try FileDescriptor.open(path, flags: O_RDONLY)
    let again = try DescriptorSource(borrowing: copy.rawValue)
    #expect(try Codecs.metadata(again).state == edit(["sea", "place/rome"]).state)
    let picture = try Formats.probe(source)
    #expect(try Formats.probe(again).storedWidth == picture.storedWidth)
    // Everything but the one segment is the same, byte for byte.
    let whole = try source.read(at: 0, count: 64 << 20)
    let tail = whole.suffix(whole.count / 2)
    #expect(bytes.suffix(tail.count) == tail)
    let twice = try Codecs.edited(BytesSource(bytes), edit(["sea", "place/rome"]), isPicture: true)
    #expect(twice == bytes)
  }

  @Test(arguments: [
    (Array("<x:xmpmeta><unfinished".utf8), false, MediaFailure.Kind.corrupt),
    (Array("hello".utf8), false, .corrupt), ([0xFF, 0xD8, 0xFF, 0xE1, 0, 9], true, .corrupt),
    ([0xFF, 0xD8, 0xFF, 0xE1, 0, 1, 0, 0], true, .corrupt),
    (Sample.gif(), true, .unsupported),
  ])
  func `what cannot be changed is refused in words`(
    bytes: [UInt8], isPicture: Bool, kind: MediaFailure.Kind
  ) {
    let failure = #expect(throws: MediaFailure.self) {
      _ = try Codecs.edited(BytesSource(bytes), SidecarEdit(), isPicture: isPicture)
    }
    #expect(failure?.kind == kind)
  }

  @Test func `a damaged sidecar ends in a sidecar or in a failure`() throws {
    var generator = SeededGenerator(seed: 11)
    let whole = Array(foreign.utf8)
    var failures = 0
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0:
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
            UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &generator))
        default:
          let at = Int.random(in: 0..<bytes.count, using: &generator)
          bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 40)], at: at)
        }
      }
      do {
        let made = try Codecs.edited(BytesSource(bytes), edit(["sea"]), isPicture: false)
        #expect(try read(made).keywords.contains("sea"))
        _ = try? Codecs.edited(
          BytesSource(Sample.jpeg(exif: bytes)), edit(["sea"]), isPicture: true)
      } catch let failure as MediaFailure {
        failures += 1
        #expect(!failure.message.isEmpty)
      }
    }
    #expect(failures > 0 && failures < 300)
  }

  @Test(
    .enabled(if: ExifTool.isPresent, "exiftool is not installed"),
    arguments: [
      (["-XMP-microsoft:LastKeywordXMP=Animals/Cat"], ["Animals/Cat"]),
      (["-XMP-mediapro:CatalogSets=Trips|2024"], ["Trips/2024"]),
      (["-XMP-digiKam:TagsList=Places/Rome", "-XMP-dc:Subject=Rome"], ["Rome", "Places/Rome"]),
      (["-XMP-lr:HierarchicalSubject=Places|Rome"], ["Places/Rome"]),
      (["-XPKeywords=one;two"], ["one", "two"]),
      (["-IPTC:Keywords=first", "-IPTC:Keywords=second"], ["first", "second"]),
    ])
  func `keywords are read wherever programs put them`(
    options: [String], keywords: [String]
  ) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("a.jpg", Sample.jpeg(exif: Sample.exif(orientation: 1)))
    _ = try ExifTool.run(options + ["-overwrite_original", "-q", path.description])
    let file = try FileDescriptor.open(path, flags: O_RDONLY)
    let found = try Codecs.metadata(try DescriptorSource(borrowing: file.rawValue))
    #expect(found.keywords == keywords)
  }
}
