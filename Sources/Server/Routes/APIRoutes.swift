import Catalog
import Library
import Media
import MemoryBudget
import Platform

/// Everything below `/api/v1`, and what machines look at.
struct APIRoutes: Sendable {
  let library: Library
  let results: ResultStore
  let events: EventHub
  let version: String
  let description: OpenFile?
  let responseAccount: Account

  /// Result snapshots kept at once.
  static let resultLimit = 16
  /// Ids sent in one answer.
  static let idLimit = 10_000

  var routes: [Route] { libraryRoutes + searchRoutes + tagRoutes + editRoutes + albumRoutes }

  private var libraryRoutes: [Route] {
    [
      Route(.get, "/api/v1/library") { _ in try await libraryInformation() },
      Route(.get, "/api/v1/folders") { _ in try await folders() },
      Route(.post, "/api/v1/results") { try await openResult($0) },
      Route(.get, "/api/v1/results") { try await openedResult($0) },
      Route(.get, "/api/v1/results/{token:word}/assets") { try await resultAssets($0) },
      Route(.get, "/api/v1/results/{token:word}/aspects") { try await aspects($0) },
      Route(.get, "/api/v1/results/{token:word}/timeline") { try timeline($0) },
      Route(.get, "/api/v1/results/{token:word}/position") { try position($0) },
      Route(.get, "/api/v1/results/{token:word}/ids") { try ids($0) },
      Route(.get, "/api/v1/assets") { try await assets($0) },
      Route(.get, "/api/v1/assets/{id:number}") { try await asset($0) },
      Route(.get, "/api/v1/problems") { try await problems($0) },
      Route(.post, "/api/v1/problems/retry") { try await retryProblems($0) },
      Route(.post, "/api/v1/scan") { try scan($0) },
      Route(.get, "/api/v1/events") { _ in try listen() },
      Route(.get, "/api/v1/memory") { _ in try await memory() },
      Route(.get, "/api/v1/stats") { _ in try await statistics() },
      Route(.get, "/api/v1/openapi.json") { _ in try openAPI() },
      Route(.get, "/metrics") { _ in try await metrics() },
      Route(.get, "/healthz", immediate: { _ in .json { $0.member("status", "ok") } }) { _ in
        throw APIError.internalFailure
      },
    ]
  }

  // MARK: - The library

  private func libraryInformation() async throws -> HTTPResponse {
    let roots = try await library.catalog.roots()
    let counts = try await library.catalog.counts()
    let memory = try await library.memory.report()
    return .json { json in
      json.member("name", library.name)
      json.member("version", version)
      json.array("roots") { json in
        for root in roots {
          json.object { json in
            json.member("id", root.id.rawValue)
            json.member("path", root.path.description)
            json.member("state", root.state == .online ? "online" : "offline")
          }
        }
      }
      json.object("counts") { $0.countMembers(counts) }
      json.member("changeNumber", library.catalog.changeNumber)
      json.object("scan") { $0.scanMembers(library.scanProgress) }
      json.object("memory") { json in
        json.member("limit", memory.ledger.limit)
        json.member("used", memory.ledger.used)
        json.member("pss", memory.pss)
      }
    }
  }

  private func folders() async throws -> HTTPResponse {
    let roots = try await library.catalog.roots()
    let folders = try await library.catalog.folders()
    let charge = try await charge(folders.count * 512)
    let paths = Dictionary(uniqueKeysWithValues: roots.map { ($0.id, $0) })
    return .json(reservingByteCount: folders.count * 256, keeping: charge) { json in
      json.array("folders") { json in
        for folder in folders {
          let root = paths[folder.root]
          json.object { json in
            json.member("id", folder.id.rawValue)
            json.member("parentId", folder.parent?.rawValue)
            json.member("name", folder.nameBytes.isEmpty ? root?.path.name ?? "" : folder.name)
            json.member(
              "path", root?.path.appending(bytes: folder.relativePath).description ?? folder.name)
            json.member("count", folder.directCount)
            json.member("totalCount", folder.totalCount)
            json.member("state", root?.state == .offline ? "offline" : "online")
          }
        }
      }
    }
  }

  // MARK: - Assets

  private func assets(_ call: Call) async throws -> HTTPResponse {
    let query = try QueryReading.query(call)
    guard query.search.isEmpty else {
      throw APIError.badRequest("Pages by key are not searched; open a result with \"q\".")
    }
    let limit = try call.integer("limit", in: 1...Catalog.pageLimit) ?? Catalog.pageLimit
    let after = try call.request.target.value(of: "after").map { text throws(APIError) in
      guard let key = PageKey(text) else {
        throw .invalid("after", "what \"next\" of the page before said")
      }
      return key
    }
    let page = try await library.catalog.page(query, after: after, limit: limit)
    let charge = try await charge(page.assets.count * JSONWriter.assetByteCount)
    return .json(
      reservingByteCount: page.assets.count * JSONWriter.assetByteCount / 2, keeping: charge
    ) { json in
      json.array("assets") { json in
        for asset in page.assets { json.object { $0.assetMembers(asset) } }
      }
      json.member("next", page.next?.description)
    }
  }

  private func asset(_ call: Call) async throws -> HTTPResponse {
    let id = AssetID(rawValue: call.number())
    guard let asset = try await library.catalog.asset(id) else {
      throw APIError.notFound("There is no asset \(id).")
    }
    let metadata = try await library.deepMetadata(of: asset)
    let tags = try await library.catalog.tags(of: id)
    let remarks = try await library.catalog.remarks(of: id)
    let categories = try await categoryNames()
    return .json { json in
      json.assetMembers(asset.summary)
      json.remarkMembers(remarks, tags: tags, categories)
      json.member("path", asset.path.description)
      json.member(
        "fileModified",
        JSONWriter.time(milliseconds: asset.modifiedNanoseconds / 1_000_000))
      json.member("fingerprint", asset.fingerprint.map { hexadecimal($0) })
      json.member("camera", asset.probe?.cameraName)
      json.key("metadata")
      if let metadata {
        json.object { Self.write(metadata, camera: asset.probe?.cameraName, into: &$0) }
      } else {
        json.null()
      }
    }
  }

  private static func write(
    _ metadata: DeepMetadata, camera: String?, into json: inout JSONWriter
  ) {
    json.member("camera", camera)
    json.member("lens", metadata.lens)
    json.member("exposureSeconds", metadata.exposureSeconds)
    json.member("exposure", metadata.exposureSeconds.flatMap { exposure($0) })
    json.member("fNumber", metadata.fNumber)
    json.member("iso", metadata.iso)
    json.member("focalLengthMillimetres", metadata.focalLengthMillimetres)
    json.member("rating", metadata.rating)
    json.member("title", metadata.title)
    json.member("caption", metadata.caption)
    json.member("creator", metadata.creator)
    json.member("copyright", metadata.copyright)
    json.array("keywords") { json in for keyword in metadata.keywords { json.string(keyword) } }
    json.array("fields") { json in
      for field in metadata.fields {
        // Exif.Photo.FNumber: the group is all but the last part.
        let dot = field.key.lastIndex(of: ".")
        json.object { json in
          json.member("group", dot.map { String(field.key[..<$0]) } ?? "")
          json.member(
            "key", dot.map { String(field.key[field.key.index(after: $0)...]) } ?? field.key)
          json.member("value", field.value)
        }
      }
    }
  }

  /// `1/250 s` or `2.5 s`, as cameras show it.
  private static func exposure(_ seconds: Double) -> String? {
    guard seconds.isFinite, seconds > 0, seconds < 1e6 else { return nil }
    if seconds >= 0.3 {
      let tenths = (seconds * 10).rounded() / 10
      return tenths == tenths.rounded() ? "\(Int(tenths)) s" : "\(tenths) s"
    }
    let parts = (1 / seconds).rounded()
    return parts < 1e9 ? "1/\(Int(parts)) s" : nil
  }

  private func hexadecimal(_ fingerprint: Fingerprint) -> String {
    [fingerprint.high, fingerprint.low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  // MARK: - Helpers

  /// Reserves the bytes of an answer for as long as it is being sent; small ones cost nothing.
  func charge(_ byteCount: Int) async throws -> Charge? {
    if byteCount < 64 << 10 { return nil }
    return Charge(try await library.budget.reserve(byteCount, for: responseAccount))
  }
}

/// Bytes of the budget held as long as an answer is being sent.
final class Charge: Sendable {
  private let reservation: Reservation

  init(_ reservation: consuming Reservation) { self.reservation = reservation }
}
