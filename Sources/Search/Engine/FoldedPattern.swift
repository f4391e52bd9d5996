import Catalog

/// A pattern made ready to be compared with many texts, without regard to case.
struct FoldedPattern {
  private let matcher: WildcardMatcher
  // A star alone is "has one at all".
  private let isAnything: Bool

  /// - Parameters:
  ///   - pattern: what to match.
  ///   - findsParts: whether a literal without `*` may stand anywhere.
  init(_ pattern: NamePattern, findsParts: Bool) {
    var pieces: [[UInt8]?] = pattern.pieces.map { piece in
      if case .literal(let text) = piece { Array(Self.fold(text).utf8) } else { nil }
    }
    if findsParts, pattern.literal != nil { pieces = [nil] + pieces + [nil] }
    isAnything = pattern.pieces == [.anything]
    matcher = WildcardMatcher(pieces: pieces)
  }

  /// Text as it is compared.
  static func fold(_ text: String) -> String { UnicodeFolding.folded(text) ?? text.lowercased() }

  /// Whether it matches a text, all of it.
  func matches(_ text: String) -> Bool { matches(folded: Array(Self.fold(text).utf8)) }

  /// Whether it matches text that is folded already.
  func matches(folded text: [UInt8]) -> Bool {
    isAnything ? !text.isEmpty : matcher.matches(text)
  }
}
