import Catalog

/// Completes a query while it is typed.
///
/// It sees from the text whether a tag, a field or a value stands at the cursor, behind whichever signs,
/// and asks for what fits there.
package struct Completer {
  /// More items than this are not given.
  package static let itemLimit = 100

  let names: TagNames
  let categories: [TagCategory]
  let count: (UInt32) -> Int
  let values: (NameField, _ beginning: String, _ limit: Int) -> [(name: String, count: Int)]

  /// - Parameters:
  ///   - names: of all tags.
  ///   - categories: those a word may begin with.
  ///   - count: how many assets have a tag.
  ///   - values: names that a field has in this library and that contain some text, the best first, for
  ///     `camera`, `lens`, `ext`, `folder`, `album`, `pool`; none for what is not known.
  package init(
    names: TagNames, categories: [TagCategory], count: @escaping (UInt32) -> Int,
    values:
      @escaping (NameField, _ beginning: String, _ limit: Int) -> [(
        name: String, count: Int
      )] = { _, _, _ in [] }
  ) {
    self.names = names
    self.categories = categories
    self.count = count
    self.values = values
  }

  /// What could be typed at a place.
  ///
  /// - Parameters:
  ///   - text: the query so far, which need not mean anything yet.
  ///   - cursor: where the cursor stands, in UTF-16; behind the end is at the end.
  ///   - limit: at most so many items, and never more than `itemLimit`.
  package func complete(_ text: String, cursor: Int, limit: Int = 20) -> Completion {
    guard text.utf8.count <= QueryLimits.byteCount else {
      return Completion(utf16: 0..<0, items: [])
    }
    var offsets = UTF16Offsets(text)
    let cursor = offsets.byte(ofUTF16: max(0, cursor))
    let bytes = QueryBytes(text)
    let limit = min(max(0, limit), Self.itemLimit)
    let context = CompletionContext(bytes, cursor: cursor)
    var utf16 = UTF16Offsets(text)
    let from = utf16.offset(ofByte: context.range.lowerBound)
    let to = utf16.offset(ofByte: context.range.upperBound)
    let ending = context.wantsBlank ? " " : ""
    let items: [Completion.Item] =
      switch context.place {
      case .nothing: []
      case .term(let typed): fields(typed, limit) + tags(typed, limit, ending)
      case .tagName(let typed): tags(typed, limit, ending)
      case .categorised(let category, let typed):
        self.category(named: category).map { tags(typed, limit, ending, category: $0) }
          ?? tags(category + ":" + typed, limit, ending)
      case .value(let field, let typed): values(of: field, typed, limit, ending)
      }
    return Completion(utf16: from..<to, items: Array(items.prefix(limit)))
  }

  // MARK: Tags

  private func tags(
    _ typed: String, _ limit: Int, _ ending: String, category: TagCategory? = nil
  ) -> [Completion.Item] {
    names.completions(of: typed, category: category?.id, limit: limit, count: count).map { match in
      let name = names.name(of: match.tag) ?? ""
      let alias = names.isAlias(match.place) ? names.text(match.place) : nil
      // In a query a blank divides, so the name is written as it is compared.
      let word = NamePattern(name.replacingBlanks)
      return Completion.Item(
        insert: WordWriter.tag(word, category: category?.name.replacingBlanks) + ending,
        label: name, kind: alias == nil ? .tag : .alias, category: names.category(of: match.tag),
        count: match.count, alias: alias)
    }
  }

  private func category(named name: String) -> TagCategory? {
    let key = TagNames.folded(name)
    return categories.first { TagNames.folded($0.name) == key }
  }

  // MARK: Fields

  /// Fields and categories that begin with what is typed. Few, so that tags have room.
  private func fields(_ typed: String, _ limit: Int) -> [Completion.Item] {
    let letters = typed.lowercasedASCII
    guard !letters.isEmpty else { return [] }
    let fields = QueryField.all.filter { $0.name.hasPrefix(letters) }.map { field in
      Completion.Item(
        insert: field.kind == .any ? "any:2(" : field.name + ":", label: field.name + ":",
        kind: .field, summary: field.summary)
    }
    let key = TagNames.folded(typed)
    let named = categories.filter { TagNames.folded($0.name).starts(with: key) }.map { category in
      Completion.Item(
        insert: WordWriter.prefix(category: category.name.replacingBlanks),
        label: category.name + ":", kind: .field, category: category.id)
    }
    return Array((fields + named).prefix(min(5, max(1, limit / 2))))
  }

  private func values(
    of field: QueryField, _ typed: String, _ limit: Int, _ ending: String
  ) -> [Completion.Item] {
    if case .names(let name) = field.kind, !name.takesWordsOnly {
      return values(name, typed, limit).map { value in
        Completion.Item(
          insert: WordWriter.value(NamePattern(value.name)) + ending, label: value.name,
          kind: .value, count: value.count)
      }
    }
    let letters = typed.lowercasedASCII
    let words = field.completedWords(letters)
    let beginning = words.filter { $0.hasPrefix(letters) }
    let inside = words.filter { !$0.hasPrefix(letters) && $0.contains(letters) }
    return (beginning + inside).map {
      Completion.Item(insert: $0 + ending, label: $0, kind: .value)
    }
  }
}

extension String {
  fileprivate var replacingBlanks: String {
    String(decoding: utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
  }
}

extension QueryField {
  /// The words that could be completed from some letters.
  fileprivate func completedWords(_ letters: String) -> [String] {
    switch kind {
    case .number(.taken), .number(.added):
      return ["today", "yesterday", "last:7d", "last:30d", "last:1y"]
    case .order:
      // Directions are offered once the order is there.
      let isDirected = words.contains { letters.hasPrefix($0) && $0 != OrderField.random.rawValue }
      return isDirected ? words.flatMap { [$0, $0 + "_asc", $0 + "_desc"] } : words
    default: return words
    }
  }
}
