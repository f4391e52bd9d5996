import Foundation
import Media
import MemoryBudget
import Pixels
import Platform
import TestSupport
import Testing

@testable import WorkerPool

/// The real worker with the real decoders, confined as in use.
@Suite(.timeLimit(.minutes(5)), .serialized) struct DecodeWorkerTests {
  private func files(below path: String) throws -> [(name: String, file: OpenFile)] {
    let corpus = try #require(Corpus.directory)
    let folder = corpus.appending(path)
    return try FileManager.default.contentsOfDirectory(atPath: folder.description).sorted().map {
      let path = folder.appending($0)
      return ($0, OpenFile(descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path))
    }
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: [
      "jpeg", "png", "gif", "webp", "tiff", "heif", "avif", "jxl", "exr", "exif-orientation",
      "svg", "raw", "video", "misc",
    ])
  func `real files are probed and rendered inside the sandbox as outside`(folder: String)
    async throws
  {
    let corpus = try #require(Corpus.directory)
    guard FileManager.default.fileExists(atPath: corpus.appending(folder).description) else {
      return
    }
    let fixture = try PoolFixture(executable: "albumen-worker")
    let all = try files(below: folder)
    for start in stride(from: 0, to: all.count, by: 64) {
      let batch = Array(all[start..<min(start + 64, all.count)])
      let results = try await fixture.pool.probe(batch.map(\.file))
      for ((name, file), result) in zip(batch, results) {
        let probe: Probe
        do { probe = try result.get().probe } catch {
          print("\(folder)/\(name): probe: \(error)")
          continue
        }
        do {
          let made = try await fixture.pool.render(
            file, probe: probe, request: RenderRequest(maxPixelSizes: [512, 256]),
            priority: .visible)
          #expect(made.images.count == 2)
        } catch { print("\(folder)/\(name): render: \(error)") }
      }
    }
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }
}
