import MemoryBudget
import Platform
import Search

/// What is asked while somebody types and looks: completions, patterns, the counts beside a result.
struct Typing {
  let budget: MemoryBudget

  /// Completions and patterns among names.
  func complete(_ tagCount: Int, _ textCount: Int) throws {
    let names = try makeNames(tagCount, budget: budget)
    let count = { (tag: UInt32) in 1_000_000 / Int(tag) }
    let completer = Completer(names: names, categories: [], count: count)
    let texts = typedTexts(textCount)
    let completing = texts.map { text in
      seconds { _ = completer.complete(text, cursor: text.utf16.count) }
    }
    let matching = texts.map { text in
      let pattern = NamePattern([.anything, .literal(text), .anything])
      return seconds { _ = names.tags(matching: pattern) }
    }
    report(
      figures("complete", completing) + figures("pattern", matching) + [
        ("names", Double(names.count)),
        ("chargedMiB", Double(names.byteCount) / Double(1 << 20)),
      ])
  }

  /// The counts of every facet, of stars, folders and tags in results of all sizes.
  func facets(_ index: SearchIndex, _ data: Data, _ questionCount: Int) throws {
    let candidates = (1...80).map { data.tag(rank: min($0 * 3, data.tagCount)) }
    let nodes = [.everything] + Questions.make(questionCount, data).map(\.node)
    var ids: [Int] = []
    let times = try nodes.map { node in
      try seconds {
        let result = try index.evaluate(node)
        for facet in FacetColumn.allCases { _ = try index.facetCounts(result, facet) }
        _ = try index.counts(result, .stars, of: -1...5)
        _ = try index.counts(result, .folderPlace, of: 0...Int64(data.assetCount / 500))
        _ = result.sample(1000)
        _ = try index.tagCounts(result, among: candidates)
        ids.append(result.count)
      }
    }
    report(
      figures("facets", times) + [
        ("everythingMicroseconds", times[0] * 1e6), ("assets", Double(ids[0])),
      ])
  }
}
