import Catalog
import Foundation
import Media
import Platform
import TestSupport
import Testing

@testable import Scanning

/// What people do to files, and which assets must be where afterwards. Files hold their own letter.
struct MoveCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let files: [String]
  let actions: [(String, String)]
  /// Where the assets of the files must be; nil is missing.
  let expected: [String: String]
  var moved: Int
}

let moveCases: [MoveCase] = [
  MoveCase(
    testDescription: "a renamed file", files: ["a.jpg"], actions: [("a.jpg", "b.jpg")],
    expected: ["a.jpg": "b.jpg"], moved: 1),
  MoveCase(
    testDescription: "a file moved into a folder before its old one", files: ["m/a.jpg", "z.jpg"],
    actions: [("m/a.jpg", "b/c.jpg")], expected: ["m/a.jpg": "b/c.jpg", "z.jpg": "z.jpg"], moved: 1),
  MoveCase(
    testDescription: "a renamed folder", files: ["x/a.jpg", "x/y/b.jpg"],
    actions: [("x", "new/z")], expected: ["x/a.jpg": "new/z/a.jpg", "x/y/b.jpg": "new/z/y/b.jpg"],
    moved: 2),
  MoveCase(
    testDescription: "swapped names", files: ["a.jpg", "b.jpg"],
    actions: [("a.jpg", "t"), ("b.jpg", "a.jpg"), ("t", "b.jpg")],
    expected: ["a.jpg": "b.jpg", "b.jpg": "a.jpg"], moved: 2),
  MoveCase(
    testDescription: "names swapped across folders", files: ["x/a.jpg", "y/b.jpg"],
    actions: [("x/a.jpg", "t"), ("y/b.jpg", "x/a.jpg"), ("t", "y/b.jpg")],
    expected: ["x/a.jpg": "y/b.jpg", "y/b.jpg": "x/a.jpg"], moved: 2),
  MoveCase(
    testDescription: "three names in a ring", files: ["a.jpg", "b.jpg", "c.jpg"],
    actions: [("a.jpg", "t"), ("c.jpg", "a.jpg"), ("b.jpg", "c.jpg"), ("t", "b.jpg")],
    expected: ["a.jpg": "b.jpg", "b.jpg": "c.jpg", "c.jpg": "a.jpg"], moved: 3),
  MoveCase(
    testDescription: "names handed down a chain", files: ["a.jpg", "b.jpg"],
    actions: [("b.jpg", "c.jpg"), ("a.jpg", "b.jpg")],
    expected: ["a.jpg": "b.jpg", "b.jpg": "c.jpg"], moved: 2),
  MoveCase(
    testDescription: "a file that overwrote another", files: ["a.jpg", "b.jpg"],
    actions: [("b.jpg", "a.jpg")], expected: ["b.jpg": "a.jpg"], moved: 1),
]

@Suite(.timeLimit(.minutes(5))) struct `A moved file` {
  @Test(arguments: moveCases) func `keeps its asset`(_ test: MoveCase) async throws {
    let bench = try await ScanBench()
    try bench.picture("anchor.jpg", "anchor")
    for file in test.files { try bench.picture(file, file) }
    _ = try await bench.scanner.scan()
    let before = try await bench.assets()
    for (from, to) in test.actions { try bench.move(from, to) }
    let summary = try await bench.scanner.scan()
    #expect(summary.moved == test.moved)
    #expect(summary.added == 0)
    let after = try await bench.assets().filter { $0.value.state == .ok }.mapValues(\.id)
    for (old, new) in test.expected { #expect(after[new] == before[old]?.id, "\(old) → \(new)") }
    // Every asset there was is still there, if only as missing.
    #expect(try await bench.assets().count == test.files.count + 1)
    #expect(Set(after.keys) == Set(test.expected.values).union(["anchor.jpg"]))
    // And it is at rest.
    let again = try await bench.scanner.scan()
    #expect(again.unchanged == after.count)
    #expect(again.added + again.changed + again.moved + again.missing == 0)
  }

  @Test func `is found again when it was missing for a while`() async throws {
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "one")
    try bench.picture("b.jpg", "two")
    _ = try await bench.scanner.scan()
    let id = try await bench.assets()["a.jpg"]?.id
    let away = bench.directory.path.appending("kept").description
    try FileManager.default.moveItem(atPath: bench.full("a.jpg"), toPath: away)
    #expect(try await bench.scanner.scan().missing == 1)
    try FileManager.default.moveItem(atPath: away, toPath: bench.full("later.jpg"))
    #expect(try await bench.scanner.scan().moved == 1)
    let assets = try await bench.assets()
    #expect(assets["later.jpg"]?.id == id)
    #expect(assets["a.jpg"] == nil)
  }

  @Test func `keeps its asset when it is broken, and its reason`() async throws {
    let bench = try await ScanBench()
    try bench.picture("a.jpg", "one")
    try bench.write("broken.jpg", "no picture at all")
    try bench.write("empty.jpg", "")
    _ = try await bench.scanner.scan()
    let id = try #require(try await bench.assets()["broken.jpg"]?.id)
    try await bench.catalog.setRating(3, for: [id])
    try bench.move("broken.jpg", "deep/still-broken.jpg")
    let summary = try await bench.scanner.scan()
    #expect((summary.moved, summary.added, summary.missing) == (1, 0, 0))
    let moved = try #require(try await bench.catalog.asset(id))
    #expect(moved.summary.name == "still-broken.jpg")
    #expect(moved.summary.state == .broken)
    #expect(moved.summary.failure?.failure.message == "The file is no picture.")
    #expect(moved.summary.rating == 3)
    let again = try await bench.scanner.scan()
    #expect(again.added + again.changed + again.moved + again.missing == 0)
  }

  @Test func `counts as a copy while its root is offline`() async throws {
    let bench = try await ScanBench()
    let other = bench.directory.path.appending("card")
    _ = try bench.directory.write("card/a.jpg", Array("IMG one".utf8))
    try bench.picture("b.jpg", "two")
    _ = try await bench.catalog.addRoot(other)
    _ = try await bench.scanner.scan()
    try FileManager.default.copyItem(
      atPath: other.appending("a.jpg").description, toPath: bench.full("copy.jpg"))
    try FileManager.default.moveItem(
      atPath: other.description, toPath: bench.directory.path.appending("ejected").description)
    let summary = try await bench.scanner.scan()
    #expect(summary.moved == 0)
    #expect(summary.added == 1)
    #expect(summary.missing == 0)
  }

  @Test(arguments: 0..<12) func `and all else is on the disk as the catalog says`(
    seed: Int
  ) async throws {
    var generator = SeededGenerator(seed: UInt64(seed) &+ 77)
    let bench = try await ScanBench()
    try bench.picture("anchor.jpg", "anchor")
    var files: [String: String] = ["anchor.jpg": "anchor"]
    var next = 0
    func randomPath() -> String {
      let depth = Int.random(in: 0...3, using: &generator)
      let folders = (0..<depth).map { _ in "d\(Int.random(in: 0..<3, using: &generator))" }
      return (folders + ["p\(Int.random(in: 0..<12, using: &generator)).jpg"])
        .joined(separator: "/")
    }
    for round in 0..<8 {
      for _ in 0..<Int.random(in: 1...25, using: &generator) {
        let path = randomPath()
        let victim = files.keys.filter { $0 != "anchor.jpg" }.sorted()
          .randomElement(using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1, 2:
          next += 1
          try bench.picture(path, "content \(next)")
          files[path] = "content \(next)"
        case 3:
          guard let victim else { continue }
          next += 1
          try bench.picture(victim, "changed \(next)")
          files[victim] = "changed \(next)"
        case 4:
          guard let victim, victim != path else { continue }
          try bench.move(victim, path)
          files[path] = files.removeValue(forKey: victim)
        default:
          guard let victim else { continue }
          try bench.remove(victim)
          files[victim] = nil
        }
      }
      let summary = try await bench.scanner.scan()
      #expect(summary.errorCount == 0)
      #expect(summary.assets == files.count)
      #expect(try await bench.present() == Set(files.keys), "seed \(seed), round \(round)")
      // Rows tell of the content that is there.
      for (path, content) in files {
        let record = try #require(
          try await bench.catalog.asset(at: bench.root.appending(path)), "\(path)")
        let bytes = Array("IMG \(content)".utf8)
        #expect(record.summary.byteCount == Int64(bytes.count), "\(path)")
        guard case .success(let report) = ReadingProber.report(bytes) else { continue }
        #expect(record.fingerprint == report.fingerprint, "\(path) in round \(round)")
      }
      let again = try await bench.scanner.scan()
      #expect(again.unchanged == files.count)
      #expect(again.added + again.changed + again.moved + again.missing == 0)
      let counts = try await bench.catalog.counts()
      #expect(counts.assets == files.count)
    }
  }
}
