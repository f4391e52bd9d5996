import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing
import WorkerProtocol

@testable import WorkerPool

/// What one job of a real worker leaves to the next one, and what it does not keep.
@Suite(
  .timeLimit(.minutes(5)), .serialized,
  .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
  .disabled(if: Sanitizer.isOn, Comment(rawValue: Sanitizer.cause)))
struct WorkerMemoryTests {
  /// Faults of a process that needed no disk: `minflt`, the tenth field of `/proc/PID/stat`.
  private func faultCount(of process: pid_t) throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // The second field is a name in brackets and may contain anything.
    let afterName = try #require(text.lastIndex(of: ")"))
    let fields = text[text.index(after: afterName)...].split(separator: " ")
    return try #require(Int(fields[7]))
  }

  @Test func `jobs in a row share their memory, and it goes back after the last one`() async throws
  {
    let fixture = try PoolFixture(
      workerCount: 1, workers: PoolFixture.realWorkers)
    let path = try #require(Corpus.directory).appending("jpeg/harvesters.jpeg")
    let file = OpenFile(
      descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
    let probe = try await fixture.pool.probe([file])[0].get().probe
    let worker = try #require(fixture.pool.snapshot().first?.processIdentifier)
    func resident() throws -> Int {
      try #require(AddressSpaceUsage(of: worker)).residentPrivateByteCount
    }
    let residentAtStart = try resident()
    // The decoder's window alone is a mebibyte, 256 pages. On a busy machine the next job may come too
    // late for what the one before left, but not every time.
    var fewestFaults = Int.max
    for _ in 0..<400 where fewestFaults >= 128 {
      let before = try faultCount(of: worker)
      let made = try await fixture.pool.render(
        file, probe: probe, request: RenderRequest(maxPixelSizes: [64]), priority: .visible)
      #expect(made.images.count == 1)
      fewestFaults = min(fewestFaults, try faultCount(of: worker) - before)
    }
    #expect(fewestFaults < 128)
    while try resident() > residentAtStart + (768 << 10) {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(fixture.pool.snapshot().map(\.processIdentifier) == [worker])
    await fixture.pool.shutDown()
  }
}
