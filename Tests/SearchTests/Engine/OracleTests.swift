import Media
import MemoryBudget
import Testing

@testable import Catalog
@testable import Search

/// Queries as people type them, on the index and asset by asset.
@Suite struct OracleTests {
  /// The library as the index keeps it, and what its ids mean.
  private struct Indexed {
    let index: SearchIndex
    let names: TagNames
    let categories: [TagCategory]
    var rows = RowReader()
    let duplicates: [UInt32]

    init(_ library: OracleLibrary) throws {
      let budget = MemoryBudget(byteLimit: 512 << 20)
      names = TagNames(budget: budget)
      categories = library.categories
      for (place, tag) in library.tags.enumerated() {
        try names.set(
          UInt32(place + 1), name: TagName(tag.name), category: tag.category,
          aliases: tag.aliases.map { try TagName($0) })
      }
      index = SearchIndex(budget: budget)
      duplicates = library.assets.filter { $0.flags.contains(.duplicate) }.map(\.id)
      var batch: [(row: AssetRow, tags: [UInt32])] = []
      for asset in library.assets {
        batch.append((row(asset), asset.tags.sorted().map { UInt32($0 + 1) }))
      }
      try index.update(batch)
    }

    private mutating func row(_ asset: OracleAsset) -> AssetRow {
      var row = AssetRow(id: asset.id)
      for (field, value) in asset.numbers { row[field.column] = value }
      if let position = asset.position {
        row[.latitude] = Int64((position.latitude * 1e7).rounded())
        row[.longitude] = Int64((position.longitude * 1e7).rounded())
      }
      func id(_ names: inout FacetNames, _ field: NameField, _ text: String?) -> UInt32 {
        Array((text ?? "").utf8).withUnsafeBytes { unsafe names.id(of: $0) }
      }
      row[.camera] = id(&rows.cameras, .camera, asset.names[.camera])
      row[.lens] = id(&rows.lenses, .lens, asset.names[.lens])
      row[.fileExtension] = id(&rows.extensions, .ext, asset.names[.ext]?.lowercased())
      row[.rating] = UInt32(ContentRating(name: asset.names[.rating] ?? "")?.rawValue ?? 0)
      row[.format] = UInt32(asset.format.rawValue)
      let state: AssetState =
        asset.flags.contains(.broken) ? .broken : asset.flags.contains(.missing) ? .missing : .ok
      row[.state] = UInt32(state.rawValue)
      for (flag, bit) in [
        (.favourite, .favourite), (.video, .video), (.animated, .animated), (.raw, .raw),
        (.hdr, .hdr), (.parent, .parent), (.child, .child), (.gps, .gps), (.edits, .edits),
        (.sidecar, .sidecar), (.note, .note),
      ] as [(FlagField, AssetFlags)] where asset.flags.contains(flag) {
        row.flags.insert(bit)
      }
      return row
    }

    /// Assets are numbered from 1 in the order of their places.
    func answer(_ expression: Expression, _ nothing: OracleAnswer) throws -> OracleAnswer {
      var binder = Binder(
        names: names, categories: categories, count: { [index] in index.tagCount($0) },
        rows: rows, folders: FolderPlaces(), answers: CatalogAnswers(expression),
        duplicates: duplicates
      ) { _, _ in [] }
      var answer = nothing
      try index.evaluate(try binder.bind(expression)).forEach { id in
        answer.words[Int(id - 1) / 64] |= 1 << UInt64((id - 1) % 64)
      }
      return answer
    }
  }

  private static let queryCount = 20_000

  @Test func `the index finds what every asset says of itself`() throws {
    let library = OracleLibrary(count: 5_000, seed: 1)
    let oracle = OracleEvaluator(library)
    let indexed = try Indexed(library)
    var generator = QueryTextGenerator(library, seed: 1, asksCatalog: false)
    let nothing = OracleAnswer(library.assets.map { _ in false })
    var telling = 0
    for _ in 0..<Self.queryCount {
      let text = generator.text()
      let query = try parsed(text)
      let expected = oracle.answer(query.expression)
      let answer = try indexed.answer(query.expression, nothing)
      guard answer == expected else {
        let wrong = library.assets.indices.first { answer[$0] != expected[$0] } ?? 0
        Issue.record(
          "\(text) is wrong about \(library.assets[wrong]), which matches: \(expected[wrong])")
        return
      }
      if !expected.isEmpty && !expected.isAll { telling += 1 }
    }
    // Queries that find all or nothing tell little.
    #expect(telling > Self.queryCount / 2)
  }
}
