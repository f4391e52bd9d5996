import Catalog
import Foundation
import Media
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Scanning

@Suite(.timeLimit(.minutes(5))) struct `A scan` {
  @Test func `finds media files and skips what is hidden or something else`() async throws {
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "1")
    try bench.picture("sub/deeper/B.JPEG", "2")
    try bench.picture("sub/c.tiff", "3")
    try bench.picture(".hidden.jpg", "4")
    try bench.picture(".hidden/d.jpg", "5")
    try bench.picture("notes.txt", "6")
    try bench.picture("jpg", "7")
    try bench.write("broken.png", "nonsense")
    try bench.write("empty.gif", "")
    let summary = try await bench.scanner.scan()
    #expect(summary.added == 5)
    #expect(summary.assets == 5)
    #expect(summary.broken == 2)
    #expect(
      Set(summary.errors.map(\.path.name)) == ["broken.png", "empty.gif"])
    #expect(
      try await bench.present()
        == ["a.jpg", "sub/deeper/B.JPEG", "sub/c.tiff", "broken.png", "empty.gif"])
    let problems = try await bench.assets().filter { $0.value.state == .broken }.keys
    #expect(Set(problems) == ["broken.png", "empty.gif"])
  }

  @Test func `keeps names that are no text, markup or several lines`() async throws {
    let bench = try await ScanBench()
    let names: [[UInt8]] = [
      [0xFF, 0xFE] + Array(".jpg".utf8), Array("new\nline.jpg".utf8), Array("\"quo'te.jpg".utf8),
      Array("<b>&amp;.jpg".utf8), Array("-rf.jpg".utf8), Array("sp ace .jpg".utf8),
    ]
    for (number, name) in names.enumerated() {
      let file = try FileDescriptor.open(
        bench.root.appending(bytes: name), flags: O_WRONLY | O_CREAT, permissions: 0o644)
      try file.write(Array("IMG \(number)".utf8))
    }
    let summary = try await bench.scanner.scan()
    #expect(summary.added == names.count)
    let folder: [KnownFile] = try await bench.catalog.knownFiles(inFolder: [], root: bench.rootID)
    #expect(Set(folder.map(\.name)) == Set(names))
    #expect(try await bench.scanner.scan().unchanged == names.count)
  }

  @Test func `writes nothing when nothing changed`() async throws {
    let bench = try await ScanBench()
    for number in 0..<300 { try bench.picture("f\(number % 7)/p\(number).jpg", "\(number)") }
    try bench.write("broken.png", "nonsense")
    _ = try await bench.scanner.scan()
    let before = try await bench.catalog.readChangeNumber()
    let probed = bench.prober.probedCount.load(ordering: .relaxed)
    let summary = try await bench.scanner.scan()
    #expect(summary.unchanged == 301)
    #expect(summary.added + summary.changed + summary.moved + summary.missing == 0)
    #expect(bench.prober.probedCount.load(ordering: .relaxed) == probed)
    // Two for the record of the scan itself: it began, it ended.
    #expect(try await bench.catalog.readChangeNumber() <= before + 2)
    let rescan = try await bench.scanner.rescan(
      [FolderChange(root: bench.rootID, path: [], isRecursive: true)])
    let after = try await bench.catalog.readChangeNumber()
    #expect(rescan.unchanged == 301)
    #expect(after <= before + 2)
  }

  @Test func `notices changed content, size and time`() async throws {
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "one")
    try bench.picture("b.jpg", "two")
    _ = try await bench.scanner.scan()
    let ids = try await bench.assets().mapValues(\.id)
    try bench.picture("a.jpg", "ONE")
    let summary = try await bench.scanner.scan()
    #expect(summary.changed == 1)
    #expect(summary.unchanged == 1)
    #expect(try await bench.assets().mapValues(\.id) == ids)
  }

  @Test func `marks what is gone as missing and takes it back`() async throws {
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "one")
    try bench.picture("sub/b.jpg", "two")
    try bench.picture("sub/c/d.jpg", "three")
    try bench.picture("stays.jpg", "four")
    _ = try await bench.scanner.scan()
    let before = try await bench.assets().mapValues(\.id)
    try FileManager.default.moveItem(
      atPath: bench.full("sub"), toPath: bench.directory.path.appending("away").description)
    try FileManager.default.moveItem(
      atPath: bench.full("a.jpg"), toPath: bench.directory.path.appending("a.jpg").description)
    let gone = try await bench.scanner.scan()
    #expect(gone.missing == 3)
    #expect(gone.assets == 1)
    #expect(try await bench.present() == ["stays.jpg"])
    try FileManager.default.moveItem(
      atPath: bench.directory.path.appending("away").description, toPath: bench.full("sub"))
    try FileManager.default.moveItem(
      atPath: bench.directory.path.appending("a.jpg").description, toPath: bench.full("a.jpg"))
    let back = try await bench.scanner.scan()
    #expect(back.found == 3)
    #expect(back.added == 0)
    #expect(try await bench.assets().mapValues(\.id) == before)
    #expect(try await bench.present().count == 4)
  }

  @Test func `leaves everything alone when a root cannot be reached`() async throws {
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "one")
    _ = try await bench.scanner.scan()
    let away = bench.directory.path.appending("away").description
    try FileManager.default.moveItem(atPath: bench.root.description, toPath: away)
    let gone = try await bench.scanner.scan()
    #expect(gone.offlineRoots == [bench.root])
    #expect(gone.missing == 0)
    #expect(try await bench.catalog.roots().first?.state == .offline)
    // An empty mount point in its place.
    try FileManager.default.createDirectory(
      atPath: bench.root.description, withIntermediateDirectories: false)
    let empty = try await bench.scanner.scan()
    #expect(empty.offlineRoots == [bench.root])
    #expect(empty.missing == 0)
    try FileManager.default.removeItem(atPath: bench.root.description)
    try FileManager.default.moveItem(atPath: away, toPath: bench.root.description)
    let back = try await bench.scanner.scan()
    #expect(back.unchanged == 1)
    #expect(try await bench.catalog.roots().first?.state == .online)
  }

  @Test func `obeys ignore files, nested ones too`() async throws {
    let bench = try await ScanBench()
    try bench.write(".albumenignore", "*.png\n/private/\n")
    try bench.write("sub/.albumenignore", "!keep.png\ndeep/*.jpg\n")
    for path in [
      "a.jpg", "a.png", "private/a.jpg", "sub/keep.png", "sub/a.png", "sub/deep/a.jpg",
      "sub/private/a.jpg",
    ] { try bench.picture(path, path) }
    _ = try await bench.scanner.scan()
    #expect(try await bench.present() == ["a.jpg", "sub/keep.png", "sub/private/a.jpg"])
    // A folder alone is judged by the rules above it as well.
    _ = try await bench.scanner.rescan([
      FolderChange(root: bench.rootID, path: Array("private".utf8), isRecursive: true),
      FolderChange(root: bench.rootID, path: Array("sub/deep".utf8), isRecursive: true),
    ])
    #expect(try await bench.present() == ["a.jpg", "sub/keep.png", "sub/private/a.jpg"])
  }

  @Test func `reaches files deeper than the longest path`() async throws {
    let bench = try await ScanBench()
    var options = ScanOptions()
    options.threadCount = 2
    let component = String(repeating: "d", count: 100)
    var descriptor = try FileDescriptor.open(bench.root, flags: O_RDONLY | O_DIRECTORY)
    for level in 0..<150 {
      let raw = descriptor.rawValue
      try systemCall("mkdirat") { mkdirat(raw, component, 0o755) }
      // A brother at each level, so that folders have to be kept for later.
      try systemCall("mkdirat") { mkdirat(raw, "e", 0o755) }
      let next = try descriptor.open(FilePath(component), flags: O_RDONLY | O_DIRECTORY)
      descriptor = next
      if level % 50 == 49 {
        let file = try descriptor.open("deep.jpg", flags: O_WRONLY | O_CREAT, permissions: 0o644)
        try file.write(Array("IMG \(level)".utf8))
      }
    }
    let summary = try await bench.scanner.scan()
    #expect(summary.added == 3)
    #expect(summary.errorCount == 0)
    #expect(try await bench.scanner.scan().unchanged == 3)
  }

  @Test func `never opens fifos, sockets and links, whatever they are called`() async throws {
    let bench = try await ScanBench()
    try bench.picture("real.jpg", "one")
    #expect(mkfifo(bench.full("fifo.jpg"), 0o644) == 0)
    try FileManager.default.createSymbolicLink(
      atPath: bench.full("link.jpg"), withDestinationPath: "real.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: bench.full("dangling.jpg"), withDestinationPath: "nowhere")
    let summary = try await bench.scanner.scan()
    #expect(summary.added == 1)
    #expect(bench.prober.probedNames.withLock { $0 } == ["real.jpg"])
  }

  @Test func `does not follow links to folders unless told, and then not in circles`() async throws
  {
    for follows in [false, true] {
      var options = ScanOptions()
      options.followsLinks = follows
      let bench = try await ScanBench(options: options)
      try bench.picture("a/one.jpg", "one")
      _ = try bench.directory.write("outside/two.jpg", Array("IMG two".utf8))
      for (name, target) in [
        ("a/loop", ".."), ("b", "a"), ("out", "../outside"), ("self", "self"),
        ("a/out2", "../../outside"),
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: bench.full(name), withDestinationPath: target)
      }
      try FileManager.default.createSymbolicLink(
        atPath: bench.directory.path.appending("outside/back").description,
        withDestinationPath: "../root")
      let summary = try await bench.scanner.scan()
      // What is outside has two links to it: one of them is taken.
      #expect(summary.added == (follows ? 2 : 1))
      #expect(summary.errorCount == 0)
    }
  }

  @Test func `takes hard links and copies for files of their own`() async throws {
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "same")
    _ = try await bench.scanner.scan()
    let id = try await bench.assets()["a.jpg"]?.id
    #expect(link(bench.full("a.jpg"), bench.full("b.jpg")) == 0)
    try bench.picture("c.jpg", "same")
    let summary = try await bench.scanner.scan()
    #expect(summary.added == 2)
    #expect(summary.moved == 0)
    let assets = try await bench.assets()
    #expect(assets["a.jpg"]?.id == id)
    #expect(Set(assets.values.map(\.id)).count == 3)
  }

  @Test func `probes again what was written to while it was probed`() async throws {
    let box = Locked<String?>(nil)
    let prober = ReadingProber { _ in
      guard let path = box.withLock({ $0.take() }) else { return }
      try Data("IMG and now something longer".utf8).write(to: URL(fileURLWithPath: path))
    }
    let bench = try await ScanBench(prober: prober)
    try bench.picture("a.jpg", "short")
    // Written in place, so that the open descriptor sees it.
    box.withLock { $0 = bench.full("a.jpg") }
    _ = try await bench.scanner.scan()
    let file = try #require(
      try await bench.catalog.knownFiles(inFolder: [], root: bench.rootID).first)
    #expect(file.byteCount == 28)
    #expect(try await bench.scanner.scan().unchanged == 1)
  }
}
