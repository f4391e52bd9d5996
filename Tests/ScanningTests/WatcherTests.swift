import Catalog
import Foundation
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import Scanning

@Suite(.timeLimit(.minutes(5))) struct `A watcher` {
  /// A bench that watches, after its first scan.
  static func watching(
    _ prepare: (ScanBench) throws -> Void, options: WatchOptions? = nil,
    byteLimit: Int = 256 << 20
  ) async throws -> (ScanBench, Watcher) {
    let bench = try await ScanBench()
    try prepare(bench)
    var quick = WatchOptions()
    quick.quietTime = .milliseconds(30)
    quick.longestWait = .milliseconds(300)
    let watcher = try Watcher(
      scanner: bench.scanner, catalog: bench.catalog, options: options ?? quick,
      budget: MemoryBudget(byteLimit: byteLimit))
    watcher.start()
    _ = try await bench.scanner.scan()
    return (bench, watcher)
  }

  /// Waits until the catalog shows these paths; the time limit of the suite ends it otherwise.
  static func expect(_ paths: Set<String>, in bench: ScanBench) async throws {
    try await waitForScans(of: bench) { try await bench.present() == paths }
  }

  /// Looks at the end of every scan, which is all that changes the catalog.
  static func waitForScans(
    of bench: ScanBench, until isThere: () async throws -> Bool
  ) async throws {
    // Listened to before the first look, so that no end is missed.
    var events = bench.scanner.progressEvents().makeAsyncIterator()
    while try await !isThere() {
      while let event = await events.next(), event.state != .idle {}
    }
  }

  @Test func `follows what happens to files and folders`() async throws {
    let (bench, watcher) = try await Self.watching { bench in
      try bench.picture("a.jpg", "a")
      try bench.picture("sub/b.jpg", "b")
    }
    #expect(watcher.watchCount == 2)
    let ids = try await bench.assets().mapValues(\.id)
    try bench.picture("sub/new.jpg", "new")
    try await Self.expect(["a.jpg", "sub/b.jpg", "sub/new.jpg"], in: bench)
    // A folder that is made and filled at once.
    try bench.picture("made/deep/er/c.jpg", "c")
    try await Self.expect(
      ["a.jpg", "sub/b.jpg", "sub/new.jpg", "made/deep/er/c.jpg"], in: bench)
    // What is in it is watched by now.
    try bench.picture("made/deep/er/d.jpg", "d")
    try bench.remove("sub/new.jpg")
    try await Self.expect(
      ["a.jpg", "sub/b.jpg", "made/deep/er/c.jpg", "made/deep/er/d.jpg"], in: bench)
    // A moved folder keeps its assets and is watched at its new place.
    try bench.move("sub", "made/moved")
    try await Self.expect(
      ["a.jpg", "made/moved/b.jpg", "made/deep/er/c.jpg", "made/deep/er/d.jpg"], in: bench)
    #expect(try await bench.assets()["made/moved/b.jpg"]?.id == ids["sub/b.jpg"])
    try bench.picture("made/moved/e.jpg", "e")
    try bench.move("a.jpg", "z.jpg")
    try await Self.expect(
      [
        "z.jpg", "made/moved/b.jpg", "made/deep/er/c.jpg", "made/deep/er/d.jpg",
        "made/moved/e.jpg",
      ], in: bench)
    #expect(try await bench.assets()["z.jpg"]?.id == ids["a.jpg"])
    try bench.remove("made")
    try await Self.expect(["z.jpg"], in: bench)
    await watcher.stop()
  }

  @Test func `scans only the folders that changed`() async throws {
    let (bench, watcher) = try await Self.watching { bench in
      for number in 0..<20 { try bench.picture("f\(number)/a.jpg", "\(number)") }
    }
    let events = bench.scanner.progressEvents()
    try bench.picture("f7/b.jpg", "b")
    try bench.write("f8/notes.txt", "no picture")
    for await progress in events where progress.state == .idle {
      #expect(progress.discovered == 2)
      #expect(progress.added == 1)
      break
    }
    await watcher.stop()
  }

  @Test func `waits for a file to be closed`() async throws {
    let (bench, watcher) = try await Self.watching { try $0.picture("a.jpg", "a") }
    do {
      let file = try FileDescriptor.open(
        bench.root.appending("slow.jpg"), flags: O_WRONLY | O_CREAT, permissions: 0o644)
      try file.write(Array("IM".utf8))
      // Another event, and its scan, while the file is half written: it is in another folder.
      try bench.picture("other/b.jpg", "b")
      try await Self.expect(["a.jpg", "other/b.jpg"], in: bench)
      try file.write(Array("G whole".utf8))
    }
    try await Self.expect(["a.jpg", "other/b.jpg", "slow.jpg"], in: bench)
    #expect(try await bench.assets()["slow.jpg"]?.state == .ok)
    await watcher.stop()
  }

  @Test func `notices changed ignore files`() async throws {
    let (bench, watcher) = try await Self.watching { bench in
      try bench.picture("sub/a.jpg", "a")
      try bench.picture("b.jpg", "b")
    }
    try bench.write(".albumenignore", "sub/\n")
    try await Self.expect(["b.jpg"], in: bench)
    try bench.write(".albumenignore", "")
    try await Self.expect(["b.jpg", "sub/a.jpg"], in: bench)
    await watcher.stop()
  }

  @Test func `scans all when events were lost`() async throws {
    let (bench, watcher) = try await Self.watching { try $0.picture("a.jpg", "a") }
    await watcher.stop()
    // What the reader does on an overflow, without a reader that might see the file itself.
    let table = WatchTable(budget: bench.budget)
    table.noteChange(in: WatchTable.Place(root: bench.rootID, path: []), isRecursive: false)
    table.noteEverythingChanged()
    let changes = table.takeChanges()
    #expect(changes.isEverything)
    #expect(table.age == nil)
    #expect(table.takeChanges().isEmpty)
  }

  @Test func `takes too many changed folders for everything, and folders below for theirs`() {
    let table = WatchTable(budget: MemoryBudget(byteLimit: 8 << 20))
    let root = RootID(rawValue: 1)
    func place(_ text: String) -> WatchTable.Place {
      WatchTable.Place(root: root, path: Array(text.utf8))
    }
    table.noteChange(in: place("a/b"), isRecursive: false)
    table.noteChange(in: place("a"), isRecursive: true)
    table.noteChange(in: place("ab"), isRecursive: false)
    table.noteChange(in: place("a"), isRecursive: false)
    #expect(table.takeChanges().folders == [place("a"): true, place("ab"): false])
    for number in 0..<5000 { table.noteChange(in: place("\(number)"), isRecursive: false) }
    #expect(table.takeChanges().isEverything)
  }

  @Test func `stops adding watches when the budget has no room, says so and looks around`()
    async throws
  {
    var options = WatchOptions()
    options.quietTime = .milliseconds(30)
    options.rescanInterval = .milliseconds(100)
    options.offlineInterval = .milliseconds(100)
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "a")
    // An eighth of this is less than one step of reservation.
    let watcher = try Watcher(
      scanner: bench.scanner, catalog: bench.catalog, options: options,
      budget: MemoryBudget(byteLimit: 1 << 20))
    let notices = watcher.notices()
    watcher.start()
    _ = try await bench.scanner.scan()
    for await notice in notices {
      guard case .limitReached(let count, _) = notice else { continue }
      #expect(count == 0)
      break
    }
    // Found by looking around, not by a watch.
    try bench.picture("sub/b.jpg", "b")
    try await Self.expect(["a.jpg", "sub/b.jpg"], in: bench)
    await watcher.stop()
  }

  @Test func `takes a root back that comes online again`() async throws {
    var options = WatchOptions()
    options.quietTime = .milliseconds(30)
    options.offlineInterval = .milliseconds(50)
    let (bench, watcher) = try await Self.watching(
      { try $0.picture("a.jpg", "a") }, options: options)
    let away = bench.directory.path.appending("away").description
    try FileManager.default.moveItem(atPath: bench.root.description, toPath: away)
    try await Self.waitForScans(of: bench) {
      try await bench.catalog.roots().first?.state == .offline
    }
    #expect(try await bench.present() == ["a.jpg"])
    try FileManager.default.moveItem(atPath: away, toPath: bench.root.description)
    try await Self.waitForScans(of: bench) {
      try await bench.catalog.roots().first?.state == .online
    }
    #expect(try await bench.present() == ["a.jpg"])
    await watcher.stop()
  }

  @Test(arguments: [
    (Int64(0xEF53), MountKind.ordinary), (0x0102_1994, .ordinary), (0x6969, .network),
    (0xFE53_4D42, .network), (0x9FA0, .kernel), (0x6265_6572, .kernel),
  ]) func `tells file systems apart`(type: Int64, kind: MountKind) {
    #expect(MountKind(type: type) == kind)
  }
}
