import Catalog

/// What stands before a colon in the tags of other programs: `character:saber`, `rating:explicit`.
///
/// A name before the colon that is neither a known namespace nor a category of the library belongs to
/// the tag's own name: `re:zero` is one tag, and so is Hydrus' `page:12`. Asking for a category first
/// (`albumen tag` makes none by itself) was preferred to making one for each word somebody wrote before
/// a colon.
package struct TagNamespaces: Sendable, Equatable {
  // Names of other programs, and what they are here.
  private static let known: [String: String] = [
    "general": "general",
    "artist": "artist", "creator": "artist",
    "copyright": "copyright", "series": "copyright",
    "character": "character",
    "species": "species",
    "meta": "meta",
  ]

  /// The library's own categories, in lower case.
  private let own: Set<String>

  /// - Parameter categories: names of the library's categories beside those every library has.
  package init(categories: some Sequence<String> = []) {
    own = Set(categories.lazy.map { $0.lowercased() })
  }

  /// The category a namespace stands for; nil for none.
  package func category(of namespace: some StringProtocol) -> String? {
    let key = namespace.lowercased()
    if let known = Self.known[key] { return known }
    return own.contains(key) ? key : nil
  }

  /// What one tag of a text file says.
  package enum Statement: Sendable, Equatable {
    case tag(NamedTag)
    case rating(ContentRating)
  }

  /// Reads `name`, `namespace:name` or `rating:value`.
  ///
  /// - Throws: what is wrong with the name.
  package func read(
    _ text: some StringProtocol, origin: TagOrigin = .imported
  ) throws(TagNameError) -> Statement {
    if let colon = text.firstIndex(of: ":"), colon != text.startIndex {
      let namespace = Self.trimmed(text[..<colon])
      let rest = Self.trimmed(text[text.index(after: colon)...])
      if namespace.lowercased() == "rating", let rating = RatingWords.rating(rest) {
        return .rating(rating)
      }
      if !rest.isEmpty, let category = category(of: namespace) {
        return .tag(NamedTag(try TagName(rest), category: category, origin: origin))
      }
    }
    return .tag(NamedTag(try TagName(String(text)), origin: origin))
  }

  /// A tag as `read` takes it: with its category in front where that is not the general one, or where
  /// the name has a colon of its own.
  package static func text(_ tag: NamedTag) -> String {
    let category = tag.category ?? "general"
    let name = tag.name.text
    return category == "general" && !name.contains(":") ? name : "\(category):\(name)"
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    var text = text[...]
    while let first = text.unicodeScalars.first, first == " " || first == "\t" {
      text = text.dropFirst()
    }
    while let last = text.unicodeScalars.last, last == " " || last == "\t" || last == "\r" {
      text = text.dropLast()
    }
    return String(text)
  }
}

/// The words for content ratings.
enum RatingWords {
  /// What a word of another program says. A single `s` is "sensitive", as Danbooru has it, unless
  /// `sIsSafe`.
  static func rating(_ word: String, sIsSafe: Bool = false) -> ContentRating? {
    if sIsSafe, word.lowercased() == "s" { return .general }
    return ContentRating(name: word).flatMap { $0 == .none ? nil : $0 }
  }
}
