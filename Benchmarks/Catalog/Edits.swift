import Catalog
import Media
import MemoryBudget
import Platform

/// Tags of many assets changed in one operation, and taken back.
struct Edits {
  private static let tagsPerAsset = 30
  private static let editedTags = 5

  /// Gives every asset of a catalog tags, unless it has some, then adds five to all, takes them back,
  /// and does it again.
  func run(in directory: FilePath) async throws {
    let catalog = try await Catalog.open(directory: directory, budget: budget)
    let snapshot = try await catalog.snapshot(AssetQuery())
    try await prepare(catalog, snapshot)
    var edit = TagEdit()
    edit.add = try (0..<Self.editedTags).map { TagEdit.Tag(try TagName("edited \($0)")) }
    let clock = ContinuousClock()
    var numbers: [(String, Double)] = [("assets", Double(snapshot.count))]
    for round in 0..<3 {
      var (began, used) = (clock.now, processorSeconds())
      let result = try await catalog.editTags(edit, of: .result(snapshot))
      numbers.append(("addSeconds\(round)", (clock.now - began) / .seconds(1)))
      numbers.append(("addProcessorSeconds\(round)", processorSeconds() - used))
      guard let undo = result.undo else { break }
      (began, used) = (clock.now, processorSeconds())
      _ = try await catalog.undo(undo)
      numbers.append(("undoSeconds\(round)", (clock.now - began) / .seconds(1)))
      numbers.append(("undoProcessorSeconds\(round)", processorSeconds() - used))
    }
    try await catalog.close()
    report(numbers)
  }

  private func prepare(_ catalog: Catalog, _ snapshot: ResultSnapshot) async throws {
    if snapshot.count == 0 { return }
    if try await !catalog.tags(of: snapshot.id(at: 0)).isEmpty { return }
    var state: UInt64 = 1
    // Neighbours share their tags, as the pictures of a day do.
    for start in stride(from: 0, to: snapshot.count, by: 50) {
      var edit = TagEdit()
      for _ in 0..<Self.tagsPerAsset {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        edit.add.append(TagEdit.Tag(try TagName("tag \((state >> 33) % 120_000)")))
      }
      let ids = snapshot.ids(in: start..<min(start + 50, snapshot.count))
      _ = try await catalog.editTags(edit, of: .assets(ids))
    }
  }
}
