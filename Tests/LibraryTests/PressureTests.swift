import Catalog
import Glibc
import MemoryBudget
import Platform
import TestSupport
import Testing
import Thumbnails
import WorkerPool

@testable import Library

/// A library on a machine whose free memory the test sets, with a real worker.
@Suite(.timeLimit(.minutes(2))) struct `A library under memory pressure` {
  private let directory: TemporaryDirectory
  private let notices: AsyncStream<String>
  private let notify: AsyncStream<String>.Continuation

  init() throws {
    directory = try TemporaryDirectory()
    (notices, notify) = AsyncStream.makeStream()
    try setAvailable(percent: 80)
    for number in 0..<8 {
      _ = try directory.write("pictures/\(number).bmp", Self.noise(seed: UInt64(number)))
    }
  }

  private func setAvailable(percent: Int) throws {
    // In one step: the monitor must not read a half-written file.
    let whole = try directory.write(
      "machine/proc/meminfo.new",
      Array("MemTotal: 1000000 kB\nMemAvailable: \(percent * 10_000) kB\n".utf8))
    let place = directory.path.appending("machine/proc/meminfo")
    #expect(rename(whole.description, place.description) == 0)
  }

  private func options() -> LibraryOptions {
    var options = LibraryOptions()
    options.processByteCount = 16 << 20
    options.roots = [directory.path.appending("pictures")]
    options.directory = directory.path.appending("library")
    options.memoryLimit = 256 << 20
    options.workerCount = 1
    options.workerExecutable = BuiltProduct.path("albumen-worker")
    options.pressurePlace = MemoryPressureMonitor.Place(
      procDirectory: directory.path.appending("machine/proc"),
      cgroupDirectory: directory.path.appending("machine/cgroup"), intervalMilliseconds: 5)
    options.noticeHandler = { [notify] in notify.yield($0) }
    return options
  }

  /// A 24-bit bitmap of 300 × 300 pixels that no encoder makes small.
  private static func noise(seed: UInt64) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var generator = SeededGenerator(seed: seed)
    let size = 300 * 300 * 3
    var bytes: [UInt8] = Array("BM".utf8) + little(54 + size, 4) + little(0, 4) + little(54, 4)
    bytes += little(40, 4) + little(300, 4) + little(300, 4) + little(1, 2) + little(24, 2)
    bytes += little(0, 4) + little(size, 4) + little(0, 16)
    bytes += (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return bytes
  }

  @Test func `gives back its caches and idle workers, and goes on working`() async throws {
    let library = try await Library.open(options())
    _ = try await library.scan { _ in }
    let page = try await library.catalog.page(AssetQuery(), limit: 200)
    let assets = page.assets.map(\.id)
    #expect(assets.count == 8)
    for asset in assets {
      _ = try await library.thumbnails.thumbnail(asset, size: .small, priority: .visible)
    }
    let before = library.tiers.thumbnails.memoryByteCount
    #expect(before > 0)
    #expect(!library.workers.snapshot().isEmpty)

    try setAvailable(percent: 1)
    var coming = notices.makeAsyncIterator()
    let notice = try #require(await coming.next())
    #expect(notice.hasPrefix("memory is short"))
    // What is told has been done.
    #expect(library.tiers.thumbnails.memoryByteCount <= before / 2)
    await library.workers.awaitEnd()
    #expect(library.workers.snapshot().isEmpty)
    try setAvailable(percent: 80)
    // The first: young readings are handed out again.
    let pressure = try await library.memory.report().pressure
    #expect(pressure.count > 0)
    #expect(pressure.source == "comparing")
    #expect(pressure.freedByteCount > 0)

    // A new worker starts by itself.
    let again = try await library.thumbnails.thumbnail(assets[0], size: .small, priority: .visible)
    #expect(!again.bytes.isEmpty)
    await library.close()
  }
}
