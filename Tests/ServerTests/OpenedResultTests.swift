import Foundation
import Library
import Platform
import TestSupport
import Testing

@testable import Server

/// The answer that opens a result with all that a first screen needs.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
struct OpenedResultTests {
  private static let count = 230

  /// As many copies of one picture, scanned.
  private func served(_ folder: TemporaryDirectory) async throws -> ServedLibrary {
    let picture = try FileDescriptor.open(
      try #require(Corpus.directory).appending("exif-orientation/rasteiner_test_1.jpg"), flags: 0)
    let bytes = try picture.read(at: 0, count: 1 << 22)
    for number in 1000..<1000 + Self.count { _ = try folder.write("\(number).jpg", bytes) }
    let served = try await ServedLibrary.open(folder.path)
    _ = try await served.library.scan()
    return served
  }

  @Test func `it has the shape, the months and the assets around a place`() async throws {
    let folder = try TemporaryDirectory()
    let served = try await served(folder)
    for (position, first, count) in [
      (0, 0, 100), (50, 0, 100), (51, 0, 200), (149, 100, 100), (160, 100, 130), (229, 200, 30),
      (5000, 200, 30),
    ] {
      let opened = try await served.object(
        "/api/v1/results?sort=name&order=asc&at=\(position)")
      #expect(opened["count"] as? Int == Self.count)
      #expect(opened["position"] as? Int == min(position, Self.count - 1))
      #expect(opened["first"] as? Int == first)
      let names = (opened["assets"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
      #expect(names == (first..<first + count).map { "\(1000 + $0).jpg" }, "at \(position)")
      let token = try #require(opened["token"] as? String)
      let aspects = try await served.ask("/api/v1/results/\(token)/aspects")
      let text = try #require(opened["aspects"] as? String)
      #expect(Data(base64Encoded: text) == Data(aspects.body))
      let timeline = try await served.object("/api/v1/results/\(token)/timeline")
      #expect(opened["timeline"] as? NSDictionary == timeline as NSDictionary)
    }
    await served.close()
  }

  @Test func `an asset holds the place wherever it is`() async throws {
    let folder = try TemporaryDirectory()
    let served = try await served(folder)
    let page = try await served.object("/api/v1/results?sort=name&order=asc&at=120")
    let assets = try #require(page["assets"] as? [[String: Any]])
    let id = try #require(assets[20]["id"] as? Int)
    let turned = try await served.object("/api/v1/results?sort=name&order=desc&at=3&asset=\(id)")
    #expect(turned["position"] as? Int == Self.count - 1 - 120)
    #expect(turned["first"] as? Int == 100)
    let gone = try await served.object("/api/v1/results?sort=name&order=desc&at=3&asset=999999")
    #expect(gone["position"] as? Int == 3)
    await served.close()
  }

  @Test func `an empty result has nothing around its place`() async throws {
    let folder = try TemporaryDirectory()
    let served = try await ServedLibrary.open(folder.path)
    let opened = try await served.object("/api/v1/results?sort=captured&order=desc&at=7")
    #expect(opened["count"] as? Int == 0)
    #expect(opened["position"] as? Int == 0)
    #expect((opened["assets"] as? [Any])?.isEmpty == true)
    #expect(opened["aspects"] as? String == "")
    await served.close()
  }

  @Test(arguments: [
    ("/", "0"), ("/?at=120", "120"), ("/?at=0120", nil), ("/?at=x", nil), ("/?at=1&at=2", nil),
    ("/?sort=name", nil), ("/?at=1&open=3", nil),
  ])
  func `the usual page announces what it will ask for`(target: String, at: String?) async throws {
    let folder = try TemporaryDirectory()
    let served = try await ServedLibrary.open(folder.path)
    let link = try await served.ask(target)["Link"]
    #expect(
      link
        == at.map {
          "</api/v1/results?sort=captured&order=desc&at=\($0)>; rel=preload; as=fetch; crossorigin"
        })
    await served.close()
  }
}
