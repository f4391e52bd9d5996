import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import WorkerPool

/// Lean workers, full ones, those between, and who gives way to whom.
@Suite(.timeLimit(.minutes(2))) struct WorkerKindTests {
  /// A drawing, a bitmap, and a WebP whose first frame is smaller than its canvas: for a full worker,
  /// for a lean one, and for a lean one that finds out it cannot.
  private static let drawing = Array(
    #"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>"#
      .utf8)
  private static let bitmap: [UInt8] =
    [0x42, 0x4D, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    + [1, 0, 24, 0] + [UInt8](repeating: 0, count: 24) + [10, 200, 30, 0]

  private static func partialFrame() throws -> [UInt8] {
    try Array(
      #require(
        Data(
          base64Encoded:
            "UklGRlIAAABXRUJQVlA4WAoAAAACAAAAAQAAAAAAQU5JTQYAAAAAAAAAAABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDgAAAC8AAAAABxAR/Q9ERP8D"
        )))
  }

  private func fixture(workerCount: Int) throws -> PoolFixture {
    try PoolFixture(
      workerCount: workerCount, workers: PoolFixture.realWorkers)
  }

  private func render(
    _ name: String, _ bytes: [UInt8], with fixture: PoolFixture
  ) async throws -> RenderResult {
    let path = try fixture.directory.write(name, bytes)
    let file = OpenFile(
      descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
    let probe = try #require(try await fixture.pool.probe([file]).first).get().probe
    return try await fixture.pool.render(
      file, probe: probe, request: RenderRequest(maxPixelSizes: [16]), priority: .visible)
  }

  private func kinds(_ fixture: PoolFixture) -> [WorkerKind] {
    fixture.pool.snapshot().filter { $0.state != .ending }.map(\.kind)
  }

  @Test func `a lean worker gives way to a full one, which then does everything`() async throws {
    let fixture = try fixture(workerCount: 1)
    #expect(try await render("a.bmp", Self.bitmap, with: fixture).images.count == 1)
    #expect(kinds(fixture) == [.lean])
    #expect(try await render("a.svg", Self.drawing, with: fixture).images.count == 1)
    #expect(kinds(fixture) == [.full])
    let full = fixture.pool.snapshot().last?.processIdentifier
    #expect(try await render("b.bmp", Self.bitmap, with: fixture).images.count == 1)
    #expect(fixture.pool.snapshot().last?.processIdentifier == full)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `a picture with a library of its own gets the worker between the two`() async throws {
    let fixture = try fixture(workerCount: 1)
    let light = try Data(
      contentsOf: URL(
        fileURLWithPath: try #require(Corpus.directory).appending("exr/stripes.exr").description))
    #expect(try await render("a.bmp", Self.bitmap, with: fixture).images.count == 1)
    #expect(try await render("a.exr", Array(light), with: fixture).images.count == 1)
    #expect(kinds(fixture) == [.picture])
    // It does what a lean one does, and what it cannot do is for a full one.
    #expect(try await render("b.bmp", Self.bitmap, with: fixture).images.count == 1)
    #expect(kinds(fixture) == [.picture])
    #expect(try await render("b.webp", try Self.partialFrame(), with: fixture).images.count == 1)
    #expect(kinds(fixture) == [.full])
    #expect(try await render("b.exr", Array(light), with: fixture).images.count == 1)
    #expect(kinds(fixture) == [.full])
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `what a lean worker refers is done by a full one`() async throws {
    let fixture = try fixture(workerCount: 1)
    let made = try await render("a.webp", try Self.partialFrame(), with: fixture)
    #expect(made.images.map(\.width) == [2])
    #expect(kinds(fixture) == [.full])
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(
    .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
    arguments: [
      ("heif/hopper.heif", WorkerKind.picture), ("avif/sofa_grid1x5_420.avif", .picture),
      ("jxl/sunset_logo.jxl", .picture), ("exr/stripes.exr", .picture),
      // What its own library does not read is referred.
      ("avif/colors-animated-8bpc.avif", .full), ("avif/abc_color_irot_alpha_irot.avif", .full),
    ])
  func `each format gets the least of workers that reads it`(
    path: String, kind: WorkerKind
  ) async throws {
    let fixture = try fixture(workerCount: 1)
    let file = try #require(Corpus.directory).appending(path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file.description))
    #expect(try await render(file.name, Array(bytes), with: fixture).images.count == 1)
    #expect(kinds(fixture) == [kind])
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `a kind that is not there is done by the next one that has more`() async throws {
    let fixture = try PoolFixture(
      workerCount: 1, workers: [.lean: "worker-fixture", .full: "worker-fixture"])
    #expect(fixture.pool.available(.lean) == .lean)
    #expect(fixture.pool.available(.picture) == .full)
    await fixture.pool.shutDown()
  }

  @Test func `all kinds together are no more than the workers allowed`() async throws {
    let fixture = try fixture(workerCount: 2)
    let partialFrame = try Self.partialFrame()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<24 {
        group.addTask {
          let (name, bytes) = [
            ("bmp", Self.bitmap), ("svg", Self.drawing), ("webp", partialFrame),
          ][number % 3]
          let count = try await render("\(number).\(name)", bytes, with: fixture).images.count
          #expect(kinds(fixture).count <= 2)
          return count
        }
      }
      for try await count in group { #expect(count == 1) }
    }
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `a full worker that refers a job is a liar`() async throws {
    // The fixture does as its files say, as which of the two it may run.
    let fixture = try PoolFixture(
      workerCount: 1, workers: [.lean: "worker-fixture", .full: "worker-fixture"])
    #expect(try await fixture.failure("refer") == .quarantined)
    #expect(try await fixture.render("fine").images.count == 1)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test func `jobs go to the worker that has just what they need`() async throws {
    let scheduler = SlotScheduler(slotCount: 3, queueLimit: 10, probeDepth: 2)
    scheduler.setWorker(0, .full)
    scheduler.setWorker(1, .lean)
    let lean = try await scheduler.acquire(.visible, kind: .lean)
    #expect(lean == 1)
    // Without a lean one a full one will do, before another is started.
    #expect(try await scheduler.acquire(.visible, kind: .lean) == 0)
    scheduler.release(0)
    scheduler.release(1)
    #expect(try await scheduler.acquire(.visible, kind: .full) == 0)
    // An empty slot first; a lean worker gives way last.
    #expect(try await scheduler.acquire(.visible, kind: .full) == 2)
    #expect(try await scheduler.acquire(.visible, kind: .full) == 1)
  }

  @Test func `a worker with less to load gives way first, one with less to spare works first`()
    async throws
  {
    let scheduler = SlotScheduler(slotCount: 3, queueLimit: 10, probeDepth: 2)
    for (slot, kind) in [WorkerKind.full, .picture, .lean].enumerated() {
      scheduler.setWorker(slot, kind)
    }
    #expect(try await scheduler.acquire(.visible, kind: .picture) == 1)
    #expect(try await scheduler.acquire(.visible, kind: .picture) == 0)
    scheduler.release(0)
    scheduler.release(1)
    scheduler.setWorker(0, .picture)
    #expect(try await scheduler.acquire(.visible, kind: .full) == 2)
  }

  @Test func `a slot rests only while another worker does the kind of job`() async throws {
    let scheduler = SlotScheduler(slotCount: 2, queueLimit: 10, probeDepth: 2)
    scheduler.setWorker(0, .lean)
    let slot = try await scheduler.acquire(.visible, kind: .full)
    #expect(slot == 1)
    #expect(!scheduler.withhold(slot, kind: .full))
    #expect(scheduler.withhold(slot, kind: .lean))
  }
}
