import Foundation
import Media
import Platform
import TestSupport
import Testing

@testable import Formats

/// What exiftool says about the files of the corpus, read in one go.
private struct Peer: Decodable {
  let sourceFile: String
  let imageWidth: Int?
  let imageHeight: Int?
  let orientation: Int?
  let rotation: Double?
  let dateTimeOriginal: String?
  let creationDate: String?
  let createDate: String?
  let make: String?
  let model: String?
  let latitude: Double?
  let longitude: Double?
  let frameCount: Int?
  let pageCount: Int?
  let animationFrames: Int?
  let duration: Double?

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    // exiftool writes numbers and text alike where a value looks like the other.
    func number(_ key: CodingKeys) -> Double? {
      if let value = try? values.decode(Double.self, forKey: key) { return value }
      return (try? values.decode(String.self, forKey: key)).flatMap { Double($0) }
    }
    func text(_ key: CodingKeys) -> String? {
      if let value = try? values.decode(String.self, forKey: key) { return value }
      return number(key).map { $0 == $0.rounded() ? String(Int($0)) : String($0) }
    }
    sourceFile = text(.sourceFile) ?? ""
    imageWidth = number(.imageWidth).map { Int($0) }
    imageHeight = number(.imageHeight).map { Int($0) }
    orientation = number(.orientation).map { Int($0) }
    rotation = number(.rotation)
    dateTimeOriginal = text(.dateTimeOriginal)
    creationDate = text(.creationDate)
    createDate = text(.createDate)
    make = text(.make)
    model = text(.model)
    latitude = number(.latitude)
    longitude = number(.longitude)
    frameCount = number(.frameCount).map { Int($0) }
    pageCount = number(.pageCount).map { Int($0) }
    animationFrames = number(.animationFrames).map { Int($0) }
    duration = number(.duration)
  }

  private enum CodingKeys: String, CodingKey {
    case sourceFile = "SourceFile"
    case imageWidth = "ImageWidth"
    case imageHeight = "ImageHeight"
    case orientation = "Orientation"
    case rotation = "Rotation"
    case dateTimeOriginal = "DateTimeOriginal"
    case creationDate = "CreationDate"
    case createDate = "CreateDate"
    case make = "Make"
    case model = "Model"
    case latitude = "GPSLatitude"
    case longitude = "GPSLongitude"
    case frameCount = "FrameCount"
    case pageCount = "PageCount"
    case animationFrames = "AnimationFrames"
    case duration = "Duration"
  }

  static let executable = "/usr/bin/exiftool"
  static let isPresent = access(executable, X_OK) == 0

  static func all(in directory: FilePath) throws -> [Peer] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments =
      ["-json", "-n", "-q", "-r"]
      + [
        "ImageWidth", "ImageHeight", "Orientation", "Rotation", "DateTimeOriginal", "CreationDate",
        "CreateDate",
        "Make", "Model", "GPSLatitude", "GPSLongitude", "FrameCount", "PageCount",
        "AnimationFrames", "Duration",
      ].map { "-\($0)" } + [directory.description]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode([Peer].self, from: output)
  }
}

/// Where a probe and exiftool differ on purpose: what, and why.
private let explained: [String: (properties: Set<String>, reason: String)] = [
  "avif/abc_color_irot_alpha_irot.avif": (
    ["orientation"], "exiftool shows irot as Rotation 90, which way round is its own convention"
  ),
  "avif/rot1mir0.avif": (["orientation"], "exiftool does not combine irot and imir"),
  "avif/xmp_tags_orientation.avif": (
    ["orientation"], "the item's own transformations count, EXIF's and XMP's orientation do not"
  ),
  "avif/colors-animated-8bpc.avif": (["frames"], "exiftool does not count a sequence's samples"),
  "avif/paris_icc_exif_xmp.avif": (["latitude", "longitude"], "0, 0 means no fix"),
  "jpeg/frozenpond.mpo": (["frames"], "exiftool does not count the views of a stereo picture"),
  "png/paris_icc_exif_xmp.png": (["latitude", "longitude"], "0, 0 means no fix"),
  "jpeg/exif_gps.jpg": (["latitude"], "a latitude of 2^32 is outside the earth"),
  "exr/Carrots.exr": (["make", "model"], "exiftool does not name cameraMake and cameraModel so"),
  "exr/Trunks.exr": (["height"], displayWindow),
  "exr/cropping_-_data_window_differs_display_window.exr": (["width", "height"], displayWindow),
  "exr/multipart.0001.exr": (["width", "height"], displayWindow),
  "exr/singlepart.0001.exr": (["width", "height"], displayWindow),
  "exr/t05.exr": (["width", "height"], displayWindow),
  "exr/t12.exr": (["height"], displayWindow),
  "exr/v1.7.test.planar.exr": (["width", "height"], displayWindow),
  "gif/beacon_icc.gif": (["duration"], browserDelay),
  "gif/delay_0.gif": (["duration"], browserDelay),
  "png/dispose_op_background.png": (["duration"], "exiftool does not add up the fcTL delays"),
  "png/mode_16bit.png": (["duration"], "exiftool does not add up the fcTL delays"),
  "jxl/sunset_logo.jxl": (
    ["orientation"], "exiftool does not read the codestream's orientation; libjxl turns it too"
  ),
  "live-photo/IMG_7943.HEIC": (["height"], "the clean aperture cuts one row off"),
  "raw/colorchart.dng": (["width", "height"], "the DNG's default crop is the picture"),
  "raw/sample.dng": (["width", "height"], "the DNG's default crop is the picture"),
  "raw/sample.arw": (["width", "height"], "exiftool takes Sony's maker note, 8 pixels smaller"),
  "tiff/multipage.tiff": (["frames"], "exiftool counts pages only where PageNumber is set"),
  "video/video_rotate.mp4": (["orientation"], "exiftool shows the track's matrix as Rotation"),
  "webp/random_lossless.webp": (["frames"], "exiftool does not count ANMF chunks"),
  "webp/random_lossy.webp": (["frames"], "exiftool does not count ANMF chunks"),
]
private let displayWindow = "exiftool shows the data window, people see the display window"
private let browserDelay = "a delay of 0 or 10 ms lasts 100 ms in browsers"

/// Files without a probe, and the kind of their failure.
private let failures: [String: MediaFailure.Kind] = [
  "broken/Bad_width.bmp": .tooLarge,
  "broken/decompression_bomb.gif": .tooLarge,
  "broken/memory_DOS_1.exr": .tooLarge,
  "broken/NULL_pointer.exr": .corrupt,
  "broken/broken.png": .corrupt,
  "broken/comp_early_eof_piz.exr": .corrupt,
  "broken/comp_invalid_unknown.exr": .truncated,
  "broken/oom_exr.exr": .truncated,
  "broken/truncated.heic": .truncated,
]

@Suite struct ExifToolTests {
  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    .enabled(if: Peer.isPresent, "exiftool is not installed"))
  func `probes agree with exiftool but for what is explained`() throws {
    let corpus = try #require(Corpus.directory)
    var compared = 0
    for peer in try Peer.all(in: corpus) {
      let path = FilePath(peer.sourceFile)
      let name = String(decoding: path.relative(to: corpus) ?? [], as: UTF8.self)
      guard MediaFormat.scannedExtensions.contains(path.fileExtension) else { continue }
      let file = try FileDescriptor.open(path, flags: O_RDONLY)
      let source = try DescriptorSource(borrowing: file.rawValue)
      compared += 1
      let probe: Probe
      do {
        probe = try Formats.probe(source, fileExtension: path.fileExtension)
      } catch {
        #expect(failures[name] == error.kind, "\(name): \(error.kind.name), \(error.message)")
        continue
      }
      #expect(failures[name] == nil, "\(name) should fail")
      let found = differences(probe, peer)
      #expect(
        Set(found.keys) == explained[name]?.properties ?? [],
        "\(name): \(found), explained: \(explained[name]?.reason ?? "nothing")")
    }
    #expect(compared > 150)
  }

  private func differences(_ probe: Probe, _ peer: Peer) -> [String: String] {
    var found: [String: String] = [:]
    func compare<Value: Equatable>(_ what: String, _ ours: Value?, _ theirs: Value?) {
      guard ours != theirs else { return }
      found[what] =
        "\(ours.map { "\($0)" } ?? "nothing"), not \(theirs.map { "\($0)" } ?? "nothing")"
    }
    func second(_ text: String?) -> String? {
      guard let text, text.count >= 19, !text.hasPrefix("0000") else { return nil }
      return String(text.prefix(19))
    }
    let wall = probe.captureTime.map { time in
      String(time.iso8601.prefix(19)).replacing("-", with: ":").replacing("T", with: " ")
    }
    func degrees(_ value: Double?) -> Int? { value.map { Int(($0 * 1e6).rounded()) } }
    compare("width", Int(probe.storedWidth), peer.imageWidth)
    compare("height", Int(probe.storedHeight), peer.imageHeight)
    compare("orientation", Int(probe.orientation.rawValue), peer.orientation ?? 1)
    compare(
      "date", wall,
      second(peer.dateTimeOriginal) ?? second(peer.creationDate) ?? second(peer.createDate))
    compare("make", probe.cameraMake, peer.make)
    compare("model", probe.cameraModel, peer.model)
    compare("latitude", degrees(probe.position?.latitude), degrees(peer.latitude))
    compare("longitude", degrees(probe.position?.longitude), degrees(peer.longitude))
    compare(
      "frames", Int(probe.frameCount),
      peer.frameCount ?? peer.animationFrames ?? peer.pageCount ?? 1)
    compare(
      "duration", probe.durationMilliseconds.map { Int($0) },
      peer.duration.map { Int(($0 * 1000).rounded()) })
    return found
  }
}
