import Media
import TestSupport
import Testing

@testable import Catalog

/// Random edits, taken back at random.
@Suite(.timeLimit(.minutes(5))) struct TagPropertyTests {
  private static let words = [
    "cat", "dog", "Animal", "red", "blue", "place", "place/europe", "place/europe/rome",
    "place/asia", "people/anna", "Night Sky", "sky",
  ]

  private struct Chance {
    var generator: SeededGenerator
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }
    mutating func name() throws -> TagName { try TagName(words[number(0..<words.count)]) }
    mutating func names(_ range: Range<Int>) throws -> [TagName] {
      try (0..<number(range)).map { _ in try name() }
    }
    mutating func some(_ ids: [AssetID]) -> [AssetID] {
      (0..<number(1..<ids.count)).map { _ in ids[number(0..<ids.count)] }
    }
  }

  @Test(arguments: UInt64(0)..<24)
  func `tag edits do what plain sets would`(seed: UInt64) async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add((0..<30).map { .jpeg("\($0).jpg", number: $0) })
    var chance = Chance(generator: SeededGenerator(seed: seed))
    var model = TagModel()
    // The rules stay, the tags change.
    let cat = try await catalog.createTag(TagName("cat")).tag.id
    _ = try await catalog.addImplication(from: cat, to: TagName("Animal"))
    for _ in 0..<25 {
      var edit = TagEdit()
      edit.add = try chance.names(0..<4).map { TagEdit.Tag($0) }
      edit.remove = try chance.names(0..<3)
      if chance.number(0..<5) == 0 {
        edit.replaceWith = try chance.names(0..<4).map { TagEdit.Tag($0) }
      }
      switch chance.number(0..<5) {
      case 0: edit.origin = .imported
      case 1:
        edit.origin = .model
        edit.confidence = UInt8(chance.number(0..<256))
      default: break
      }
      let some = chance.some(ids)
      var have: [AssetID: Set<String>] = [:]
      for id in ids { have[id] = Set(try await catalog.tags(of: id).map(\.tag.name.key)) }
      model.edit(edit, of: some, have: have)
      _ = try await catalog.editTags(edit, of: .assets(some))
      for id in ids {
        let stored = try await catalog.read { database in
          try database.assetTags(of: id).filter { !$0.isDerived }.map { tag in
            (try #require(try database.tag(tag.id)).name.key, tag)
          }
        }
        let wanted = model.said[id] ?? [:]
        #expect(stored.map(\.0).sorted() == wanted.keys.sorted())
        for (key, tag) in stored {
          #expect(wanted[key]?.isRemoved == tag.isRemoved, "\(key)")
          #expect(wanted[key]?.origin == tag.origin, "\(key)")
          #expect(wanted[key]?.confidence == tag.confidence, "\(key)")
        }
      }
      #expect(try await catalog.integrityCheck().isHealthy)
    }
  }

  @Test(arguments: UInt64(0)..<60)
  func `every edit is taken back and done again exactly`(seed: UInt64) async throws {
    let fixture = try await CatalogFixture()
    let catalog = fixture.catalog
    let ids = try await fixture.add((0..<25).map { .jpeg("\($0).jpg", number: $0) })
    var chance = Chance(generator: SeededGenerator(seed: seed))
    var older: [UndoID] = []
    for step in 0..<40 {
      let before = try await catalog.saidState()
      let result: EditResult?
      do {
        result = try await Self.edit(catalog, ids, &chance)
      } catch is EditError {
        // Refused: then nothing has changed.
        #expect(try await catalog.saidState() == before)
        continue
      }
      let after = try await catalog.saidState()
      guard let undo = result?.undo else {
        #expect(after == before)
        continue
      }
      #expect(after != before)
      switch chance.number(0..<4) {
      case 0, 1:
        let done = try await catalog.undoRecords(limit: 1).first?.label ?? ""
        let back: EditResult
        do { back = try await catalog.undo(undo) } catch {
          Issue.record("\(done): \(error) \(after.difference(from: before))")
          return
        }
        let restored = try await catalog.saidState()
        let label = try await catalog.undoRecords(limit: 1).first?.label ?? ""
        #expect(restored == before, "\(label): \(restored.difference(from: before))")
        let again = try #require(back.undo)
        let redone: EditResult
        do { redone = try await catalog.undo(again) } catch {
          Issue.record("again \(done): \(error) \(after.difference(from: before))")
          return
        }
        let state = try await catalog.saidState()
        #expect(state == after, "\(label): \(state.difference(from: after))")
        await #expect(throws: EditError.self) { try await catalog.undo(undo) }
        if let last = redone.undo { older.append(last) }
      case 2 where !older.isEmpty:
        // Something older, with other edits since: it may be refused, never wrong.
        _ = try? await catalog.undo(older.remove(at: chance.number(0..<older.count)))
        older.append(undo)
      default: older.append(undo)
      }
      let health = try await catalog.integrityCheck()
      #expect(health.isHealthy, "step \(step): \(health)")
    }
    // Back to the very first, in order, as far as it goes.
    while let latest = try await catalog.undoRecords(limit: 1).first,
      !latest.label.hasPrefix("Undo: ")
    {
      // What was taken back out of order may stand in the way.
      do { _ = try await catalog.undo(latest.id) } catch is EditError { break }
      #expect(try await catalog.integrityCheck().isHealthy)
    }
  }

  private static func edit(
    _ catalog: Catalog, _ ids: [AssetID], _ chance: inout Chance
  ) async throws -> EditResult? {
    let tags = try await catalog.read { database in
      var tags: [TagRecord] = []
      try database.forEachTag { tags.append($0) }
      return tags
    }
    let albums = try await catalog.albums()
    let tag = tags.isEmpty ? nil : tags[chance.number(0..<tags.count)]
    switch chance.number(0..<17) {
    case 0...4:
      var edit = TagEdit()
      edit.add = try chance.names(0..<4).map {
        TagEdit.Tag($0, category: chance.number(0..<2) == 0 ? .artist : .general)
      }
      edit.remove = try chance.names(0..<3)
      if chance.number(0..<6) == 0 { edit.replaceWith = edit.add }
      if chance.number(0..<4) == 0 { edit.origin = .imported }
      return try await catalog.editTags(edit, of: .assets(chance.some(ids)))
    case 5:
      return try await catalog.createTag(try chance.name(), category: .character).result
    case 6:
      guard let tag else { return nil }
      var update = Catalog.TagUpdate()
      update.name = try chance.name()
      return try await catalog.updateTag(tag.id, update)
    case 7:
      guard let tag else { return nil }
      var update = Catalog.TagUpdate()
      update.category = .species
      update.note = ["", "a", "b"][chance.number(0..<3)]
      return try await catalog.updateTag(tag.id, update)
    case 8: return try await tag.asyncMap { try await catalog.deleteTag($0.id) }
    case 9:
      guard let tag else { return nil }
      let into = tags[chance.number(0..<tags.count)].id
      return try await catalog.mergeTag(tag.id, into: into)
    case 10:
      guard let tag else { return nil }
      return try await catalog.addAlias(
        try TagName("alias \(chance.number(0..<4))"), to: tag.id)
    case 11:
      let aliases = try await catalog.read { database in
        var aliases: [TagAlias] = []
        try database.forEachAlias { aliases.append($0) }
        return aliases
      }
      guard let alias = aliases.first else { return nil }
      return try await catalog.removeAlias(alias.name, from: alias.tag)
    case 12:
      guard let tag else { return nil }
      return try await catalog.addImplication(from: tag.id, to: try chance.name())
    case 13:
      guard let tag, let implied = try await catalog.read({ try $0.implied(by: tag.id) }).first,
        let name = tags.first(where: { $0.id == implied })?.name
      else { return nil }
      return try await catalog.removeImplication(from: tag.id, to: name)
    case 14:
      var edit = AssetEdit()
      if chance.number(0..<2) == 0 { edit.stars = chance.number(0..<6) }
      if chance.number(0..<2) == 0 {
        edit.contentRating = ContentRating(rawValue: UInt8(chance.number(0..<5)))
      }
      if chance.number(0..<2) == 0 { edit.isFavourite = chance.number(0..<2) == 0 }
      if chance.number(0..<3) == 0 { edit.note = ["", "x", "y"][chance.number(0..<3)] }
      if chance.number(0..<3) == 0 { edit.parent = .some(ids[chance.number(0..<3)]) }
      if chance.number(0..<3) == 0 { edit.sources = ["https://a.example", "https://b.example"] }
      return try await catalog.editAssets(edit, of: .assets(chance.some(ids)))
    case 15:
      if albums.count < 2 {
        return try await catalog.createAlbum(
          try TagName("album \(chance.number(0..<3))"), kind: .pool
        ).result
      }
      return chance.number(0..<3) == 0
        ? try await catalog.deleteAlbum(albums[0].id)
        : try await catalog.saveSearch(TagName("s\(chance.number(0..<2))"), query: "cat").result
    default:
      guard let album = albums.last else { return nil }
      var edit = Catalog.MemberEdit()
      edit.add = chance.some(ids)
      if chance.number(0..<2) == 0 { edit.position = chance.number(0..<10) }
      if chance.number(0..<2) == 0 { edit.remove = chance.some(ids) }
      if chance.number(0..<2) == 0 { edit.order = chance.some(ids) }
      return try await catalog.editMembers(edit, of: album.id)
    }
  }
}

extension Optional {
  fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows
    -> Result?
  {
    if let self { try await body(self) } else { nil }
  }
}
