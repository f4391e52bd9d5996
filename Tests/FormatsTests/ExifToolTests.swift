import Foundation
import Media
import Platform
import TestSupport
import Testing

@testable import Formats

/// What exiftool says about the files of the corpus, read in one go.
private struct Peer: Decodable {
  let SourceFile: String
  let ImageWidth: Int?
  let ImageHeight: Int?
  let Orientation: Int?
  let Rotation: Double?
  let DateTimeOriginal: String?
  let CreateDate: String?
  let Make: String?
  let Model: String?
  let GPSLatitude: Double?
  let GPSLongitude: Double?
  let FrameCount: Int?
  let PageCount: Int?
  let AnimationFrames: Int?
  let Duration: Double?

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
    SourceFile = text(.SourceFile) ?? ""
    ImageWidth = number(.ImageWidth).map { Int($0) }
    ImageHeight = number(.ImageHeight).map { Int($0) }
    Orientation = number(.Orientation).map { Int($0) }
    Rotation = number(.Rotation)
    DateTimeOriginal = text(.DateTimeOriginal)
    CreateDate = text(.CreateDate)
    Make = text(.Make)
    Model = text(.Model)
    GPSLatitude = number(.GPSLatitude)
    GPSLongitude = number(.GPSLongitude)
    FrameCount = number(.FrameCount).map { Int($0) }
    PageCount = number(.PageCount).map { Int($0) }
    AnimationFrames = number(.AnimationFrames).map { Int($0) }
    Duration = number(.Duration)
  }

  private enum CodingKeys: String, CodingKey {
    case SourceFile, ImageWidth, ImageHeight, Orientation, Rotation, DateTimeOriginal, CreateDate
    case Make, Model, GPSLatitude, GPSLongitude, FrameCount, PageCount, AnimationFrames, Duration
  }

  static let executable = "/usr/bin/exiftool"
  static let isPresent = access(executable, X_OK) == 0

  static func all(in directory: FilePath) throws -> [Peer] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments =
      ["-json", "-n", "-q", "-r", "-fast2"]
      + [
        "ImageWidth", "ImageHeight", "Orientation", "Rotation", "DateTimeOriginal", "CreateDate",
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

@Suite struct ExifToolTests {
  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    .enabled(if: Peer.isPresent, "exiftool is not installed"))
  func `probes agree with exiftool but for what is explained`() throws {
    let corpus = try #require(Corpus.directory)
    for peer in try Peer.all(in: corpus).sorted(by: { $0.SourceFile < $1.SourceFile }) {
      let path = FilePath(peer.SourceFile)
      let name = String(decoding: path.relative(to: corpus) ?? [], as: UTF8.self)
      guard MediaFormat.scannedExtensions.contains(path.fileExtension) else { continue }
      let file = try FileDescriptor.open(path, flags: O_RDONLY)
      let source = try DescriptorSource(borrowing: file.rawValue)
      do {
        let probe = try Formats.probe(source, fileExtension: path.fileExtension)
        var differences: [String] = []
        func compare<T: Equatable>(_ what: String, _ ours: T?, _ theirs: T?) {
          if ours != theirs { differences.append("\(what): \(ours.map { "\($0)" } ?? "-") | \(theirs.map { "\($0)" } ?? "-")") }
        }
        compare("width", Int(probe.storedWidth), peer.ImageWidth)
        compare("height", Int(probe.storedHeight), peer.ImageHeight)
        compare("orientation", Int(probe.orientation.rawValue), peer.Orientation ?? 1)
        let c = probe.captureTime.map { t in String(t.iso8601.prefix(19)).replacingOccurrences(of: "-", with: ":").replacingOccurrences(of: "T", with: " ") }
        compare("date", c, peer.DateTimeOriginal.map { String($0.prefix(19)) } ?? peer.CreateDate.map { String($0.prefix(19)) })
        compare("make", probe.cameraMake, peer.Make)
        compare("model", probe.cameraModel, peer.Model)
        compare("lat", probe.position.map { String(format: "%.6f", $0.latitude) }, peer.GPSLatitude.map { String(format: "%.6f", $0) })
        compare("lon", probe.position.map { String(format: "%.6f", $0.longitude) }, peer.GPSLongitude.map { String(format: "%.6f", $0) })
        compare("frames", Int(probe.frameCount), peer.FrameCount ?? peer.AnimationFrames ?? peer.PageCount ?? 1)
        compare("duration", probe.durationMilliseconds.map { Int($0) }, peer.Duration.map { Int(($0 * 1000).rounded()) })
        print("@@", name, probe.format.name, probe.storedWidth, probe.storedHeight, probe.bitsPerChannel, probe.channelCount, probe.hasAlpha, probe.isProgressive, probe.captureTime?.offsetMinutes as Any)
        if !differences.isEmpty { print("@@@@", name, differences.joined(separator: "; ")) }
      } catch {
        print("@@@ \(name): \(error.kind) \(error.message)")
      }
    }
  }
}
