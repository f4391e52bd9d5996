import Catalog
import Foundation
import Media
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Scanning

/// Fails chosen operations on chosen names.
final class Faults: Sendable {
  private let codes = Locked<[String: CInt]>([:])
  private let hooks = Locked<[String: @Sendable () -> Void]>([:])

  func set(_ operation: FileSystem.Operation, _ name: String, _ code: CInt?) {
    codes.withLock { $0["\(operation) \(name)"] = code }
  }

  /// Does something once, just before an operation.
  func before(
    _ operation: FileSystem.Operation, _ name: String, _ body: @escaping @Sendable () -> Void
  ) {
    hooks.withLock { $0["\(operation) \(name)"] = body }
  }

  var fileSystem: FileSystem {
    FileSystem { [self] operation, name in
      let key = "\(operation) \(String(decoding: name, as: UTF8.self))"
      hooks.withLock { $0.removeValue(forKey: key) }?()
      return codes.withLock { $0[key] }
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A scan that meets trouble` {
  @Test(arguments: [
    (FileSystem.Operation.listDirectory, EIO), (.openDirectory, EACCES), (.openDirectory, EIO),
  ]) func `records an unreadable folder, keeps what is known of it and goes on`(
    operation: FileSystem.Operation, code: CInt
  ) async throws {
    let faults = Faults()
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    for path in ["bad/a.jpg", "bad/deeper/b.jpg", "good/c.jpg", "z.jpg"] {
      try bench.picture(path, path)
    }
    _ = try await bench.scanner.scan()
    faults.set(operation, "bad", code)
    try bench.picture("good/new.jpg", "new")
    let summary = try await bench.scanner.scan()
    #expect(summary.missing == 0)
    #expect(summary.added == 1)
    let error = try #require(summary.errors.first)
    #expect(summary.errors.count == 1)
    #expect(error.path == bench.root.appending("bad"))
    #expect(error.systemCode == code)
    #expect(try await bench.present().count == 5)
  }

  @Test func `records a file it may not open as broken, and tries it again`() async throws {
    let faults = Faults()
    faults.set(.openFile, "secret.jpg", EACCES)
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    try bench.picture("secret.jpg", "one")
    let summary = try await bench.scanner.scan()
    #expect(summary.broken == 1)
    #expect(summary.assets == 1)
    let problem = try #require(
      try await bench.catalog.asset(at: bench.root.appending("secret.jpg")))
    #expect(problem.summary.failure?.failure.kind == .unreadable)
    // Still locked: nothing new to write.
    let again = try await bench.scanner.scan()
    #expect(again.changed + again.added == 0)
    #expect(again.broken == 1)
    faults.set(.openFile, "secret.jpg", nil)
    #expect(try await bench.scanner.scan().changed == 1)
    #expect(try await bench.assets()["secret.jpg"]?.state == .ok)
  }

  @Test func `leaves a known file alone that cannot be asked about`() async throws {
    let faults = Faults()
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    try bench.picture("a.jpg", "one")
    _ = try await bench.scanner.scan()
    faults.set(.status, "a.jpg", EIO)
    let summary = try await bench.scanner.scan()
    #expect(summary.missing + summary.changed == 0)
    #expect(summary.errors.map(\.systemCode) == [EIO])
    #expect(try await bench.assets()["a.jpg"]?.state == .ok)
  }

  @Test func `goes on when a folder vanishes under it`() async throws {
    let faults = Faults()
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    for path in ["here/a.jpg", "gone/b.jpg", "gone/c/d.jpg"] { try bench.picture(path, path) }
    _ = try await bench.scanner.scan()
    let folder = bench.full("gone")
    faults.before(.openDirectory, "gone") {
      try? FileManager.default.removeItem(atPath: folder)
    }
    let summary = try await bench.scanner.scan()
    #expect(summary.errorCount == 0)
    #expect(summary.missing == 2)
    #expect(try await bench.present() == ["here/a.jpg"])
  }

  @Test func `drops a file that vanishes before it is opened`() async throws {
    let faults = Faults()
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    try bench.picture("a.jpg", "one")
    try bench.picture("b.jpg", "two")
    let file = bench.full("b.jpg")
    faults.before(.openFile, "b.jpg") { try? FileManager.default.removeItem(atPath: file) }
    let summary = try await bench.scanner.scan()
    #expect(summary.added == 1)
    #expect(summary.assets == 1)
    #expect(summary.errorCount == 0)
  }

  @Test func `ends with the catalog's error and takes nothing for missing`() async throws {
    let bench = try await ScanBench()
    for number in 0..<50 { try bench.picture("f\(number % 5)/\(number).jpg", "\(number)") }
    _ = try await bench.scanner.scan()
    let path = bench.catalog.path
    func rename(_ from: String, _ to: String) throws {
      let database = try Database(path: path, access: .readWrite, pageCacheByteCount: 1 << 20)
      try database.execute(
        "ALTER TABLE assets RENAME TO \(to)".replacingOccurrences(
          of: "TABLE assets", with: "TABLE \(from)"))
    }
    try rename("assets", "elsewhere")
    await #expect(throws: CatalogError.self) { _ = try await bench.scanner.scan() }
    try rename("elsewhere", "assets")
    #expect(try await bench.present().count == 50)
    #expect(bench.scanner.progress.state == .idle)
    #expect(try await bench.scanner.scan().unchanged == 50)
  }

  @Test func `ends with the prober's error`() async throws {
    struct Broken: Error {}
    let bench = try await ScanBench(prober: ReadingProber { _ in throw Broken() })
    for number in 0..<300 { try bench.picture("\(number).jpg", "\(number)") }
    await #expect(throws: Broken.self) { _ = try await bench.scanner.scan() }
    #expect(try await bench.present().isEmpty)
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A running scan` {
  @Test func `makes no progress while paused and keeps no folder open`() async throws {
    let faults = Faults()
    var options = ScanOptions()
    options.threadCount = 2
    let ticks = ManualTicks()
    let bench = try await ScanBench(
      options: options, fileSystem: faults.fileSystem, ticks: ticks)
    for number in 100..<400 { try bench.picture("f\(number % 3)/\(number).jpg", "\(number)") }
    let scanner = bench.scanner
    faults.before(.openFile, "250.jpg") { scanner.pause() }
    let scan = Task { try await scanner.scan() }
    // Until what was in flight is done: the last descriptor below the root is closed.
    while scanner.progress.state != .paused { await Task.yield() }
    let root = bench.root.description
    func openBelowRoot() -> Int {
      let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
      return all.count { number in
        let target = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/self/fd/\(number)")
        return target?.hasPrefix(root) ?? false
      }
    }
    while !scanner.isAtRest || openBelowRoot() > 0
      || scanner.progress.added < scanner.progress.probed
    {
      await ticks.advance()
    }
    let before = scanner.progress
    let changeNumber = try await bench.catalog.readChangeNumber()
    // All threads wait; only the ticks go on, and they have nothing to do.
    for _ in 0..<5 { await ticks.advance() }
    #expect(scanner.isAtRest)
    let after = scanner.progress
    #expect(after.probed == before.probed)
    #expect(after.discovered == before.discovered)
    #expect(after.elapsedMilliseconds == before.elapsedMilliseconds)
    #expect(after.probed < 300)
    #expect(try await bench.catalog.readChangeNumber() == changeNumber)
    scanner.resume()
    let ticking = Task { while !Task.isCancelled { await ticks.advance() } }
    let summary = try await scan.value
    ticking.cancel()
    #expect(summary.added == 300)
    #expect(try await bench.present().count == 300)
  }

  @Test func `keeps what it found when cancelled; the next one gets the rest`() async throws {
    let faults = Faults()
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    for number in 1000..<3000 { try bench.picture("f\(number % 10)/\(number).jpg", "\(number)") }
    _ = try bench.picture("known/gone.jpg", "gone")
    let scanner = bench.scanner
    faults.before(.openFile, "2400.jpg") { scanner.cancel() }
    let summary = try await scanner.scan()
    #expect(summary.wasCancelled)
    let kept = try await bench.present().count
    #expect(kept < 2001)
    #expect(try await bench.catalog.unfinishedScans().isEmpty)
    let rest = try await scanner.scan()
    #expect(rest.unchanged == kept)
    #expect(rest.added == 2001 - kept)
    #expect(try await bench.present().count == 2001)
  }

  @Test func `ends early when its task is cancelled, with nothing marked missing`() async throws {
    let faults = Faults()
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    for number in 100..<200 { try bench.picture("f\(number % 10)/\(number).jpg", "\(number)") }
    _ = try await bench.scanner.scan()
    let scanner = bench.scanner
    let box = Locked<Task<ScanSummary, any Error>?>(nil)
    let isStored = DispatchSemaphore(value: 0)
    faults.before(.openDirectory, "f3") {
      isStored.wait()
      box.withLock { $0 }?.cancel()
    }
    let task = Task { try await scanner.scan() }
    box.withLock { $0 = task }
    isStored.signal()
    let summary = try await task.value
    #expect(summary.wasCancelled)
    #expect(summary.missing == 0)
    #expect(try await bench.present().count == 100)
  }

  @Test func `is taken up again after the program ended in its middle`() async throws {
    let bench = try await ScanBench()
    for number in 0..<40 { try bench.picture("\(number).jpg", "\(number)") }
    // What a crash leaves behind: a job that says it runs.
    _ = try await bench.catalog.beginScan(root: bench.rootID)
    let summary = try #require(try await bench.scanner.resumeUnfinished())
    #expect(summary.added == 40)
    #expect(try await bench.scanner.resumeUnfinished() == nil)
  }

  @Test func `refuses a second one`() async throws {
    let faults = Faults()
    let bench = try await ScanBench(fileSystem: faults.fileSystem)
    try bench.picture("a.jpg", "one")
    let scanner = bench.scanner
    faults.before(.openFile, "a.jpg") { scanner.pause() }
    let first = Task { try await scanner.scan() }
    while scanner.progress.state != .paused { await Task.yield() }
    await #expect(throws: ScanError.self) { _ = try await scanner.scan() }
    scanner.resume()
    #expect(try await first.value.added == 1)
  }

  @Test func `tells its progress and always its end`() async throws {
    let bench = try await ScanBench()
    for number in 0..<500 { try bench.picture("\(number).jpg", "\(number)") }
    let events = bench.scanner.progressEvents()
    let watching = Task {
      var all: [ScanProgress] = []
      for await progress in events {
        all.append(progress)
        if progress.state == .idle { break }
      }
      return all
    }
    let summary = try await bench.scanner.scan()
    let all = await watching.value
    let last = try #require(all.last)
    #expect(last.discovered == 500)
    #expect(last.added == summary.added)
    #expect(last.total == 500)
    // At most one each tick, one at the start and one at the end.
    #expect(all.count <= 3 + Int(last.elapsedMilliseconds) / 100)
  }

  @Test func `charges the budget and gives it all back`() async throws {
    let bench = try await ScanBench()
    for number in 0..<200 { try bench.picture("\(number).jpg", "\(number)") }
    _ = try await bench.scanner.scan()
    let scan = try #require(bench.budget.snapshot().accounts.first { $0.name == "scan" })
    #expect(scan.bytes == 0)
    #expect(scan.peak > 1 << 20)
  }
}
