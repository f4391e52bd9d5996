import Catalog
import Library
import Media
import Platform
import Search

/// Results: queries whose order is settled once, so that any position of them costs the same.
extension APIRoutes {
  func openResult(_ call: Call) async throws -> HTTPResponse {
    let query = try QueryReading.query(body: call.request.body)
    let (token, result) = try await open(query)
    return .json { $0.resultMembers(result, token: token) }
  }

  /// All that a screen needs to begin: the result, its shape, and the assets around the place that will
  /// be looked at. One answer, since each round trip of a page that is being built takes longer than
  /// all of this.
  func openedResult(_ call: Call) async throws -> HTTPResponse {
    let query = try QueryReading.query(call)
    var position = try call.integer("at", in: 0...Int(UInt32.max)) ?? 0
    let holding = try call.integer("asset", in: 1...Int.max)
    let (token, result) = try await openWithPictures(query)
    let snapshot = result.snapshot
    if let holding, let found = snapshot.position(of: AssetID(rawValue: Int64(holding))) {
      position = found
    }
    position = max(0, min(position, snapshot.count - 1))
    let first = position / Self.openedPage * Self.openedPage
    // What begins late in a page is seen to end in the next one.
    let count = Self.openedPage * (position - first > Self.openedPage / 2 ? 2 : 1)
    let assets =
      snapshot.count == 0
      ? [] : try await library.catalog.assets(in: snapshot, at: first, count: count)
    let shape = snapshot.count <= Self.openedShapeLimit ? snapshot.count : 0
    let byteCount = assets.count * JSONWriter.assetByteCount + shape * 4
    let charge = try await charge(byteCount)
    return .json(reservingByteCount: byteCount / 2, keeping: charge) { json in
      json.resultMembers(result, token: token)
      json.member("position", position)
      json.member("first", first)
      json.array("assets") { json in
        for asset in assets { json.object { $0.assetMembers(asset) } }
      }
      json.object("timeline") { $0.timelineMembers(snapshot) }
      json.member(
        "aspects",
        snapshot.count <= Self.openedShapeLimit
          ? base64(snapshot.aspects(in: 0..<snapshot.count)) : nil)
    }
  }

  /// Whoever opens a library while it is scanned for the first time is given its first pictures, a moment
  /// later, instead of nothing and the news that there is something now.
  private func openWithPictures(_ query: AssetQuery) async throws -> (String, SearchResult) {
    var opened = try await open(query)
    let end = ContinuousClock.now + Self.firstPatience
    var looked: Int64?
    while query.search.isEmpty, opened.1.snapshot.count == 0,
      library.scanProgress.state == .running, ContinuousClock.now < end
    {
      let number = library.catalog.changeNumber
      if number != looked {
        looked = number
        // Also when there are none of the kind that was asked for.
        if try await library.catalog.counts().assets > 0 {
          opened = try await open(query)
          break
        }
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    return opened
  }

  private static let firstPatience = Duration.seconds(1)

  /// Assets of a page in the answer that opens a result; the page's script counts in the same ones.
  private static let openedPage = 100
  /// The shape of a longer result is asked for by itself, as bytes.
  private static let openedShapeLimit = 100_000

  private func open(_ query: AssetQuery) async throws -> (String, SearchResult) {
    if let kept = results.token(for: query, changeNumber: library.catalog.changeNumber) {
      return kept
    }
    let result = try await library.results(query)
    return (results.add(result), result)
  }

  func resultAssets(_ call: Call) async throws -> HTTPResponse {
    let snapshot = try results.snapshot(call.parameters.words[0])
    let position = try call.integer("position", in: 0...Int(UInt32.max)) ?? 0
    let count = try call.integer("count", in: 1...Catalog.pageLimit) ?? Catalog.pageLimit
    let assets = try await library.catalog.assets(in: snapshot, at: position, count: count)
    let charge = try await charge(assets.count * JSONWriter.assetByteCount)
    return .json(
      reservingByteCount: assets.count * JSONWriter.assetByteCount / 2, keeping: charge
    ) { json in
      json.member("position", position)
      json.array("assets") { json in
        for asset in assets { json.object { $0.assetMembers(asset) } }
      }
    }
  }

  func aspects(_ call: Call) async throws -> HTTPResponse {
    let snapshot = try results.snapshot(call.parameters.words[0])
    let charge = try await charge(snapshot.count)
    return HTTPResponse(
      200,
      headers: [("Content-Type", "application/octet-stream"), ("Cache-Control", "no-store")],
      body: .bytes(snapshot.aspects(in: 0..<snapshot.count), keeping: charge))
  }

  func timeline(_ call: Call) throws -> HTTPResponse {
    let snapshot = try results.snapshot(call.parameters.words[0])
    return .json { $0.timelineMembers(snapshot) }
  }

  func position(_ call: Call) throws -> HTTPResponse {
    let snapshot = try results.snapshot(call.parameters.words[0])
    guard let id = try call.integer("id", in: 1...Int.max) else {
      throw APIError.badRequest("Say which asset with ?id=.")
    }
    guard let position = snapshot.position(of: AssetID(rawValue: Int64(id))) else {
      throw APIError.notFound("Asset \(id) is not in this result.")
    }
    return .json { $0.member("position", position) }
  }

  func ids(_ call: Call) throws -> HTTPResponse {
    let snapshot = try results.snapshot(call.parameters.words[0])
    let range = 0...Int(UInt32.max)
    guard let from = try call.integer("from", in: range),
      let to = try call.integer("to", in: range),
      from <= to, to - from < Self.idLimit
    else {
      throw APIError.badRequest(
        "Say which positions with ?from= and ?to= (both included), at most \(Self.idLimit).")
    }
    let lower = min(from, snapshot.count)
    let ids = snapshot.ids(in: lower..<max(lower, min(to + 1, snapshot.count)))
    return .json { json in
      json.array("ids") { json in for id in ids { json.number(id.rawValue) } }
    }
  }
}
