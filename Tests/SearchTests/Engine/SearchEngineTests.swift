import Media
import Platform
import Testing

@testable import Catalog
@testable import Search

@Suite struct SearchEngineTests {
  private static func time(_ year: Int, _ month: Int, _ day: Int) -> CaptureTime? {
    CaptureTime(year: year, month: month, day: day, hour: 12, minute: 0, second: 0)
  }

  /// A small library with something for every field, and its assets by name.
  static func library() async throws -> (EngineFixture, [String: AssetID]) {
    let fixture = try await EngineFixture()
    var files: [ScannedFile] = [
      .picture("trips/rome/IMG_10.jpg", number: 1) {
        $0.probe?.cameraMake = "Canon"
        $0.probe?.cameraModel = "Canon EOS R5"
        $0.probe?.captureTime = time(2024, 5, 3)
        $0.probe?.position = GeoPosition(latitude: 41.9, longitude: 12.5)
      },
      .picture("trips/rome/IMG_9.jpg", number: 2) {
        $0.probe?.cameraMake = "NIKON"
        $0.probe?.cameraModel = "D850"
        $0.probe?.captureTime = time(2023, 1, 9)
        $0.probe?.orientation = .right
      },
      .picture("trips/oslo/clip.mp4", number: 3, format: .mp4) {
        $0.probe?.durationMilliseconds = 90_000
        $0.probe?.captureTime = time(2024, 6, 1)
      },
      .picture("renders/beauty.exr", number: 4, format: .openEXR) {
        $0.probe?.storedWidth = 1024
        $0.probe?.storedHeight = 1024
      },
      .picture("renders/Ölbild.PNG", number: 5, format: .png) { $0.byteCount = 20_000_000 },
      .picture("copy of IMG_10.jpg", number: 1) { $0.inode = 77 },
      .picture("loop.gif", number: 7, format: .gif) { $0.probe?.frameCount = 12 },
      .picture("raw.cr3", number: 8, format: .cameraRaw),
      .picture("broken.jpg", number: 9) {
        $0.probe = nil
        $0.failure = MediaFailure(.corrupt, "Broken.")
      },
      .picture("gone.jpg", number: 10),
    ]
    var ids: [AssetID] = []
    // One by one, so that the ids are in this order.
    for index in files.indices {
      files[index].known = nil
      ids += try await fixture.add([files[index]])
    }
    var byName: [String: AssetID] = [:]
    for (file, id) in zip(files, ids) { byName[String(decoding: file.name, as: UTF8.self)] = id }
    func id(_ name: String) throws -> AssetID { try #require(byName[name]) }
    var batch = ScanBatch(root: fixture.root.id)
    batch.missing = [try id("gone.jpg")]
    _ = try await fixture.catalog.apply(batch)
    try await fixture.tag(try id("IMG_10.jpg"), ["Rome", "sea side", "place/europe"])
    try await fixture.tag(try id("IMG_9.jpg"), ["rome"])
    try await fixture.tag(try id("clip.mp4"), ["oslo", "re:zero"])
    try await fixture.catalog.setRating(4, for: [try id("loop.gif")])
    try await fixture.describe(try id("IMG_9.jpg")) {
      $0.lens = "NIKKOR 50mm f/1.8"
      $0.fNumber = 2.8
      $0.iso = 400
      $0.focalLengthMillimetres = 50
      $0.title = "Über den Dächern"
    }
    return (fixture, byName)
  }

  @Test(arguments: [
    ("rome", ["IMG_10.jpg", "IMG_9.jpg"]),
    ("ROME -sea_side", ["IMG_9.jpg"]),
    ("sea*", ["IMG_10.jpg"]),
    ("*", ["IMG_10.jpg", "IMG_9.jpg", "clip.mp4"]),
    ("re:zero", ["clip.mp4"]),
    ("place/europe", ["IMG_10.jpg"]),
    ("general:rome", ["IMG_10.jpg", "IMG_9.jpg"]),
    ("artist:rome", []),
    ("unheard-of", []),
    ("camera:canon", ["IMG_10.jpg"]),
    ("camera:*", ["IMG_10.jpg", "IMG_9.jpg"]),
    ("camera:\"nikon d850\"", ["IMG_9.jpg"]),
    ("lens:nikkor", ["IMG_9.jpg"]),
    ("f:2.8", ["IMG_9.jpg"]), ("iso:>=400", ["IMG_9.jpg"]), ("focal:50", ["IMG_9.jpg"]),
    ("type:video", ["clip.mp4"]), ("type:exr,png", ["beauty.exr", "Ölbild.PNG"]),
    ("ext:png", ["Ölbild.PNG"]),
    ("width:3000", ["IMG_9.jpg"]), ("ratio:1:1", ["beauty.exr"]),
    ("size:>=10mb", ["Ölbild.PNG"]), ("duration:>60s", ["clip.mp4"]),
    ("taken:2024", ["IMG_10.jpg", "clip.mp4"]),
    ("taken:2024 order:taken_desc", ["clip.mp4", "IMG_10.jpg"]),
    ("stars:>=3", ["loop.gif"]),
    ("is:animated", ["loop.gif"]), ("is:hdr", ["beauty.exr"]), ("is:raw", ["raw.cr3"]),
    ("is:video", ["clip.mp4"]),
    ("is:broken", ["broken.jpg"]), ("is:missing", ["gone.jpg"]),
    ("is:duplicate", ["IMG_10.jpg", "copy of IMG_10.jpg"]),
    ("is:untagged type:jpeg", ["copy of IMG_10.jpg"]),
    ("has:gps", ["IMG_10.jpg"]), ("near:41.9,12.5,5", ["IMG_10.jpg"]),
    ("tagcount:3", ["IMG_10.jpg"]), ("gentags:>=2", ["IMG_10.jpg", "clip.mp4"]),
    ("folder:trips", ["IMG_10.jpg", "IMG_9.jpg", "clip.mp4"]),
    ("folder:trips/rome", ["IMG_10.jpg", "IMG_9.jpg"]), ("folder:trips/r", []),
    ("folder:*/oslo", ["clip.mp4"]),
    ("path:rome/img_1", ["IMG_10.jpg"]), ("filename:ÖL", ["Ölbild.PNG"]),
    ("\"dächern\"", ["IMG_9.jpg"]), ("\"img_10\"", ["IMG_10.jpg", "copy of IMG_10.jpg"]),
    ("any:2(rome sea_side oslo)", ["IMG_10.jpg"]),
    ("~oslo ~sea_side", ["IMG_10.jpg", "clip.mp4"]),
    ("folder:trips order:name", ["clip.mp4", "IMG_9.jpg", "IMG_10.jpg"]),
    ("order:size_desc limit:1", ["Ölbild.PNG"]),
    ("rating:none is:raw", ["raw.cr3"]), ("rating:explicit", []),
  ])
  func `finds`(text: String, names: [String]) async throws {
    let (fixture, _) = try await Self.library()
    #expect(try await fixture.names(text) == names)
  }

  @Test func `facets count what a result has, and their queries find it`() async throws {
    let (fixture, _) = try await Self.library()
    var query = AssetQuery()
    query.search = "-type:cr3"
    for text in ["", "folder:trips", "rome"] {
      query.search = text
      let facets = try await fixture.engine.facets(
        query, fields: SearchFacets.Field.allCases, limit: 20)
      let whole = try await fixture.engine.count(query)
      #expect(facets.count == whole)
      for facet in facets.facets {
        for value in facet.values {
          var refined = query
          refined.search = "\(text) \(value.query)"
          #expect(
            try await fixture.engine.count(refined) == value.count,
            "\(text): \(facet.field) \(value)")
        }
      }
    }
    query.search = ""
    let all = try await fixture.engine.facets(
      query, fields: [.folder, .tags, .stars, .year], limit: 3)
    #expect(all.facets[0].values.map(\.label) == ["trips", "renders"])
    #expect(all.facets[1].values.first?.label == "Rome")
    #expect(all.facets[2].values.map(\.value) == ["4", "0"])
    #expect(all.facets[3].values.map(\.value) == ["2024", "2023"])
    query.search = "folder:trips"
    let trips = try await fixture.engine.facets(query, fields: [.folder], limit: 3)
    #expect(trips.facets[0].values.map(\.value) == ["trips/rome", "trips/oslo"])
  }
}
