import Codecs
import Formats
import Glibc
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import WorkerPool

/// Sidecars and copies with tags, made in the confined worker.
@Suite(.timeLimit(.minutes(2))) struct EditTests {
  private var edit: SidecarEdit {
    var edit = SidecarEdit()
    edit.keywords = ["sea", "place/rome"]
    edit.state.tags = ["user|general|sea", "user|general|place/rome"]
    edit.stars = 3
    return edit
  }

  private func bytes(_ made: EditedFile) throws -> [UInt8] {
    try made.memory.descriptor.read(at: 0, count: made.byteCount)
  }

  @Test func `a sidecar is made, and made again from itself, behind the sandbox`() async throws {
    let fixture = try PoolFixture(workers: PoolFixture.realWorkers)
    let first = try await fixture.pool.writeSidecar(edit, to: nil, priority: .visible)
    let path = try fixture.directory.write("a.xmp", try bytes(first))
    let file = OpenFile(descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
    let second = try await fixture.pool.writeSidecar(edit, to: file, priority: .visible)
    #expect(try bytes(first) == bytes(second))
    #expect(String(decoding: try bytes(first), as: UTF8.self).contains("place|rome"))
    await fixture.pool.shutDown()
  }

  @Test func `a broken sidecar is a failure with a reason`() async throws {
    let fixture = try PoolFixture(workers: PoolFixture.realWorkers)
    let broken = try fixture.file("<x:xmpmeta><unfinished")
    let failure = await #expect(throws: MediaFailure.self) {
      _ = try await fixture.pool.writeSidecar(edit, to: broken, priority: .visible)
    }
    #expect(failure?.kind == .corrupt)
    await fixture.pool.shutDown()
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
  func `a copy of a picture has the tags, the picture itself has not`() async throws {
    let fixture = try PoolFixture(workers: PoolFixture.realWorkers)
    let path = try #require(Corpus.directory).appending("metadata/sunrise.jpg")
    let file = OpenFile(descriptor: try FileDescriptor.open(path, flags: O_RDONLY), path: path)
    let made = try await fixture.pool.embed(edit, in: file, priority: .visible)
    let copy = try fixture.directory.write("copy.jpg", try bytes(made))
    let again = OpenFile(descriptor: try FileDescriptor.open(copy, flags: O_RDONLY), path: copy)
    let found = try await fixture.pool.metadata(
      again, sidecar: nil, format: .jpeg, priority: .visible)
    #expect(found.state?.tags == edit.state.tags)
    #expect(found.rating == 3)
    let before = try await fixture.pool.metadata(
      file, sidecar: nil, format: .jpeg, priority: .visible)
    #expect(before.state == nil)
    await fixture.pool.shutDown()
  }

  @Test func `what was made is charged as long as it lives`() async throws {
    let fixture = try PoolFixture()
    let before = fixture.usedByteCount
    var made: EditedFile? = try await fixture.pool.writeSidecar(
      edit, to: try fixture.file("words"), priority: .visible)
    let count = try #require(made).byteCount
    #expect(try String(decoding: bytes(#require(made)), as: UTF8.self) == "words!")
    let held = fixture.usedByteCount
    made = nil
    #expect(held - fixture.usedByteCount == count)
    #expect(before <= fixture.usedByteCount)
    await fixture.pool.shutDown()
  }
}
