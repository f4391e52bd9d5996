import Codecs
import Formats
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
  /// The smallest files of a folder of the corpus: decoding in a debug build is slow.
  private func smallFiles(below folder: String, count: Int) throws -> [OpenFile] {
    let directory = try #require(Corpus.directory).appending(folder)
    let manager = FileManager.default
    let sized = try manager.contentsOfDirectory(atPath: directory.description).map { name in
      let path = directory.appending(name)
      let attributes = try manager.attributesOfItem(atPath: path.description)
      return (path: path, byteCount: (attributes[.size] as? Int) ?? 0)
    }
    return try sized.sorted { ($0.byteCount, $0.path) < ($1.byteCount, $1.path) }.prefix(count)
      .map { file in
        OpenFile(
          descriptor: try FileDescriptor.open(file.path, flags: O_RDONLY), path: file.path)
      }
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: [
      "jpeg", "png", "gif", "webp", "tiff", "heif", "avif", "jxl", "exr", "exif-orientation",
      "broken", "other",
    ])
  func `no real or broken file ends a confined worker`(folder: String) async throws {
    let fixture = try PoolFixture(
      workers: PoolFixture.realWorkers)
    let files = try smallFiles(below: folder, count: 6)
    let results = try await fixture.pool.probe(files)
    try #require(results.count == files.count)
    var renderedCount = 0
    for (file, result) in zip(files, results) {
      do throws(MediaFailure) {
        let probe = try result.get().probe
        let made = try await render(file, probe: probe, with: fixture.pool)
        #expect(made.images.count == 2)
        renderedCount += 1
      } catch {
        #expect(
          ![.crashed, .quarantined, .timedOut].contains(error.kind), "\(file.path): \(error)")
      }
    }
    // A sandbox that stood in the decoders' way would let nothing through.
    if folder != "broken" && folder != "other" {
      #expect(renderedCount >= min(3, files.count), "only \(renderedCount) in \(folder)")
    }
    let processes = Set(fixture.pool.snapshot().map(\.processIdentifier))
    #expect(processes.count <= 2)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: ["heif/hopper.heif", "avif/sofa_grid1x5_420.avif", "jxl/sunset_logo.jxl"])
  func `changed bytes give a picture or a reason`(path: String) async throws {
    let fixture = try PoolFixture(workerCount: 1, workers: PoolFixture.realWorkers)
    let whole = try #require(Corpus.directory).appending(path)
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: whole.description)))
    var generator = SeededGenerator(seed: 4)
    var brokenCount = 0
    for number in 0..<24 {
      var changed = bytes
      // Half of them in the header, where most is decided.
      let end = number % 2 == 0 ? min(1024, bytes.count) : bytes.count
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        changed[Int.random(in: 0..<end, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      let name = try fixture.directory.write("\(number)-\(whole.name)", changed)
      let file = OpenFile(
        descriptor: try FileDescriptor.open(name, flags: O_RDONLY), path: name)
      do {
        let probe = try #require(try await fixture.pool.probe([file]).first).get().probe
        #expect(try await render(file, probe: probe, with: fixture.pool).images.count == 2)
      } catch let failure as MediaFailure {
        brokenCount += 1
        #expect(
          ![.crashed, .quarantined, .timedOut].contains(failure.kind), "\(number): \(failure)")
      }
    }
    #expect(brokenCount > 0, "nothing was broken")
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  private func render(
    _ file: OpenFile, probe: Probe, with pool: WorkerPool
  ) async throws(MediaFailure) -> RenderResult {
    do {
      return try await pool.render(
        file, probe: probe,
        request: RenderRequest(
          maxPixelSizes: [512, 256],
          // A sanitizer puts a fence around every piece of memory.
          reservedByteCount: Sanitizer.isOn ? 256 << 20 : 0),
        priority: .visible)
    } catch let failure as MediaFailure { throw failure } catch {
      throw MediaFailure(.crashed, "the pool failed: \(error)")
    }
  }

  @Test func `a broken file has a fingerprint, an empty one has none`() async throws {
    let fixture = try PoolFixture(
      workerCount: 1, workers: PoolFixture.realWorkers)
    let files = try ["no picture", "no picture", "another", ""].map { try fixture.file($0) }
    let failures = try await fixture.pool.probe(files).map { result in
      if case .failure(let failure) = result { failure } else { MediaFailure(.crashed, "none") }
    }
    #expect(failures.map(\.kind) == [.unrecognised, .unrecognised, .unrecognised, .empty])
    #expect(failures[0].fingerprint != nil)
    #expect(failures[0].fingerprint == failures[1].fingerprint)
    #expect(failures[0].fingerprint != failures[2].fingerprint)
    #expect(failures[3].fingerprint == nil)
    await fixture.pool.shutDown()
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `metadata and that of a sidecar come out of the sandbox`() async throws {
    let fixture = try PoolFixture(
      workers: PoolFixture.realWorkers)
    let directory = try #require(Corpus.directory).appending("metadata")
    func open(_ name: String) throws -> OpenFile {
      let path = directory.appending(name)
      return OpenFile(
        descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
    }
    let file = try open("20240107_110258.jpg")
    let alone = try await fixture.pool.metadata(
      file, sidecar: nil, format: .jpeg, priority: .visible)
    #expect(alone.fields.contains { $0.key.hasPrefix("Exif.") })
    let both = try await fixture.pool.metadata(
      file, sidecar: try open("20240107_110258.jpg.xmp"), format: .jpeg, priority: .visible)
    #expect(both.fields.count > alone.fields.count)
    await fixture.pool.shutDown()
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `the sandbox takes nothing from the metadata of any file`() async throws {
    try Codecs.prepareMetadata()
    let fixture = try PoolFixture(
      workerCount: 1, workers: PoolFixture.realWorkers)
    let corpus = try #require(Corpus.directory)
    let manifest = try String(contentsOfFile: "\(corpus)/MANIFEST.tsv", encoding: .utf8)
    var describedCount = 0
    for line in manifest.split(separator: "\n").dropFirst() where !line.contains(".xmp\t") {
      let path = corpus.appending(String(line.prefix { $0 != "\t" }))
      let file = OpenFile(
        descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
      guard let probe = try? await fixture.pool.probe([file]).first?.get().probe else { continue }
      let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
      let here: Result<DeepMetadata, MediaFailure> = Result { () throws(MediaFailure) in
        try Codecs.metadata(source, fileExtension: path.fileExtension)
      }
      let there: Result<DeepMetadata, MediaFailure>
      do {
        there = .success(
          try await fixture.pool.metadata(
            file, sidecar: nil, format: probe.format, priority: .background))
      } catch let failure as MediaFailure { there = .failure(failure) }
      #expect(here == there, "\(path)")
      if (try? there.get().fields.count) ?? 0 > 10 { describedCount += 1 }
    }
    #expect(describedCount > 30, "only \(describedCount) said something")
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `the text of drawings has its letters`() async throws {
    let fixture = try PoolFixture(
      workerCount: 1, workers: PoolFixture.realWorkers)
    // Letters that have no font are all drawn as the same box.
    func picture(_ text: String) async throws -> [UInt8] {
      let path = try fixture.directory.write(
        "\(text).svg",
        Array(
          """
          <svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">\
          <text x="4" y="50" font-size="50" font-family="monospace">\(text)</text></svg>
          """.utf8))
      let file = OpenFile(
        descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
      let probe = try #require(try await fixture.pool.probe([file]).first).get().probe
      let made = try await render(file, probe: probe, with: fixture.pool)
      return try #require(made.images.first).jpeg
    }
    #expect(try await picture("W") != picture("i"))
    await fixture.pool.shutDown()
  }

  @Test(
    .disabled(if: Sanitizer.isOn, Comment(rawValue: Sanitizer.cause)),
    arguments: [
      ("png", "[interlace]"), ("png", ""), ("jpg", "[interlace]"), ("webp", ""),
    ])
  func `after 100 megapixels a worker's memory is back within a tenth`(
    kind: String, options: String
  ) async throws {
    let fixture = try PoolFixture(
      workerCount: 1, budgetByteCount: 2 << 30, workers: PoolFixture.realWorkers
    ) { $0.jobTimeLimit = .seconds(60) }
    // Interlaced, so that no decoder can do with a few rows; and not, so that it must.
    // The small one is large enough to go the same way, so that both touch the same code.
    let small = try await black(fixture, "small.\(kind)\(options)", width: 3200, height: 2400)
    let large = try await black(fixture, "large.\(kind)\(options)", width: 11600, height: 8700)
    let request = RenderRequest(maxPixelSizes: [512, 256])
    _ = try await fixture.pool.render(
      small.file, probe: small.probe, request: request, priority: .visible)
    let before = try await idleByteCount(fixture, small.file)
    do {
      let made = try await fixture.pool.render(
        large.file, probe: large.probe, request: request, priority: .visible)
      #expect(made.images.map(\.width) == [512, 256])
    }
    let after = try await idleByteCount(fixture, small.file)
    // A tenth of a lean worker's few megabytes is less than the code it happens to touch; the tree as a
    // whole is held to its tenth by the tests of the commands.
    #expect(after <= before + max(before / 10, 1 << 20), "\(before) before, \(after) after")
    #expect(fixture.budget.snapshot()["workers.jobs"]?.bytes == 0)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  /// Makes a black picture with the vips command and probes it.
  private func black(
    _ fixture: PoolFixture, _ name: String, width: Int, height: Int
  ) async throws -> (file: OpenFile, probe: Probe) {
    let target = fixture.directory.path.appending(name)
    let vips = Process()
    vips.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    vips.arguments = ["vips", "black", "\(target)", "\(width)", "\(height)", "--bands", "3"]
    try vips.run()
    vips.waitUntilExit()
    try #require(vips.terminationStatus == 0, "the vips command makes the test's file")
    let path = FilePath(bytes: target.bytes.prefix { $0 != UInt8(ascii: "[") })
    let file = OpenFile(
      descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
    let probe = try #require(try await fixture.pool.probe([file]).first).get().probe
    #expect(probe.width == width && probe.height == height)
    return (file, probe)
  }

  /// The one worker's memory once it is idle; that of its replacement if its memory stayed.
  private func idleByteCount(_ fixture: PoolFixture, _ file: OpenFile) async throws -> Int {
    while true {
      let workers = fixture.pool.snapshot()
      if workers.isEmpty { _ = try await fixture.pool.probe([file]) }
      if workers.map(\.state) == [.idle] { return try #require(workers.first?.pss) }
      await Task.yield()
    }
  }
}
