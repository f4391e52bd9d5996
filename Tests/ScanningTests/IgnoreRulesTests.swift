import Foundation
import Platform
import Scanning
import TestSupport
import Testing

/// One ignore file (or several, by folder) and the paths it is asked about.
struct IgnoreCase: Sendable, CustomTestStringConvertible {
  var files: [String: String]
  /// Paths below the root; a slash at the end makes a directory.
  var paths: [String]

  init(_ root: String, _ paths: [String], nested: [String: String] = [:]) {
    files = nested
    files[""] = root
    self.paths = paths
  }

  var testDescription: String { files.values.sorted().joined(separator: " | ").debugDescription }
}

let ignoreCases: [IgnoreCase] = [
  IgnoreCase("*.png", ["a.png", "b/a.png", "a.jpg", ".png", "a.png/"]),
  IgnoreCase("/a.jpg", ["a.jpg", "b/a.jpg"]),
  IgnoreCase("b/a.jpg", ["b/a.jpg", "c/b/a.jpg"]),
  IgnoreCase("build/", ["build/", "build", "x/build/", "x/build", "build/a.jpg"]),
  IgnoreCase("/build/", ["build/", "x/build/"]),
  IgnoreCase("x/build/", ["x/build/", "x/build", "y/x/build/"]),
  IgnoreCase("*.jpg\n!keep.jpg", ["a.jpg", "keep.jpg", "b/keep.jpg"]),
  IgnoreCase("!keep.jpg\n*.jpg", ["keep.jpg"]),
  IgnoreCase("b/\n!b/keep.jpg", ["b/", "b/keep.jpg", "b/c/keep.jpg"]),
  IgnoreCase("b/*\n!b/keep.jpg", ["b/", "b/keep.jpg", "b/a.jpg", "b/c/keep.jpg"]),
  IgnoreCase("**/raw", ["raw", "raw/", "a/raw", "a/b/raw", "a/rawx", "xraw"]),
  IgnoreCase("raw/**", ["raw/", "raw/a.jpg", "raw/b/c.jpg", "x/raw/a.jpg"]),
  IgnoreCase("a/**/b", ["a/b", "a/x/b", "a/x/y/b", "a/xb", "ab", "x/a/b", "a/b/c"]),
  IgnoreCase("a/**/**/b", ["a/b", "a/x/b", "a/x/y/b", "ab"]),
  IgnoreCase("**/a/**", ["a/", "a/b", "x/a/b", "xa/b"]),
  IgnoreCase("**", ["a", "a/b"]),
  IgnoreCase("/**/x.jpg", ["x.jpg", "a/x.jpg", "a/b/x.jpg"]),
  IgnoreCase("/*", ["a", "a/b", "b/"]),
  IgnoreCase("/*\n!/b", ["a", "b/", "b/x.jpg", "c/x.jpg"]),
  IgnoreCase("a*b/c", ["ab/c", "axb/c", "ax/b/c"]),
  IgnoreCase("*/c", ["a/c", "c", "a/b/c"]),
  IgnoreCase("a/*/c", ["a/b/c", "a/c", "a/b/d/c"]),
  IgnoreCase("a?.jpg", ["a1.jpg", "a.jpg", "a12.jpg", "b/ax.jpg"]),
  IgnoreCase("a?b", ["a/b", "axb"]),
  IgnoreCase("x/a?b", ["x/a/b", "x/axb"]),
  IgnoreCase("img[0-9].jpg", ["img1.jpg", "img.jpg", "imgx.jpg"]),
  IgnoreCase("img[!0-9].jpg", ["img1.jpg", "imgx.jpg"]),
  IgnoreCase("img[^0-9].jpg", ["img1.jpg", "imgx.jpg"]),
  IgnoreCase("x/a[!x]b", ["x/a/b", "x/axb", "x/ayb"]),
  IgnoreCase("[]a].jpg", ["].jpg", "a.jpg", "b.jpg"]),
  IgnoreCase("[!]a].jpg", ["].jpg", "a.jpg", "b.jpg"]),
  IgnoreCase("[a-].jpg", ["-.jpg", "a.jpg", "b.jpg"]),
  IgnoreCase("[-a].jpg", ["-.jpg", "a.jpg", "b.jpg"]),
  IgnoreCase("[a-c-e].jpg", ["-.jpg", "b.jpg", "d.jpg", "e.jpg"]),
  IgnoreCase("[c-a].jpg", ["a.jpg", "b.jpg", "c.jpg", "-.jpg"]),
  IgnoreCase("[\\]].jpg", ["].jpg", "\\.jpg"]),
  IgnoreCase("[[:digit:][:upper:]].jpg", ["1.jpg", "A.jpg", "a.jpg"]),
  IgnoreCase("[[:alpha:]-z].jpg", ["-.jpg", "z.jpg", "b.jpg", "1.jpg"]),
  IgnoreCase("[[:nonsense:]].jpg", ["n.jpg", ":.jpg"]),
  IgnoreCase("[[:punct:]].jpg", ["!.jpg", "a.jpg"]),
  IgnoreCase("[[a].jpg", ["[.jpg", "a.jpg"]),
  IgnoreCase("img[.jpg", ["img[.jpg", "img.jpg"]),
  IgnoreCase("# comment\n\n\\#a.jpg", ["# comment", "#a.jpg"]),
  IgnoreCase("\\!a.jpg", ["!a.jpg", "a.jpg"]),
  IgnoreCase("a.jpg   ", ["a.jpg", "a.jpg   "]),
  IgnoreCase("a.jpg\\ ", ["a.jpg", "a.jpg "]),
  IgnoreCase("a.jpg\\  ", ["a.jpg", "a.jpg ", "a.jpg  "]),
  IgnoreCase("a b.jpg", ["a b.jpg"]),
  IgnoreCase("a.jpg\r\nb.jpg\r\n", ["a.jpg", "b.jpg"]),
  IgnoreCase("\u{FEFF}a.jpg", ["a.jpg"]),
  IgnoreCase("a\\*.jpg", ["a*.jpg", "ab.jpg"]),
  IgnoreCase("a\\?", ["a?", "ab"]),
  IgnoreCase("a.jpg\\", ["a.jpg", "a.jpg\\"]),
  IgnoreCase("/", ["a", "b/"]),
  IgnoreCase("!", ["a"]),
  IgnoreCase("   ", ["a", " "]),
  IgnoreCase("*", ["a", "b/", "b/c"]),
  IgnoreCase("*a*a*a*a*a*a*a*a*b", ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaab"]),
  IgnoreCase("***.jpg", ["a.jpg", "x/a.jpg"]),
  IgnoreCase("ünï.jpg", ["ünï.jpg"]),
  IgnoreCase("?.jpg", ["ü.jpg", "u.jpg"]),
  IgnoreCase(
    "*.jpg", ["a.jpg", "b/a.jpg", "b/c/a.jpg", "b/keep.jpg", "b/c/keep.jpg"],
    nested: ["b": "!keep.jpg", "b/c": "keep.jpg"]),
  IgnoreCase(
    "", ["b/x.jpg", "b/c/x.jpg", "x.jpg", "b/c/y.jpg"], nested: ["b": "/x.jpg\nc/y.jpg"]),
  IgnoreCase("/b/c", ["b/c/", "b/c/x.jpg"], nested: ["b": "!c"]),
  IgnoreCase("deep/", ["b/deep/", "b/deep/x.jpg"], nested: ["b/deep": "!x.jpg"]),
]

@Suite struct `Ignore rules` {
  static let git = ["/usr/bin/git", "/usr/local/bin/git", "/bin/git"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Asks as a scan does: top-down, nothing below an ignored directory is looked at.
  static func isIgnored(_ path: String, in test: IgnoreCase) -> Bool {
    var rules: IgnoreRules?
    var folder: [UInt8] = []
    func enter() {
      guard let text = test.files[String(decoding: folder, as: UTF8.self)] else { return }
      rules = IgnoreRules(bytes: Array(text.utf8), folderByteCount: folder.count, above: rules)
    }
    enter()
    let components = path.split(separator: "/")
    for (index, component) in components.enumerated() {
      if !folder.isEmpty { folder.append(UInt8(ascii: "/")) }
      folder.append(contentsOf: component.utf8)
      let isDirectory = index < components.count - 1 || path.hasSuffix("/")
      if rules?.ignores(path: folder, isDirectory: isDirectory) ?? false { return true }
      enter()
    }
    return false
  }

  /// What git says about all paths of a case.
  static func gitIgnores(_ test: IgnoreCase, git: String) throws -> [Bool] {
    // Paths that exclude each other as file and directory cannot be on one disk: one tree each.
    try test.paths.map { path in
      let directory = try TemporaryDirectory()
      try run(git, ["init", "-q", directory.path.description])
      for (folder, text) in test.files {
        _ = try directory.write(
          folder.isEmpty ? ".gitignore" : "\(folder)/.gitignore", Array(text.utf8))
      }
      if path.hasSuffix("/") {
        _ = try? directory.write("\(path).keep")
      } else {
        _ = try? directory.write(path)
      }
      let name = path.hasSuffix("/") ? String(path.dropLast()) : path
      return try run(
        git,
        [
          "-C", directory.path.description, "-c", "core.excludesFile=/dev/null", "check-ignore",
          "-q", "--no-index", "--", "./\(name)",
        ]) == 0
    }
  }

  @discardableResult
  static func run(_ tool: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test(
    .enabled(
      if: git != nil, "git is absent: its check-ignore is what the patterns are compared with"),
    arguments: ignoreCases)
  func `mean what git means`(_ test: IgnoreCase) throws {
    let expected = try Self.gitIgnores(test, git: try #require(Self.git))
    for (path, expected) in zip(test.paths, expected) {
      #expect(Self.isIgnored(path, in: test) == expected, "\(path.debugDescription)")
    }
  }

  @Test(
    .enabled(
      if: git != nil, "git is absent: its check-ignore is what the patterns are compared with"))
  func `mean what git means for random patterns`() throws {
    let git = try #require(Self.git)
    var generator = SeededGenerator(seed: 0xA1B)
    let parts = ["a", "b", "*", "?", "/", "/**/", "[ab]", "[!a]", "/", "ab"]
    let directory = try TemporaryDirectory()
    try Self.run(git, ["init", "-q", directory.path.description])
    let names = ["a", "b", "ab", "ba", "aa", "bb"]
    for first in names {
      for second in names { _ = try directory.write("d\(first)/\(second)/\(first)") }
      _ = try directory.write(first)
    }
    let tree = try FileManager.default.subpathsOfDirectory(atPath: directory.path.description)
      .filter { !$0.hasPrefix(".") }.sorted()
    for _ in 0..<60 {
      var lines: [String] = []
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        var line = Bool.random(using: &generator) ? "" : "d"
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let part = parts.randomElement(using: &generator) ?? ""
          // Two slashes in a row match nothing, in git too; not what this is about.
          if line.hasSuffix("/") && part.hasPrefix("/") { continue }
          line += part
        }
        lines.append((Int.random(in: 0..<4, using: &generator) == 0 ? "!" : "") + line)
      }
      let text = lines.joined(separator: "\n")
      _ = try directory.write(".gitignore", Array(text.utf8))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: git)
      process.arguments = [
        "-C", directory.path.description, "-c", "core.excludesFile=/dev/null", "check-ignore",
        "--no-index", "--stdin",
      ]
      let input = Pipe()
      let output = Pipe()
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      input.fileHandleForWriting.write(Data(tree.map { "\($0)\n" }.joined().utf8))
      try input.fileHandleForWriting.close()
      let answer = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      let ignored = Set(
        String(decoding: answer, as: UTF8.self).split(separator: "\n").map(String.init))
      for path in tree {
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(
          atPath: "\(directory.path)/\(path)", isDirectory: &isDirectory)
        let ours = Self.isIgnored(
          isDirectory.boolValue ? "\(path)/" : path, in: IgnoreCase(text, []))
        #expect(ours == ignored.contains(path), "\(path) with \(text.debugDescription)")
      }
    }
  }

  @Test func `work on bytes that are no text`() {
    let rules = IgnoreRules(bytes: [0xFF, UInt8(ascii: "*"), UInt8(ascii: "\n"), 0x80])
    #expect(rules.ignores(path: [0xFF, 0xFE, 0x00], isDirectory: false))
    #expect(rules.ignores(path: [0x61, 0x2F, 0x80], isDirectory: false))
    #expect(!rules.ignores(path: [0xFE, 0xFF], isDirectory: false))
  }
}
