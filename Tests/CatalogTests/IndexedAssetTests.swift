import Media
import Platform
import Testing

@testable import Catalog

/// What one `IndexedAsset` said, kept.
private struct Seen: Equatable {
  var id: Int64
  var name: String
  var lens = ""
  var iso: Int64?
  var aperture: Double?
  var focalLength: Double?

  init(_ asset: IndexedAsset) {
    id = asset.id.rawValue
    name = asset.withName { String(decoding: $0, as: UTF8.self) }
    lens = asset.withLens { String(decoding: $0, as: UTF8.self) }
    iso = asset.iso
    aperture = asset.aperture
    focalLength = asset.focalLength
  }

  init(_ id: AssetID, _ name: String) {
    self.id = id.rawValue
    self.name = name
  }
}

@Suite struct IndexedAssetTests {
  private func seen(
    _ fixture: CatalogFixture, in ids: ClosedRange<Int64> = 1...1000, limit: Int = 100
  ) async throws -> [Seen] {
    try await fixture.catalog.read { database in
      var all: [Seen] = []
      try database.forEachIndexedAsset(in: ids, limit: limit) { all.append(Seen($0)) }
      return all
    }
  }

  @Test func `dimensions are as seen, and everything else as the probe had it`() async throws {
    let fixture = try await CatalogFixture()
    var turned = ScannedFile.jpeg(
      "a/Turned.JPG", number: 3, capturedMilliseconds: 1_700_000_000_000)
    turned.probe?.orientation = .right
    turned.probe?.position = GeoPosition(latitude: 47.5, longitude: -8.25)
    turned.probe?.bitsPerChannel = 12
    turned.probe?.frameCount = 4
    turned.probe?.durationMilliseconds = 1500
    let ids = try await fixture.add([
      turned, .broken("b.heic", MediaFailure(.corrupt, "Broken.")),
    ])
    try await fixture.catalog.setRating(4, for: [ids[0]])
    try await fixture.catalog.read { database in
      var count = 0
      try database.forEachIndexedAsset(in: 1...100, limit: 10) { asset in
        count += 1
        #expect(asset.kind == .image)
        guard asset.id == ids[0] else {
          #expect(asset.state == .broken)
          #expect(asset.format == nil && asset.dimensions == nil && asset.position == nil)
          #expect(asset.capturedMilliseconds == nil && asset.camera == (0, 0))
          #expect(asset.frameCount == 1)
          return
        }
        #expect(asset.state == .ok)
        #expect(asset.dimensions?.width == 3000 && asset.dimensions?.height == 4000)
        #expect(asset.aspect == AspectByte(width: 3000, height: 4000))
        #expect(asset.stars == 4 && asset.byteCount == 1000 && asset.format == .jpeg)
        #expect(asset.capturedMilliseconds == 1_700_000_000_000)
        #expect(asset.position?.latitude == 47.5 && asset.position?.longitude == -8.25)
        #expect(asset.bitsPerChannel == 12 && asset.frameCount == 4)
        #expect(asset.durationMilliseconds == 1500)
        #expect(asset.camera != (0, 0))
        #expect(asset.withName { String(decoding: $0, as: UTF8.self) } == "Turned.JPG")
      }
      #expect(count == 2)
    }
  }

  @Test func `metadata goes to the asset it belongs to, in ranges and in lists`() async throws {
    let fixture = try await CatalogFixture()
    let ids = try await fixture.add((1...9).map { .jpeg("\($0).jpg", number: $0) })
    var items: [Catalog.NewMetadata] = []
    // Gaps at both ends and in between.
    for index in [1, 2, 5, 7] {
      guard let asset = try await fixture.catalog.asset(ids[index]) else { continue }
      var metadata = DeepMetadata()
      metadata.lens = "Lens \(index)"
      metadata.iso = index * 100
      metadata.fNumber = Double(index) + 0.8
      metadata.focalLengthMillimetres = index == 5 ? nil : Double(index) * 10
      items.append(
        Catalog.NewMetadata(id: asset.id, version: asset.summary.version, metadata: metadata))
    }
    try await fixture.catalog.setDeepMetadata(items)
    let expected = ids.enumerated().map { index, id in
      var seen = Seen(id, "\(index + 1).jpg")
      if [1, 2, 5, 7].contains(index) {
        seen.lens = "Lens \(index)"
        seen.iso = Int64(index * 100)
        seen.aperture = Double(index) + 0.8
        seen.focalLength = index == 5 ? nil : Double(index) * 10
      }
      return seen
    }
    #expect(try await seen(fixture) == expected)
    #expect(try await seen(fixture, in: ids[3].rawValue...1000, limit: 3) == Array(expected[3...5]))
    #expect(try await seen(fixture, in: 1...ids[4].rawValue) == Array(expected[...4]))
    #expect(try await seen(fixture, in: (ids[8].rawValue + 1)...1000).isEmpty)
    let listed = try await fixture.catalog.read { database in
      var all: [Seen] = []
      let wanted = [7, 99, 1, 0].map { $0 == 99 ? 99 : UInt32(ids[$0].rawValue) }
      try database.forEachIndexedAsset(wanted) { all.append(Seen($0)) }
      return all
    }
    #expect(listed == [expected[7], expected[1], expected[0]])
    #expect(try await fixture.catalog.read { try $0.highestAssetID() } == ids[8].rawValue)
  }
}
