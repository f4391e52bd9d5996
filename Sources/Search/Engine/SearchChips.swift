import Catalog

/// A query's text in pieces, for a search bar that shows them in colours.
public struct SearchChips: Sendable, Equatable {
  /// A piece.
  public struct Chip: Sendable, Equatable {
    /// `tag`, `not`, `field`, `text` or `operator`.
    public let kind: String
    /// Where it is, in UTF-16.
    public let range: Range<Int>
    /// What stands there.
    public let text: String
    /// Of a tag that exists, the name of its category.
    public let category: String?
  }

  /// In the order of the text.
  public let chips: [Chip]
  /// Why the text means nothing; nil when it is a query.
  public let error: SearchError?
}

extension SearchEngine {
  /// Cuts a text into pieces, also one that is not a query yet. Needs no index.
  public nonisolated func chips(_ text: String) async throws -> SearchChips {
    let tokens = QueryTokens(text)
    let names = tokens.chips.map { chip in
      chip.kind == .tag ? chip.name?.literal.flatMap { try? TagName($0) } : nil
    }
    let categories = try await catalog.read { database in
      let categories = try database.tagCategories()
      return try names.map { name -> String? in
        guard let tag = try name.flatMap({ try database.tag(named: $0) }) else { return nil }
        return categories.first { $0.id == tag.category }?.name
      }
    }
    let utf8 = Array(text.utf8)
    let chips = zip(tokens.chips, categories).map { chip, category in
      SearchChips.Chip(
        kind: chip.isNegated ? "not" : chip.kind.rawValue, range: chip.utf16,
        text: String(decoding: utf8[chip.utf8], as: UTF8.self), category: category)
    }
    return SearchChips(chips: chips, error: tokens.error.map { SearchError($0, in: text) })
  }
}
