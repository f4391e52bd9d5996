/// Holds bytes against a pattern with `*` in it.
///
/// Each literal is taken where it first fits, which is right because a star takes anything: no trying
/// again, at most O(length of the text × longest literal) and in practice O(length).
package struct WildcardMatcher: Sendable {
  /// What the text begins with; empty when a star does.
  package let prefix: [UInt8]
  /// What it ends with; empty when a star does.
  package let suffix: [UInt8]
  /// What comes between, in this order.
  package let middles: [[UInt8]]
  /// Whether there is no star: the text is `prefix` and nothing else.
  package let isExact: Bool

  /// Literals, and nil for stars, as in `NamePattern`.
  package init(pieces: [[UInt8]?]) {
    var literals = pieces
    isExact = pieces.count == 1 && pieces[0] != nil
    prefix = pieces.first.flatMap(\.self) ?? []
    if pieces.first != .some(nil) { literals.removeFirst() }
    suffix = isExact ? [] : pieces.last.flatMap(\.self) ?? []
    if !isExact, pieces.last != .some(nil) { literals.removeLast() }
    middles = literals.compactMap(\.self)
  }

  /// Whether all of a text fits.
  package func matches(_ text: [UInt8]) -> Bool { matches(text.span) }

  /// Whether all of a text fits.
  package func matches(_ text: Span<UInt8>) -> Bool {
    guard text.count >= prefix.count + suffix.count else { return false }
    if isExact && text.count != prefix.count { return false }
    guard fits(prefix, text, at: 0), fits(suffix, text, at: text.count - suffix.count)
    else { return false }
    var position = prefix.count
    let end = text.count - suffix.count
    for literal in middles {
      while position + literal.count <= end, !fits(literal, text, at: position) { position += 1 }
      guard position + literal.count <= end else { return false }
      position += literal.count
    }
    return true
  }

  private func fits(_ literal: [UInt8], _ text: Span<UInt8>, at position: Int) -> Bool {
    for index in literal.indices where text[position + index] != literal[index] { return false }
    return true
  }
}
