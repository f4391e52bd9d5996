import Codecs
import Formats
import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing

/// One line of the corpus' manifest that names a media file.
struct CorpusFile: Sendable, CustomTestStringConvertible {
  let path: String
  let isExpectedToWork: Bool
  let note: String

  var testDescription: String { path }

  /// All media files of the corpus (XMP sidecars are not media); empty without one.
  static let all: [CorpusFile] = {
    guard let directory = Corpus.directory,
      let text = try? String(
        contentsOfFile: "\(directory.description)/MANIFEST.tsv", encoding: .utf8)
    else { return [] }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count >= 10, fields[1] != "xmp" else { return nil }
      return CorpusFile(path: fields[0], isExpectedToWork: fields[8] == "ok", note: fields[9])
    }
  }()

  func open() throws -> OpenFile {
    guard let directory = Corpus.directory else { throw CocoaError(.fileNoSuchFile) }
    let file = directory.appending(path)
    return OpenFile(descriptor: try FileDescriptor.open(file, flags: O_RDONLY), path: file)
  }
}

/// What the tests render with.
enum Rendering {
  /// Starts the decoders once for the whole process.
  static let prepared: Result<Void, MediaFailure> = Result { () throws(MediaFailure) in
    try Codecs.prepareDecoders()
  }

  /// Probes and renders a file.
  static func render(
    _ file: OpenFile, request: RenderRequest = RenderRequest(maxPixelSizes: [256, 512])
  ) throws -> RenderResult {
    try prepared.get()
    let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
    let probe = try Formats.probe(source, fileExtension: file.path.fileExtension)
    return try Codecs.render(file.descriptor, probe: probe, request: request)
  }
}
