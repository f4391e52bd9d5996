import Formats
import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing

/// Everything that calls libvips runs one after the other: it has one error text for the process.
@Suite(.serialized) enum `Rendering files` {}

extension `Rendering files` {
  @Suite(.serialized, .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  struct `The corpus` {
    /// Files the manifest calls good whose pixels no reader gives, with the reason.
    static let unreadable = [
      "exr/tiled.exr": "its only tile names an impossible level; OpenImageIO refuses it too"
    ]

    @Test(
      arguments: CorpusFile.all.filter { $0.isExpectedToWork && Self.unreadable[$0.path] == nil })
    func `a good file gets its thumbnails`(file: CorpusFile) throws {
      let open = try file.open()
      let result = try Rendering.render(open)
      try keep(result, of: file)
      #expect(result.images.count == 2)
      let small = try #require(result.images.first)
      let large = try #require(result.images.last)
      #expect(max(small.width, small.height) <= 256 && max(large.width, large.height) <= 512)
      #expect(small.jpeg.starts(with: [0xFF, 0xD8]) && large.jpeg.starts(with: [0xFF, 0xD8]))
      #expect(Placeholder(bytes: result.placeholder) != nil)
      // The thumbnail's shape is the shape the catalog shows.
      let width = Double(result.probe.width)
      let height = Double(result.probe.height)
      if width > 0, height > 0 {
        let fitted = ThumbnailSize.fitting(
          width: Int(width), height: Int(height), maxPixelSize: max(large.width, large.height))
        #expect(abs(fitted.width - large.width) <= 2, "\(width)×\(height) → \(large.width)")
        #expect(abs(fitted.height - large.height) <= 2, "\(width)×\(height) → \(large.height)")
      }
    }

    @Test(arguments: CorpusFile.all.filter { !$0.isExpectedToWork })
    func `a broken file says why`(file: CorpusFile) throws {
      let open = try file.open()
      do {
        let result = try Rendering.render(open)
        try keep(result, of: file)
        #expect(file.note.contains("either"), "it was rendered")
      } catch let failure as MediaFailure {
        if ProcessInfo.processInfo.environment["ALBUMEN_RENDERED"] != nil {
          print("BROKEN \(file.path): \(failure.kind): \(failure)")
        }
        #expect(failure.message.count > 20 && failure.message.hasSuffix("."))
      }
    }

    /// Keeps the thumbnails for a look at them when `$ALBUMEN_RENDERED` names a directory.
    private func keep(_ result: RenderResult, of file: CorpusFile) throws {
      guard let directory = ProcessInfo.processInfo.environment["ALBUMEN_RENDERED"] else { return }
      let name = file.path.replacingOccurrences(of: "/", with: "_")
      for image in result.images {
        try Data(image.jpeg).write(
          to: URL(fileURLWithPath: "\(directory)/\(name).\(max(image.width, image.height)).jpg"))
      }
    }
  }
}
