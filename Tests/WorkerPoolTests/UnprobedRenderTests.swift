import Glibc
import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import WorkerPool

/// Renders of files that nobody has probed: header and pictures in one job.
@Suite(.timeLimit(.minutes(2))) struct UnprobedRenderTests {
  private func render(
    _ file: OpenFile, with fixture: PoolFixture
  ) async throws -> RenderResult {
    try await fixture.pool.render(
      file, request: RenderRequest(maxPixelSizes: [16, 32]), priority: .visible)
  }

  private func file(_ name: String, _ bytes: [UInt8], _ fixture: PoolFixture) throws -> OpenFile {
    let path = try fixture.directory.write(name, bytes)
    return OpenFile(descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
  }

  // "probe" answers only with the report on the header, "share" through the shared memory.
  @Test(arguments: ["ok", "probe", "share"])
  func `pictures come whichever way the worker takes`(what: String) async throws {
    let fixture = try PoolFixture(workerCount: 1)
    let result = try await render(try fixture.file(what), with: fixture)
    #expect(
      result.images.map(\.jpeg) == [[0xff, 0xd8, 16, 0xff, 0xd9], [0xff, 0xd8, 32, 0xff, 0xd9]])
    #expect(fixture.budget.snapshot()["workers.jobs"]?.bytes == 0)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(arguments: [
    ("fail", MediaFailure.Kind.corrupt), ("crash", .quarantined), ("hang", .timedOut),
    ("lie kind", .quarantined), ("lie outside", .quarantined),
  ])
  func `what goes wrong is told as of any job`(what: String, kind: MediaFailure.Kind) async throws {
    let fixture = try PoolFixture(workerCount: 1) { $0.jobTimeLimit = .milliseconds(300) }
    let failure = await #expect(throws: MediaFailure.self) {
      _ = try await render(try fixture.file(what), with: fixture)
    }
    #expect(failure?.kind == kind)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(.disabled(if: Sanitizer.isOn, Comment(rawValue: Sanitizer.cause)), arguments: [40, 512])
  func `real workers do it too, and where the guess does not fit but the file does`(
    mebibytes: Int
  ) async throws {
    let fixture = try PoolFixture(
      workerCount: 1, budgetByteCount: mebibytes << 20, workers: PoolFixture.realWorkers)
    let bitmap: [UInt8] =
      [0x42, 0x4D, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
      + [1, 0, 24, 0] + [UInt8](repeating: 0, count: 24) + [10, 200, 30, 0]
    #expect(fixture.pool.hasRoom(for: 48 << 20) == (mebibytes > 48))
    #expect(
      try await render(try file("a.bmp", bitmap, fixture), with: fixture).images.count == 2)
    #expect(fixture.pool.snapshot().map(\.kind) == [.lean])
    let failure = await #expect(throws: MediaFailure.self) {
      _ = try await render(try file("a.jpg", [1, 2, 3, 4], fixture), with: fixture)
    }
    #expect(failure?.kind == .unrecognised)
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }

  @Test(.disabled(if: Sanitizer.isOn, Comment(rawValue: Sanitizer.cause)))
  func `what is larger than was guessed, or takes other decoders, takes a second job`()
    async throws
  {
    let fixture = try PoolFixture(workerCount: 1, workers: PoolFixture.realWorkers)
    // A header that claims more than the guess: it must be held against the budget as it is.
    var huge: [UInt8] = [0x42, 0x4D, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]
    huge += [0x40, 0x0D, 3, 0, 1, 0, 0, 0, 1, 0, 24, 0] + [UInt8](repeating: 0, count: 28)
    let failure = await #expect(throws: MediaFailure.self) {
      _ = try await render(try file("huge.bmp", huge, fixture), with: fixture)
    }
    #expect(failure?.kind == .overBudget)
    let drawing = Array(
      #"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>"#
        .utf8)
    #expect(
      try await render(try file("a.svg", drawing, fixture), with: fixture).images.count == 2)
    #expect(fixture.pool.snapshot().filter { $0.state != .ending }.map(\.kind) == [.full])
    await fixture.pool.shutDown()
    #expect(fixture.usedByteCount == 0)
  }
}
