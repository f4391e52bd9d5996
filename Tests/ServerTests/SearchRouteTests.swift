import Foundation
import Library
import Platform
import TestSupport
import Testing

@testable import Server

/// Searching through the API.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
struct SearchRouteTests {
  private typealias Object = [String: Any]

  private func served(_ folder: TemporaryDirectory) async throws -> ServedLibrary {
    let corpus = try #require(Corpus.directory)
    for name in [
      "exif-orientation/rasteiner_test_1.jpg", "exif-orientation/rasteiner_test_6.jpg",
      "broken/broken.png",
    ] {
      let file = try FileDescriptor.open(corpus.appending(name), flags: 0)
      _ = try folder.write(name, try file.read(at: 0, count: 1 << 22))
    }
    let served = try await ServedLibrary.open(folder.path)
    _ = try await served.library.scan()
    return served
  }

  private func names(_ opened: Object) -> [String] {
    (opened["assets"] as? [Object] ?? []).compactMap { $0["name"] as? String }
  }

  @Test func `a result can be searched for in its address and in a body`() async throws {
    let folder = try TemporaryDirectory()
    let served = try await served(folder)
    let opened = try await served.object("/api/v1/results?q=type:jpeg+order:name")
    #expect(names(opened) == ["rasteiner_test_1.jpg", "rasteiner_test_6.jpg"])
    #expect(opened["orderedBy"] as? String == "name_asc")
    #expect((opened["didYouMean"] as? [String]) == [])
    let posted = try ServedLibrary.object(
      try await served.post("/api/v1/results", #"{"q":"type:jpeg order:name","sort":"captured"}"#))
    #expect(posted["count"] as? Int == 2)
    // The same search of the same state is the same result.
    let again = try await served.object("/api/v1/results?q=type:jpeg+order:name")
    #expect(again["token"] as? String == opened["token"] as? String)
    let blank = try await served.object("/api/v1/results?q=+++")
    #expect(blank["count"] as? Int == 3)
    #expect(blank["orderedBy"] is NSNull)
    await served.close()
  }

  @Test func `what is wrong with a query is told with its place in UTF-16`() async throws {
    let folder = try TemporaryDirectory()
    let served = try await served(folder)
    let answer = try await served.ask("/api/v1/results?q=%F0%9F%90%88+widht:3")
    #expect(answer.status == 200, "a word with a colon may be a tag: \(answer.text)")
    let wrong = try await served.ask("/api/v1/results?q=%F0%9F%90%88+width:abc")
    #expect(wrong.status == 400)
    let body = try JSONSerialization.jsonObject(with: Data(wrong.body)) as? Object
    let error = try #require(body?["error"] as? Object)
    #expect(error["code"] as? String == "bad-query")
    // The cat takes two places in UTF-16, and four bytes.
    #expect(try #require(error["position"] as? Int) >= 3)
    #expect(try #require(error["position"] as? Int) <= 9)
    #expect(error["suggestions"] is [String])
    let tokens = try await served.object("/api/v1/search/tokens?q=-cat+%22free%22+width:abc")
    let chips = try #require(tokens["chips"] as? [Object])
    #expect(chips.map { $0["kind"] as? String } == ["not", "text", "field"])
    #expect(chips.map { $0["from"] as? Int } == [0, 5, 12])
    #expect((tokens["error"] as? Object)?["position"] is Int)
    await served.close()
  }

  @Test func `what could be typed is offered with its place`() async throws {
    let folder = try TemporaryDirectory()
    let served = try await served(folder)
    let fields = try await served.object("/api/v1/search/complete?q=-wid&at=4&limit=5")
    let items = try #require(fields["items"] as? [Object])
    #expect(items.first?["insert"] as? String == "width:")
    #expect(fields["from"] as? Int == 1 && fields["to"] as? Int == 4)
    let values = try await served.object("/api/v1/search/complete?q=folder:orient")
    let folders = try #require(values["items"] as? [Object])
    #expect(folders.first?["label"] as? String == "exif-orientation")
    #expect(folders.first?["count"] as? Int == 2)
    await served.close()
  }

  @Test func `facets belong to a result and refine it`() async throws {
    let folder = try TemporaryDirectory()
    let served = try await served(folder)
    let opened = try await served.object("/api/v1/results")
    let token = try #require(opened["token"] as? String)
    let answer = try await served.object(
      "/api/v1/results/\(token)/facets?fields=type,folder&limit=9")
    #expect(answer["count"] as? Int == 3)
    let facets = try #require(answer["facets"] as? [Object])
    #expect(facets.map { $0["field"] as? String } == ["type", "folder"])
    let types = try #require(facets[0]["values"] as? [Object])
    let jpeg = try #require(types.first { $0["value"] as? String == "jpeg" })
    #expect(jpeg["count"] as? Int == 2 && jpeg["label"] as? String == "JPEG")
    #expect(jpeg["query"] as? String == "type:jpeg")
    let folders = try #require(facets[1]["values"] as? [Object])
    #expect(folders.map { $0["label"] as? String } == ["exif-orientation", "broken"])
    await served.close()
  }
}
