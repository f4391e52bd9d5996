import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(4))) struct SnapshotTests {
  /// Files whose every sort value has ties.
  private func randomFiles(_ count: Int, seed: UInt64) -> [ScannedFile] {
    var generator = SeededGenerator(seed: seed)
    let folders = ["", "a", "a/b", "a 2", "b/deep/er", "Z"]
    return (0..<count).map { index in
      let folder = folders.randomElement(using: &generator) ?? ""
      let name = ["IMG_", "img_", "Zoo ", "é"].randomElement(using: &generator) ?? ""
      var file = ScannedFile.jpeg(
        "x", number: index, byteCount: Int64.random(in: 0...50, using: &generator),
        capturedMilliseconds: Bool.random(using: &generator)
          ? Int64.random(in: -10_000_000_000...1_700_000_000_000, using: &generator) / 86_400_000
            * 86_400_000 : nil,
        width: UInt32.random(in: 1...100, using: &generator))
      file.folder = Array(folder.utf8)
      file.name = Array("\(name)\(index % 40)-\(index).jpg".utf8)
      if index.isMultiple(of: 9) { file.probe?.format = .mp4 }
      if index.isMultiple(of: 11) {
        file.probe = nil
        file.failure = MediaFailure(.corrupt, "Bad.")
      }
      return file
    }
  }

  @Test(arguments: AssetQuery.Sort.allCases, [true, false])
  func `every order is the one of a simple sort`(sort: AssetQuery.Sort, ascending: Bool)
    async throws
  {
    let fixture = try await CatalogFixture()
    let files = randomFiles(1500, seed: 11)
    let ids = try await fixture.add(files)
    for (index, id) in ids.enumerated() where index.isMultiple(of: 3) {
      try await fixture.catalog.setRating(index % 5, for: [id])
    }
    let query = AssetQuery(sort: sort, ascending: ascending, seed: 99)
    let snapshot = try await fixture.catalog.snapshot(query)
    let found = snapshot.ids(in: 0..<snapshot.count)
    // The reference: whole keys as arrays, sorted by the standard library.
    func key(_ index: Int) -> [[UInt8]] {
      let file = files[index]
      func number(_ value: Int64) -> [UInt8] {
        let flipped = UInt64(bitPattern: value) ^ (1 << 63)
        return (0..<8).map { UInt8(truncatingIfNeeded: flipped >> (56 - 8 * UInt64($0))) }
      }
      let rating = index.isMultiple(of: 3) ? index % 5 : 0
      return switch sort {
      case .captureTime: [number(file.probe?.captureTime?.wallMilliseconds ?? 0)]
      case .name: [NaturalOrder.key(of: file.name)]
      case .path: [NaturalOrder.key(ofPath: file.folder), NaturalOrder.key(of: file.name)]
      case .byteCount: [number(file.byteCount)]
      case .rating: [number(Int64(rating))]
      case .added, .random: []
      }
    }
    func precedes(_ left: Int, _ right: Int) -> Bool {
      let (leftKey, rightKey) = (key(left), key(right))
      for (one, other) in zip(leftKey, rightKey) where one != other {
        return one.lexicographicallyPrecedes(other) == ascending
      }
      return (left < right) == ascending
    }
    let all = ids.indices
    var expected: [Int]
    if sort == .captureTime {
      expected = all.filter { files[$0].probe?.captureTime != nil }.sorted(by: precedes)
      #expect(snapshot.undated == expected.count..<all.count)
      expected += all.filter { files[$0].probe?.captureTime == nil }.sorted {
        ($0 < $1) == ascending
      }
    } else {
      expected = all.sorted(by: precedes)
    }
    if sort == .random {
      #expect(Set(found) == Set(ids))
      #expect(found != ids)
      #expect(try await fixture.ids(query) == found)
      #expect(
        try await fixture.ids(AssetQuery(sort: .random, ascending: ascending, seed: 100)) != found)
    } else {
      #expect(found == expected.map { ids[$0] })
    }
    // By key, in pages, the order is the same; and a key survives being written and read.
    var paged: [AssetID] = []
    var after: PageKey?
    repeat {
      let page = try await fixture.catalog.page(query, after: after, limit: 97)
      paged += page.assets.map(\.id)
      after = try page.next.map { try #require(PageKey($0.description)) }
    } while after != nil
    #expect(paged == found)
    // Aspects and positions belong to the ids.
    let aspects = snapshot.aspects(in: 0..<snapshot.count)
    for position in stride(from: 0, to: found.count, by: 100) {
      let index = try #require(ids.firstIndex(of: found[position]))
      let probe = files[index].probe
      #expect(
        aspects[position]
          == AspectByte(width: probe?.width ?? 0, height: probe?.height ?? 0).rawValue)
      #expect(snapshot.position(of: found[position]) == position)
    }
    #expect(snapshot.position(of: AssetID(rawValue: 1 << 40)) == nil)
  }

  @Test func `filters by folder, kind and state`() async throws {
    let fixture = try await CatalogFixture()
    let files = randomFiles(600, seed: 5)
    let ids = try await fixture.add(files)
    var batch = ScanBatch(root: fixture.root.id)
    batch.missing = ids.enumerated().filter { $0.offset.isMultiple(of: 7) }.map(\.element)
    _ = try await fixture.catalog.apply(batch)
    let folders = try await fixture.catalog.folders()
    for folder in folders + [nil as FolderSummary?] {
      for recursive in [true, false] {
        for kind in [nil, MediaFormat.Kind.image, .video] {
          for states in [Set([AssetState.ok]), [.broken], [.missing], [.ok, .broken, .missing]] {
            let query = AssetQuery(
              folder: folder?.id, recursive: recursive, kind: kind, states: states, sort: .added)
            let expected = files.indices.filter { index in
              let file = files[index]
              let path = FilePath(bytes: file.folder)
              let isInside =
                switch folder {
                case nil: true
                case let folder? where recursive:
                  folder.relativePath.isEmpty
                    || path.isWithin(FilePath(bytes: folder.relativePath))
                case let folder?: file.folder == folder.relativePath
                }
              let state: AssetState =
                index.isMultiple(of: 7) ? .missing : file.probe == nil ? .broken : .ok
              return isInside && states.contains(state)
                && (kind == nil || kind == (file.probe?.format.kind ?? .image))
            }
            #expect(try await fixture.ids(query) == expected.map { ids[$0] })
          }
        }
      }
    }
    #expect(
      try await fixture.ids(AssetQuery(folder: FolderID(rawValue: 999), sort: .added)).isEmpty)
  }

  @Test func `a timeline has a bucket a month, in either direction`() async throws {
    let fixture = try await CatalogFixture()
    func day(_ year: Int, _ month: Int, _ day: Int) throws -> Int64 {
      try #require(
        CaptureTime(year: year, month: month, day: day, hour: 0, minute: 0, second: 0)
      ).wallMilliseconds
    }
    try await fixture.add([
      .jpeg("1.jpg", capturedMilliseconds: try day(2025, 3, 31)),
      .jpeg("2.jpg", capturedMilliseconds: try day(1969, 12, 31)),
      .jpeg("3.jpg"), .jpeg("4.jpg", capturedMilliseconds: try day(2025, 3, 1)),
      .jpeg("5.jpg", capturedMilliseconds: try day(2025, 4, 1)),
      .jpeg("6.jpg", capturedMilliseconds: try day(9999, 12, 31)),
    ])
    let up = try await fixture.catalog.snapshot(AssetQuery())
    #expect(up.timeline.map(\.key) == ["1969-12", "2025-03", "2025-04", "9999-12"])
    #expect(up.timeline.map(\.position) == [0, 1, 3, 4])
    #expect(up.timeline.map(\.count) == [1, 2, 1, 1])
    #expect(up.undated == 5..<6)
    let down = try await fixture.catalog.snapshot(AssetQuery(ascending: false))
    #expect(down.timeline.map(\.key) == ["9999-12", "2025-04", "2025-03", "1969-12"])
    #expect(down.timeline.map(\.position) == [0, 1, 2, 4])
    #expect(try await fixture.names(AssetQuery(ascending: false)).last == "3.jpg")
  }

  @Test func `an empty library has empty snapshots`() async throws {
    let fixture = try await CatalogFixture()
    for sort in AssetQuery.Sort.allCases {
      let snapshot = try await fixture.catalog.snapshot(AssetQuery(sort: sort))
      #expect(snapshot.count == 0)
      #expect(try await fixture.catalog.assets(in: snapshot, at: 0, count: 200).isEmpty)
      #expect(try await fixture.catalog.page(AssetQuery(sort: sort)).next == nil)
    }
  }

  @Test func `the last of 200,000 costs what the first costs, and memory is charged`()
    async throws
  {
    let fixture = try await CatalogFixture()
    let count = 200_000
    for start in stride(from: 0, to: count, by: 5000) {
      try await fixture.add(
        (start..<start + 5000).map { index in
          var file = ScannedFile.jpeg(
            "x", number: index, capturedMilliseconds: Int64(index &* 7_919 % count) * 60_000)
          file.folder = Array("folder \(index / 2000)".utf8)
          file.name = Array("IMG_\(index).JPG".utf8)
          return file
        })
    }
    let query = AssetQuery()
    let snapshot = try await fixture.catalog.snapshot(query)
    #expect(snapshot.count == count)
    var line = try #require(fixture.budget.snapshot()["catalog.snapshots"])
    // 16 bytes an asset while it is made, 5 when it is kept.
    #expect(line.peak < count * 23)
    #expect(line.bytes < count * 6)
    func steps(_ position: Int) async throws -> Int {
      let ids = snapshot.ids(in: position..<position + 200)
      return try await fixture.catalog.read { database in
        database.countsMachineSteps = true
        database.machineStepCount = 0
        defer { database.countsMachineSteps = false }
        let assets = try Catalog.summaries(ids, in: database)
        #expect(assets.map(\.id) == ids)
        return database.machineStepCount
      }
    }
    let first = try await steps(0)
    #expect(first > 0)
    #expect(try await steps(199_800) == first)
    #expect(try await steps(100_000) == first)
    let byName = try await fixture.catalog.snapshot(AssetQuery(sort: .name))
    #expect(byName.ids(in: 0..<count).map(\.rawValue) == Array(1...Int64(count)))
    line = try #require(fixture.budget.snapshot()["catalog.snapshots"])
    #expect(line.bytes < count * 12)
    #expect(try await fixture.catalog.counts().assets == count)
  }

  @Test func `names longer than those looked at still fit`() async throws {
    let fixture = try await CatalogFixture()
    let count = 3000
    // The room is planned by every fifth name.
    try await fixture.add(
      (0..<count).map { index in
        var file = ScannedFile.jpeg("x", number: index)
        file.name = Array("\(index)".utf8)
        if index % 5 != 0 { file.name += [UInt8](repeating: UInt8(ascii: "x"), count: 200) }
        return file
      })
    let snapshot = try await fixture.catalog.snapshot(AssetQuery(sort: .name))
    #expect(snapshot.ids(in: 0..<count).map(\.rawValue) == Array(1...Int64(count)))
  }

  @Test func `a budget without room says so`() async throws {
    let fixture = try await CatalogFixture()
    try await fixture.add((0..<3000).map { .jpeg("\($0).jpg", number: $0) })
    let tight = MemoryBudget(byteLimit: 2 << 20)
    let catalog = try await Catalog.open(
      directory: fixture.directory.path,
      options: {
        var options = CatalogOptions()
        options.pageCacheByteCount = (2 << 20) - (64 << 10)
        return options
      }(), budget: tight)
    await #expect(throws: BudgetError.self) { try await catalog.snapshot(AssetQuery()) }
  }

  @Test func `an order of any kind is sorted in place`() {
    var generator = SeededGenerator(seed: 3)
    let shapes: [(Int) -> UInt64] = [
      { UInt64($0) }, { UInt64(5000 - $0) }, { _ in 7 }, { UInt64($0 % 3) },
      { UInt64($0 < 2500 ? $0 : 5000 - $0) },
      { _ in UInt64.random(in: 0...UInt64.max, using: &generator) },
      { UInt64($0 ^ 0x555) },
    ]
    for shape in shapes {
      var entries = (0..<5000).map {
        NumberEntry(key: shape($0), payload: NumberEntry.payload(id: Int64($0 ^ 3), aspect: 1))
      }
      let expected = entries.sorted { ($0.key, $0.payload) < ($1.key, $1.payload) }
      entries.withUnsafeMutableBufferPointer {
        sortInPlace($0, text: UnsafeRawBufferPointer(start: nil, count: 0))
      }
      #expect(entries.map(\.payload) == expected.map(\.payload))
    }
  }
}
