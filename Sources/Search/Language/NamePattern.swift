/// Text in which `*` stands for any characters, also none. Compared without regard to case; in tags a
/// blank and `_` are the same.
package struct NamePattern: Sendable, Hashable {
  /// A piece of a pattern.
  package enum Piece: Sendable, Hashable {
    case literal(String)
    case anything
  }

  /// Never empty; two `anything` never follow each other, nor do two literals; no literal is empty.
  package let pieces: [Piece]

  /// Puts neighbours together.
  package init(_ pieces: [Piece]) {
    var joined: [Piece] = []
    for piece in pieces {
      switch (joined.last, piece) {
      case (_, .literal("")): continue
      case (.anything, .anything): continue
      case (.literal(let before), .literal(let more)):
        joined[joined.count - 1] = .literal(before + more)
      default: joined.append(piece)
      }
    }
    precondition(!joined.isEmpty, "a pattern needs something to match")
    self.pieces = joined
  }

  /// Exactly this text.
  package init(_ literal: String) { self.init([.literal(literal)]) }

  /// The text, if there is no `*` in it.
  package var literal: String? {
    if pieces.count == 1, case .literal(let text) = pieces[0] { text } else { nil }
  }
}
